package dev.weir.graph;

import dev.weir.state.WeirException;

/**
 * A failure that may not happen again, such as a runner that was killed: going on from the last
 * commit is worth a try. Engines retry these by the job's recovery policy, and no others.
 */
public class TransientFailureException extends WeirException {

  public TransientFailureException(String message) {
    super(message);
  }

  public TransientFailureException(String message, Throwable cause) {
    super(message, cause);
  }
}
