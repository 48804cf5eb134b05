package dev.weir.engine.internal;

import dev.weir.state.Row;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Rows found by their leading key columns: an open-addressing hash table that holds nothing but the
 * rows, for tables of millions of small rows.
 *
 * <p>Invariants: the capacity is a power of two; at most two thirds of the slots are taken; a row
 * stands in the first free slot at or after its hash, so a lookup may stop at an empty slot.
 *
 * <p>Not thread-safe.
 */
final class RowTable {

  private final int keyLength;
  private Row[] slots = new Row[16];
  private int size;

  RowTable(int keyLength) {
    this.keyLength = keyLength;
  }

  int size() {
    return size;
  }

  /** The row whose first columns are these, or null. The key may be a whole row. */
  Row get(Row key) {
    return slots[slot(key)];
  }

  void put(Row row) {
    int slot = slot(row);
    if (slots[slot] == null) {
      size++;
    }
    slots[slot] = row;
    if (size * 3L > slots.length * 2L) {
      grow();
    }
  }

  void remove(Row key) {
    int hole = slot(key);
    if (slots[hole] == null) {
      return;
    }
    size--;
    slots[hole] = null;
    int mask = slots.length - 1;
    for (int i = (hole + 1) & mask; slots[i] != null; i = (i + 1) & mask) {
      int home = hash(slots[i]) & mask;
      boolean reachable = hole <= i ? hole < home && home <= i : hole < home || home <= i;
      if (!reachable) {
        slots[hole] = slots[i];
        slots[i] = null;
        hole = i;
      }
    }
  }

  void forEach(Consumer<Row> action) {
    for (var row : slots) {
      if (row != null) {
        action.accept(row);
      }
    }
  }

  private int slot(Row key) {
    int mask = slots.length - 1;
    int i = hash(key) & mask;
    while (slots[i] != null && !sameKey(slots[i], key)) {
      i = (i + 1) & mask;
    }
    return i;
  }

  private void grow() {
    var old = slots;
    slots = new Row[old.length * 2];
    for (var row : old) {
      if (row != null) {
        slots[slot(row)] = row;
      }
    }
  }

  private int hash(Row row) {
    int hash = 1;
    for (int i = 0; i < keyLength; i++) {
      var value = row.get(i);
      hash =
          31 * hash + (value instanceof byte[] b ? java.util.Arrays.hashCode(b) : value.hashCode());
    }
    return hash ^ (hash >>> 16);
  }

  private boolean sameKey(Row a, Row b) {
    for (int i = 0; i < keyLength; i++) {
      if (!Objects.deepEquals(a.get(i), b.get(i))) {
        return false;
      }
    }
    return true;
  }
}
