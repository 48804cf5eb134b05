package dev.weir.models;

import dev.weir.graph.TransientFailureException;

/** A runner died or could not be started, by no doing of a record: the run may be tried again. */
public class RunnerLostException extends TransientFailureException {

  public RunnerLostException(String message) {
    super(message);
  }

  public RunnerLostException(String message, Throwable cause) {
    super(message, cause);
  }
}
