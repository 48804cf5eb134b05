package dev.weir.pond;

import java.time.Duration;
import java.util.List;

/**
 * When state snapshots of a fish are taken, and which are kept.
 *
 * <p>One is taken after about {@code every} events, later where the state is so large that writing
 * it would cost more than folding. Kept are: the newest; for each period, once the history is older
 * than it, one that is at least the period and less than twice the period old by the time of
 * events, with the candidates that will keep this true; and, with {@code doubling}, so many that a
 * late event is replayed from at most twice its distance.
 *
 * @param every 0 for none
 */
public record SnapshotPolicy(int every, List<Duration> periods, boolean doubling) {

  /** Every 1,000 events; kept for a week, a month, a year, and by distance. */
  public static final SnapshotPolicy DEFAULT =
      new SnapshotPolicy(
          1_000, List.of(Duration.ofDays(7), Duration.ofDays(30), Duration.ofDays(365)), true);

  public static final SnapshotPolicy NONE = new SnapshotPolicy(0, List.of(), false);

  public SnapshotPolicy {
    periods = List.copyOf(periods);
  }

  /** The same, with another distance between snapshots. */
  public SnapshotPolicy every(int events) {
    return new SnapshotPolicy(events, periods, doubling);
  }
}
