package dev.weir.state;

/** Another run has claimed the subject: this run may not commit any more. */
public class SupersededException extends WeirException {

  public SupersededException(String message) {
    super(message);
  }

  public SupersededException(String message, Throwable cause) {
    super(message, cause);
  }
}
