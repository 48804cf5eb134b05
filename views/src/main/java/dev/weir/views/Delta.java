package dev.weir.views;

import java.util.Arrays;

/** Changes on their way through a circuit: rows with weights, a row possibly more than once. */
final class Delta {

  Object[] rows = new Object[8];
  long[] weights = new long[8];
  int size;

  void add(Object row, long weight) {
    if (size == rows.length) {
      rows = Arrays.copyOf(rows, 2 * size);
      weights = Arrays.copyOf(weights, 2 * size);
    }
    rows[size] = row;
    weights[size++] = weight;
  }

  void addAll(Delta other) {
    for (int i = 0; i < other.size; i++) {
      add(other.rows[i], other.weights[i]);
    }
  }

  Delta copy() {
    var copy = new Delta();
    copy.rows = Arrays.copyOf(rows, size);
    copy.weights = Arrays.copyOf(weights, size);
    copy.size = size;
    return copy;
  }

  /** Forgets the rows; a buffer that has become large is given up. */
  void clear() {
    if (rows.length > 1 << 16) {
      rows = new Object[8];
      weights = new long[8];
    } else {
      Arrays.fill(rows, 0, size, null);
    }
    size = 0;
  }

  @SuppressWarnings("unchecked") // a circuit is built from typed streams
  <T> ZSet<T> toZSet() {
    if (size == 0) {
      return ZSet.empty();
    }
    var builder = ZSet.<T>builder();
    for (int i = 0; i < size; i++) {
      builder.add((T) rows[i], weights[i]);
    }
    return builder.build();
  }
}
