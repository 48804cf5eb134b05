package dev.weir.state;

import java.util.Iterator;
import java.util.Optional;

/**
 * A consistent, read-only view of a store as of one moment. Holding one for long keeps old data
 * alive: close it. One thread at a time.
 */
public interface Cut extends AutoCloseable {

  /** The position of a subject as of this cut. */
  Optional<Store.Position> position(String subject);

  /** The row with this key. */
  Optional<Row> get(Table table, Object... key);

  /** Rows whose key begins with these values, in key order; no values: the whole table. */
  Rows scan(Table table, Object... keyPrefix);

  /**
   * Rows whose indexed columns begin with these values, in the order of the index, then of the key.
   */
  Rows scan(Table table, Index index, Object... prefix);

  /**
   * Rows whose key begins with {@code prefix} and whose next key column is at least {@code from}
   * and less than {@code to}; in key order, or in reverse.
   *
   * @param from null for no bound
   * @param to null for no bound
   */
  Rows range(Table table, Row prefix, Object from, Object to, boolean reverse);

  /**
   * Rows whose indexed columns begin with {@code prefix} and whose next indexed column is at least
   * {@code from} and less than {@code to}; in the order of the index, or in reverse. A row without
   * a value in that column is in no range that has a bound.
   *
   * @param from null for no bound
   * @param to null for no bound
   */
  Rows range(Table table, Index index, Row prefix, Object from, Object to, boolean reverse);

  /** The number of rows whose key begins with these values. */
  long count(Table table, Object... keyPrefix);

  @Override
  void close();

  /** Rows being read. Close it, or read it to its end. */
  interface Rows extends Iterator<Row>, AutoCloseable {
    @Override
    void close();
  }
}
