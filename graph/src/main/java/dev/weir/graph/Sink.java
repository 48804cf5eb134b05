package dev.weir.graph;

import java.util.Map;
import java.util.Optional;

/**
 * A node without outputs. Called from one thread at a time.
 *
 * <p>Order at the end of an epoch: {@link #flush} on every sink, the store's commit (which holds
 * the positions that flush returned), {@link #complete}.
 */
public interface Sink extends AutoCloseable {

  /**
   * Opens the stream.
   *
   * @param committed what {@link #flush} returned for the last committed epoch: the sink takes back
   *     whatever it wrote after that; empty on a fresh run, which replaces what is there
   * @throws dev.weir.state.WeirException when it cannot be written, or does not hold what was
   *     committed
   */
  void open(SinkContext context, Optional<Map<String, Object>> committed) throws Exception;

  void write(Batch batch) throws Exception;

  /**
   * Makes everything written so far durable, and says where the stream now stands, as a small JSON
   * object for people to read.
   */
  Map<String, Object> flush(long epoch) throws Exception;

  /** The epoch is committed. After a crash the last one is announced again. */
  default void complete(long epoch) throws Exception {}

  /** What happens when an epoch's records are written twice. */
  Kind kind();

  @Override
  void close() throws Exception;

  /** What a sink can promise. */
  enum Kind {
    /** It takes back what was not committed, or is given only what was: an epoch is there once. */
    TRANSACTIONAL,
    /** Writing the same again changes nothing. */
    IDEMPOTENT,
    /** What was written stays written. */
    PLAIN
  }
}
