package dev.weir.state;

/** A store could not be opened, read or written. */
public class StoreException extends WeirException {

  public StoreException(String message) {
    super(message);
  }

  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
