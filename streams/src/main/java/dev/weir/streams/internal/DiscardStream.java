package dev.weir.streams.internal;

import dev.weir.graph.Sink;
import dev.weir.state.WeirException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code discard:}: nowhere. */
final class DiscardStream extends TransportStream {

  static final Transport TRANSPORT = new OfNothing();

  private DiscardStream(Descriptor descriptor) {
    super(descriptor);
  }

  private static final class OfNothing implements Transport {
    @Override
    public String name() {
      return "discard";
    }

    @Override
    public List<Field> fields() {
      return List.of();
    }

    @Override
    public Set<Ability> abilities(Settings settings) {
      return Set.of(Ability.WRITE, Ability.MESSAGES);
    }

    @Override
    public Map<String, Object> fromUrl(String scheme, String rest) {
      if (!rest.isEmpty()) {
        throw new WeirException(
            "'" + scheme + ":" + rest + "': nothing follows the colon of discard:");
      }
      return Map.of("transport", "discard");
    }

    @Override
    public TransportStream stream(Descriptor descriptor) {
      return new DiscardStream(descriptor);
    }
  }

  @Override
  public String describe() {
    return "discard:";
  }

  @Override
  public String identity() {
    return "discard:";
  }

  @Override
  Sink newSink() {
    return new DiscardSink();
  }

  @Override
  Sink.Kind sinkKind() {
    return Sink.Kind.IDEMPOTENT;
  }
}
