package dev.weir.views;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** The rows of one key. Rows whose weight has become zero stay until the step is over. */
final class Bucket {

  private static final int SMALL = 8;
  private static final Entry[] NONE = {};

  final Object key;
  Entry[] entries = NONE;
  int size;

  /** The sum of the weights. */
  long total;

  /** What was last made of the rows, and that before the running step; kept by the operator. */
  Object made;

  Object madeBefore;
  boolean touched;

  /** To find rows when there are more than a few, or to order them. */
  private Map<Object, Entry> byRow;

  Bucket(Object key, Comparator<Object> order) {
    this.key = key;
    this.byRow = order == null ? null : new TreeMap<>(order);
  }

  Entry find(Object row) {
    if (byRow != null) {
      return byRow.get(row);
    }
    for (int i = 0; i < size; i++) {
      if (entries[i].row.equals(row)) {
        return entries[i];
      }
    }
    return null;
  }

  Entry add(Object row) {
    var entry = new Entry(row, this);
    if (size == entries.length) {
      entries = Arrays.copyOf(entries, size == 0 ? 1 : 2 * size);
    }
    entry.place = size;
    entries[size++] = entry;
    if (byRow != null) {
      byRow.put(row, entry);
    } else if (size > SMALL) {
      byRow = new HashMap<>();
      for (int i = 0; i < size; i++) {
        byRow.put(entries[i].row, entries[i]);
      }
    }
    return entry;
  }

  void remove(Entry entry) {
    var last = entries[--size];
    entries[entry.place] = last;
    last.place = entry.place;
    entries[size] = null;
    if (byRow != null) {
      byRow.remove(entry.row);
    }
    if (size > SMALL && size < entries.length / 4) {
      entries = Arrays.copyOf(entries, 2 * size);
    }
  }

  /** The rows in the order that was given. */
  Iterable<Entry> ordered() {
    return byRow.values();
  }
}
