package dev.weir.views;

import dev.weir.state.WeirException;

/** A query is wrong, or a step failed; a step that failed has changed nothing. */
public class ViewException extends WeirException {

  public ViewException(String message) {
    super(message);
  }

  public ViewException(String message, Throwable cause) {
    super(message, cause);
  }
}
