package dev.weir.graph;

import dev.weir.state.WeirException;

/** A graph that cannot be run as it is described. */
public class BadGraphException extends WeirException {

  public BadGraphException(String message) {
    super(message);
  }
}
