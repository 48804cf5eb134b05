package dev.weir.graph;

/** What a source may tell the run that it is part of. Thread-safe. */
public interface SourceContext {

  /** Counts and reports a record that could not be decoded. */
  void reject(Rejection rejection);

  /**
   * Something the user should know, such as records that may be missing. Printed once, on stderr.
   */
  void warn(String message);
}
