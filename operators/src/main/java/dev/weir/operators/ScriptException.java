package dev.weir.operators;

import dev.weir.state.WeirException;

/** A script raised, or kept more than it may. */
public final class ScriptException extends WeirException {

  public ScriptException(String message) {
    super(message);
  }
}
