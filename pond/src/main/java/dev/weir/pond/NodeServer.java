package dev.weir.pond;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.weir.pond.internal.Wire;
import dev.weir.state.WeirException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Lets other nodes exchange events with a log over HTTP: {@code POST /v1/present}, {@code /v1/read}
 * and {@code /v1/write}, for whoever shows the token. Thread-safe.
 */
public final class NodeServer implements AutoCloseable {

  private static final int MOST_BYTES = 64 * 1024 * 1024;
  private static final int MOST_EVENTS = 10_000;

  private final EventLog log;
  private final byte[] token;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newFixedThreadPool(4, NodeServer::daemon);

  private NodeServer(EventLog log, HttpServer server, String token) {
    this.log = log;
    this.server = server;
    this.token = ("Bearer " + token).getBytes(StandardCharsets.UTF_8);
  }

  private static Thread daemon(Runnable task) {
    var thread = new Thread(task, "weir-node");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Begins to listen.
   *
   * @param address port 0: a free one
   * @param token a secret that both nodes know; not empty
   */
  public static NodeServer start(EventLog log, InetSocketAddress address, String token) {
    if (token.length() < 8) {
      throw new PondException("a token has at least 8 characters");
    }
    try {
      var server = new NodeServer(log, HttpServer.create(address, 16), token);
      server.server.setExecutor(server.threads);
      server.server.createContext("/", server::handle);
      server.server.start();
      return server;
    } catch (IOException e) {
      throw new PondException("cannot listen on %s: %s".formatted(address, e.getMessage()), e);
    }
  }

  public int port() {
    return server.getAddress().getPort();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      var shown = exchange.getRequestHeaders().getFirst("Authorization");
      if (shown == null || !MessageDigest.isEqual(token, shown.getBytes(StandardCharsets.UTF_8))) {
        answer(exchange, 401, "the token is missing or wrong");
        return;
      }
      if (!exchange.getRequestMethod().equals("POST")) {
        answer(exchange, 405, "only POST");
        return;
      }
      var body = exchange.getRequestBody().readNBytes(MOST_BYTES + 1);
      if (body.length > MOST_BYTES) {
        answer(exchange, 413, "a request has at most %d bytes".formatted(MOST_BYTES));
        return;
      }
      var text = new String(body, StandardCharsets.UTF_8);
      switch (exchange.getRequestURI().getPath()) {
        case "/v1/present" -> answer(exchange, 200, Wire.offsets(log.present()));
        case "/v1/read" -> {
          var asked = Wire.request(text);
          answer(
              exchange,
              200,
              Wire.events(log.read(asked.known(), Math.min(asked.limit(), MOST_EVENTS))));
        }
        case "/v1/write" ->
            answer(exchange, 200, Wire.ingested(log.ingest(Wire.events(text, log.node()))));
        default -> answer(exchange, 404, "no such path");
      }
    } catch (BadEventException | JsonProcessingException e) {
      answer(exchange, 400, e.getMessage());
    } catch (WeirException e) {
      answer(exchange, 500, e.getMessage());
    }
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    try (var out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdown();
  }
}
