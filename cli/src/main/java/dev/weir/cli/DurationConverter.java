package dev.weir.cli;

import dev.weir.app.Durations;
import java.time.Duration;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Durations such as {@code 250ms}, {@code 10s}, {@code 5m}, {@code 1h}; a bare number is seconds.
 */
final class DurationConverter implements ITypeConverter<Duration> {

  private static final Pattern FORM = Pattern.compile("(\\d+(?:\\.\\d+)?)(ms|s|m|h)?");

  @Override
  public Duration convert(String text) {
    var match = FORM.matcher(text);
    if (!match.matches()) {
      throw new TypeConversionException(
          "'" + text + "' is not a time; write it like 250ms, 10s, 5m or 1h");
    }
    return Durations.of(match.group(1), match.group(2));
  }
}
