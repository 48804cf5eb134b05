package dev.weir.pond;

/** The text of a query cannot be read. */
public class BadQueryException extends PondException {

  public BadQueryException(String message) {
    super(message);
  }

  public BadQueryException(String message, Throwable cause) {
    super(message, cause);
  }
}
