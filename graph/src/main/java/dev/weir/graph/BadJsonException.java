package dev.weir.graph;

import dev.weir.state.WeirException;

/** A text that is not JSON, or a value that JSON cannot express. */
public class BadJsonException extends WeirException {

  public BadJsonException(String message) {
    super(message);
  }

  public BadJsonException(String message, Throwable cause) {
    super(message, cause);
  }
}
