package dev.weir.graph;

/** What a sink may tell the run that it is part of. Thread-safe. */
public interface SinkContext {

  /** Counts and reports a record that the stream cannot take. */
  default void reject(Rejection rejection) {
    warn("dropped: " + rejection.message());
  }

  /** Something the user should know. Printed once, on stderr. */
  void warn(String message);
}
