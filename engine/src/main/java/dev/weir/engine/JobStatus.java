package dev.weir.engine;

import java.util.Locale;

/** How a job stands, as of its last commit. */
public enum JobStatus {
  /** A run has begun and has not ended in order: it runs now, or it crashed. */
  RUNNING,
  /** Its input ended; the next run starts afresh. */
  FINISHED,
  /** {@code stop} ended its input; the next run starts afresh. */
  STOPPED,
  /** {@code pause}: the next run goes on. */
  PAUSED,
  /** A signal ended the run after a commit; the next run goes on. */
  INTERRUPTED,
  /** The run failed; the next one goes on from the last commit. */
  FAILED,
  /** A snapshot was restored; the next run starts with its state, and its streams afresh. */
  RESTORED;

  /** As kept and printed: lower case. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static JobStatus of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }

  /** Whether the next run goes on from the last commit, state and positions. */
  public boolean resumable() {
    return this == RUNNING || this == PAUSED || this == INTERRUPTED || this == FAILED;
  }
}
