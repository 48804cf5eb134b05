package dev.weir.state;

import java.util.List;
import java.util.Optional;

/**
 * Where state is kept: tables whose rows change only in commits.
 *
 * <p>After a crash a store is at its last commit; recovery is opening it. Everything that lasts is
 * written in one of two ways: by the {@link Writer} that owns a <em>subject</em> (a job, a fish),
 * each commit carrying the subject's next position (an epoch, an offset); or by {@link #commit},
 * for book-keeping that no one owns.
 *
 * <p>Thread-safe. {@link #close} closes the cuts and writers that are still open.
 */
public interface Store extends AutoCloseable {

  /** The format that this version of Weir writes; a store of a newer one is refused. */
  int FORMAT = 1;

  /** The address under which the store was opened, without a password. */
  String url();

  /**
   * Makes sure that the tables exist. Known tables with the same columns are left alone; one that
   * lacks columns which may be null gets them, in one transaction, which must fit in memory.
   *
   * @throws TableMismatchException when a table exists with other columns, key or role; says what
   *     differs
   */
  void declare(Table... tables);

  /**
   * Gives a declared table other columns or another key: each of its rows is made anew, in one
   * transaction, which must fit in memory. Snapshots keep the columns that they were taken with,
   * and cannot be restored to the new ones.
   *
   * @param table as it is to be; its role must stay
   * @param change a row of the new columns for one of the old; null to leave it out
   */
  void redefine(Table table, java.util.function.UnaryOperator<Row> change);

  /** All tables ever declared in this store, by this process or another. */
  List<Table> tables();

  /**
   * Takes over a subject: the next run number of the subject is stored and every older writer of it
   * is fenced off. Takes no lock: who may run is the caller's business, who may commit is decided
   * here.
   */
  Writer claim(String subject);

  /** The last committed position of a subject, and its run number; empty if it never committed. */
  Optional<Position> position(String subject);

  /**
   * A commit of book-keeping tables only, outside any subject. Atomic and durable when it returns.
   *
   * @throws IllegalArgumentException when a table is not book-keeping
   */
  void commit(Commit commit);

  /** Opens a consistent cut: what was committed when it was opened, and nothing later. */
  Cut read();

  /** The catalogue of snapshots in this store. */
  Snapshots snapshots();

  /**
   * A number that changes when another process or writer has committed since it was last asked: a
   * cheap way to poll.
   */
  long version();

  @Override
  void close();

  /**
   * The last commit of a subject.
   *
   * @param position the epoch or offset that it made durable
   * @param run the number of the run that now owns the subject
   */
  record Position(long position, long run) {}
}
