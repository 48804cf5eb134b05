package dev.weir.graph;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A node without inputs. Called from one thread at a time.
 *
 * <p><b>Positions</b> are small JSON objects, written for people to read, such as {@code
 * {"offset":1234,"records":100}}. A replayable source that is opened at a position gives exactly
 * the records that it gave after {@link #position} returned it.
 */
public interface Source extends AutoCloseable {

  /**
   * Opens the stream.
   *
   * @param position where to go on, or empty for the start
   * @throws dev.weir.state.WeirException when it is not there, cannot be read, or is not what the
   *     position was taken of
   */
  void open(SourceContext context, Optional<Map<String, Object>> position) throws Exception;

  /**
   * The next records, at most {@code max}. Waits no longer than {@code patience} for the first one:
   * an empty batch means that there is none now.
   *
   * @return empty at the end of the stream
   */
  Optional<Batch> poll(int max, Duration patience) throws Exception;

  /** The position behind everything that {@link #poll} has returned. */
  Map<String, Object> position();

  /**
   * A position that {@link #position} returned is committed. For those who want to tell others; not
   * announced again after a crash.
   */
  default void committed(Map<String, Object> position) throws Exception {}

  /** Whether {@link #open} at a position gives the same records again. */
  boolean replayable();

  @Override
  void close() throws Exception;
}
