package dev.weir.state;

import java.time.Instant;
import java.util.Arrays;

/**
 * The values of one row, in the order of its table's columns; as a key, the values of the leading
 * key columns. Immutable; two rows are equal when their values are (byte arrays by content).
 */
public final class Row {

  private final Object[] values;

  private Row(Object[] values) {
    this.values = values;
  }

  /** A row of these values, each of its column's Java type or null. The array is not copied. */
  public static Row of(Object... values) {
    return new Row(values);
  }

  public int size() {
    return values.length;
  }

  /** The value of column {@code i}, or null. */
  public Object get(int i) {
    return values[i];
  }

  public String text(int i) {
    return (String) values[i];
  }

  public long integer(int i) {
    return (Long) values[i];
  }

  public double real(int i) {
    return (Double) values[i];
  }

  public boolean bool(int i) {
    return (Boolean) values[i];
  }

  public byte[] bytes(int i) {
    return (byte[]) values[i];
  }

  public Instant instant(int i) {
    return (Instant) values[i];
  }

  /** The first {@code n} values: the key of a row whose table has {@code n} key columns. */
  public Row first(int n) {
    return n == values.length ? this : new Row(Arrays.copyOf(values, n));
  }

  /** This row with values put before its own. */
  public Row after(Object... leading) {
    var all = Arrays.copyOf(leading, leading.length + values.length, Object[].class);
    System.arraycopy(values, 0, all, leading.length, values.length);
    return new Row(all);
  }

  /** This row without its first {@code n} values. */
  public Row without(int n) {
    return new Row(Arrays.copyOfRange(values, n, values.length));
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Row other && Arrays.deepEquals(values, other.values);
  }

  @Override
  public int hashCode() {
    return Arrays.deepHashCode(values);
  }

  @Override
  public String toString() {
    return Arrays.deepToString(values);
  }
}
