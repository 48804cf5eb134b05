package dev.weir.graph;

import java.util.List;
import java.util.OptionalLong;

/**
 * What a sink of one's own writes to, where it can keep a number beside the records in one
 * transaction: a database, a service with idempotent requests. {@link Outboxed} makes a sink of it
 * that is exactly once.
 *
 * <p>Used by one thread at a time.
 */
@FunctionalInterface
public interface EpochTarget {

  /**
   * Connects. When it returns, no connection that was given out under an older claim of the same
   * name can publish any more: one way is to store {@link OutboxSink.Claim#run} beside the epoch,
   * and to check it in the transaction that publishes.
   *
   * @throws TransientFailureException when the target does not answer: it is tried again
   * @throws FencedException when a newer claim has been made
   */
  Connection connect(OutboxSink.Claim claim) throws Exception;

  /** A connection to the target. After any exception it is closed, and another one made. */
  interface Connection extends AutoCloseable {

    /**
     * The last epoch that was published or declared under the claim's name; empty if none was, or
     * it is lost.
     */
    OptionalLong published() throws Exception;

    /** Makes the target say that this was the last epoch, whatever it said before. */
    void declare(long epoch) throws Exception;

    /**
     * Writes the records of an epoch and its number in one transaction.
     *
     * @throws TransientFailureException when the target does not answer: the epoch may be written
     *     or not, which {@link #published} of a new connection will tell
     * @throws FencedException when a newer claim has been made; nothing was written
     */
    void publish(long epoch, List<Object> records) throws Exception;

    @Override
    void close() throws Exception;
  }
}
