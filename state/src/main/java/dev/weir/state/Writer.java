package dev.weir.state;

/**
 * The right to write one subject, held by one run. Obtained from {@link Store#claim}; lost for good
 * when the subject is claimed again.
 *
 * <p>One thread at a time.
 */
public interface Writer extends AutoCloseable {

  String subject();

  /** The run number, unique and increasing within the subject. */
  long run();

  /**
   * Makes a commit durable together with the subject's new position. When it returns, the commit
   * survives a crash; when it throws, nothing of it is visible.
   *
   * @param position must be greater than the last one of this subject, or equal to it for a commit
   *     that changes book-keeping only
   * @throws SupersededException when another run has claimed the subject
   * @throws StoreFullException when the disk is full; nothing was changed, and the same commit may
   *     be tried again
   * @throws IllegalArgumentException when a row of a state table names another subject
   */
  void commit(long position, Commit commit);

  /**
   * Replaces the subject's rows of all state tables by those of a snapshot, and applies {@code
   * also}, in one commit. All hashes are verified before the first row is written.
   *
   * @throws DamagedSnapshotException names the damaged chunk and the newest sound snapshot; nothing
   *     was changed
   */
  void restore(long position, String snapshotId, Commit also);

  @Override
  void close();
}
