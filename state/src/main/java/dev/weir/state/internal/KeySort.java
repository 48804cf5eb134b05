package dev.weir.state.internal;

import dev.weir.state.ColumnType;
import dev.weir.state.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sorts changes by key. Many are sorted by the columns and first bytes in which their keys differ,
 * as numbers, which touches no row; only changes that are equal in these are compared as rows.
 */
final class KeySort {

  private static final int FEW = 1_000;
  private static final int DIGIT_BITS = 16;

  private KeySort() {}

  /** The changes in the order of the table's key; of equal ones the order stays. */
  static List<Change> sorted(Table table, RowOrder order, Change[] changes) {
    if (changes.length <= FEW || isSorted(order, changes)) {
      sort(order, changes, 0, changes.length);
      return Arrays.asList(changes);
    }
    var numbers = numbers(table, changes);
    int[] sequence = null;
    for (int i = numbers.size() - 1; i >= 0; i--) {
      sequence = sequence(numbers.get(i), sequence);
    }
    var result = new Change[changes.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = changes[sequence[i]];
    }
    int start = 0;
    for (int i = 1; i <= result.length; i++) {
      if (i == result.length || differ(numbers, sequence[i], sequence[start])) {
        sort(order, result, start, i);
        start = i;
      }
    }
    return Arrays.asList(result);
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
  private static List<long[]> numbers(Table table, Change[] changes) {
    var numbers = new ArrayList<long[]>();
    int column = firstDifferent(table, changes);
    boolean exact = true;
    for (; column < table.keyLength() && exact; column++) {
      numbers.add(numbers(table, column, changes));
      exact = table.columns().get(column).type() == ColumnType.INTEGER;
    }
    return numbers;
  }

  private static void sort(RowOrder order, Change[] changes, int from, int to) {
    if (to - from > 1) {
      Arrays.sort(changes, from, to, (a, b) -> order.compare(a.row(), b.row()));
    }
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
  private static int firstDifferent(Table table, Change[] changes) {
    for (int column = 0; column < table.keyLength() - 1; column++) {
      var value = changes[0].row().get(column);
      var type = table.columns().get(column).type();
      for (var change : changes) {
        if (RowOrder.compareValues(type, value, change.row().get(column)) != 0) {
          return column;
        }
      }
    }
    return table.keyLength() - 1;
  }

  /** Numbers that, unsigned, are never in the wrong order, though they may be equal. */
  private static long[] numbers(Table table, int column, Change[] changes) {
    var numbers = new long[changes.length];
    var type = table.columns().get(column).type();
    if (type == ColumnType.INTEGER) {
      Arrays.setAll(numbers, i -> changes[i].row().integer(column) ^ Long.MIN_VALUE);
    } else if (type == ColumnType.TEXT) {
      int shared = shared(column, changes);
      Arrays.setAll(numbers, i -> firstBytes(changes[i].row().text(column), shared));
    }
    return numbers;
  }

  /** How many characters all texts of a column begin with. */
  private static int shared(int column, Change[] changes) {
    var first = changes[0].row().text(column);
    int shared = first.length();
    for (var change : changes) {
      var text = change.row().text(column);
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
