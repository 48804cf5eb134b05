package dev.weir.models;

import dev.weir.state.WeirException;

/**
 * A model that cannot be run as it is written; the message names the file and, if any, the line.
 */
public class BadModelException extends WeirException {

  public BadModelException(String message) {
    super(message);
  }

  public BadModelException(String message, Throwable cause) {
    super(message, cause);
  }
}
