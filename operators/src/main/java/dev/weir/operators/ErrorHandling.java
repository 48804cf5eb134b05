package dev.weir.operators;

/** What happens when a callback of a script raises. */
public enum ErrorHandling {
  /** The run fails. */
  TERMINATE("fail"),
  /** It is logged and counted, and the next callback is called. */
  LOG("skip"),
  /** A record about it goes out of the port {@code error}. */
  ERROR_PORT("error-port"),
  /** Who sent the message is told, in its response callback; elsewhere as {@link #TERMINATE}. */
  RETRY("retry");

  private final String word;

  ErrorHandling(String word) {
    this.word = word;
  }

  /** As written in a graph. */
  public String word() {
    return word;
  }

  /**
   * The one of a word.
   *
   * @throws IllegalArgumentException when there is none
   */
  public static ErrorHandling of(String word) {
    for (var handling : values()) {
      if (handling.word.equals(word)) {
        return handling;
      }
    }
    throw new IllegalArgumentException("there is no error handling '" + word + "'");
  }
}
