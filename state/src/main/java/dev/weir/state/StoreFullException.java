package dev.weir.state;

/** The disk is full; nothing was changed. */
public class StoreFullException extends StoreException {

  public StoreFullException(String message) {
    super(message);
  }

  public StoreFullException(String message, Throwable cause) {
    super(message, cause);
  }
}
