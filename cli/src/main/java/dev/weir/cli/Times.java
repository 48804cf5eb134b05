package dev.weir.cli;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Times for people. */
final class Times {

  private Times() {}

  /** To the second, in UTC. */
  static String show(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
