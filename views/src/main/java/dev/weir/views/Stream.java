package dev.weir.views;

import dev.weir.state.Index;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * Rows that come and go, in a {@link Query}: an input, or what is made of others. A stream is a
 * description and holds no rows; methods that describe more of the query are plain methods on it.
 *
 * <p>The functions given must depend on their arguments alone: what a row gave when it came is what
 * it must give when it goes. Rows are never null and never changed.
 *
 * <p>Weights: operators that ask whether a row <em>is there</em> (distinct, minimum, top, reduce,
 * and whether a row has a match) mean a weight greater than zero.
 */
public class Stream<T> {

  final Query query;
  final Node node;

  Stream(Query query, Node node) {
    this.query = query;
    this.node = node;
  }

  /**
   * Names this step of the query, and so its tables, which then outlive changes of the query around
   * it. Without a name it is called after what it does and how often that was done before.
   */
  public Stream<T> named(String name) {
    query.rename(node, name);
    return this;
  }

  /** The rows that pass a test. */
  @SuppressWarnings("unchecked") // a test of rows of this stream
  public Stream<T> filter(Predicate<? super T> test) {
    return same("filter", tables -> new Ops.Filter((Predicate<Object>) test));
  }

  /** One row for each row. */
  public <U> Stream<U> map(Class<U> type, Function<? super T, ? extends U> function) {
    return map(RowType.of(type), function);
  }

  final <U> Stream<U> map(RowType<U> type, Function<? super T, ? extends U> function) {
    Function<Object, Object> mapping = any(function);
    return query.add("map", type, List.of(node), tables -> new Ops.Mapping(mapping, type));
  }

  /** Two values for each row. */
  public <A, B> Stream<Pair<A, B>> map(
      Class<A> left,
      Function<? super T, ? extends A> leftOf,
      Class<B> right,
      Function<? super T, ? extends B> rightOf) {
    return map(
        RowType.pair(RowType.of(left), RowType.of(right)),
        row -> new Pair<>(leftOf.apply(row), rightOf.apply(row)));
  }

  /** Any number of rows for each row. */
  public <U> Stream<U> flatMap(
      Class<U> type, Function<? super T, ? extends Iterable<? extends U>> function) {
    Function<Object, Iterable<Object>> mapping = any(function);
    var rows = RowType.of(type);
    return query.add("flat_map", rows, List.of(node), tables -> new Ops.FlatMapping(mapping, rows));
  }

  /** Each row with each row of the other stream that has its key. */
  public <U, K> Stream<Pair<T, U>> join(
      Stream<U> right, Function<? super T, ? extends K> on, Function<? super U, ? extends K> to) {
    return join(Join.Kind.INNER, "join", right, on, to, RowType.pair(type(), right.type()));
  }

  /** As {@link #join}, and each row without a match with null. */
  public <U, K> Stream<Pair<T, U>> leftJoin(
      Stream<U> right, Function<? super T, ? extends K> on, Function<? super U, ? extends K> to) {
    return join(Join.Kind.LEFT, "left_join", right, on, to, RowType.pair(type(), right.type()));
  }

  /** As {@link #leftJoin}, and null with each row of the other stream without a match. */
  public <U, K> Stream<Pair<T, U>> outerJoin(
      Stream<U> right, Function<? super T, ? extends K> on, Function<? super U, ? extends K> to) {
    return join(Join.Kind.OUTER, "outer_join", right, on, to, RowType.pair(type(), right.type()));
  }

  /** The rows that have a match. */
  public <U, K> Stream<T> semiJoin(
      Stream<U> right, Function<? super T, ? extends K> on, Function<? super U, ? extends K> to) {
    return join(Join.Kind.SEMI, "semi_join", right, on, to, type());
  }

  /** The rows that have no match. */
  public <U, K> Stream<T> antiJoin(
      Stream<U> right, Function<? super T, ? extends K> on, Function<? super U, ? extends K> to) {
    return join(Join.Kind.ANTI, "anti_join", right, on, to, type());
  }

  private <U, V> Stream<V> join(
      Join.Kind kind,
      String name,
      Stream<U> right,
      Function<? super T, ?> on,
      Function<? super U, ?> to,
      RowType<V> type) {
    checkSame(right);
    Function<Object, Object> leftKey = any(on);
    Function<Object, Object> rightKey = any(to);
    return query.add(
        name,
        type,
        List.of(node, right.node),
        tables ->
            new Join(
                kind,
                Tables.bounded(tables, "left", node.type),
                Tables.bounded(tables, "right", right.node.type),
                leftKey,
                rightKey));
  }

  /** The rows of both; weights are added. */
  public Stream<T> union(Stream<T> other) {
    return sum("union", other, false);
  }

  /** These rows less those of the other stream: weights are subtracted. */
  public Stream<T> minus(Stream<T> other) {
    return sum("minus", other, true);
  }

  private Stream<T> sum(String name, Stream<T> other, boolean minus) {
    checkSame(other);
    return query.add(name, type(), List.of(node, other.node), tables -> new Ops.Sum(minus));
  }

  /** The rows with opposite weights. */
  public Stream<T> negate() {
    return same("negate", tables -> new Ops.Negation());
  }

  /** Each row that is there, once. */
  public Stream<T> distinct() {
    return same("distinct", tables -> new Ops.Distinct(Tables.bounded(tables, "rows", node.type)));
  }

  /** Groups of rows with the same key, which may be null. */
  public <K> Grouping<K, T> groupBy(Class<K> type, Function<? super T, ? extends K> key) {
    return new Grouping<>(this, RowType.of(type), key);
  }

  private Grouping<Boolean, T> all() {
    return groupBy(Boolean.class, row -> Boolean.TRUE);
  }

  private static <V> Stream<V> value(Stream<Grouped<Boolean, V>> grouped, RowType<V> type) {
    return grouped.map(type, Grouped::value);
  }

  /** The number of rows; nothing when there are none. */
  public Stream<Long> count() {
    return value(all().count(), RowType.of(Long.class));
  }

  /** The sum of a value, rounded once; nothing when there are no rows. */
  public Stream<Double> sum(ToDoubleFunction<? super T> value) {
    return value(all().sum(value), RowType.of(Double.class));
  }

  /** The average of a value, rounded once; nothing when there are no rows. */
  public Stream<Double> average(ToDoubleFunction<? super T> value) {
    return value(all().average(value), RowType.of(Double.class));
  }

  /** The least value that is not null; nothing when there is none. */
  public <V extends Comparable<? super V>> Stream<V> min(
      Class<V> type, Function<? super T, ? extends V> value) {
    return value(all().min(type, value), RowType.of(type));
  }

  /** The greatest value that is not null; nothing when there is none. */
  public <V extends Comparable<? super V>> Stream<V> max(
      Class<V> type, Function<? super T, ? extends V> value) {
    return value(all().max(type, value), RowType.of(type));
  }

  /** The first {@code n} rows in an order; rows that it finds equal are ordered by their values. */
  public Stream<T> top(long n, Comparator<? super T> order) {
    return all().top(n, order);
  }

  /** In each step, the sum of all steps so far. */
  public Stream<T> integrate() {
    return timed("integrate", tables -> new Ops.Integral(Tables.whole(tables, "rows", node.type)));
  }

  /** In each step, how it differs from the step before. */
  public Stream<T> differentiate() {
    return timed(
        "differentiate", tables -> new Ops.Delay(Tables.whole(tables, "rows", node.type), true));
  }

  /** In each step, what came in the step before. */
  public Stream<T> delay() {
    return timed("delay", tables -> new Ops.Delay(Tables.whole(tables, "rows", node.type), false));
  }

  /**
   * The least set that holds these rows and what {@code body} makes of the set, within 10,000
   * rounds.
   */
  public Stream<T> fixpoint(Function<Stream<T>, Stream<T>> body) {
    return fixpoint(10_000, body);
  }

  /**
   * The least set that holds these rows and what {@code body} makes of the set: where an iteration
   * from the empty set comes to rest. It does if a larger set never makes the body's result smaller
   * (so use distinct on what may have negative weights) and if there are finitely many rows to
   * make.
   *
   * @param bound after how many rounds a step fails
   */
  public Stream<T> fixpoint(int bound, Function<Stream<T>, Stream<T>> body) {
    return query.recursion(this, bound, body);
  }

  /** From what can be reached what, if these are the steps from left to right. */
  public static <K> Stream<Pair<K, K>> transitiveClosure(Stream<Pair<K, K>> edges) {
    var there = edges.distinct();
    return there.fixpoint(
        paths ->
            paths
                .join(there, Pair::right, Pair::left)
                .map(edges.type(), both -> new Pair<>(both.left().left(), both.right().right())));
  }

  /**
   * Keeps the rows as a table of this name in the store, which any SQL client can read.
   *
   * @param indexes ordered indexes of the table, over its columns
   */
  public Stream<T> materialize(String table, Index... indexes) {
    return query.materialize(this, table, indexes);
  }

  /**
   * Adds a column to the table of a materialized stream that is computed from each row, for indexes
   * to be over it.
   */
  public <V> Stream<T> computed(
      String column, Class<V> type, Function<? super T, ? extends V> function) {
    checkMaterialized();
    @SuppressWarnings("unchecked") // values of the type given
    var values = (RowType<Object>) RowType.of(type);
    node.computed.add(new Computed(column, values, any(function)));
    return this;
  }

  /**
   * Keeps how a materialized stream has changed in its last steps, so that it can be read as of
   * each of them. For steps from now on.
   */
  public Stream<T> retain(long steps) {
    checkMaterialized();
    if (steps < 1) {
      throw new ViewException("%d steps are to be retained".formatted(steps));
    }
    node.retained = steps;
    return this;
  }

  private void checkMaterialized() {
    query.checkOpen();
    if (node.table == null) {
      throw new ViewException("%s is not materialized".formatted(node.name));
    }
  }

  @SuppressWarnings("unchecked") // the type that the stream was made with
  final RowType<T> type() {
    return (RowType<T>) node.type;
  }

  private Stream<T> same(String kind, Node.Maker maker) {
    return query.add(kind, type(), List.of(node), maker);
  }

  private Stream<T> timed(String kind, Node.Maker maker) {
    query.checkOutsideRecursion(kind);
    return same(kind, maker);
  }

  private void checkSame(Stream<?> other) {
    if (query != other.query) {
      throw new ViewException(
          "a stream of query %s cannot be joined to one of %s"
              .formatted(other.query.name(), query.name()));
    }
  }

  @SuppressWarnings("unchecked") // rows of a circuit are of the types it was described with
  static <V> Function<Object, V> any(Function<?, ?> function) {
    return (Function<Object, V>) Objects.requireNonNull(function);
  }
}
