package dev.weir.engine;

import dev.weir.state.WeirException;

/** A run has failed; the store is at its last commit. */
public class RunFailedException extends WeirException {

  private final boolean worthRetrying;

  public RunFailedException(String message, Throwable cause, boolean worthRetrying) {
    super(message, cause);
    this.worthRetrying = worthRetrying;
  }

  /** Whether the failure may not happen again. */
  public boolean worthRetrying() {
    return worthRetrying;
  }
}
