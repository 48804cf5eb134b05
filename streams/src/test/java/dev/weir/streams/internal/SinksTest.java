package dev.weir.streams.internal;

import com.sun.net.httpserver.HttpServer;
import dev.weir.graph.Json;
import dev.weir.graph.Sink;
import dev.weir.streams.StreamSpec;
import dev.weir.streams.Streams;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The contract of sinks, for every transport that needs no server of its own. */
class SinksTest {

  @TempDir private Path folder;
  private int places;

  private Path newFile() {
    return folder.resolve("out" + places++ + ".jsonl");
  }

  private static List<Object> records(String lines) {
    return lines.lines().map(Json::parse).toList();
  }

  private static List<Object> records(Path file) throws IOException {
    return Files.exists(file) ? records(Files.readString(file)) : List.of();
  }

  private static final class FilePlace extends SinkContract.Place {
    private final Path file;

    FilePlace(Path file, StreamSpec spec) {
      super(file.toString(), spec.sink());
      this.file = file;
    }

    @Override
    protected List<Object> records() throws IOException {
      return SinksTest.records(file);
    }
  }

  private abstract class OfAFile extends SinkContract {
    private final UnaryOperator<StreamSpec> form;

    OfAFile(UnaryOperator<StreamSpec> form) {
      this.form = form;
    }

    @Override
    protected Place place() {
      var file = newFile();
      return new FilePlace(file, form.apply(Streams.parse(file.toString())));
    }

    @Override
    protected Sink.Kind kind() {
      return Sink.Kind.TRANSACTIONAL;
    }

    @Override
    protected int cases() {
      return 20;
    }
  }

  @Nested
  class Replacing extends OfAFile {
    Replacing() {
      super(spec -> spec);
    }

    @Override
    protected boolean hidesWhatIsNotCommitted() {
      return false;
    }
  }

  @Nested
  class VisibleWhenCommitted extends OfAFile {
    VisibleWhenCommitted() {
      super(StreamSpec::visibleWhenCommitted);
    }
  }

  @Nested
  class Appending extends OfAFile {
    Appending() {
      super(StreamSpec::appending);
    }
  }

  /** Rows of the store. */
  @Nested
  class Store extends SinkContract {
    @Override
    protected Place place() {
      return new Place("results", Streams.parse("store:results").sink()) {
        @Override
        protected List<Object> records() {
          throw new IllegalStateException("they are in the store");
        }
      };
    }

    @Override
    protected Sink.Kind kind() {
      return Sink.Kind.TRANSACTIONAL;
    }
  }

  @Nested
  class Pipe extends SinkContract {
    @Override
    protected Place place() {
      var out = new ByteArrayOutputStream();
      return new Place("pipe", () -> new PipeSink("pipe", Format.JSON_LINES, () -> out)) {
        @Override
        protected List<Object> records() {
          return SinksTest.records(out.toString(StandardCharsets.UTF_8));
        }
      };
    }

    @Override
    protected Sink.Kind kind() {
      return Sink.Kind.PLAIN;
    }
  }

  @Nested
  class Exec extends SinkContract {
    @Override
    protected Place place() {
      var file = newFile();
      return new FilePlace(file, Streams.parse(TransportTest.exec("cat >> " + file)));
    }

    @Override
    protected Sink.Kind kind() {
      return Sink.Kind.PLAIN;
    }
  }

  @Nested
  class Tcp extends SinkContract {
    @Override
    protected Place place() throws IOException {
      var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      var received = new ByteArrayOutputStream();
      var thread = new Thread(() -> receive(server, received));
      thread.setDaemon(true);
      thread.start();
      var spec = Streams.parse("tcp:127.0.0.1:" + server.getLocalPort());
      return new Place("tcp", spec.sink()) {
        @Override
        protected List<Object> records() {
          return SinksTest.records(received.toString(StandardCharsets.UTF_8));
        }

        @Override
        public void close() throws IOException {
          server.close();
        }
      };
    }

    /** Who closes a connection waits until all of it was taken. */
    private static void receive(ServerSocket server, ByteArrayOutputStream received) {
      try {
        while (true) {
          try (var socket = server.accept()) {
            socket.getInputStream().transferTo(received);
          }
        }
      } catch (IOException e) {
        // It was closed.
      }
    }

    @Override
    protected Sink.Kind kind() {
      return Sink.Kind.PLAIN;
    }
  }

  /** A server that keeps what it is sent, by epoch where it is told. */
  private static final class HttpPlace extends SinkContract.Place {
    private final HttpServer server;
    private final NavigableMap<Long, String> epochs;

    HttpPlace(HttpServer server, NavigableMap<Long, String> epochs, Supplier<Sink> sinks) {
      super("http", sinks);
      this.server = server;
      this.epochs = epochs;
    }

    static HttpPlace start(boolean idempotent) throws IOException {
      var epochs = new TreeMap<Long, String>();
      var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext(
          "/",
          exchange -> {
            try (exchange) {
              var epoch = exchange.getRequestHeaders().getFirst("Weir-Epoch");
              var body = exchange.getRequestBody().readAllBytes();
              put(epochs, epoch, new String(body, StandardCharsets.UTF_8));
              exchange.sendResponseHeaders(204, -1);
            }
          });
      server.start();
      var spec =
          Streams.parse(
              "{\"transport\":{\"type\":\"http\",\"url\":\"http://127.0.0.1:"
                  + server.getAddress().getPort()
                  + "/x\",\"idempotent\":"
                  + idempotent
                  + "},\"encoding\":\"json\"}");
      return new HttpPlace(server, epochs, spec.sink());
    }

    /** An epoch that comes again stands for what there was of it, and of later ones. */
    private static void put(NavigableMap<Long, String> epochs, String epoch, String body) {
      synchronized (epochs) {
        long number = epoch == null ? epochs.size() : Long.parseLong(epoch);
        epochs.tailMap(number).clear();
        epochs.put(number, body);
      }
    }

    @Override
    protected List<Object> records() {
      synchronized (epochs) {
        return SinksTest.records(String.join("", epochs.values()));
      }
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }

  @Nested
  class Http extends SinkContract {
    @Override
    protected Place place() throws IOException {
      return HttpPlace.start(false);
    }

    @Override
    protected Sink.Kind kind() {
      return Sink.Kind.PLAIN;
    }
  }

  @Nested
  class IdempotentHttp extends SinkContract {
    @Override
    protected Place place() throws IOException {
      return HttpPlace.start(true);
    }

    @Override
    protected Sink.Kind kind() {
      return Sink.Kind.IDEMPOTENT;
    }
  }
}
