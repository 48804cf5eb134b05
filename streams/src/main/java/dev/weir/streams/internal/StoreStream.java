package dev.weir.streams.internal;

import dev.weir.graph.Sink;
import dev.weir.state.WeirException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** {@code store:TABLE} and {@code store:TABLE?key=FIELD}: rows in the store of the run itself. */
final class StoreStream extends TransportStream {

  static final Transport TRANSPORT = new OfStore();
  private static final Pattern NAME = Pattern.compile("(?!weir_)[a-z][a-z0-9_]*");

  private StoreStream(Descriptor descriptor) {
    super(descriptor);
  }

  private static final class OfStore implements Transport {
    @Override
    public String name() {
      return "store";
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.required("table", Field.Type.TEXT), Field.optional("key", Field.Type.TEXT, null));
    }

    @Override
    public Set<Ability> abilities(Settings settings) {
      return Set.of(Ability.WRITE, Ability.ROWS);
    }

    @Override
    public Map<String, Object> fromUrl(String scheme, String rest) {
      var url = new UrlParts(rest);
      var transport = new LinkedHashMap<String, Object>();
      transport.put("type", "store");
      transport.put("table", url.before());
      url.parameters()
          .forEach(
              (name, value) -> {
                if (!name.equals("key")) {
                  throw new WeirException(
                      "'store:" + rest + "': it has no parameter '" + name + "'; there is key");
                }
                transport.put(name, value);
              });
      var json = new LinkedHashMap<String, Object>();
      json.put("transport", transport);
      json.put("encoding", null);
      json.put("schema", null);
      return json;
    }

    @Override
    public void check(Descriptor descriptor) {
      var table = descriptor.settings().text("table");
      if (!NAME.matcher(table).matches()) {
        throw new WeirException(
            "'store:"
                + table
                + "': the name of a table in the store is lower-case words joined by _, and does"
                + " not begin with weir_");
      }
    }

    @Override
    public TransportStream stream(Descriptor descriptor) {
      return new StoreStream(descriptor);
    }
  }

  @Override
  public String describe() {
    var settings = descriptor.settings();
    return "store:"
        + settings.text("table")
        + (settings.has("key") ? "?key=" + settings.text("key") : "");
  }

  @Override
  public String identity() {
    return describe();
  }

  @Override
  Sink newSink() {
    var settings = descriptor.settings();
    return new StoreSink(settings.text("table"), settings.has("key") ? settings.text("key") : null);
  }

  @Override
  Sink.Kind sinkKind() {
    return Sink.Kind.TRANSACTIONAL;
  }
}
