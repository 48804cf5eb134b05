package dev.weir.engine.internal;

import dev.weir.graph.Batch;

/** What flows along a connection, in order. */
sealed interface Message {

  /** Records for an input port. */
  record Records(int port, Batch batch) implements Message {}

  /**
   * The mark that ends an epoch.
   *
   * @param last whether the run ends with it
   */
  record Barrier(long epoch, boolean last) implements Message {}

  /** No more records will come; barriers still do. */
  record End() implements Message {}
}
