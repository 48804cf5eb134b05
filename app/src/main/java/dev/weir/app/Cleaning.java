package dev.weir.app;

import dev.weir.engine.Job;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/**
 * Which jobs of a store may be forgotten. Immutable.
 *
 * @param age those whose last commit is older
 * @param keep how many may stay; where there are more, the oldest go whatever their age
 * @param failed whether those may go, too, that failed, crashed or were interrupted, and could go
 *     on
 * @param paused whether those may go, too, that were paused, or have got a snapshot to begin with
 * @param dry whether they are only named
 */
public record Cleaning(Duration age, int keep, boolean failed, boolean paused, boolean dry) {

  /** Those that finished or were stopped, after three days or if there are more than 50. */
  public static final Cleaning USUAL = new Cleaning(Duration.ofDays(3), 50, false, false, false);

  /** Those that may go, in the order in which they do. */
  List<Job> order(List<Job> all) {
    return all.stream()
        .filter(job -> rank(job) == 0 || (rank(job) == 1 ? failed : paused))
        .sorted(Comparator.comparingInt(Cleaning::rank).thenComparing(Job::committed))
        .toList();
  }

  private static int rank(Job job) {
    return switch (job.status()) {
      case FINISHED, STOPPED -> 0;
      case FAILED, INTERRUPTED, RUNNING -> 1;
      case PAUSED, RESTORED -> 2;
    };
  }
}
