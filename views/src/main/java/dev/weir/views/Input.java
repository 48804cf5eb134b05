package dev.weir.views;

import java.util.function.Function;

/** A stream whose rows come from outside. */
public final class Input<T> extends Stream<T> {

  /** What happens when a row is removed that is not there. */
  public enum Absent {
    /** Its weight becomes negative, until it comes. */
    ALLOWED,
    /** The step fails. */
    REFUSED,
    /** It is not removed, and counted. */
    COUNTED
  }

  Function<Object, Object> key;
  Absent absent = Absent.ALLOWED;

  Input(Query query, Node node) {
    super(query, node);
  }

  /**
   * Keeps the rows, as a table named after the query and this input: the circuit can be rebuilt
   * from them, and a row can be put in the place of the one with its key.
   */
  public Input<T> keep(Function<? super T, ?> primaryKey) {
    key = Stream.any(primaryKey);
    return this;
  }

  /** What happens when a row is removed that is not there. Needs {@link #keep}. */
  public Input<T> absent(Absent policy) {
    absent = policy;
    return this;
  }
}
