package dev.weir.state.internal;

import dev.weir.state.Cut;
import dev.weir.state.Index;
import dev.weir.state.Row;
import dev.weir.state.Table;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;

/**
 * What a kind of store has to offer: ordered tables, one writing transaction at a time, consistent
 * readers, and a place for chunks. Runs, positions, segments and snapshots are built on it once, in
 * {@link TableStore} and {@link Catalogue}.
 *
 * <p>Values handed over are checked and in their kept form ({@link RowCheck}). Thread-safe.
 */
interface Backend extends AutoCloseable {

  /** The address of the store. */
  String url();

  /** Where the store is, for messages: a file's path. */
  String where();

  /** A reader of what is committed now, and of nothing later. */
  Reader read();

  /**
   * Runs one transaction, the only one of the store (of all its processes) at this time. When this
   * returns it is durable; when it or the body throws, nothing has changed.
   *
   * @throws dev.weir.state.StoreFullException when the disk is full
   */
  <T> T write(Function<Transaction, T> body);

  /** Changes after each commit, of whichever process. */
  long version();

  Chunks chunks();

  @Override
  void close();

  /** Reads tables. One thread at a time. */
  interface Reader extends AutoCloseable {

    /** The row with this key, or null. */
    Row get(Table table, Object... key);

    Cut.Rows scan(Table table, Object... keyPrefix);

    Cut.Rows scan(Table table, Index index, Object... prefix);

    /** As {@link Cut#range}. */
    Cut.Rows range(Table table, Object[] prefix, Object from, Object to, boolean reverse);

    /** As {@link Cut#range}. */
    Cut.Rows range(
        Table table, Index index, Object[] prefix, Object from, Object to, boolean reverse);

    long count(Table table, Object... keyPrefix);

    @Override
    void close();
  }

  /** A running transaction: reads see what it has written. */
  interface Transaction extends Reader {

    void create(Table table);

    void create(Table table, Index index);

    /** Removes a table with its rows and indexes. */
    void drop(Table table);

    /** Removes the rows of a subject; all rows if the subject is null. */
    void clear(Table table, String subject);

    /** Applies changes that are sorted by key, one per key. */
    void apply(Table table, List<Change> sorted);

    /** Inserts rows that are sorted by key, or replaces those with their keys. */
    void put(Table table, Iterator<Row> sorted);

    /** Inserts sorted rows of which none exists; each lacks the first column, the subject. */
    void load(Table table, String subject, Iterator<Row> sorted);
  }
}
