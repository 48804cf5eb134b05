package dev.weir.graph;

import dev.weir.state.WeirException;

/** What a sink may tell the run that it is part of. Thread-safe. */
public interface SinkContext {

  /** Something the user should know. Printed once, on stderr. */
  void warn(String message);

  /** Counts and reports a record that the stream cannot take. */
  default void reject(Rejection rejection) {
    throw new WeirException("record " + rejection.sequence() + " " + rejection.message());
  }
}
