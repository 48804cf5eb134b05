package dev.weir.views;

import java.util.Arrays;

/** What a step has changed, in order: rows by their places, and the weights that they had. */
final class Touched {

  Bucket[] buckets = new Bucket[4];
  int[] places = new int[4];
  long[] before = new long[4];
  int size;

  void add(Bucket bucket, int place) {
    if (size == places.length) {
      buckets = Arrays.copyOf(buckets, 2 * size);
      places = Arrays.copyOf(places, 2 * size);
      before = Arrays.copyOf(before, 2 * size);
    }
    buckets[size] = bucket;
    places[size] = place;
    before[size++] = bucket.weights[place];
  }

  long weight(int i) {
    return buckets[i].weights[places[i]];
  }

  /** Removes the rows whose weight is zero and forgets everything; how many it removed. */
  int settle() {
    int zeros = 0;
    var order = new long[0];
    for (int i = 0; i < size; i++) {
      if (weight(i) == 0) {
        if (zeros == order.length) {
          order = Arrays.copyOf(order, Math.max(4, 2 * zeros));
        }
        order[zeros++] = (long) places[i] << 32 | i;
      }
    }
    // From the last place on, so that the rows that change their places are none of these.
    Arrays.sort(order, 0, zeros);
    int removed = 0;
    for (int n = zeros - 1; n >= 0; n--) {
      int i = (int) order[n];
      if (places[i] < buckets[i].size && weight(i) == 0) {
        buckets[i].remove(places[i]);
        removed++;
      }
    }
    clear();
    return removed;
  }

  private void clear() {
    if (size > 1 << 16) {
      buckets = new Bucket[4];
      places = new int[4];
      before = new long[4];
    } else {
      Arrays.fill(buckets, 0, size, null);
    }
    size = 0;
  }
}
