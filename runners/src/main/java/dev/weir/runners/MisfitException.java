package dev.weir.runners;

import dev.weir.state.WeirException;

/** A JSON value is not of the type that the program wants it as. */
public class MisfitException extends WeirException {

  public MisfitException(String message) {
    super(message);
  }
}
