package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Sink;
import dev.weir.graph.SinkContext;
import dev.weir.graph.Source;
import dev.weir.graph.TransientFailureException;
import dev.weir.state.Secrets;
import dev.weir.state.WeirException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code http://…}, {@code https://…}: what a server answers to one GET is read; records are sent
 * to it by POST.
 *
 * <p><b>Idempotent</b> output is sent once an epoch, with its number in the header {@code
 * Weir-Epoch}, before the epoch is committed, unless it is empty. A run that goes on may send the
 * same epoch again: a receiver that replaces what it has of it, and of later ones, has every result
 * once. So the first epoch of a run is sent even when it is empty: the results that an earlier run
 * had sent with its number may come in a later epoch.
 */
final class HttpStream extends TransportStream {

  static final Transport TRANSPORT = new Http();
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration ANSWER = Duration.ofSeconds(60);
  private static final int MAX_EPOCH = 256 << 20;

  private HttpStream(Descriptor descriptor) {
    super(descriptor);
  }

  private static final class Http implements Transport {
    @Override
    public String name() {
      return "http";
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.required("url", Field.Type.TEXT),
          Field.optional("chunked", Field.Type.FLAG, false),
          Field.optional("idempotent", Field.Type.FLAG, false),
          Field.optional("token", Field.Type.TEXT, null));
    }

    @Override
    public Set<Ability> abilities(Settings settings) {
      return Set.of(Ability.READ, Ability.WRITE);
    }

    @Override
    public Map<String, Object> fromUrl(String scheme, String rest) {
      if (!rest.startsWith("//")) {
        throw new WeirException(
            "an address follows "
                + scheme
                + ":, as in "
                + scheme
                + "://host/path; to listen yourself, use rest:PORT");
      }
      return Map.of("transport", Map.of("type", "http", "url", scheme + ":" + rest));
    }

    @Override
    public void check(Descriptor descriptor) {
      var url = descriptor.settings().text("url");
      try {
        var uri = URI.create(url);
        if (uri.getHost() != null && uri.getScheme().matches("https?")) {
          return;
        }
      } catch (IllegalArgumentException e) {
        throw new WeirException("'" + url + "' is no URL: " + e.getMessage(), e);
      }
      throw new WeirException("'" + url + "' is no URL such as http://host/path");
    }

    @Override
    public TransportStream stream(Descriptor descriptor) {
      return new HttpStream(descriptor);
    }
  }

  @Override
  public String describe() {
    return Secrets.hidden(descriptor.settings().text("url"));
  }

  private HttpRequest.Builder request() {
    var request =
        HttpRequest.newBuilder(URI.create(descriptor.settings().text("url"))).timeout(ANSWER);
    var token = descriptor.settings().secret("token");
    return token == null ? request : request.header("Authorization", "Bearer " + token);
  }

  private static HttpClient client() {
    return HttpClient.newBuilder()
        .connectTimeout(CONNECT)
        .followRedirects(HttpClient.Redirect.NORMAL)
        .build();
  }

  private <T> HttpResponse<T> ask(
      HttpClient client, HttpRequest request, HttpResponse.BodyHandler<T> handler)
      throws InterruptedException {
    try {
      var response = client.send(request, handler);
      int status = response.statusCode();
      if (status / 100 == 2) {
        return response;
      }
      var message = describe() + " answers " + status + " to " + request.method();
      throw status >= 500 || status == 429
          ? new TransientFailureException(message)
          : new WeirException(message + ". Check the address and what listens there");
    } catch (IOException e) {
      throw new TransientFailureException(
          describe() + " cannot be reached: " + FileTrouble.reason(e), e);
    }
  }

  @Override
  Source newSource() {
    return new ConnectionSource(describe(), descriptor.format(), this::get);
  }

  private ConnectionSource.Connection get() throws InterruptedException {
    var in =
        ask(client(), request().GET().build(), HttpResponse.BodyHandlers.ofInputStream()).body();
    return new ConnectionSource.Connection(in, in::close, () -> {});
  }

  private boolean isIdempotent() {
    return descriptor.settings().flag("idempotent");
  }

  @Override
  Sink.Kind sinkKind() {
    return isIdempotent() ? Sink.Kind.IDEMPOTENT : Sink.Kind.PLAIN;
  }

  @Override
  Sink newSink() {
    return new Posts();
  }

  /** Position: {@code {"records":n}}. */
  private final class Posts implements Sink {
    private final MessageWriter writer = new MessageWriter(describe(), descriptor.format());
    private final Bytes epochBytes = new Bytes();
    private HttpClient client;
    private SinkContext context;
    private boolean first = true;

    @Override
    public void open(SinkContext context, Optional<Map<String, Object>> committed) {
      this.context = context;
      client = client();
      if (committed.isPresent()) {
        writer.goOnAt(Positions.count(committed.get(), "records"));
        if (!isIdempotent()) {
          context.warn(
              describe()
                  + " takes nothing back: records that were sent to it after the last commit are"
                  + " sent again");
        }
      }
    }

    @Override
    public void write(Batch batch) throws InterruptedException {
      writer.write(batch, context, (bytes, from, to) -> epochBytes.write(bytes, from, to - from));
      if (!isIdempotent()) {
        if (epochBytes.size() > 0) {
          send(request());
        }
      } else if (epochBytes.size() > MAX_EPOCH) {
        throw new WeirException(
            describe() + ": an epoch has more than 256 MiB of output; make it shorter (--epoch)");
      }
    }

    private void send(HttpRequest.Builder request) throws InterruptedException {
      var body = epochBytes.copy();
      epochBytes.cut(0);
      ask(
          client,
          request
              .header("Content-Type", contentType())
              .POST(HttpRequest.BodyPublishers.ofByteArray(body))
              .build(),
          HttpResponse.BodyHandlers.discarding());
    }

    private String contentType() {
      return descriptor.format().isJsonLines()
          ? "application/x-ndjson"
          : descriptor.format().isText() ? "text/plain; charset=utf-8" : "application/octet-stream";
    }

    @Override
    public Map<String, Object> flush(long epoch) throws InterruptedException {
      if (isIdempotent() && (first || epochBytes.size() > 0)) {
        send(request().header("Weir-Epoch", String.valueOf(epoch)));
        first = false;
      }
      return Positions.of("records", writer.written());
    }

    @Override
    public Kind kind() {
      return sinkKind();
    }

    @Override
    public void close() {}
  }
}
