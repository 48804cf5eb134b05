package dev.weir.models;

import java.time.Duration;
import java.util.Optional;

/**
 * When snapshots of a model's state are taken by themselves.
 *
 * @param atEnd whether at the end of the stream
 * @param interval how often while it runs
 */
public record SnapshotPolicy(boolean atEnd, Optional<Duration> interval) {

  public static final SnapshotPolicy NONE = new SnapshotPolicy(false, Optional.empty());
  public static final SnapshotPolicy EOF = new SnapshotPolicy(true, Optional.empty());

  /** What the values of this policy are written as, for messages. */
  public static final String ALLOWED = "none, eof, or a time such as 10s, 5m, 1h";

  /**
   * Reads {@code none}, {@code eof} or a time such as {@code 10s}.
   *
   * @return empty when it is none of these
   */
  public static Optional<SnapshotPolicy> parse(String text) {
    if (text.equals("none")) {
      return Optional.of(NONE);
    }
    if (text.equals("eof")) {
      return Optional.of(EOF);
    }
    if (!text.matches("[1-9][0-9]{0,8}(ms|s|m|h)")) {
      return Optional.empty();
    }
    long number = Long.parseLong(text.replaceAll("[a-z]+", ""));
    var unit = text.replaceAll("[0-9]+", "");
    var interval =
        switch (unit) {
          case "ms" -> Duration.ofMillis(number);
          case "s" -> Duration.ofSeconds(number);
          case "m" -> Duration.ofMinutes(number);
          default -> Duration.ofHours(number);
        };
    return Optional.of(new SnapshotPolicy(false, Optional.of(interval)));
  }
}
