package dev.weir.streams.internal;

import com.sun.net.httpserver.HttpServer;
import dev.weir.graph.Batch;
import dev.weir.graph.Json;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import dev.weir.streams.StreamSpec;
import dev.weir.streams.Streams;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The contract of sources, for every transport that needs no server of its own. */
class SourcesTest {

  private static final List<String> NO_JSON =
      List.of("{", "nul", "1 2", "NaN", "\"a", "[1,]", "01");
  private static final String END = "{\"$fastscore\":\"end\"}";

  @TempDir private Path folder;

  /** Messages and their lines. */
  private static final class Lines {
    final List<Object> messages = new ArrayList<>();
    final List<String> texts = new ArrayList<>();

    static Lines of(Random random, int most) {
      var lines = new Lines();
      for (int i = random.nextInt(most); i > 0; i--) {
        if (random.nextInt(20) == 0) {
          lines.add(SourceContract.BAD, NO_JSON.get(random.nextInt(NO_JSON.size())));
        } else {
          var value = Cases.value(random, 2);
          lines.add(value, Json.toText(value));
        }
      }
      return lines;
    }

    void add(Object message, String text) {
      messages.add(message);
      texts.add(text);
    }
  }

  /** Lines, some of them blank or long, that end in one way or the other. */
  private static SourceContract.Held text(Random random, Text text) throws IOException {
    var lines = Lines.of(random, 40);
    var all = new StringBuilder();
    var messages = new ArrayList<Object>();
    for (int i = 0; i < lines.texts.size(); i++) {
      int what = random.nextInt(20);
      if (what == 0) {
        messages.add(SourceContract.BLANK);
        all.append(random.nextBoolean() ? "\n" : " \t\n");
      } else if (what == 1 && random.nextInt(8) == 0) {
        var value = "x".repeat(random.nextInt(2 * MessageReader.BLOCK));
        messages.add(value);
        all.append('"').append(value).append("\"\n");
      }
      messages.add(lines.messages.get(i));
      all.append(lines.texts.get(i)).append(random.nextInt(10) == 0 ? "\r\n" : "\n");
    }
    if (random.nextBoolean() && !all.isEmpty()) {
      all.setLength(all.length() - 1);
    }
    return new SourceContract.Held(
        messages, text.sources(all.toString().getBytes(StandardCharsets.UTF_8)));
  }

  private interface Text {
    Supplier<Source> sources(byte[] bytes) throws IOException;
  }

  @Nested
  class OfAFile extends SourceContract {
    @Override
    protected Held held(Random random) throws IOException {
      return text(
          random,
          bytes ->
              Streams.parse(Files.write(folder.resolve("in.jsonl"), bytes).toString()).source());
    }

    @Override
    protected boolean replayable() {
      return true;
    }

    @Override
    protected int cases() {
      return 150;
    }

    @Override
    protected int positions() {
      return 20;
    }
  }

  @Nested
  class Inline extends SourceContract {
    @Override
    protected Held held(Random random) {
      var lines = Lines.of(random, 40);
      // Within brackets: a piece must not run into the next.
      lines.texts.replaceAll(text -> NO_JSON.contains(text) ? "nul" : text);
      var text = "inline:" + String.join(",", lines.texts).replace("%", "%25");
      return new Held(lines.messages, Streams.parse(text).source());
    }

    @Override
    protected boolean replayable() {
      return true;
    }

    @Override
    protected int cases() {
      return 150;
    }

    @Override
    protected int positions() {
      return 20;
    }
  }

  @Nested
  class Range extends SourceContract {
    @Override
    protected Held held(Random random) {
      int size = 1 + random.nextInt(40);
      var numbers = new ArrayList<Object>();
      for (long i = 0; i < size; i++) {
        numbers.add(i - 7);
      }
      return new Held(numbers, Streams.parse("range:-7.." + (size - 8)).source());
    }

    @Override
    protected boolean replayable() {
      return true;
    }
  }

  /** The clock, with a watch that goes on by itself when one waits. */
  @Nested
  class Clock extends SourceContract {
    @Override
    protected Held held(Random random) {
      int size = 1 + random.nextInt(20);
      long period = 1L + random.nextInt(5000);
      var settings = new LinkedHashMap<String, Object>();
      settings.put("delay", 0L);
      settings.put("period", period / 1000.0);
      settings.put("overflow", "all");
      settings.put("max-count", (long) size);
      var ticks = new ArrayList<Object>();
      for (int i = 0; i < size; i++) {
        ticks.add(1_000_000 + i * period);
      }
      return new Held(
          ticks, () -> new ClockStream.Ticks(new Settings(settings), new TransportTest.Hands()));
    }

    @Override
    protected Optional<Supplier<Source>> waiting() {
      return Optional.of(
          Streams.parse("{\"transport\":{\"type\":\"time\",\"delay\":3600},\"encoding\":\"json\"}")
              .source());
    }

    @Override
    protected boolean replayable() {
      return true;
    }
  }

  /** Standard input, and what else cannot be opened twice. */
  @Nested
  class Pipe extends SourceContract {
    @Override
    protected Held held(Random random) throws IOException {
      return text(random, bytes -> () -> pipe(() -> new ByteArrayInputStream(bytes)));
    }

    @Override
    protected Optional<Supplier<Source>> waiting() {
      return Optional.of(() -> pipe(() -> new PipedInputStream(new PipedOutputStream())));
    }

    private static Source pipe(PipeReader.Opening opening) {
      return new PipeSource("pipe", new PipeReader("pipe", Format.JSON_LINES, opening));
    }

    @Override
    protected boolean replayable() {
      return false;
    }

    @Override
    protected int cases() {
      return 50;
    }
  }

  /** What somebody sends to one who connects. */
  @Nested
  class Tcp extends SourceContract {
    private final List<ServerSocket> servers = new ArrayList<>();

    @AfterEach
    void stop() throws IOException {
      for (var server : servers) {
        server.close();
      }
    }

    @Override
    protected Held held(Random random) throws IOException {
      return text(
          random,
          bytes ->
              server(
                  socket -> {
                    try (socket) {
                      socket.getOutputStream().write(bytes);
                    }
                  }));
    }

    @Override
    protected Optional<Supplier<Source>> waiting() throws IOException {
      return Optional.of(server(socket -> {}));
    }

    private interface Sending {
      void to(Socket socket) throws IOException;
    }

    private Supplier<Source> server(Sending sending) throws IOException {
      var server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
      servers.add(server);
      background(
          () -> {
            while (true) {
              sending.to(server.accept());
            }
          });
      return Streams.parse("tcp:127.0.0.1:" + server.getLocalPort()).source();
    }

    @Override
    protected boolean replayable() {
      return false;
    }
  }

  @Nested
  class Exec extends SourceContract {
    @Override
    protected Held held(Random random) throws IOException {
      return text(
          random,
          bytes -> {
            var file = Files.write(folder.resolve("out"), bytes);
            return running("cat " + file).source();
          });
    }

    @Override
    protected Optional<Supplier<Source>> waiting() {
      return Optional.of(running("exec sleep 600").source());
    }

    private static StreamSpec running(String script) {
      return Streams.parse(TransportTest.exec(script));
    }

    @Override
    protected boolean replayable() {
      return false;
    }
  }

  /** What a server answers. */
  @Nested
  class Http extends SourceContract {
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final List<HttpServer> servers = new ArrayList<>();

    @AfterEach
    void stop() {
      stopping.countDown();
      servers.forEach(server -> server.stop(0));
    }

    @Override
    protected Held held(Random random) throws IOException {
      return text(random, bytes -> server(bytes, new CountDownLatch(0)));
    }

    @Override
    protected Optional<Supplier<Source>> waiting() throws IOException {
      return Optional.of(server(new byte[0], stopping));
    }

    private Supplier<Source> server(byte[] answer, CountDownLatch until) throws IOException {
      var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      servers.add(server);
      server.createContext(
          "/",
          exchange -> {
            try (exchange) {
              exchange.sendResponseHeaders(200, 0);
              exchange.getResponseBody().write(answer);
              exchange.getResponseBody().flush();
              until.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      server.start();
      return Streams.parse("http://127.0.0.1:" + server.getAddress().getPort() + "/x").source();
    }

    @Override
    protected boolean replayable() {
      return false;
    }
  }

  /** A source to which somebody sends as soon as it is open. */
  private record SentTo(Source source, Step send) implements Source {
    @Override
    public void open(SourceContext context, Optional<Map<String, Object>> position)
        throws Exception {
      source.open(context, position);
      background(send);
    }

    @Override
    public Optional<Batch> poll(int max, Duration patience) throws Exception {
      return source.poll(max, patience);
    }

    @Override
    public Map<String, Object> position() {
      return source.position();
    }

    @Override
    public boolean replayable() {
      return source.replayable();
    }

    @Override
    public void close() throws Exception {
      source.close();
    }
  }

  private interface Step {
    void run() throws Exception;
  }

  /** What fails here shows in what does not arrive. */
  private static void background(Step step) {
    var thread =
        new Thread(
            () -> {
              try {
                step.run();
              } catch (Exception e) {
                // The other side was closed.
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  /** Records that are posted to a listener of ours. */
  @Nested
  class Rest extends SourceContract {
    private final HttpClient client = HttpClient.newHttpClient();

    @Override
    protected Held held(Random random) throws IOException {
      var lines = Lines.of(random, 20);
      int port = TransportTest.freePort();
      var spec = Streams.parse("rest:" + port);
      return new Held(
          lines.messages, () -> new SentTo(spec.source().get(), () -> post(port, lines.texts)));
    }

    private void post(int port, List<String> bodies) throws Exception {
      var all = new ArrayList<>(bodies);
      all.add(END);
      for (var body : all) {
        client.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/input"))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.discarding());
      }
    }

    @Override
    protected Optional<Supplier<Source>> waiting() throws IOException {
      return Optional.of(Streams.parse("rest:" + TransportTest.freePort()).source());
    }

    @Override
    protected boolean replayable() {
      return false;
    }

    /** To close what listens takes a second. */
    @Override
    protected int cases() {
      return 1;
    }

    /** A sender is told at once. */
    @Override
    protected boolean numbersWhatIsBad() {
      return false;
    }
  }

  @Nested
  class Udp extends SourceContract {
    @Override
    protected Held held(Random random) throws IOException {
      var lines = new Lines();
      for (long i = random.nextInt(20); i > 0; i--) {
        boolean bad = random.nextInt(5) == 0;
        lines.add(bad ? BAD : (Object) i, bad ? "no" : String.valueOf(i));
      }
      int port = TransportTest.freePort();
      var spec = Streams.parse("udp:" + port);
      return new Held(
          lines.messages, () -> new SentTo(spec.source().get(), () -> send(port, lines.texts)));
    }

    private static void send(int port, List<String> texts) throws IOException {
      var all = new ArrayList<>(texts);
      all.add(END);
      try (var socket = new DatagramSocket()) {
        for (var text : all) {
          var bytes = text.getBytes(StandardCharsets.UTF_8);
          socket.send(
              new DatagramPacket(bytes, bytes.length, InetAddress.getLoopbackAddress(), port));
        }
      }
    }

    @Override
    protected Optional<Supplier<Source>> waiting() throws IOException {
      return Optional.of(Streams.parse("udp:" + TransportTest.freePort()).source());
    }

    /** Nobody can be called away from a socket. */
    @Override
    protected Duration longestWait() {
      return Duration.ofMillis(20);
    }

    @Override
    protected boolean replayable() {
      return false;
    }
  }
}
