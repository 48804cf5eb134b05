package dev.weir.streams.internal;

import dev.weir.state.WeirException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A URL in two: what is before the question mark, as it was written, and the parameters behind it,
 * decoded.
 */
record UrlParts(String before, Map<String, String> parameters) {

  UrlParts(String url) {
    this(url.replaceFirst("\\?.*", ""), parse(url));
  }

  private static Map<String, String> parse(String url) {
    var parameters = new LinkedHashMap<String, String>();
    int question = url.indexOf('?');
    if (question < 0) {
      return parameters;
    }
    for (var part : url.substring(question + 1).split("&", -1)) {
      int equals = part.indexOf('=');
      if (equals <= 0) {
        throw new WeirException("what follows the question mark is written name=value&name=value");
      }
      parameters.put(part.substring(0, equals), Urls.decoded(part.substring(equals + 1)));
    }
    return parameters;
  }

  /** A parameter that is a whole number. */
  static Long whole(String name, String value) {
    try {
      return Long.valueOf(value);
    } catch (NumberFormatException e) {
      throw new WeirException("'" + name + "' is a whole number, not " + value, e);
    }
  }

  /** A parameter that is a number. */
  static Double number(String name, String value) {
    try {
      return Double.valueOf(value);
    } catch (NumberFormatException e) {
      throw new WeirException("'" + name + "' is a number, not " + value, e);
    }
  }
}
