package dev.weir.streams.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.weir.graph.Batch;
import dev.weir.graph.Control;
import dev.weir.graph.Sink;
import dev.weir.graph.Source;
import dev.weir.graph.TransientFailureException;
import dev.weir.streams.Streams;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Streams over HTTP: those that listen, and those that go to others. */
@Timeout(60)
class RestTest {

  private final HttpClient client = HttpClient.newHttpClient();
  private final Reading reading = new Reading();
  private int port;
  private Source source;
  private Sink sink;

  @BeforeEach
  void open() throws Exception {
    port = TransportTest.freePort();
    var specs =
        Streams.together(
            List.of(
                Streams.parse("rest:" + port),
                Streams.parse(
                    "{\"transport\":{\"type\":\"rest\",\"port\":"
                        + port
                        + "},\"encoding\":\"json\",\"linger-time\":0}")));
    source = specs.get(0).source().get();
    sink = specs.get(1).sink().get();
    source.open(reading, Optional.empty());
    sink.open(warning -> {}, Optional.empty());
  }

  @AfterEach
  void close() throws Exception {
    source.close();
    sink.close();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String path, String body) throws Exception {
    return send(request(path).POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(request(path).GET());
  }

  private List<Object> polled(int size) throws Exception {
    while (reading.records.size() < size) {
      reading.poll(source, 10);
    }
    return reading.values();
  }

  @Test
  void recordsArePostedOneOrManyAtATime() throws Exception {
    assertThat(post("/input", "{\"a\":\n 1}").statusCode()).isEqualTo(204);
    assertThat(post("/input", "1\n2\n").statusCode()).isEqualTo(204);
    assertThat(post("/input", "3").statusCode()).isEqualTo(204);
    assertThat(polled(4)).hasSize(4).endsWith(1L, 2L, 3L);
    assertThat(reading.records)
        .extracting(Reading.Numbered::sequence)
        .containsExactly(1L, 2L, 3L, 4L);
    var bad = post("/input", "7\nfoo\n8\n");
    assertThat(bad.statusCode()).isEqualTo(400);
    assertThat(bad.body()).contains("record 2: not JSON").contains("nothing of this was taken");
    assertThat(post("/input", "foo").statusCode()).isEqualTo(400);
    assertThat(reading.rejections).hasSize(2);
    assertThat(post("/input", "{\"$fastscore\":\"end\"}").statusCode()).isEqualTo(204);
    while (reading.poll(source, 10).isPresent()) {}
    assertThat(reading.records).hasSize(4);
    assertThat(post("/input", "9").statusCode()).isEqualTo(410);
  }

  @Test
  void whatIsNotThereOrTooMuchIsRefused() throws Exception {
    assertThat(get("/nothing").statusCode()).isEqualTo(404);
    assertThat(get("/input").statusCode()).isEqualTo(405);
    assertThat(post("/output", "1").statusCode()).isEqualTo(405);
    var big = "\"" + "x".repeat(17 << 20) + "\"";
    assertThat(post("/input", big).statusCode()).isEqualTo(413);
    var foreign = send(request("/output?timeout=0").header("Origin", "http://evil.example"));
    assertThat(foreign.statusCode()).isEqualTo(403);
    source.close();
    source.close();
    assertThat(post("/input", "1").statusCode()).isIn(404, 503);
    assertThat(get("/output?timeout=0").statusCode()).as("the sink is open yet").isEqualTo(202);
  }

  @Test
  void aJobThatIsBehindHoldsSendersBack() throws Exception {
    var inbox = new Inbox();
    inbox.open();
    var big = List.<Object>of("x");
    assertThat(inbox.offer(big, 17 << 20, Duration.ZERO)).isEqualTo(Inbox.Answer.TAKEN);
    assertThat(inbox.offer(big, 1, Duration.ZERO)).isEqualTo(Inbox.Answer.FULL);
    assertThat(inbox.take(1, Duration.ZERO)).hasSize(1);
    assertThat(inbox.offer(big, 1, Duration.ZERO)).isEqualTo(Inbox.Answer.TAKEN);
    inbox.close();
    assertThat(inbox.offer(big, 1, Duration.ZERO)).isEqualTo(Inbox.Answer.NOT_READ);
  }

  @Test
  void resultsAreFetched() throws Exception {
    assertThat(get("/output?timeout=0").statusCode()).isEqualTo(202);
    var waiting = CompletableFuture.supplyAsync(() -> unchecked("/output"));
    sink.write(Batch.of(1, 1L));
    assertThat(waiting.get().body()).isEqualTo("1\n");
    sink.write(Batch.of(2, 2L, "b"));
    sink.write(Batch.of(3, Control.SET));
    var two = get("/output?max=1");
    assertThat(two.statusCode()).isEqualTo(200);
    assertThat(two.body()).isEqualTo("2\n");
    assertThat(get("/output").body()).isEqualTo("\"b\"\n{\"$fastscore\":\"set\"}\n");
  }

  private HttpResponse<String> unchecked(String path) {
    try {
      return get(path);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theEndIsToldBeforeTheListenerGoes() throws Exception {
    int other = TransportTest.freePort();
    var last = Streams.parse("rest:" + other).sink().get();
    last.open(warning -> {}, Optional.empty());
    last.write(Batch.of(1, 1L));
    var closed =
        CompletableFuture.runAsync(
            () -> {
              try {
                last.close();
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    port = other;
    assertThat(get("/output").body()).isEqualTo("1\n");
    assertThat(get("/output").statusCode()).isEqualTo(204);
    closed.get();
  }

  @Test
  void resultsAreFollowedAsEvents() throws Exception {
    sink.write(Batch.of(1, 1L));
    var response =
        client.send(
            request("/output").header("Accept", "text/event-stream").build(),
            HttpResponse.BodyHandlers.ofLines());
    var lines = response.body().iterator();
    var seen = new ArrayList<String>();
    while (seen.size() < 1) {
      data(lines.next(), seen);
    }
    sink.write(Batch.of(2, "two"));
    while (seen.size() < 2) {
      data(lines.next(), seen);
    }
    var ending = CompletableFuture.runAsync(() -> closeSink());
    while (seen.size() < 3) {
      data(lines.next(), seen);
    }
    ending.get();
    assertThat(seen).containsExactly("1", "\"two\"", "end");
  }

  private void closeSink() {
    try {
      sink.close();
      sink = Streams.parse("discard:").sink().get();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void data(String line, List<String> seen) {
    if (line.startsWith("data: ")) {
      seen.add(line.substring("data: ".length()));
    }
  }

  /** A job that doubles numbers, until it is told to end. */
  private CompletableFuture<Void> doubling() {
    return CompletableFuture.runAsync(
        () -> {
          try {
            for (var batch = source.poll(10, Reading.PATIENCE);
                batch.isPresent();
                batch = source.poll(10, Reading.PATIENCE)) {
              if (batch.get().control() != null) {
                sink.write(batch.get());
                continue;
              }
              for (var record : batch.get().records()) {
                sink.write(Batch.of(1, 2 * (Long) record));
              }
            }
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
  }

  @Test
  void aRoundTripGivesWhatIsMadeOfItsRecords() throws Exception {
    var job = doubling();
    var trips = new ArrayList<CompletableFuture<String>>();
    for (int i = 0; i < 20; i++) {
      var body = i + "\n" + (100 + i);
      trips.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return post("/roundtrip", body).body();
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
              }));
      post("/input", String.valueOf(1000 + i));
    }
    for (int i = 0; i < 20; i++) {
      assertThat(trips.get(i).get()).isEqualTo(2 * i + "\n" + 2 * (100 + i) + "\n");
    }
    assertThat(post("/roundtrip", "foo").statusCode()).isEqualTo(400);
    post("/input", "{\"$fastscore\":\"end\"}");
    job.get();
    var others = get("/output").body().lines().map(Long::valueOf).collect(Collectors.toList());
    assertThat(others).hasSize(20).allMatch(n -> n >= 2000);
    assertThat(post("/roundtrip?timeout=0", "1").statusCode()).isEqualTo(410);
  }

  @Test
  void aRoundTripThatTakesLongIsGivenUpAndItsResultsGoNowhere() throws Exception {
    assertThat(post("/roundtrip?timeout=0", "1").statusCode()).isEqualTo(504);
    post("/input", "5\n{\"$fastscore\":\"end\"}");
    doubling().get();
    assertThat(get("/output").body()).isEqualTo("10\n");
  }

  @Test
  void aPortInUseIsAClearError() throws Exception {
    try (var second = Streams.parse("rest:" + port).source().get()) {
      assertThatThrownBy(() -> second.open(new Reading(), Optional.empty()))
          .hasMessageContaining("rest:" + port + " cannot listen: Address already in use")
          .hasMessageContaining("name another one");
    }
  }

  @Test
  void whoeverListensElsewhereAsksForTheToken() throws Exception {
    int open = TransportTest.freePort();
    var spec =
        Streams.parse(
            "{\"transport\":{\"type\":\"rest\",\"bind-to\":\"0.0.0.0\",\"port\":"
                + open
                + ",\"token\":\"t0\"},\"encoding\":\"json\"}");
    try (var in = spec.source().get()) {
      in.open(new Reading(), Optional.empty());
      port = open;
      assertThat(post("/input", "1").statusCode()).isEqualTo(401);
      var good =
          request("/input")
              .header("Authorization", "Bearer t0")
              .POST(HttpRequest.BodyPublishers.ofString("1"));
      assertThat(send(good).statusCode()).isEqualTo(204);
    }
  }

  /** Somebody else's server, which answers and remembers. */
  private static HttpServer server(List<String> got, int status, String answer) throws IOException {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            var epoch = exchange.getRequestHeaders().getFirst("Weir-Epoch");
            var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            got.add(exchange.getRequestMethod() + " " + epoch + " " + body);
            var bytes = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
          }
        });
    server.start();
    return server;
  }

  @Test
  void recordsAreSentToAServer() throws Exception {
    var got = new ArrayList<String>();
    var server = server(got, 200, "");
    try {
      var url = "http://127.0.0.1:" + server.getAddress().getPort() + "/x";
      try (var plain = Streams.parse(url).sink().get()) {
        plain.open(warning -> {}, Optional.empty());
        plain.write(Batch.of(1, 1L, 2L));
        plain.flush(1);
      }
      var spec =
          Streams.parse(
              "{\"transport\":{\"type\":\"http\",\"url\":\""
                  + url
                  + "\",\"idempotent\":true},\"encoding\":\"json\"}");
      assertThat(spec.kind()).isEqualTo(Sink.Kind.IDEMPOTENT);
      try (var idempotent = spec.sink().get()) {
        idempotent.open(warning -> {}, Optional.empty());
        idempotent.write(Batch.of(1, 3L));
        idempotent.write(Batch.of(2, 4L));
        idempotent.flush(7);
        idempotent.flush(8);
      }
      assertThat(got).containsExactly("POST null 1\n2\n", "POST 7 3\n4\n");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void aServerThatFailsIsTriedAgainAndOneThatRefusesIsNot() throws Exception {
    for (int status : new int[] {500, 404}) {
      var server = server(new ArrayList<>(), status, "");
      try {
        var url = "http://127.0.0.1:" + server.getAddress().getPort() + "/x";
        assertThatThrownBy(() -> Reading.of(Streams.parse(url).source()))
            .hasMessageContaining("answers " + status)
            .matches(e -> e instanceof TransientFailureException == (status == 500));
      } finally {
        server.stop(0);
      }
    }
  }
}
