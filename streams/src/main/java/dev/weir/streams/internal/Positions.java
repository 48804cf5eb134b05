package dev.weir.streams.internal;

import dev.weir.state.WeirException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reading and writing of positions. */
final class Positions {

  private Positions() {}

  /** A position of these keys and values, in this order. */
  static Map<String, Object> of(Object... keysAndValues) {
    var position = new LinkedHashMap<String, Object>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      position.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return position;
  }

  /** A count that a position must have. */
  static long count(Map<String, Object> position, String key) {
    if (position.get(key) instanceof Number number && number.longValue() >= 0) {
      return number.longValue();
    }
    throw new WeirException(
        "the position "
            + position
            + " was not taken of such a stream: it has no '"
            + key
            + "'. Run with the streams of the last run, or start over with --fresh");
  }
}
