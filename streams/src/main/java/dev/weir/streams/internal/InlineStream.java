package dev.weir.streams.internal;

import dev.weir.graph.Json;
import dev.weir.graph.Source;
import dev.weir.state.WeirException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The records are in the stream's name: {@code inline:1,2,3}, or a list, or bytes to be cut. */
final class InlineStream extends TransportStream {

  static final Transport TRANSPORT = new Inline();
  private static final int SHOWN = 60;

  private InlineStream(Descriptor descriptor) {
    super(descriptor);
  }

  private static final class Inline implements Transport {
    @Override
    public String name() {
      return "inline";
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.optional("data", Field.Type.TEXT_OR_TEXTS, null),
          Field.optional("data-binary", Field.Type.TEXT_OR_TEXTS, null));
    }

    /** A list is messages, a text is bytes. */
    @Override
    public Set<Ability> abilities(Settings settings) {
      var data = settings.values().get(settings.has("data") ? "data" : "data-binary");
      return data instanceof List
          ? Set.of(Ability.READ, Ability.SEEK, Ability.MESSAGES)
          : Set.of(Ability.READ, Ability.SEEK);
    }

    @Override
    public Map<String, Object> fromUrl(String scheme, String rest) {
      if (scheme.equals("inline-chunked")) {
        return Map.of(
            "transport",
            Map.of(
                "type",
                "inline",
                "data-binary",
                Base64.getEncoder().encodeToString(Urls.bytes(rest))));
      }
      return Map.of("transport", Map.of("type", "inline", "data", split(Urls.decoded(rest))));
    }

    @Override
    public void check(Descriptor descriptor) {
      var settings = descriptor.settings();
      if (settings.has("data") == settings.has("data-binary")) {
        throw new WeirException("transport 'inline' needs one of 'data' and 'data-binary'");
      }
      pieces(settings);
    }

    @Override
    public TransportStream stream(Descriptor descriptor) {
      return new InlineStream(descriptor);
    }
  }

  /** The pieces between commas that are outside of brackets, braces and strings. */
  static List<String> split(String text) {
    var pieces = new ArrayList<String>();
    if (text.isBlank()) {
      return pieces;
    }
    int depth = 0;
    boolean quoted = false;
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted) {
        if (c == '\\') {
          i++;
        } else if (c == '"') {
          quoted = false;
        }
      } else if (c == '"') {
        quoted = true;
      } else if (c == '[' || c == '{') {
        depth++;
      } else if (c == ']' || c == '}') {
        depth = Math.max(0, depth - 1);
      } else if (c == ',' && depth == 0) {
        pieces.add(text.substring(from, i));
        from = i + 1;
      }
    }
    pieces.add(text.substring(from));
    return pieces;
  }

  private static List<byte[]> pieces(Settings settings) {
    boolean binary = !settings.has("data");
    var data = settings.values().get(binary ? "data-binary" : "data");
    var pieces = new ArrayList<byte[]>();
    for (var piece : data instanceof List<?> list ? list : List.of(data)) {
      try {
        pieces.add(
            binary
                ? Base64.getDecoder().decode((String) piece)
                : ((String) piece).getBytes(StandardCharsets.UTF_8));
      } catch (IllegalArgumentException e) {
        throw new WeirException("transport 'inline': 'data-binary' is no base64: " + piece, e);
      }
    }
    return pieces;
  }

  @Override
  public String describe() {
    var data = descriptor.settings().values().get("data");
    var text =
        data instanceof List<?> list
            ? String.join(",", list.stream().map(String.class::cast).toList())
            : Json.toText(data != null ? data : descriptor.settings().text("data-binary"));
    return "inline:" + (text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…");
  }

  @Override
  Source newSource() {
    var pieces = pieces(descriptor.settings());
    if (descriptor.can(Transport.Ability.MESSAGES)) {
      return new InlineSource(pieces, descriptor);
    }
    return new ByteSource(
        Path.of("the inline stream"), () -> new Medium.OfMemory(pieces.get(0)), descriptor);
  }

  @Override
  boolean canReplay() {
    return true;
  }
}
