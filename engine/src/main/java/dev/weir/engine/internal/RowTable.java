package dev.weir.engine.internal;

import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Row;
import dev.weir.state.WeirException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Rows found by their leading key columns, and which of them changed: an open-addressing hash table
 * of columns, for tables of millions of small rows. Numbers lie in one array, without an object for
 * a row or a value, so that a change leaves nothing behind for the garbage collector.
 *
 * <p>Invariants: the capacity is a power of two; at most two thirds of the slots are taken; a row
 * stands in the first free slot at or after its hash, so a lookup may stop at a free slot; a key is
 * deleted or in a slot, never both.
 *
 * <p>Not thread-safe.
 */
final class RowTable {

  private static final byte FREE = 0;
  private static final byte KEPT = 1;
  private static final byte CHANGED = 2;

  private final String name;
  private final List<Column> columns;
  private final int keyLength;
  private final boolean longKey;

  private byte[] slots = new byte[16];
  private Cells cells;
  private int size;
  private int changes;
  private Set<Row> deleted = new HashSet<>();

  RowTable(String name, List<Column> columns, int keyLength) {
    this.name = name;
    this.columns = List.copyOf(columns);
    this.keyLength = keyLength;
    this.longKey = keyLength == 1 && columns.get(0).type() == ColumnType.INTEGER;
    this.cells = new Cells(this.columns, slots.length);
  }

  int size() {
    return size;
  }

  /** The row whose first columns are these, or null. The key may be a whole row. */
  Row get(Row key) {
    int slot = slot(key);
    return slots[slot] == FREE ? null : cells.row(slot);
  }

  /** Puts a row that is in the store as it is. */
  void load(Row row) {
    put(row, KEPT);
  }

  void put(Row row) {
    put(row, CHANGED);
  }

  private void put(Row row, byte as) {
    if (row.size() != columns.size()) {
      throw new IllegalArgumentException(
          "table " + name + " has " + columns.size() + " columns, the row " + row.size());
    }
    for (int i = keyLength; i < columns.size(); i++) {
      check(row, i);
    }
    int slot = slot(row);
    int from = keyLength;
    if (slots[slot] == FREE) {
      from = 0;
      size++;
    }
    for (int i = from; i < columns.size(); i++) {
      cells.set(slot, i, row.get(i));
    }
    if (as == CHANGED && slots[slot] != CHANGED) {
      changes++;
    }
    slots[slot] = as;
    if (!deleted.isEmpty()) {
      deleted.remove(cells.row(slot).first(keyLength));
    }
    if (size * 3L > slots.length * 2L) {
      grow();
    }
  }

  void remove(Row key) {
    int hole = slot(key);
    if (slots[hole] == FREE) {
      return;
    }
    deleted.add(cells.row(hole).first(keyLength));
    size--;
    changes -= slots[hole] == CHANGED ? 1 : 0;
    free(hole);
    int mask = slots.length - 1;
    for (int i = (hole + 1) & mask; slots[i] != FREE; i = (i + 1) & mask) {
      int home = cells.hash(i, keyLength) & mask;
      boolean reachable = hole <= i ? hole < home && home <= i : hole < home || home <= i;
      if (!reachable) {
        cells.copy(i, cells, hole);
        slots[hole] = slots[i];
        free(i);
        hole = i;
      }
    }
  }

  private void free(int slot) {
    slots[slot] = FREE;
    cells.clear(slot);
  }

  void forEach(Consumer<Row> action) {
    for (int i = 0; i < slots.length; i++) {
      if (slots[i] != FREE) {
        action.accept(cells.row(i));
      }
    }
  }

  /** Whether anything changed since the last freeze. */
  boolean changed() {
    return changes > 0 || !deleted.isEmpty();
  }

  /** Takes the changes since the last freeze. */
  Changes freeze() {
    var taken = new Cells(columns, changes);
    int count = 0;
    for (int i = 0; count < changes; i++) {
      if (slots[i] == CHANGED) {
        cells.copy(i, taken, count++);
        slots[i] = KEPT;
      }
    }
    var frozen = new Changes(taken, count, deleted);
    changes = 0;
    deleted = new HashSet<>();
    return frozen;
  }

  /** What changed in one epoch; belongs to whoever has it. */
  static final class Changes {
    private final Cells cells;
    private final int count;
    private final Set<Row> deleted;

    private Changes(Cells cells, int count, Set<Row> deleted) {
      this.cells = cells;
      this.count = count;
      this.deleted = deleted;
    }

    /** How many rows are new or other. */
    int count() {
      return count;
    }

    /** A value of row {@code i} of those that are new or other. */
    Object get(int i, int column) {
      return cells.get(i, column);
    }

    /** The keys of rows that are gone. */
    Set<Row> deleted() {
      return deleted;
    }
  }

  private int slot(Row key) {
    int mask = slots.length - 1;
    if (longKey && key.get(0) instanceof Long number) {
      long wanted = number;
      int i = Cells.hash(wanted) & mask;
      while (slots[i] != FREE && cells.number(i) != wanted) {
        i = (i + 1) & mask;
      }
      return i;
    }
    for (int i = 0; i < keyLength; i++) {
      check(key, i);
    }
    int i = hash(key) & mask;
    while (slots[i] != FREE && !sameKey(i, key)) {
      i = (i + 1) & mask;
    }
    return i;
  }

  private int hash(Row key) {
    long hash = 0;
    for (int i = 0; i < keyLength; i++) {
      hash = Cells.mixed(hash, cells.hashOf(i, key.get(i)));
    }
    return Cells.hash(hash);
  }

  private boolean sameKey(int slot, Row key) {
    for (int i = 0; i < keyLength; i++) {
      if (!cells.same(slot, i, key.get(i))) {
        return false;
      }
    }
    return true;
  }

  private void grow() {
    var oldSlots = slots;
    var oldCells = cells;
    slots = new byte[oldSlots.length * 2];
    cells = new Cells(columns, slots.length);
    int mask = slots.length - 1;
    for (int from = 0; from < oldSlots.length; from++) {
      if (oldSlots[from] != FREE) {
        int to = oldCells.hash(from, keyLength) & mask;
        while (slots[to] != FREE) {
          to = (to + 1) & mask;
        }
        oldCells.copy(from, cells, to);
        slots[to] = oldSlots[from];
      }
    }
  }

  private void check(Row row, int i) {
    var column = columns.get(i);
    var value = row.get(i);
    if (value == null ? !column.nullable() : !column.type().javaType().isInstance(value)) {
      throw new IllegalArgumentException(
          "table %s: column %s holds %s, not %s"
              .formatted(
                  name,
                  column.name(),
                  column.type(),
                  value == null ? "null" : "a " + value.getClass().getSimpleName()));
    }
  }

  /** Values of rows by slot: fixed ones as bits in one array, the others as objects. */
  private static final class Cells {
    private static final int BLOCK = 3;

    private final ColumnType[] types;

    /**
     * Where the column's value is: at {@code n} of its row's numbers, or at {@code -1 - n} of its
     * objects.
     */
    private final int[] places;

    private final int numbersOfRow;
    private final int objectsOfRow;
    private final long[] numbers;
    private final Object[] objects;

    Cells(List<Column> columns, int slots) {
      types = columns.stream().map(Column::type).toArray(ColumnType[]::new);
      places = new int[types.length];
      int fixed = 0;
      int other = 0;
      for (int i = 0; i < places.length; i++) {
        places[i] = isFixed(columns.get(i)) ? fixed++ : -1 - other++;
      }
      numbersOfRow = fixed;
      objectsOfRow = other;
      numbers = new long[room(slots, fixed)];
      objects = new Object[room(slots, other)];
    }

    private static int room(int slots, int each) {
      long room = (long) slots * each;
      if (room > Integer.MAX_VALUE - 8) {
        throw new WeirException(
            "a table of one operator has too many rows (%d places of %d values); share the operator's keys out among replicas"
                .formatted(slots, each));
      }
      return (int) room;
    }

    private static boolean isFixed(Column column) {
      return !column.nullable()
          && (column.type() == ColumnType.INTEGER
              || column.type() == ColumnType.REAL
              || column.type() == ColumnType.BOOLEAN);
    }

    private static long bits(Object value) {
      if (value instanceof Long number) {
        return number;
      }
      if (value instanceof Double real) {
        // Zero has one form, as in the store.
        return Double.doubleToLongBits(real == 0 ? 0.0 : real);
      }
      return (Boolean) value ? 1 : 0;
    }

    /** The first number of a row. */
    long number(int slot) {
      return numbers[slot * numbersOfRow];
    }

    void set(int slot, int column, Object value) {
      int place = places[column];
      if (place >= 0) {
        numbers[slot * numbersOfRow + place] = bits(value);
      } else {
        objects[slot * objectsOfRow - 1 - place] = value;
      }
    }

    private Object get(int slot, int column) {
      int place = places[column];
      if (place < 0) {
        return objects[slot * objectsOfRow - 1 - place];
      }
      long bits = numbers[slot * numbersOfRow + place];
      return switch (types[column]) {
        case INTEGER -> (Object) bits;
        case REAL -> (Object) Double.longBitsToDouble(bits);
        default -> (Object) (bits != 0);
      };
    }

    boolean same(int slot, int column, Object value) {
      int place = places[column];
      return place >= 0
          ? numbers[slot * numbersOfRow + place] == bits(value)
          : Objects.deepEquals(objects[slot * objectsOfRow - 1 - place], value);
    }

    Row row(int slot) {
      var values = new Object[types.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = get(slot, i);
      }
      return Row.of(values);
    }

    void copy(int from, Cells target, int to) {
      for (int i = 0; i < numbersOfRow; i++) {
        target.numbers[to * numbersOfRow + i] = numbers[from * numbersOfRow + i];
      }
      for (int i = 0; i < objectsOfRow; i++) {
        target.objects[to * objectsOfRow + i] = objects[from * objectsOfRow + i];
      }
    }

    void clear(int slot) {
      Arrays.fill(objects, slot * objectsOfRow, (slot + 1) * objectsOfRow, null);
    }

    int hash(int slot, int keyLength) {
      long hash = 0;
      for (int i = 0; i < keyLength; i++) {
        int place = places[i];
        hash =
            mixed(
                hash,
                place >= 0
                    ? numbers[slot * numbersOfRow + place]
                    : hashOf(objects[slot * objectsOfRow - 1 - place]));
      }
      return hash(hash);
    }

    long hashOf(int column, Object value) {
      return places[column] >= 0 ? bits(value) : hashOf(value);
    }

    private static long hashOf(Object value) {
      return value instanceof byte[] bytes ? Arrays.hashCode(bytes) : Objects.hashCode(value);
    }

    static long mixed(long hash, long more) {
      return 31 * hash + more;
    }

    /**
     * Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4) of all but the last bits:
     * numbers that follow each other, as keys often do, lie side by side, and share what the
     * processor fetches at once.
     */
    static int hash(long number) {
      int block = (int) (((number >>> BLOCK) * 0x9E3779B97F4A7C15L) >>> 32);
      return (block << BLOCK) | ((int) number & ((1 << BLOCK) - 1));
    }
  }
}
