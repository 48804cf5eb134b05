package dev.weir.streams;

import dev.weir.state.WeirException;

/**
 * Whoever read a pipe that we write to has gone, as in {@code weir run … | head}. A reason to stop
 * quietly rather than a failure.
 */
public class OutputClosedException extends WeirException {

  public OutputClosedException(String message, Throwable cause) {
    super(message, cause);
  }
}
