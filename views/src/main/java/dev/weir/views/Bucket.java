package dev.weir.views;

import java.util.Arrays;
import java.util.Comparator;
import java.util.TreeSet;

/**
 * Rows of one key with their weights, in arrays: one object for many rows. A row has a place while
 * a step is made; rows whose weight has become zero stay until it is over.
 *
 * <p>A bucket may be loose: then rows are put behind each other without a look at those that are
 * there, so that an equal row may be there more than once, and all weights are positive. It is
 * tightened when a row has to be found.
 */
final class Bucket extends Slot {

  private static final int SMALL = 8;
  private static final Object[] NO_ROWS = {};
  private static final int[] NO_HASHES = {};
  private static final long[] NO_NUMBERS = {};

  Object[] rows = NO_ROWS;
  long[] weights = NO_NUMBERS;
  int size;

  /** The sum of the weights. */
  long total;

  /** The numbers of the rows in their table, zero for a row that has none; null without a table. */
  long[] ids;

  /** Whether equal rows may be there more than once; only {@link #append} adds then. */
  boolean loose;

  /** At how many rows it is time to look whether any are equal. */
  int looseLimit = 4 * SMALL;

  private int[] hashes = NO_HASHES;

  /** To find rows when there are more than a few: hash and place + 1, or zero. */
  private long[] index;

  /** To order the rows, if they have an order. */
  private final TreeSet<Object> ordered;

  Bucket(Object key, int hash, boolean numbered, Comparator<Object> order) {
    super(key, hash);
    this.ids = numbered ? NO_NUMBERS : null;
    this.ordered = order == null ? null : new TreeSet<>(order);
  }

  /** The place of a row, or -1. */
  int find(Object row, int rowHash) {
    if (index == null) {
      for (int i = 0; i < size; i++) {
        if (hashes[i] == rowHash && rows[i].equals(row)) {
          return i;
        }
      }
      return -1;
    }
    int mask = index.length - 1;
    for (int i = rowHash & mask; index[i] != 0; i = (i + 1) & mask) {
      if ((int) (index[i] >>> 32) == rowHash) {
        int place = (int) index[i] - 1;
        if (rows[place].equals(row)) {
          return place;
        }
      }
    }
    return -1;
  }

  /** Adds a row that is not there, with the weight zero; its place. */
  int add(Object row, int rowHash) {
    if (size == rows.length) {
      grow();
    }
    int place = size++;
    rows[place] = row;
    hashes[place] = rowHash;
    weights[place] = 0;
    if (ids != null) {
      ids[place] = 0;
    }
    if (ordered != null) {
      ordered.add(row);
    }
    if (index != null ? 4 * size > 3 * index.length : size > SMALL) {
      reindex(index == null ? 2 * SMALL : 2 * index.length);
    } else if (index != null) {
      insert(rowHash, place);
    }
    return place;
  }

  /** Puts a row behind the others of a loose bucket, with the weight zero; its place. */
  int append(Object row) {
    if (size == rows.length) {
      grow();
    }
    int place = size++;
    rows[place] = row;
    weights[place] = 0;
    return place;
  }

  /** Makes rows findable, and of those that are equal one; remembers what it changes. */
  void tighten(Touched touched) {
    loose = false;
    hashes = new int[rows.length];
    for (int i = 0; i < size; i++) {
      hashes[i] = SlotTable.hash(rows[i]);
    }
    if (size > SMALL) {
      reindex(Integer.highestOneBit(size) * 4);
    }
    for (int i = 1; i < size; i++) {
      int first = find(rows[i], hashes[i]);
      if (first < i) {
        touched.add(this, first);
        touched.add(this, i);
        weights[first] += weights[i];
        weights[i] = 0;
      }
    }
  }

  /** The opposite of {@link #tighten}, when all weights are positive. */
  void loosen() {
    loose = true;
    hashes = NO_HASHES;
    index = null;
  }

  private void grow() {
    resize(size < 2 ? size + 1 : size < 16 ? 2 * size : size + size / 2);
  }

  private void resize(int length) {
    rows = Arrays.copyOf(rows, length);
    hashes = loose ? NO_HASHES : Arrays.copyOf(hashes, length);
    weights = Arrays.copyOf(weights, length);
    if (ids != null) {
      ids = Arrays.copyOf(ids, length);
    }
  }

  private void reindex(int length) {
    index = new long[length];
    for (int i = 0; i < size; i++) {
      insert(hashes[i], i);
    }
  }

  private void insert(int rowHash, int place) {
    int mask = index.length - 1;
    int i = rowHash & mask;
    while (index[i] != 0) {
      i = (i + 1) & mask;
    }
    index[i] = (long) rowHash << 32 | (place + 1);
  }

  /** Removes a row; the last one takes its place. */
  void remove(int place) {
    if (ordered != null) {
      ordered.remove(rows[place]);
    }
    int last = --size;
    if (index != null) {
      unindex(indexOf(place));
      if (last != place) {
        index[indexOf(last)] = (long) hashes[last] << 32 | (place + 1);
      }
    }
    rows[place] = rows[last];
    weights[place] = weights[last];
    rows[last] = null;
    if (!loose) {
      hashes[place] = hashes[last];
    }
    if (ids != null) {
      ids[place] = ids[last];
    }
    if (size > SMALL && size < rows.length / 4) {
      resize(2 * size);
      if (!loose) {
        reindex(Integer.highestOneBit(size) * 4);
      }
    }
  }

  private int indexOf(int place) {
    int mask = index.length - 1;
    int i = hashes[place] & mask;
    while ((int) index[i] != place + 1) {
      i = (i + 1) & mask;
    }
    return i;
  }

  /** Closes the gap, so that what stood behind it for want of room is found. */
  private void unindex(int at) {
    int mask = index.length - 1;
    int gap = at;
    for (int i = (gap + 1) & mask; index[i] != 0; i = (i + 1) & mask) {
      int home = (int) (index[i] >>> 32) & mask;
      if (((i - home) & mask) >= ((i - gap) & mask)) {
        index[gap] = index[i];
        gap = i;
      }
    }
    index[gap] = 0;
  }

  /** The rows in the order that was given. */
  Iterable<Object> ordered() {
    return ordered;
  }

  long weight(Object row) {
    int place = find(row, SlotTable.hash(row));
    return place < 0 ? 0 : weights[place];
  }
}
