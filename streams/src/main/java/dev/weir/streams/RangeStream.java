package dev.weir.streams;

import dev.weir.graph.Sink;
import dev.weir.graph.Source;
import dev.weir.state.WeirException;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code range:1..1000}: the whole numbers from one to the other, both included. */
record RangeStream(long from, long to) implements StreamSpec {

  private static final Pattern RANGE = Pattern.compile("(-?\\d{1,18})\\.\\.(-?\\d{1,18})");

  /**
   * Of what follows the colon.
   *
   * @throws WeirException when it is no range
   */
  static RangeStream parse(String text) {
    Matcher matcher = RANGE.matcher(text);
    if (!matcher.matches()) {
      throw new WeirException(
          "'range:" + text + "' is no range; one is written range:1..1000, with both ends in it");
    }
    return new RangeStream(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)));
  }

  @Override
  public String describe() {
    return "range:" + from + ".." + to;
  }

  @Override
  public String identity() {
    return describe();
  }

  @Override
  public Supplier<Source> source() {
    return () -> new RangeSource(from, to);
  }

  @Override
  public boolean replayable() {
    return true;
  }

  @Override
  public Supplier<Sink> sink() {
    throw new WeirException(
        "'"
            + describe()
            + "' can only be read. Write to a path, to - (standard output) or to"
            + " discard:");
  }

  @Override
  public Sink.Kind kind() {
    throw new WeirException("'" + describe() + "' can only be read");
  }
}
