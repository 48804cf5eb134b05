package dev.weir.models;

import dev.weir.state.WeirException;

/** A model's own code failed. Running it again on the same records fails again. */
public class ModelException extends WeirException {

  public ModelException(String message) {
    super(message);
  }
}
