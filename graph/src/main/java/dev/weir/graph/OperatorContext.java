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

  /**
   * The same for a table whose first key column is the key by which records are dealt to replicas
   * (see {@link Partitioning.ByKey}), so that its rows can be shared out among them. The column is
   * TEXT, INTEGER, REAL or BOOLEAN; keys that are lists or objects are kept as their {@link
   * KeyGroups#text}. An operator with several replicas has no other tables.
   */
  default StateTable keyedTable(StateTable.Schema schema) {
    throw new UnsupportedOperationException("keyed tables are not supported here");
  }

  /** How many instances of the operator work side by side. */
  default int replicas() {
    return 1;
  }

  /** Which of them this is, from 0. */
  default int replica() {
    return 0;
  }

  /** Asks the engine to call {@link Operator#drain} soon. May be called from any thread. */
  void wake();

  /**
   * Says that state has changed without a record that caused it, such as by a timer, so that an
   * epoch ends for it even where no records flow. Not needed for what is emitted or put into a
   * table.
   */
  default void changed() {
    throw new UnsupportedOperationException("changes without records are not supported here");
  }

  /**
   * Says that this operator, which has no inputs, emits nothing more but in {@link Operator#end}. A
   * job ends when all that has no inputs has ended. To be said again in a run that is resumed.
   */
  default void finish() {
    throw new UnsupportedOperationException("operators without inputs are not supported here");
  }

  /**
   * Says that this operator takes no more records, whatever comes. Sources that lead only to such
   * operators end. To be said again in a run that is resumed. May be called from any thread; an
   * engine that cannot end a source reads on.
   */
  default void enough() {}

  /**
   * Asks that the job ends in order, as if all its inputs had ended here: what is under way is
   * finished and committed. Once the epoch in which it was asked is committed it holds, whatever
   * happens.
   */
  default void stop() {
    throw new UnsupportedOperationException("an operator cannot end the job here");
  }

  /**
   * Reports a failure that happened outside a callback; fails the run. May be called from any
   * thread.
   */
  void fail(Throwable failure);

  /** Counts and reports a record that is not taken any further. */
  void reject(Rejection rejection);

  /** A line for the job's log, as from a model's {@code print}. */
  void log(String line);

  /** Tells the user, by the operator's name, what may be wrong and is not a failure. */
  default void warn(String message) {
    log(name() + ": warning: " + message);
  }

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
