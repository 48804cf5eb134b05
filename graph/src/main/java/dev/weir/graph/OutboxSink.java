package dev.weir.graph;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/**
 * A sink whose target takes an epoch in one transaction of its own, such as Kafka or another
 * database. It writes nothing by itself: what it encodes goes through an <em>outbox</em>.
 *
 * <p>At the end of an epoch {@link #take} hands over the epoch's output, which becomes part of the
 * store's commit. After the commit {@link Target#publish} writes it to the target together with the
 * epoch's number. After a crash that number says which epochs the target lacks; they are sent again
 * from the outbox, byte for byte, so nothing need be deterministic.
 *
 * <p>{@link #connect} and the target that it gives are used by one thread, which may be another
 * than that of the sink; {@code connect} may be called before {@link #open}, and without it.
 */
public interface OutboxSink extends Sink {

  /**
   * Hands over the output of everything written since the last call, as pieces of a bounded size
   * that hold whole records, in order. Called after {@link #flush}.
   */
  List<byte[]> take();

  /** How many bytes the next {@link #take} would hand over. */
  long pending();

  /** How long the target may be away before the run fails. */
  Duration patience();

  /**
   * Connects to the target. When it returns, no target that was given out under an older claim of
   * the same name can publish any more, in whatever process.
   *
   * @throws TransientFailureException when the target does not answer
   * @throws FencedException when a newer claim has been made
   */
  Target connect(Claim claim) throws Exception;

  @Override
  default Kind kind() {
    return Kind.TRANSACTIONAL;
  }

  /**
   * Under which name a sink publishes.
   *
   * @param name one for each sink of each job of each store, for ever: letters, digits and {@code .
   *     _ -}
   * @param run the number of the run, which grows
   */
  record Claim(String name, long run) {}

  /** A connection to a target. Any exception leaves it of no use but to be closed. */
  interface Target extends AutoCloseable {

    /**
     * The last epoch that was published under the claim's name; empty if none was, or it is lost.
     */
    OptionalLong published() throws Exception;

    /** Makes the target say that this was the last epoch, whatever it said before. */
    void declare(long epoch) throws Exception;

    /**
     * Writes the pieces and the epoch's number in one transaction. An epoch that is greater than
     * {@link #published} only.
     *
     * @throws TransientFailureException when the target does not answer: the epoch may be written
     *     or not, which a new connection will tell
     * @throws FencedException when a newer claim has been made; nothing was written
     */
    void publish(long epoch, List<byte[]> pieces) throws Exception;

    @Override
    void close() throws Exception;
  }
}
