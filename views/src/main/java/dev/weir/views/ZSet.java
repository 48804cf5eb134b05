package dev.weir.views;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.function.ObjLongConsumer;

/**
 * Rows with integer weights: what a table holds, or how it changes. A weight of zero does not
 * exist. Immutable; weights that leave 64 bits are an {@link ArithmeticException}.
 */
public final class ZSet<T> {

  private static final ZSet<?> EMPTY = new ZSet<>(Map.of());

  private final Map<T, Long> weights;

  private ZSet(Map<T, Long> weights) {
    this.weights = weights;
  }

  @SuppressWarnings("unchecked") // an empty one holds no row of any type
  public static <T> ZSet<T> empty() {
    return (ZSet<T>) EMPTY;
  }

  /** Each row once; a row that is there twice has the weight 2. */
  @SafeVarargs
  public static <T> ZSet<T> of(T... rows) {
    var builder = new Builder<T>();
    for (var row : rows) {
      builder.add(row, 1);
    }
    return builder.build();
  }

  public static <T> Builder<T> builder() {
    return new Builder<>();
  }

  /** The weight of a row; zero when it is not there. */
  public long weight(T row) {
    return weights.getOrDefault(row, 0L);
  }

  /** The number of different rows. */
  public int size() {
    return weights.size();
  }

  public boolean isEmpty() {
    return weights.isEmpty();
  }

  /** The rows, each once, in no order. */
  public Collection<T> rows() {
    return Collections.unmodifiableSet(weights.keySet());
  }

  public void forEach(ObjLongConsumer<? super T> action) {
    weights.forEach(action::accept);
  }

  public ZSet<T> plus(ZSet<T> other) {
    var builder = new Builder<T>();
    forEach(builder::add);
    other.forEach(builder::add);
    return builder.build();
  }

  public ZSet<T> negate() {
    var builder = new Builder<T>();
    forEach((row, weight) -> builder.add(row, Math.negateExact(weight)));
    return builder.build();
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof ZSet<?> other && weights.equals(other.weights);
  }

  @Override
  public int hashCode() {
    return weights.hashCode();
  }

  @Override
  public String toString() {
    return weights.toString();
  }

  /** Sums weights. Not thread-safe. */
  public static final class Builder<T> {
    private final Map<T, Long> weights = new HashMap<>();

    public Builder<T> add(T row, long weight) {
      weights.merge(row, weight, (a, b) -> zeroAsNull(Math.addExact(a, b)));
      return this;
    }

    private static Long zeroAsNull(long weight) {
      return weight == 0 ? null : (Long) weight;
    }

    /** The Z-set; this builder must not be used any more. */
    public ZSet<T> build() {
      weights.values().removeIf(weight -> weight == 0);
      return weights.isEmpty() ? empty() : new ZSet<>(weights);
    }
  }
}
