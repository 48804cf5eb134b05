package dev.weir.state;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The catalogue of a store's snapshots. A snapshot is a retained, verified copy of one subject's
 * state at one committed position.
 *
 * <p>A table in a snapshot is a short stack of segments: a base split by key ranges into chunks,
 * and above it segments of only the rows changed since. A chunk is named by the SHA-256 of its
 * content and shared by all snapshots that hold it; every read verifies it.
 *
 * <p>Thread-safe. An id may be given by any unique prefix; every method that takes one throws
 * {@link UnknownSnapshotException} or {@link AmbiguousSnapshotException}.
 */
public interface Snapshots {

  /** The snapshots of a subject, newest first. */
  List<Snapshot> list(String subject);

  /** All snapshots of the store, newest first. */
  List<Snapshot> list();

  /** The snapshot with this id or unique prefix. */
  Snapshot find(String id);

  /**
   * Copies the subject's state as of the cut. May run beside commits: takes nothing but the cut,
   * and writes its chunks before the one commit that puts it in the catalogue. Empty when the
   * subject had never committed at the cut.
   *
   * @param positions the positions of the subject's sources as JSON text, kept for {@code restore
   *     --positions}
   */
  Optional<Snapshot> take(
      Cut cut, String subject, Snapshot.Why why, String program, String positions);

  /**
   * Adds a snapshot of rows that no table holds: state that its program keeps in memory.
   *
   * @param position the event or epoch that the state follows
   * @param positions what else its subject needs to go on from it, as JSON text
   * @param rows by state table, in key order and without the subject column
   */
  Snapshot add(
      String subject,
      long position,
      Snapshot.Why why,
      String program,
      String positions,
      Map<Table, List<Row>> rows);

  /** The rows of a snapshot. Every chunk is verified when it is read. */
  Contents open(String id);

  /**
   * Rows that differ between two snapshots, by table and key, in order.
   *
   * @throws WeirException when the two have a table with different columns
   */
  Diff diff(String from, String to);

  /** Writes a zip: {@code manifest.json} and one Avro object container file per table. */
  void export(String id, Path file);

  /**
   * Adds an exported snapshot to this store, under its own id if that is free or already holds the
   * same.
   *
   * @throws BadExportException when the file is not a whole export
   */
  Snapshot importFrom(Path file);

  /** Removes a snapshot and the chunks that no other names. */
  void remove(String id);

  /**
   * Keeps the newest {@code keep} snapshots of a subject and removes the others; the removed ones.
   */
  List<Snapshot> prune(String subject, int keep);

  /**
   * Reads every chunk of a snapshot; the damaged or missing ones. Marks the snapshot accordingly.
   */
  List<Damage> verify(String id);

  /** The newest snapshot of a subject with no damage, after reading it. */
  Optional<Snapshot> newestSound(String subject);

  /** A chunk that is missing or whose content does not hash to its name. */
  record Damage(String snapshot, String table, String chunk, String what) {}

  /** The rows of a snapshot, without the subject column. */
  interface Contents extends AutoCloseable {
    Snapshot snapshot();

    /** The tables, without their subject column. */
    List<Table> tables();

    /** The rows of a table in key order. */
    Cut.Rows rows(Table table);

    @Override
    void close();
  }

  /** Differences being read. */
  interface Diff extends java.util.Iterator<RowDiff>, AutoCloseable {
    @Override
    void close();
  }

  /**
   * One differing row: {@code before} is null where it was added, {@code after} where it was
   * removed.
   */
  record RowDiff(Table table, Row before, Row after) {}
}
