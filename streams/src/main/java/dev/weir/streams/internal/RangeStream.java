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
      return List.of(Field.required("numbers", Field.Type.TEXT));
    }

    @Override
    public Set<Ability> abilities(Settings settings) {
      return Set.of(Ability.READ, Ability.MESSAGES);
    }

    @Override
    public Map<String, Object> fromUrl(String scheme, String rest) {
      return Map.of("transport", Map.of("type", "range", "numbers", rest));
    }

    @Override
    public void check(Descriptor descriptor) {
      var text = descriptor.settings().text("numbers");
      if (!RANGE.matcher(text).matches()) {
        throw new WeirException(
            "'range:" + text + "' is no range; one is written range:1..1000, with both ends in it");
      }
    }

    @Override
    public TransportStream stream(Descriptor descriptor) {
      return new RangeStream(descriptor);
    }
  }

  @Override
  public String describe() {
    return "range:" + descriptor.settings().text("numbers");
  }

  @Override
  public String identity() {
    return describe();
  }

  @Override
  Source newSource() {
    var matcher = RANGE.matcher(descriptor.settings().text("numbers"));
    if (!matcher.matches()) {
      throw new IllegalStateException(describe());
    }
    return new RangeSource(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)));
  }

  @Override
  boolean canReplay() {
    return true;
  }
}
