package dev.weir.operators;

import dev.weir.state.WeirException;

/** A script cannot run as it is. */
public final class BadScriptException extends WeirException {

  public BadScriptException(String message) {
    super(message);
  }
}
