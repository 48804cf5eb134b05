package dev.weir.runners;

import dev.weir.state.WeirException;

/** A runner could not be started, or broke the protocol. */
public class RunnerException extends WeirException {

  public RunnerException(String message) {
    super(message);
  }

  public RunnerException(String message, Throwable cause) {
    super(message, cause);
  }
}
