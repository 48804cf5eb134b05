package dev.weir.graph;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Some consecutive records of a stream. Immutable.
 *
 * <p>A record is a JSON value as a Java object: {@code null}, {@link Boolean}, {@link Long} or
 * {@link java.math.BigInteger} (a number written without fraction or exponent), {@link Double},
 * {@link String}, {@link java.util.List} of them, {@link java.util.Map} from String to them in the
 * order of the text.
 *
 * <p>A {@link Control} record is always a batch of its own, see {@link #control}.
 *
 * <p>Each record has a sequence number, from 1, given by its source; numbers ascend, with gaps
 * where a record was rejected.
 */
public final class Batch {

  private final Object[] records;
  private final long first;
  private final long[] sequences;
  private final Receipt receipt;

  private Batch(Object[] records, long first, long[] sequences) {
    this(records, first, sequences, null);
  }

  private Batch(Object[] records, long first, long[] sequences, Receipt receipt) {
    this.records = records;
    this.first = first;
    this.sequences = sequences;
    this.receipt = receipt;
  }

  /** Records numbered consecutively from {@code first}. The array is not copied. */
  public static Batch of(long first, Object... records) {
    return new Batch(records, first, null);
  }

  /** Records with their own sequence numbers. The arrays are not copied. */
  public static Batch of(Object[] records, long[] sequences) {
    if (records.length != sequences.length) {
      throw new IllegalArgumentException(
          records.length + " records, " + sequences.length + " numbers");
    }
    return new Batch(records, records.length == 0 ? 1 : sequences[0], sequences);
  }

  /** A control record. {@code sequence} is the number of the last record before it. */
  public static Batch of(long sequence, Control control) {
    return new Batch(new Object[] {control}, sequence, null);
  }

  /** The control record that this batch is; null when it holds records. */
  public Control control() {
    return records.length == 1 && records[0] instanceof Control control ? control : null;
  }

  /** The same records for whose sender it is told when they have been processed. */
  public Batch with(Receipt wanted) {
    return new Batch(records, first, sequences, wanted);
  }

  /** Who wants to know when the records have been processed; null when nobody does. */
  public Receipt receipt() {
    return receipt;
  }

  public int size() {
    return records.length;
  }

  public boolean isEmpty() {
    return records.length == 0;
  }

  public Object get(int i) {
    return records[i];
  }

  /** The sequence number of record {@code i}. */
  public long sequence(int i) {
    return sequences == null ? first + i : sequences[i];
  }

  /** The records as an unmodifiable list. */
  public List<Object> records() {
    return Collections.unmodifiableList(Arrays.asList(records));
  }

  /** Records {@code from} (inclusive) to {@code to} (exclusive). */
  public Batch slice(int from, int to) {
    if (from == 0 && to == records.length) {
      return this;
    }
    var part = Arrays.copyOfRange(records, from, to);
    var numbers = sequences == null ? null : Arrays.copyOfRange(sequences, from, to);
    return new Batch(
        part, numbers == null || from == to ? first + from : numbers[0], numbers, receipt);
  }

  @Override
  public String toString() {
    return "Batch of " + records.length + " from " + first;
  }
}
