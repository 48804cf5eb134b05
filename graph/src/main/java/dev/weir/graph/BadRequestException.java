package dev.weir.graph;

import dev.weir.state.WeirException;

/** A request to a running job that it cannot meet. The run goes on. */
public class BadRequestException extends WeirException {

  public BadRequestException(String message) {
    super(message);
  }
}
