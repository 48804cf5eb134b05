package dev.weir.runners.internal.jvm;

import dev.weir.runners.RunnerException;

/** A source that compiles is not a model. */
public final class BadModelClassException extends RunnerException {

  BadModelClassException(String message) {
    super(message);
  }
}
