package dev.weir.state.internal;

import dev.weir.state.ColumnType;
import dev.weir.state.Index;
import dev.weir.state.Row;
import dev.weir.state.Table;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;

/**
 * The order of a table's rows, by key or by index: the same in memory, in SQL and in snapshots.
 *
 * <p>Nulls first; text by its UTF-8 bytes; bytes as unsigned; NaN after every other number.
 */
final class RowOrder implements Comparator<Row> {

  private final int[] columns;
  private final ColumnType[] types;
  private final boolean[] descending;

  private RowOrder(Table table, int[] columns, Index index) {
    this.columns = columns;
    this.descending = new boolean[columns.length];
    for (int i = 0; index != null && i < index.columns().size(); i++) {
      descending[i] = index.descending().contains(index.columns().get(i));
    }
    this.types =
        Arrays.stream(columns)
            .mapToObj(c -> table.columns().get(c).type())
            .toArray(ColumnType[]::new);
  }

  /** By the key of the table. Rows may be cut to their key. */
  static RowOrder ofKey(Table table) {
    var columns = new int[table.keyLength()];
    Arrays.setAll(columns, i -> i);
    return new RowOrder(table, columns, null);
  }

  /** By the columns of the index, then by the key. */
  static RowOrder ofIndex(Table table, Index index) {
    int indexed = index.columns().size();
    var columns = new int[indexed + table.keyLength()];
    Arrays.setAll(
        columns,
        i -> i < indexed ? table.indexOf(index.columns().get(i)).orElseThrow() : i - indexed);
    return new RowOrder(table, columns, index);
  }

  @Override
  public int compare(Row a, Row b) {
    for (int i = 0; i < columns.length; i++) {
      int c = compareValues(types[i], a.get(columns[i]), b.get(columns[i]));
      if (c != 0) {
        return descending[i] ? -c : c;
      }
    }
    return 0;
  }

  /** Compares the first columns of this order with as many values. */
  int compareWith(Row row, Object[] prefix) {
    for (int i = 0; i < prefix.length; i++) {
      int c = compareValues(types[i], row.get(columns[i]), prefix[i]);
      if (c != 0) {
        return descending[i] ? -c : c;
      }
    }
    return 0;
  }

  static int compareValues(ColumnType type, Object a, Object b) {
    if (a == b) {
      return 0;
    }
    if (a == null) {
      return -1;
    }
    if (b == null) {
      return 1;
    }
    return switch (type) {
      case INTEGER -> Long.compare((Long) a, (Long) b);
      case REAL -> Double.compare((Double) a, (Double) b);
      case TEXT, JSON -> compareText((String) a, (String) b);
      case BOOLEAN -> Boolean.compare((Boolean) a, (Boolean) b);
      case BYTES -> Arrays.compareUnsigned((byte[]) a, (byte[]) b);
      case INSTANT -> ((Instant) a).compareTo((Instant) b);
    };
  }

  /** As the UTF-8 bytes compare: supplementary characters come after the whole basic plane. */
  private static int compareText(String a, String b) {
    int n = Math.min(a.length(), b.length());
    for (int i = 0; i < n; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        boolean supplementary = Character.isSurrogate(x);
        if (supplementary != Character.isSurrogate(y)) {
          return supplementary ? 1 : -1;
        }
        return Character.compare(x, y);
      }
    }
    return Integer.compare(a.length(), b.length());
  }
}
