package dev.weir.graph;

import dev.weir.state.WeirException;

/** Somebody with a newer claim has taken over what this run was writing to. */
public class FencedException extends WeirException {

  public FencedException(String message, Throwable cause) {
    super(message, cause);
  }
}
