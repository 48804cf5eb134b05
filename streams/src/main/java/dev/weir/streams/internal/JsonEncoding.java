package dev.weir.streams.internal;

import dev.weir.graph.BadJsonException;
import dev.weir.graph.Control;
import dev.weir.graph.Json;
import java.nio.charset.StandardCharsets;

/** One JSON value. */
final class JsonEncoding implements Encoding {

  private final JsonLineDecoder decoder = new JsonLineDecoder();

  @Override
  public Object decode(byte[] bytes, int from, int to) throws BadMessageException {
    int begin = from;
    while (begin < to && bytes[begin] > 0 && bytes[begin] <= ' ') {
      begin++;
    }
    if (begin == to) {
      throw new BadMessageException("not JSON: there is nothing");
    }
    var value = decoder.decode(bytes, begin, to);
    return value instanceof String ? value : Controls.of(value);
  }

  @Override
  public boolean encode(Object record, Bytes to) throws BadMessageException {
    try {
      var text = Json.toText(record instanceof Control control ? Controls.toJson(control) : record);
      to.write(text.getBytes(StandardCharsets.UTF_8));
      return true;
    } catch (BadJsonException e) {
      throw new BadMessageException(e.getMessage());
    }
  }
}
