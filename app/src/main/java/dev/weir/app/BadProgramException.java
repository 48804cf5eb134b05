package dev.weir.app;

import dev.weir.state.WeirException;

/** A program that cannot run as it stands. */
public class BadProgramException extends WeirException {

  public BadProgramException(String message) {
    super(message);
  }
}
