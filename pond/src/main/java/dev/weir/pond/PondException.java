package dev.weir.pond;

import dev.weir.state.WeirException;

/** Something in a pond cannot be done as asked. */
public class PondException extends WeirException {

  public PondException(String message) {
    super(message);
  }

  public PondException(String message, Throwable cause) {
    super(message, cause);
  }
}
