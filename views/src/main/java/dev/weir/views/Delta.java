package dev.weir.views;

import java.util.Arrays;

/** Changes on their way through a circuit: rows with weights, a row possibly more than once. */
final class Delta {

  private static final Object[] NO_ROWS = {};
  private static final long[] NO_WEIGHTS = {};
  private static final int LARGE = 1 << 16;

  Object[] rows = NO_ROWS;
  long[] weights = NO_WEIGHTS;
  int size;

  /** The room that was needed last. */
  private int room = 4;

  void add(Object row, long weight) {
    if (size == rows.length) {
      grow(size + 1);
    }
    rows[size] = row;
    weights[size++] = weight;
  }

  private void grow(int needed) {
    int length = Math.max(needed, size == 0 ? room : 2 * size);
    rows = Arrays.copyOf(rows, length);
    weights = Arrays.copyOf(weights, length);
  }

  void addAll(Delta other) {
    if (other.size > rows.length - size) {
      grow(size + other.size);
    }
    System.arraycopy(other.rows, 0, rows, size, other.size);
    System.arraycopy(other.weights, 0, weights, size, other.size);
    size += other.size;
  }

  /** Hands the rows over, and is empty. */
  Delta take() {
    var taken = new Delta();
    taken.rows = rows;
    taken.weights = weights;
    taken.size = size;
    room = Math.min(LARGE, Math.max(4, size));
    rows = NO_ROWS;
    weights = NO_WEIGHTS;
    size = 0;
    return taken;
  }

  /** Forgets the rows; a buffer that has become large is given up. */
  void clear() {
    if (rows.length > LARGE) {
      rows = NO_ROWS;
      weights = NO_WEIGHTS;
    } else if (size > 0) {
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
