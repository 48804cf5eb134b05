package dev.weir.engine.internal;

import dev.weir.graph.Batch;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/**
 * About how much memory records take: some of them are looked at, and of large ones a part, so that
 * it costs little. Good for bounds, not for sums. Stateless.
 */
final class Sizes {

  /** How many records of a batch, elements of a list, or fields of an object are looked at. */
  private static final int LOOKED_AT = 4;

  private static final long OBJECT = 24;
  private static final long ENTRY = 40;

  private Sizes() {}

  /** About how many bytes the records of a batch take. */
  static long of(Batch batch) {
    int n = batch.size();
    int step = Math.max(1, n / LOOKED_AT);
    long bytes = 0;
    long seen = 0;
    for (int i = step - 1; i < n; i += step) {
      bytes += of(batch.get(i));
      seen++;
    }
    return seen == 0 ? 0 : bytes * n / seen;
  }

  private static long of(Object value) {
    if (value instanceof String text) {
      return 2 * OBJECT + text.length();
    }
    if (value instanceof Map<?, ?> map) {
      return OBJECT + scaled(map.size(), map.entrySet());
    }
    if (value instanceof List<?> list) {
      return OBJECT + scaled(list.size(), list);
    }
    if (value instanceof byte[] bytes) {
      return OBJECT + bytes.length;
    }
    return value instanceof BigInteger big ? 2 * OBJECT + big.bitLength() / Byte.SIZE : OBJECT;
  }

  private static long scaled(int size, Iterable<?> elements) {
    long bytes = 0;
    long seen = 0;
    for (var element : elements) {
      if (seen == LOOKED_AT) {
        break;
      }
      seen++;
      bytes +=
          element instanceof Map.Entry<?, ?> entry
              ? 2 * ENTRY + of(entry.getValue())
              : ENTRY / 8 + of(element);
    }
    return seen == 0 ? 0 : bytes * size / seen;
  }
}
