package dev.weir.pond;

/** An event, its tags or its payload are not well formed. Nothing was appended. */
public class BadEventException extends PondException {

  public BadEventException(String message) {
    super(message);
  }

  public BadEventException(String message, Throwable cause) {
    super(message, cause);
  }
}
