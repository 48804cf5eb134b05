package dev.weir.runners.internal.jvm;

import dev.weir.runners.RunnerException;

/** A model's source could not be compiled. */
public final class CompileException extends RunnerException {

  private final String details;

  /**
   * With its message in one line.
   *
   * @param details the offending lines and further errors; may be empty
   */
  CompileException(String summary, String details) {
    super(summary);
    this.details = details;
  }

  public String details() {
    return details;
  }
}
