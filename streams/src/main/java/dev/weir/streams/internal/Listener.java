package dev.weir.streams.internal;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.weir.graph.Control;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One HTTP server at one address, for all streams of a job that name it. Listens while at least one
 * of them is open.
 *
 * <pre>
 * POST /input                  records; 204, 400 with the reason, 413, 503 when the job is behind
 * GET  /output?timeout=&max=   200 with records, 202 when there are none yet, 204 at the end
 * GET  /output                 with Accept: text/event-stream: server-sent events
 * POST /roundtrip?timeout=     records; 200 with what the job makes of them, 504 when that takes long
 * </pre>
 *
 * <p>{@code input} and {@code output} are the streams' own names; {@code /roundtrip/in/out} names
 * others.
 *
 * <p><b>Round trips.</b> Their records stand between two pigs of their own. Since no record behind
 * a pig has an effect on what comes out before it, what comes out between the two is what the job
 * made of them.
 */
final class Listener {

  private static final int MAX_BODY = 16 << 20;
  private static final Duration ROOM = Duration.ofSeconds(5);
  private static final Duration HEARTBEAT = Duration.ofSeconds(15);
  private static final long USUAL_TIMEOUT = 30;
  private static final int USUAL_MAX = 10_000;
  private static final int THREADS = 256;
  private static final String OPENS = "weir.roundtrip.opens.";
  private static final String CLOSES = "weir.roundtrip.closes.";

  private final Urls.Address address;
  private final byte[] token;
  private final Map<String, In> ins = new ConcurrentHashMap<>();
  private final Map<String, Out> outs = new ConcurrentHashMap<>();
  private final Map<String, Trip> trips = new ConcurrentHashMap<>();
  private HttpServer server;
  private ExecutorService threads;
  private int users;

  Listener(Urls.Address address, String token) {
    this.address = address;
    this.token = token == null ? null : token.getBytes(StandardCharsets.UTF_8);
  }

  /** Records of a body, or why there are none. */
  interface Decoder {
    List<Object> decode(byte[] body) throws BadMessageException;
  }

  /** A stream that is read. */
  record In(Inbox inbox, Decoder decoder) {}

  /** A stream that is written. */
  record Out(Outbox outbox, String contentType, byte[] separator, boolean text) {}

  /** A request that waits for what is made of its records. */
  private record Trip(List<byte[]> messages, CompletableFuture<List<byte[]>> answer) {}

  synchronized void open(String name, In in) throws IOException {
    start();
    ins.put(name, in);
  }

  synchronized void open(String name, Out out) throws IOException {
    start();
    outs.put(name, out);
  }

  private void start() throws IOException {
    if (users++ > 0) {
      return;
    }
    // Without it every request on a kept connection takes 40 ms. It is read when the class loads.
    if (System.getProperty("sun.net.httpserver.nodelay") == null) {
      System.setProperty("sun.net.httpserver.nodelay", "true");
    }
    try {
      server =
          HttpServer.create(
              new InetSocketAddress(InetAddress.getByName(address.host()), address.port()), 0);
    } catch (IOException e) {
      users--;
      throw e;
    }
    threads =
        new ThreadPoolExecutor(
            0,
            THREADS,
            30,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            work -> {
              var thread = new Thread(work, "weir-http-" + address.port());
              thread.setDaemon(true);
              return thread;
            });
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /** A stream is closed; with the last one the server is. */
  synchronized void close(String name, boolean read) {
    (read ? ins : outs).remove(name);
    if (--users == 0) {
      // Whoever is being answered, such as that this is the end, still hears it.
      server.stop(1);
      threads.shutdownNow();
    }
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      var refused = refusal(exchange);
      if (refused != null) {
        answer(exchange, refused.status(), refused.reason());
        return;
      }
      var path = exchange.getRequestURI().getPath().substring(1);
      boolean posts = exchange.getRequestMethod().equals("POST");
      boolean gets = exchange.getRequestMethod().equals("GET");
      if (posts && (path.equals("roundtrip") || path.startsWith("roundtrip/"))) {
        roundTrip(exchange, path);
      } else if (posts && ins.containsKey(path)) {
        post(exchange, ins.get(path));
      } else if (gets && outs.containsKey(path)) {
        get(exchange, outs.get(path));
      } else if (ins.containsKey(path) || outs.containsKey(path) || path.startsWith("roundtrip")) {
        answer(
            exchange,
            405,
            "POST to /"
                + String.join(", /", ins.keySet())
                + "; GET from /"
                + String.join(", /", outs.keySet()));
      } else {
        answer(exchange, 404, "here are only /" + String.join(", /", names()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<String> names() {
    var names = new ArrayList<>(ins.keySet());
    names.addAll(outs.keySet());
    return names;
  }

  private record Refusal(int status, String reason) {}

  /** A page of some other site that is open in a browser here has no business with us. */
  private Refusal refusal(HttpExchange exchange) {
    var headers = exchange.getRequestHeaders();
    if (token != null) {
      var given = headers.getFirst("Authorization");
      return given != null
              && MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), bearer())
          ? null
          : new Refusal(401, "the header Authorization: Bearer TOKEN is missing or wrong");
    }
    var host = headers.getFirst("Host");
    if (host == null || !isOurs(URI.create("http://" + host).getHost())) {
      return new Refusal(403, "the host " + host + " is not this one");
    }
    var origin = headers.getFirst("Origin");
    return origin == null || origin.endsWith("//" + host)
        ? null
        : new Refusal(403, "pages of " + origin + " may not come here");
  }

  private byte[] bearer() {
    return ("Bearer " + new String(token, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
  }

  private boolean isOurs(String host) {
    return host != null
        && (host.equals("localhost")
            || host.equals("127.0.0.1")
            || host.equals("[::1]")
            || host.equals(address.host()));
  }

  private void post(HttpExchange exchange, In in) throws IOException, InterruptedException {
    var body = body(exchange);
    if (body == null) {
      return;
    }
    try {
      var records = in.decoder().decode(body);
      taken(exchange, in.inbox().offer(records, body.length, ROOM), true);
    } catch (BadMessageException e) {
      answer(exchange, 400, e.getMessage());
    }
  }

  /** Answers what became of records; with {@code last}, also that they were taken. */
  private static boolean taken(HttpExchange exchange, Inbox.Answer answer, boolean last)
      throws IOException {
    switch (answer) {
      case TAKEN -> {
        if (last) {
          exchange.sendResponseHeaders(204, -1);
        }
        return true;
      }
      case FULL -> {
        exchange.getResponseHeaders().set("Retry-After", "1");
        answer(exchange, 503, "the job is behind; nothing of this was taken, try again");
      }
      case NOT_READ -> {
        exchange.getResponseHeaders().set("Retry-After", "1");
        answer(exchange, 503, "the job does not read now; nothing of this was taken");
      }
      case ENDED -> answer(exchange, 410, "the stream has ended; nothing of this was taken");
    }
    return false;
  }

  private static byte[] body(HttpExchange exchange) throws IOException {
    var body = exchange.getRequestBody().readNBytes(MAX_BODY + 1);
    if (body.length > MAX_BODY) {
      answer(exchange, 413, "a body has at most " + (MAX_BODY >> 20) + " MiB; send several");
      return null;
    }
    return body;
  }

  private void get(HttpExchange exchange, Out out) throws IOException, InterruptedException {
    var accept = exchange.getRequestHeaders().getFirst("Accept");
    if (accept != null && accept.contains("text/event-stream")) {
      events(exchange, out);
      return;
    }
    var query = query(exchange);
    long timeout = number(query, "timeout", USUAL_TIMEOUT);
    int max = (int) number(query, "max", out.separator().length == 0 ? 1 : USUAL_MAX);
    var messages = out.outbox().take(Math.max(1, max), Duration.ofSeconds(timeout));
    if (messages.messages().isEmpty()) {
      exchange.sendResponseHeaders(messages.ended() ? 204 : 202, -1);
      return;
    }
    send(exchange, out, messages.messages());
  }

  private static void send(HttpExchange exchange, Out out, List<byte[]> messages)
      throws IOException {
    var body = new Bytes();
    for (var message : messages) {
      body.write(message);
      body.write(out.separator());
    }
    exchange.getResponseHeaders().set("Content-Type", out.contentType());
    exchange.sendResponseHeaders(200, body.size() == 0 ? -1 : body.size());
    exchange.getResponseBody().write(body.array(), 0, body.size());
  }

  private void events(HttpExchange exchange, Out out) throws IOException, InterruptedException {
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    exchange.sendResponseHeaders(200, 0);
    var body = exchange.getResponseBody();
    long after = lastSeen(exchange);
    body.write(":\n\n".getBytes(StandardCharsets.UTF_8));
    body.flush();
    while (true) {
      var messages = out.outbox().follow(after, USUAL_MAX, HEARTBEAT);
      long number = messages.first();
      var text = new StringBuilder();
      for (var message : messages.messages()) {
        text.append("id: ").append(number).append('\n');
        for (var line : text(out, message).split("\n", -1)) {
          text.append("data: ").append(line).append('\n');
        }
        text.append('\n');
        after = number++;
      }
      if (messages.ended() && messages.messages().isEmpty()) {
        text.append("event: end\ndata: end\n\n");
      } else if (text.isEmpty()) {
        text.append(":\n\n");
      }
      body.write(text.toString().getBytes(StandardCharsets.UTF_8));
      body.flush();
      if (messages.ended() && messages.messages().isEmpty()) {
        return;
      }
    }
  }

  private static String text(Out out, byte[] message) {
    return out.text()
        ? new String(message, StandardCharsets.UTF_8)
        : Base64.getEncoder().encodeToString(message);
  }

  private static long lastSeen(HttpExchange exchange) {
    try {
      return Long.parseLong(exchange.getRequestHeaders().getFirst("Last-Event-ID"));
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private void roundTrip(HttpExchange exchange, String path)
      throws IOException, InterruptedException {
    var parts = path.split("/");
    var in = ins.get(parts.length > 1 ? parts[1] : RestStream.INPUT);
    var out = outs.get(parts.length > 2 ? parts[2] : RestStream.OUTPUT);
    if (in == null || out == null) {
      answer(exchange, 409, "a round trip needs both the input and the output of a job here");
      return;
    }
    var body = body(exchange);
    if (body == null) {
      return;
    }
    var id = UUID.randomUUID().toString();
    var trip = new Trip(new ArrayList<>(), new CompletableFuture<>());
    trips.put(id, trip);
    try {
      var records = new ArrayList<Object>();
      records.add(new Control(Control.Kind.PIG, null, null, OPENS + id));
      records.addAll(in.decoder().decode(body));
      records.add(new Control(Control.Kind.PIG, null, null, CLOSES + id));
      if (taken(exchange, in.inbox().offer(records, body.length, ROOM), false)) {
        long timeout = number(query(exchange), "timeout", USUAL_TIMEOUT);
        send(exchange, out, trip.answer().get(timeout, TimeUnit.SECONDS));
      }
    } catch (BadMessageException e) {
      answer(exchange, 400, e.getMessage());
    } catch (TimeoutException e) {
      answer(exchange, 504, "the records were taken, but what comes of them takes too long");
    } catch (ExecutionException e) {
      answer(exchange, 503, e.getCause().getMessage());
    } finally {
      trips.remove(id);
    }
  }

  /** What a written stream gives the records to while it is open. One for each sink. */
  final class Route {
    private final Outbox outbox;
    private boolean inTrip;
    private Trip trip;

    Route(Outbox outbox) {
      this.outbox = outbox;
    }

    /** A message goes to whoever waits for it. */
    void message(byte[] message, boolean set) throws InterruptedException {
      if (!inTrip) {
        outbox.put(message);
      } else if (trip != null && !set) {
        trip.messages().add(message);
      }
    }

    /** Whether a pig belongs to a round trip, and has been seen to. */
    boolean pig(Control pig) {
      var misc = pig.misc() == null ? "" : pig.misc();
      if (misc.startsWith(OPENS)) {
        inTrip = true;
        // Nobody waits any more for one that took too long.
        trip = trips.get(misc.substring(OPENS.length()));
        return true;
      }
      if (misc.startsWith(CLOSES)) {
        if (trip != null) {
          trip.answer().complete(trip.messages());
        }
        trip = null;
        inTrip = false;
        return true;
      }
      return false;
    }

    void close() {
      trips
          .values()
          .forEach(t -> t.answer().completeExceptionally(new IOException("the job has stopped")));
    }
  }

  private static Map<String, String> query(HttpExchange exchange) {
    var query = new HashMap<String, String>();
    var text = exchange.getRequestURI().getQuery();
    if (text != null) {
      for (var pair : text.split("&")) {
        int equals = pair.indexOf('=');
        if (equals > 0) {
          query.put(pair.substring(0, equals), pair.substring(equals + 1));
        }
      }
    }
    return query;
  }

  private static long number(Map<String, String> query, String name, long fallback) {
    try {
      return query.containsKey(name)
          ? Math.min(3600L * 24, Math.max(0, Long.parseLong(query.get(name))))
          : fallback;
    } catch (NumberFormatException e) {
      return fallback;
    }
  }

  private static void answer(HttpExchange exchange, int status, String reason) throws IOException {
    var body = (reason + "\n").getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }
}
