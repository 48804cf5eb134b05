package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Control;
import dev.weir.graph.Json;
import dev.weir.graph.Rejection;
import dev.weir.graph.Sink;
import dev.weir.graph.SinkContext;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import dev.weir.state.WeirException;
import dev.weir.streams.StreamSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code rest:PORT}, {@code rest:PORT/NAME}: an HTTP server of our own, to which records are sent,
 * or from which they are fetched; see {@link Listener}.
 *
 * <p>In mode {@code simple} a body is one message, or in JSON one on each line; in mode {@code
 * chunked} the envelope cuts it, and no message goes on in the next body.
 */
public final class RestStream extends TransportStream {

  static final String INPUT = "input";
  static final String OUTPUT = "output";
  static final Transport TRANSPORT = new Rest();
  private static final Duration FOREVER = Duration.ofDays(365);

  private final Listeners listeners;
  private final Inbox inbox = new Inbox();
  private final Outbox outbox = new Outbox();

  private RestStream(Descriptor descriptor, Listeners listeners) {
    super(descriptor);
    this.listeners = listeners;
  }

  private static final class Rest implements Transport {
    @Override
    public String name() {
      return "rest";
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.optional("mode", Field.Type.TEXT, "simple"),
          Field.optional("bind-to", Field.Type.TEXT, Loopback.ADDRESS),
          Field.optional("port", Field.Type.WHOLE, 8080L),
          Field.optional("name", Field.Type.TEXT, null),
          Field.optional("token", Field.Type.TEXT, null));
    }

    @Override
    public Set<Ability> abilities(Settings settings) {
      return isSimple(settings)
          ? Set.of(Ability.READ, Ability.WRITE, Ability.MESSAGES)
          : Set.of(Ability.READ, Ability.WRITE);
    }

    /** {@code rest:}, {@code rest:PORT} or {@code rest:PORT/NAME}. */
    @Override
    public Map<String, Object> fromUrl(String scheme, String rest) {
      var transport =
          Positions.of("type", "rest", "mode", scheme.endsWith("chunked") ? "chunked" : "simple");
      int slash = rest.indexOf('/');
      var port = slash < 0 ? rest : rest.substring(0, slash);
      if (!port.isEmpty()) {
        try {
          transport.put("port", Long.parseLong(port));
        } catch (NumberFormatException e) {
          throw new WeirException("a port follows " + scheme + ":, as in " + scheme + ":8080", e);
        }
      }
      if (slash >= 0) {
        transport.put("name", rest.substring(slash + 1));
      }
      return Map.of("transport", transport);
    }

    @Override
    public void check(Descriptor descriptor) {
      Urls.checkPort(descriptor);
      Loopback.check(descriptor);
      var settings = descriptor.settings();
      if (!List.of("simple", "chunked").contains(mode(settings))) {
        throw new WeirException(
            "the rest stream: mode is simple or chunked, not " + settings.text("mode"));
      }
      var name = settings.text("name");
      if (name != null && (!name.matches("[A-Za-z0-9._-]+") || name.equals("roundtrip"))) {
        throw new WeirException(
            "the rest stream: '" + name + "' cannot be a name: use letters, digits and . _ -");
      }
    }

    @Override
    public TransportStream stream(Descriptor descriptor) {
      return new RestStream(descriptor, new Listeners());
    }
  }

  private static String mode(Settings settings) {
    return settings.text("mode").toLowerCase(Locale.ROOT);
  }

  private static boolean isSimple(Settings settings) {
    return mode(settings).equals("simple");
  }

  /** The streams of one job, which share what listens where they listen at one address. */
  public static List<StreamSpec> sharing(List<StreamSpec> streams) {
    var listeners = new Listeners();
    return streams.stream()
        .map(s -> s instanceof RestStream rest ? new RestStream(rest.descriptor, listeners) : s)
        .toList();
  }

  @Override
  TransportStream with(Descriptor changed) {
    return new RestStream(changed, listeners);
  }

  @Override
  public String describe() {
    var name = descriptor.settings().text("name");
    return "rest:" + descriptor.settings().whole("port") + (name == null ? "" : "/" + name);
  }

  private Listener listener() {
    var settings = descriptor.settings();
    return listeners.at(
        new Urls.Address(settings.text("bind-to"), settings.whole("port").intValue()),
        settings.secret("token"));
  }

  private String name(String usual) {
    var name = descriptor.settings().text("name");
    return name == null ? usual : name;
  }

  @Override
  Source newSource() {
    return new Requests();
  }

  @Override
  Sink newSink() {
    return new Answers();
  }

  /** Position: {@code {"records":n}}. */
  private final class Requests implements Source, Listener.Decoder {
    private Listener listener;
    private SourceContext context;
    private long records;
    private boolean over;

    @Override
    public void open(SourceContext context, Optional<Map<String, Object>> position) {
      this.context = context;
      if (position.isPresent()) {
        records = Positions.count(position.get(), "records");
        context.warn(
            describe()
                + " cannot be read again: records that were sent to it but not committed before the"
                + " last run stopped may be missing");
      }
      var opened = listener();
      try {
        opened.open(name(INPUT), new Listener.In(inbox, this));
      } catch (IOException e) {
        throw Loopback.taken(describe(), e);
      }
      listener = opened;
      inbox.open();
    }

    /** Encodings are not thread-safe, and requests come in threads of their own. */
    @Override
    public List<Object> decode(byte[] body) throws BadMessageException {
      var format = descriptor.format();
      try {
        if (!isSimple(descriptor.settings())) {
          return cut(body, format);
        }
        return Collections.singletonList(format.encoding().decode(body, 0, body.length));
      } catch (BadMessageException e) {
        if (format.name() == Format.Name.JSON && isSimple(descriptor.settings()) && lines(body)) {
          return cut(body, Format.JSON_LINES);
        }
        reject(body, e);
        throw e;
      }
    }

    private static boolean lines(byte[] body) {
      for (var each : body) {
        if (each == '\n') {
          return true;
        }
      }
      return false;
    }

    private List<Object> cut(byte[] body, Format format) throws BadMessageException {
      var medium = new Medium.OfMemory(body);
      var reader =
          new MessageReader(
              "the body",
              format,
              (buffer, from, length, wait) -> medium.read(buffer, from, length));
      var all = new ArrayList<Object>();
      var bad = new ArrayList<Rejection>();
      try {
        for (var batch = reader.poll(4096, bad::add);
            batch.isPresent() && bad.isEmpty();
            batch = reader.poll(4096, bad::add)) {
          all.addAll(batch.get().records());
        }
      } catch (WeirException e) {
        throw new BadMessageException(e.getMessage());
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException(e);
      }
      if (!bad.isEmpty()) {
        var first = bad.get(0);
        context.reject(first);
        throw new BadMessageException(
            "record " + first.sequence() + ": " + first.message() + "; nothing of this was taken");
      }
      if (reader.endedBefore()) {
        all.add(Control.of(Control.Kind.END));
      }
      return all;
    }

    private void reject(byte[] body, BadMessageException e) {
      var text = new String(body, 0, Math.min(200, body.length), StandardCharsets.UTF_8);
      context.reject(new Rejection(Rejection.Reason.ENCODING, records + 1, text, e.getMessage()));
    }

    @Override
    public Optional<Batch> poll(int max, Duration patience) throws InterruptedException {
      if (over) {
        return Optional.empty();
      }
      var taken = inbox.take(max, patience);
      if (taken.size() == 1 && taken.get(0) instanceof Control control) {
        if (control.kind() == Control.Kind.END) {
          over = true;
          inbox.end();
          return Optional.empty();
        }
        return Optional.of(Batch.of(records, control));
      }
      long first = records + 1;
      records += taken.size();
      return Optional.of(Batch.of(first, taken.toArray()));
    }

    @Override
    public Map<String, Object> position() {
      return Positions.of("records", records);
    }

    @Override
    public boolean replayable() {
      return false;
    }

    @Override
    public void close() {
      if (listener != null) {
        inbox.close();
        listener.close(name(INPUT), true);
        listener = null;
      }
    }
  }

  /** Position: {@code {"records":n}}. */
  private final class Answers implements Sink {
    private final Encoding encoding = descriptor.format().encoding();
    private final Bytes bytes = new Bytes();
    private SinkContext context;
    private Listener listener;
    private Listener.Route route;
    private long records;

    @Override
    public void open(SinkContext context, Optional<Map<String, Object>> committed) {
      this.context = context;
      if (committed.isPresent()) {
        records = Positions.count(committed.get(), "records");
        context.warn(
            describe()
                + " takes nothing back: records that were fetched after the last commit come again,"
                + " and those that nobody had fetched when the last run died are lost");
      }
      var format = descriptor.format();
      var separator =
          format.isText() && format.envelope() instanceof Envelope.None
              ? "\n"
              : new String(new MessageWriter("", format).separator(), StandardCharsets.UTF_8);
      var opened = listener();
      try {
        opened.open(
            name(OUTPUT),
            new Listener.Out(outbox, contentType(format), separator, format.isText()));
      } catch (IOException e) {
        throw Loopback.taken(describe(), e);
      }
      listener = opened;
      route = listener.new Route(outbox);
      outbox.open();
    }

    private static String contentType(Format format) {
      return switch (format.name()) {
        case JSON -> "application/x-ndjson";
        case CSV -> "text/csv; charset=utf-8";
        case UTF_8 -> "text/plain; charset=utf-8";
        case MSGPACK -> "application/vnd.msgpack";
        case AVRO -> "application/vnd.apache.avro";
        case RAW -> "application/octet-stream";
      };
    }

    @Override
    public void write(Batch batch) throws InterruptedException {
      var control = batch.control();
      if (control != null && control.kind() == Control.Kind.PIG && route.pig(control)) {
        return;
      }
      for (int i = 0; i < batch.size(); i++) {
        bytes.cut(0);
        try {
          if (encoding.encode(batch.get(i), bytes)) {
            route.message(bytes.copy(), control != null);
          }
          records += control == null ? 1 : 0;
        } catch (BadMessageException e) {
          context.reject(
              new Rejection(
                  Rejection.Reason.ENCODING,
                  batch.sequence(i),
                  Json.toText(batch.get(i)),
                  "cannot be written to " + describe() + ": " + e.getMessage()));
        }
      }
    }

    @Override
    public Map<String, Object> flush(long epoch) {
      return Positions.of("records", records);
    }

    @Override
    public Kind kind() {
      return Kind.PLAIN;
    }

    @Override
    public void close() throws InterruptedException {
      if (listener == null) {
        return;
      }
      try {
        route.close();
        var linger = descriptor.lingerMillis();
        outbox.end(linger == null ? FOREVER : Duration.ofMillis(linger));
      } finally {
        listener.close(name(OUTPUT), false);
        listener = null;
      }
    }
  }
}
