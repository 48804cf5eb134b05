package dev.weir.views;

import java.math.BigDecimal;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * The rows of a stream by groups. What is made of a group is there while the group is: for sums and
 * counts, while the weights of its rows sum to more than zero; for the others, while it has a row
 * of positive weight.
 */
public final class Grouping<K, T> {

  private final Stream<T> rows;
  private final RowType<K> keys;
  private final Function<Object, Object> key;

  Grouping(Stream<T> rows, RowType<K> keys, Function<? super T, ? extends K> key) {
    this.rows = rows;
    this.keys = keys;
    this.key = Stream.any(key);
  }

  /** The number of rows of each group. */
  public Stream<Grouped<K, Long>> count() {
    return fold("count", RowType.of(Long.class), Fold.<T>count());
  }

  /** The sum of a value: exact until it is rounded, once. */
  public Stream<Grouped<K, Double>> sum(ToDoubleFunction<? super T> value) {
    return fold("sum", RowType.of(Double.class), Fold.sum(value, false));
  }

  /** The average of a value: exact until it is rounded, once. */
  public Stream<Grouped<K, Double>> average(ToDoubleFunction<? super T> value) {
    return fold("average", RowType.of(Double.class), Fold.sum(value, true));
  }

  /** The sum of whole numbers; a step in which it leaves 64 bits fails. */
  public Stream<Grouped<K, Long>> sumLong(ToLongFunction<? super T> value) {
    return aggregate(
        "sum_long",
        RowType.of(Long.class),
        0L,
        (sum, row, weight) ->
            Math.addExact(sum, Math.multiplyExact(value.applyAsLong(row), weight)));
  }

  /** The sum of decimals, without zeros at its end. */
  public Stream<Grouped<K, BigDecimal>> sumDecimal(Function<? super T, BigDecimal> value) {
    return aggregate(
        "sum_decimal",
        RowType.of(BigDecimal.class),
        BigDecimal.ZERO,
        (sum, row, weight) ->
            Fold.plain(sum.add(value.apply(row).multiply(BigDecimal.valueOf(weight)))));
  }

  /** A sum with an addition of its own. */
  public <S> Stream<Grouped<K, S>> aggregate(
      Class<S> type, S zero, Aggregate<? super T, S> aggregate) {
    return aggregate("aggregate", RowType.of(type), zero, aggregate);
  }

  private <S> Stream<Grouped<K, S>> aggregate(
      String kind, RowType<S> type, S zero, Aggregate<? super T, S> aggregate) {
    return fold(kind, type, Fold.of(type, zero, aggregate));
  }

  @SuppressWarnings("unchecked") // rows of a circuit are of the types it was described with
  private <V> Stream<Grouped<K, V>> fold(String kind, RowType<V> type, Fold<T, ?, V> fold) {
    return rows.query.add(
        "group_" + kind,
        RowType.grouped(keys, type),
        List.of(rows.node),
        tables ->
            new Ops.Folding(
                tables,
                (RowType<Object>) keys,
                key,
                (Fold<Object, Object, Object>) (Fold<?, ?, ?>) fold));
  }

  /** The least value of each group that is not null. */
  public <V extends Comparable<? super V>> Stream<Grouped<K, V>> min(
      Class<V> type, Function<? super T, ? extends V> value) {
    return first("min", type, value, Comparator.naturalOrder());
  }

  /** The greatest value of each group that is not null. */
  public <V extends Comparable<? super V>> Stream<Grouped<K, V>> max(
      Class<V> type, Function<? super T, ? extends V> value) {
    return first("max", type, value, Comparator.reverseOrder());
  }

  @SuppressWarnings("unchecked") // the key of a row of this stream
  private <V> Stream<Grouped<K, V>> first(
      String kind, Class<V> type, Function<? super T, ? extends V> value, Comparator<V> order) {
    var values =
        rows.filter(row -> value.apply(row) != null)
            .map(
                RowType.grouped(keys, RowType.of(type)),
                row -> new Grouped<>((K) key.apply(row), (V) value.apply(row)));
    return perGroup(
            values,
            "group_" + kind,
            values.type(),
            Stream.any((Function<Grouped<K, V>, K>) Grouped::key),
            Comparator.comparing((Grouped<K, V> each) -> each.value(), order),
            Ops.top(1))
        .distinct();
  }

  /** The first {@code n} rows of each group; rows that the order finds equal go by their values. */
  public Stream<T> top(long n, Comparator<? super T> order) {
    if (n < 0) {
      throw new IllegalArgumentException("the first " + n + " rows");
    }
    return perGroup(rows, "group_top", rows.type(), key, order, Ops.top(n));
  }

  /**
   * Whatever a query makes of the rows of each group, as if there were no others. It may use every
   * operator, but those of steps, and reads no other stream.
   */
  public <V> Stream<Grouped<K, V>> each(Function<Stream<T>, Stream<V>> body) {
    return rows.query.nested(rows, keys, key, body);
  }

  /** Whatever a function makes of the rows of each group that are there. */
  public <V> Stream<Grouped<K, V>> reduce(Class<V> type, Function<ZSet<T>, V> function) {
    return reduce("group_reduce", RowType.of(type), (k, set) -> function.apply(set));
  }

  /** The rows of each group that are there. */
  public Stream<Grouped<K, ZSet<T>>> collect() {
    return reduce("group_collect", RowType.zset(rows.type()), (k, set) -> set);
  }

  @SuppressWarnings("unchecked") // rows of a circuit are of the types it was described with
  private <V> Stream<Grouped<K, V>> reduce(
      String kind, RowType<V> type, BiFunction<K, ZSet<T>, V> function) {
    return perGroup(
        rows,
        kind,
        RowType.grouped(keys, type),
        key,
        null,
        Ops.reducing(
            (k, set) -> new Grouped<>((K) k, function.apply((K) k, (ZSet<T>) (ZSet<?>) set))));
  }

  @SuppressWarnings("unchecked") // rows of a circuit are of the types it was described with
  private static <R, V> Stream<V> perGroup(
      Stream<R> rows,
      String kind,
      RowType<V> type,
      Function<Object, Object> key,
      Comparator<? super R> order,
      Ops.PerGroup.Making making) {
    var whole =
        order == null
            ? null
            : (Comparator<Object>)
                (Comparator<?>) ((Comparator<R>) order).thenComparing(rows.type());
    return rows.query.add(
        kind,
        type,
        List.of(rows.node),
        tables ->
            new Ops.PerGroup(Tables.bounded(tables, "rows", rows.node.type), key, whole, making));
  }
}
