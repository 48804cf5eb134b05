package dev.weir.pond;

/** Takes the events that an effect emits. They are appended together when the effect returns. */
@FunctionalInterface
public interface Enqueue {

  /**
   * Adds an event to those that the effect emits.
   *
   * @throws PondException when the effect has returned already
   */
  void emit(Draft draft);
}
