package dev.weir.engine;

import dev.weir.graph.OperatorContext;
import dev.weir.graph.Rejection;
import dev.weir.state.Snapshot;

/**
 * Hears what a run does, for people to see. Called from several threads; must not block for long.
 */
public interface RunListener {

  /** A run begins, as the {@code attempt}-th try (from 1). */
  default void started(long run, OperatorContext.Start start, long epoch, int attempt) {}

  /** A few times a second while the run goes on, and once at its end. */
  default void progress(Progress progress) {}

  /** A line that user code printed. */
  default void printed(String node, String line) {}

  /** Something the user should know. */
  default void warn(String message) {}

  /** A record was dropped. */
  default void rejected(String node, Rejection rejection) {}

  /** A snapshot was taken. */
  default void snapshot(Snapshot snapshot) {}

  /**
   * Figures of a run.
   *
   * @param in records read
   * @param out records written
   * @param rejected records dropped
   * @param epoch the last committed epoch
   * @param rows rows of state in memory
   * @param uncommitted how long ago the oldest change that is not yet durable was made, in
   *     nanoseconds
   */
  record Progress(long in, long out, long rejected, long epoch, long rows, long uncommitted) {}
}
