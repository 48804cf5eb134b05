package dev.weir.engine;

import java.time.Duration;
import java.util.Optional;

/**
 * When a run takes snapshots by itself, and how many the job keeps.
 *
 * @param atEnd when its input has ended
 * @param every at the first commit after this time; empty for never
 * @param keep the newest so many stay; 0 for all
 */
public record SnapshotPolicy(boolean atEnd, Optional<Duration> every, int keep) {

  /** No snapshots but those asked for; all are kept. */
  public static final SnapshotPolicy NONE = new SnapshotPolicy(false, Optional.empty(), 0);
}
