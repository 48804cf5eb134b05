package dev.weir.app;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/** Times as people write them. */
public final class Durations {

  private static final Pattern FORM = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,6})?)(ms|s|m|h)?");

  private Durations() {}

  /** {@code 250ms}, {@code 10s}, {@code 5m}, {@code 1h}; a bare number is seconds. */
  public static Optional<Duration> parse(String text) {
    var match = FORM.matcher(text);
    if (!match.matches()) {
      return Optional.empty();
    }
    return Optional.of(of(match.group(1), match.group(2)));
  }

  /**
   * A number of a unit.
   *
   * @param unit {@code ms}, {@code s}, {@code m} or {@code h}; null is seconds
   */
  public static Duration of(String number, String unit) {
    double millis =
        switch (unit == null ? "s" : unit) {
          case "ms" -> 1;
          case "s" -> 1000;
          case "m" -> 60_000;
          default -> 3_600_000;
        };
    return Duration.ofMillis(Math.round(Double.parseDouble(number) * millis));
  }

  /** A time in the largest unit that fits it whole. */
  public static String show(Duration time) {
    long millis = time.toMillis();
    return millis == 0
        ? "0s"
        : millis % 3_600_000 == 0
            ? millis / 3_600_000 + "h"
            : millis % 60_000 == 0
                ? millis / 60_000 + "m"
                : millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }
}
