package dev.weir.graph;

/** What a sink may tell the run that it is part of. Thread-safe. */
public interface SinkContext {

  /** Counts and reports a record that the stream cannot take. */
  void reject(Rejection rejection);

  /** Something the user should know. Printed once, on stderr. */
  void warn(String message);
}
