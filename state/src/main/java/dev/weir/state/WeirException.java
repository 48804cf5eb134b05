package dev.weir.state;

/**
 * The root of every exception that Weir throws on purpose. Unchecked. A message says what happened,
 * where (job, operator, epoch, record), and the way out; it is written for the person who runs the
 * program and is printed without a stack trace.
 */
public class WeirException extends RuntimeException {

  public WeirException(String message) {
    super(message);
  }

  public WeirException(String message, Throwable cause) {
    super(message, cause);
  }
}
