package dev.weir.operators;

import dev.weir.graph.BadJsonException;
import dev.weir.graph.Json;
import dev.weir.graph.Names;
import java.util.Arrays;
import java.util.Map;

/** What happens when a callback of a script raises. */
public enum ErrorHandling {
  /** The run fails. */
  TERMINATE("terminate on error"),
  /** It is logged and counted, and the next callback is called. */
  LOG("log and ignore"),
  /** A record about it goes out of the port {@code error}. */
  ERROR_PORT("propagate to error port"),
  /** Who sent the message is told, in its response callback; elsewhere as {@link #TERMINATE}. */
  RETRY("retry");

  private final String words;

  ErrorHandling(String words) {
    this.words = words;
  }

  /** As written in a graph. */
  public String words() {
    return words;
  }

  /**
   * Reads the words, or what SAP's graphs have: {@code {"type":"retry"}}.
   *
   * @throws BadScriptException when they are unknown
   */
  public static ErrorHandling parse(String text) {
    var said = text.strip();
    if (said.startsWith("{")) {
      try {
        said = Json.parse(said) instanceof Map<?, ?> map ? String.valueOf(map.get("type")) : said;
      } catch (BadJsonException e) {
        throw new BadScriptException("errorHandling is not JSON: " + e.getMessage());
      }
    }
    for (var handling : values()) {
      if (handling.words.equals(said)) {
        return handling;
      }
    }
    var all = Arrays.stream(values()).map(ErrorHandling::words).toList();
    throw new BadScriptException(
        "there is no error handling '" + said + "'" + Names.hint(said, "there are", all));
  }
}
