package dev.weir.state.internal;

import dev.weir.state.ColumnType;
import dev.weir.state.RowBlock;
import dev.weir.state.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sorts changes and rows by key. Many are sorted by the columns and first bytes in which their keys
 * differ, as numbers, which touches no row; only those that are equal in these are compared.
 */
final class KeySort {

  private static final int FEW = 1_000;
  private static final int DIGIT_BITS = 16;

  private KeySort() {}

  /** The changes in the order of the table's key; of equal ones the order stays. */
  static List<Change> sorted(Table table, RowOrder order, Change[] changes) {
    if (changes.length <= FEW || isSorted(order, changes)) {
      Arrays.sort(changes, (a, b) -> order.compare(a.row(), b.row()));
      return Arrays.asList(changes);
    }
    var sequence = sequence(table, new RowsOfChanges(Arrays.asList(changes)));
    var result = new Change[changes.length];
    Arrays.setAll(result, i -> changes[sequence[i]]);
    return Arrays.asList(result);
  }

  private record RowsOfChanges(List<Change> changes) implements RowBlock {
    @Override
    public int size() {
      return changes.size();
    }

    @Override
    public Object get(int row, int column) {
      return changes.get(row).row().get(column);
    }
  }

  /** The places of rows in the order of the table's key; of equal ones the order stays. */
  static int[] sequence(Table table, RowBlock rows) {
    if (rows.size() <= FEW) {
      var places = new int[rows.size()];
      Arrays.setAll(places, i -> i);
      sort(table, rows, places, 0, places.length);
      return places;
    }
    var numbers = numbers(table, rows);
    int[] sequence = null;
    for (int i = numbers.size() - 1; i >= 0; i--) {
      sequence = sequence(numbers.get(i), sequence);
    }
    int start = 0;
    for (int i = 1; i <= sequence.length; i++) {
      if (i == sequence.length || differ(numbers, sequence[i], sequence[start])) {
        sort(table, rows, sequence, start, i);
        start = i;
      }
    }
    return sequence;
  }

  private static boolean differ(List<long[]> numbers, int one, int other) {
    for (var column : numbers) {
      if (column[one] != column[other]) {
        return true;
      }
    }
    return false;
  }

  /**
   * Numbers of each of some columns, from the first in which not all rows are equal: those of all
   * but the last of them tell every two values apart.
   */
  private static List<long[]> numbers(Table table, RowBlock rows) {
    var numbers = new ArrayList<long[]>();
    int column = firstDifferent(table, rows);
    boolean exact = true;
    for (; column < table.keyLength() && exact; column++) {
      numbers.add(numbers(table, column, rows));
      exact = table.columns().get(column).type() == ColumnType.INTEGER;
    }
    return numbers;
  }

  /** Sorts some of the places by comparing their rows. */
  private static void sort(Table table, RowBlock rows, int[] places, int from, int to) {
    if (to - from < 2) {
      return;
    }
    var some = Arrays.stream(places, from, to).boxed().toArray(Integer[]::new);
    Arrays.sort(some, (a, b) -> compare(table, rows, a, b));
    for (int i = 0; i < some.length; i++) {
      places[from + i] = some[i];
    }
  }

  private static int compare(Table table, RowBlock rows, int one, int other) {
    for (int i = 0; i < table.keyLength(); i++) {
      int c =
          RowOrder.compareValues(
              table.columns().get(i).type(), rows.get(one, i), rows.get(other, i));
      if (c != 0) {
        return c;
      }
    }
    return 0;
  }

  private static boolean isSorted(RowOrder order, Change[] changes) {
    for (int i = 1; i < changes.length; i++) {
      if (order.compare(changes[i - 1].row(), changes[i].row()) > 0) {
        return false;
      }
    }
    return true;
  }

  /** The first key column in which not all are equal, or the last. */
  private static int firstDifferent(Table table, RowBlock rows) {
    for (int column = 0; column < table.keyLength() - 1; column++) {
      var value = rows.get(0, column);
      var type = table.columns().get(column).type();
      for (int i = 1; i < rows.size(); i++) {
        if (RowOrder.compareValues(type, value, rows.get(i, column)) != 0) {
          return column;
        }
      }
    }
    return table.keyLength() - 1;
  }

  /** Numbers that, unsigned, are never in the wrong order, though they may be equal. */
  private static long[] numbers(Table table, int column, RowBlock rows) {
    var numbers = new long[rows.size()];
    var type = table.columns().get(column).type();
    if (type == ColumnType.INTEGER) {
      Arrays.setAll(numbers, i -> (Long) rows.get(i, column) ^ Long.MIN_VALUE);
    } else if (type == ColumnType.TEXT) {
      int shared = shared(column, rows);
      Arrays.setAll(numbers, i -> firstBytes((String) rows.get(i, column), shared));
    }
    return numbers;
  }

  /** How many characters all texts of a column begin with. */
  private static int shared(int column, RowBlock rows) {
    var first = (String) rows.get(0, column);
    int shared = first.length();
    for (int row = 1; row < rows.size(); row++) {
      var text = (String) rows.get(row, column);
      int i = 0;
      while (i < shared && i < text.length() && text.charAt(i) == first.charAt(i)) {
        i++;
      }
      shared = i;
    }
    boolean splitsPair = shared > 0 && Character.isHighSurrogate(first.charAt(shared - 1));
    return splitsPair ? shared - 1 : shared;
  }

  /** Eight bytes of the text in UTF-8, from a character on. */
  private static long firstBytes(String text, int from) {
    long bytes = 0;
    int free = 64;
    for (int i = from; i < text.length() && free > 0; ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      int length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
      for (int part = 0; part < length && free > 0; part++) {
        int b;
        if (length == 1) {
          b = c;
        } else if (part == 0) {
          b = ((0xf00 >> length) & 0xff) | (c >> (6 * (length - 1)));
        } else {
          b = 0x80 | ((c >> (6 * (length - 1 - part))) & 0x3f);
        }
        free -= 8;
        bytes |= (long) b << free;
      }
    }
    return bytes;
  }

  /**
   * The indexes of the numbers in ascending unsigned order: a radix sort, from the low digits.
   *
   * @param before an order that is kept among equals; null for that of the indexes
   */
  private static int[] sequence(long[] numbers, int[] before) {
    var from = before == null ? new int[numbers.length] : before;
    if (before == null) {
      Arrays.setAll(from, i -> i);
    }
    var to = new int[numbers.length];
    for (int shift = 0; shift < Long.SIZE; shift += DIGIT_BITS) {
      var next = new int[(1 << DIGIT_BITS) + 1];
      for (long number : numbers) {
        next[digit(number, shift) + 1]++;
      }
      if (next[digit(numbers[0], shift) + 1] == numbers.length) {
        continue;
      }
      for (int i = 1; i < next.length; i++) {
        next[i] += next[i - 1];
      }
      for (int index : from) {
        to[next[digit(numbers[index], shift)]++] = index;
      }
      var swap = from;
      from = to;
      to = swap;
    }
    return from;
  }

  private static int digit(long number, int shift) {
    return (int) (number >>> shift) & ((1 << DIGIT_BITS) - 1);
  }
}
