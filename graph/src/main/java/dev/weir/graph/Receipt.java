package dev.weir.graph;

/**
 * Tells the sender of a batch what became of it. An engine calls {@link #processed} when the
 * receiver's callback has returned, on the receiver's thread; where a batch goes to several
 * receivers, once for each. What is under way when a run ends is not told.
 *
 * <p>Implementations are thread-safe, and return at once.
 */
public interface Receipt {

  /** The records have been processed, but for those that were refused. */
  void processed(Batch batch);

  /**
   * The receiver raised at a record and goes on without it. It says so before its callback returns.
   *
   * @param sequence the record's number in the batch that was sent
   * @param why what was raised, in a line
   */
  void refused(long sequence, String why);
}
