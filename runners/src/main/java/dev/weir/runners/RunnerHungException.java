package dev.weir.runners;

import dev.weir.graph.TransientFailureException;

/** A runner has not answered within its time limit: the run may be tried again. */
public class RunnerHungException extends TransientFailureException {

  public RunnerHungException(String message) {
    super(message);
  }
}
