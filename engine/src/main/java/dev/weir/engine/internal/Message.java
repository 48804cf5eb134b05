package dev.weir.engine.internal;

import dev.weir.graph.Batch;

/** What flows along a connection, in order. */
sealed interface Message {

  /**
   * Records for an input port.
   *
   * @param bytes about how much memory they take
   */
  record Records(int port, Batch batch, long bytes) implements Message {}

  /**
   * The mark that ends an epoch.
   *
   * @param last whether the run ends with it
   */
  record Barrier(long epoch, boolean last) implements Message {}

  /** A source has no more records for an input port; barriers still come, and the end. */
  record Dry(int port) implements Message {}

  /** No more records will come; barriers still do. */
  record End() implements Message {}

  /** About how much memory it takes. */
  default long bytes() {
    return 0;
  }
}
