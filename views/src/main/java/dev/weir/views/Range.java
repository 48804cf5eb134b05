package dev.weir.views;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Which rows of an index are read, and in which direction: those that have given values in its
 * first columns, and a value in a range in the next one. Immutable.
 *
 * <p>Values are those that the rows have: numbers, text, booleans, dates, enums, or null. A row
 * without a value is in no range that has a bound.
 */
public final class Range {

  private static final Range ALL = new Range(List.of(), null, null, false);

  final List<Object> prefix;
  final Object from;
  final Object to;
  final boolean reversed;

  private Range(List<Object> prefix, Object from, Object to, boolean reversed) {
    this.prefix = prefix;
    this.from = from;
    this.to = to;
    this.reversed = reversed;
  }

  /** All rows. */
  public static Range all() {
    return ALL;
  }

  /** The rows that have these values in the first columns of the index. */
  public static Range of(Object... values) {
    return new Range(
        Collections.unmodifiableList(Arrays.asList(values.clone())), null, null, false);
  }

  /** Those whose next column is at least this value. */
  public Range from(Object least) {
    return new Range(prefix, least, to, reversed);
  }

  /** Those whose next column is less than this value. */
  public Range to(Object end) {
    return new Range(prefix, from, end, reversed);
  }

  /** From the end of the index to its beginning. */
  public Range reversed() {
    return new Range(prefix, from, to, !reversed);
  }
}
