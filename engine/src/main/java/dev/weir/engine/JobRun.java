package dev.weir.engine;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * One run of a job, as the store remembers it.
 *
 * @param run its number, which grows
 * @param restart the number of the first run of those that have gone on from one another: the same
 *     after every failure, crash, pause and resume, another when the job starts over
 * @param order how many runs of that restart there were before it
 * @param kind why it began
 * @param failures how many runs in a row had failed when it began, by the rule of {@link Recovery}
 * @param epoch the committed epoch that it began with
 * @param started when it began
 * @param ended when it ended in order or failed; empty while it runs, and for ever after a crash
 * @param outcome how the job stood then
 * @param failure why it failed
 */
public record JobRun(
    long run,
    long restart,
    long order,
    Kind kind,
    int failures,
    long epoch,
    Instant started,
    Optional<Instant> ended,
    Optional<JobStatus> outcome,
    Optional<String> failure) {

  /** Why a run began. */
  public enum Kind {
    /** Somebody ran the job, which started over. */
    NORMAL,
    /** The run before it had failed, and the recovery policy allows another. */
    AUTOMATIC,
    /** Somebody ran the job, which went on. */
    MANUAL;

    /** As kept and printed: lower case. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
