package dev.weir.streams.internal;

import dev.weir.graph.Source;
import dev.weir.state.WeirException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** {@code range:1..1000}: the whole numbers from one to the other, both included. */
final class RangeStream extends TransportStream {

  static final Transport TRANSPORT = new Range();
  private static final Pattern RANGE = Pattern.compile("(-?\\d{1,18})\\.\\.(-?\\d{1,18})");

  private RangeStream(Descriptor descriptor) {
    super(descriptor);
  }

  private static final class Range implements Transport {
    @Override
    public String name() {
      return "range";
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.required("from", Field.Type.WHOLE), Field.required("to", Field.Type.WHOLE));
    }

    @Override
    public Set<Ability> abilities(Settings settings) {
      return Set.of(Ability.READ, Ability.MESSAGES);
    }

    @Override
    public Map<String, Object> fromUrl(String scheme, String rest) {
      var range = RANGE.matcher(rest);
      if (!range.matches()) {
        throw new WeirException(
            "'range:" + rest + "' is no range; one is written range:1..1000, with both ends in it");
      }
      return Map.of(
          "transport",
          Map.of(
              "type",
              "range",
              "from",
              Long.parseLong(range.group(1)),
              "to",
              Long.parseLong(range.group(2))));
    }

    @Override
    public TransportStream stream(Descriptor descriptor) {
      return new RangeStream(descriptor);
    }
  }

  private long from() {
    return descriptor.settings().whole("from");
  }

  private long to() {
    return descriptor.settings().whole("to");
  }

  @Override
  public String describe() {
    return "range:" + from() + ".." + to();
  }

  @Override
  Source newSource() {
    return new RangeSource(from(), to());
  }

  @Override
  boolean canReplay() {
    return true;
  }
}
