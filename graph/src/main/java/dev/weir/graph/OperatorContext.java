package dev.weir.graph;

/** What an operator may know of the run that it is part of. Thread-safe unless said otherwise. */
public interface OperatorContext {

  /** The operator's name in its graph. */
  String name();

  /** The name of the job. */
  String job();

  /** How the run began. */
  Start start();

  /**
   * The operator's share of a table, loaded with what the last commit (or a restored snapshot)
   * holds of it. Only while {@link Operator#open} runs. The columns are those of the operator's own
   * rows: the engine keeps apart jobs and operators that use one table.
   */
  StateTable table(StateTable.Schema schema);

  /** Asks the engine to call {@link Operator#drain} soon. May be called from any thread. */
  void wake();

  /**
   * Reports a failure that happened outside a callback; fails the run. May be called from any
   * thread.
   */
  void fail(Throwable failure);

  /** Counts and reports a record that is not taken any further. */
  void reject(Rejection rejection);

  /** A line for the job's log, as from a model's {@code print}. */
  void log(String line);

  /** A figure for {@code job inspect}, replacing the last of this name. */
  void gauge(String name, Object value);

  /** How a run began. */
  enum Start {
    /** No state. */
    FRESH,
    /** The state of a restored snapshot; everything else as on a fresh run. */
    RESTORED,
    /** Goes on from the last commit: state and positions. */
    RESUMED
  }
}
