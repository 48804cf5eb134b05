package dev.weir.graph;

/** Where an operator puts its outputs. Valid only during the callback that it was given to. */
@FunctionalInterface
public interface Emitter {

  /**
   * Sends records out of a port, in order; waits while those who read them are behind. An operator
   * numbers its own outputs.
   */
  void emit(int port, Batch batch) throws InterruptedException;
}
