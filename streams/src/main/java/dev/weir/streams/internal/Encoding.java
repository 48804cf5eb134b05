package dev.weir.streams.internal;

/**
 * How one message is one record. Made by {@link Format#encoding}; each source and sink has its own.
 * Not thread-safe.
 *
 * <p>A record is a JSON value as {@link dev.weir.graph.Batch} says, or a {@link
 * dev.weir.graph.Control}.
 */
interface Encoding {

  /**
   * The record of the bytes from {@code from} to {@code to}.
   *
   * @throws BadMessageException with the reason to reject them
   */
  Object decode(byte[] bytes, int from, int to) throws BadMessageException;

  /**
   * Appends the message of a record.
   *
   * @return whether there was something to append: an encoding may have no form of control records
   * @throws BadMessageException with the reason to reject the record; what was appended is then to
   *     be taken back
   */
  boolean encode(Object record, Bytes to) throws BadMessageException;

  /** Reads what a stream begins with, where it has a header. */
  default void header(byte[] bytes, int from, int to) throws BadMessageException {}

  /** Appends what a stream begins with, where it has a header. */
  default void writeHeader(Bytes to) {}
}
