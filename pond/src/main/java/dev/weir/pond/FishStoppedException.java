package dev.weir.pond;

/** A fold has failed, and its fish stopped at the state before the failing event. */
public class FishStoppedException extends PondException {

  public FishStoppedException(String message) {
    super(message);
  }

  public FishStoppedException(String message, Throwable cause) {
    super(message, cause);
  }
}
