package dev.weir.engine;

import java.time.Duration;
import java.util.Optional;

/**
 * When a run that failed is tried again, and from where. A run shorter than {@code resetAfter}
 * counts as a failure; a longer one sets the count back to 0.
 *
 * @param retries how many failures in a row are followed by another run
 * @param delay how long to wait before it
 * @param fromStart whether it begins again at the start, without any state, as does one that
 *     somebody runs after a crash; otherwise it goes on from the last commit
 */
public record Recovery(int retries, Duration delay, Duration resetAfter, boolean fromStart) {

  /** 3 retries, 1 second apart, reset after 30 seconds. */
  public static final Recovery DEFAULT =
      new Recovery(3, Duration.ofSeconds(1), Duration.ofSeconds(30));

  /** A recovery that goes on from the last commit. */
  public Recovery(int retries, Duration delay, Duration resetAfter) {
    this(retries, delay, resetAfter, false);
  }

  /** The same, but each run begins at the start. */
  public Recovery beginningAgain() {
    return new Recovery(retries, delay, resetAfter, true);
  }

  /** Counts the failures of one job. Not thread-safe. */
  public final class Counter {
    private int failures;

    /** A run of this length has failed: how long to wait before the next; empty to give up. */
    public Optional<Duration> failed(Duration ran) {
      failures = ran.compareTo(resetAfter) >= 0 ? 0 : failures + 1;
      return failures > retries ? Optional.empty() : Optional.of(delay);
    }

    /** Failures in a row so far. */
    public int failures() {
      return failures;
    }
  }

  public Counter counter() {
    return new Counter();
  }
}
