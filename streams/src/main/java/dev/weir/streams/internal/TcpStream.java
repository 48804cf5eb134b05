package dev.weir.streams.internal;

import dev.weir.graph.Sink;
import dev.weir.graph.Source;
import dev.weir.graph.TransientFailureException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code tcp:HOST:PORT}: connects to whoever listens there, to read or to write. */
final class TcpStream extends TransportStream {

  static final Transport TRANSPORT = new Tcp();
  private static final int CONNECT_MILLIS = 10_000;

  private TcpStream(Descriptor descriptor) {
    super(descriptor);
  }

  private static final class Tcp implements Transport {
    @Override
    public String name() {
      return "tcp";
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.required("host", Field.Type.TEXT), Field.required("port", Field.Type.WHOLE));
    }

    @Override
    public Set<Ability> abilities(Settings settings) {
      return Set.of(Ability.READ, Ability.WRITE);
    }

    @Override
    public Map<String, Object> fromUrl(String scheme, String rest) {
      var address = Urls.address(scheme, rest);
      return Map.of(
          "transport",
          Map.of("type", "tcp", "host", address.host(), "port", (long) address.port()));
    }

    @Override
    public void check(Descriptor descriptor) {
      Urls.checkPort(descriptor);
    }

    @Override
    public TransportStream stream(Descriptor descriptor) {
      return new TcpStream(descriptor);
    }
  }

  @Override
  public String describe() {
    return "tcp:" + descriptor.settings().text("host") + ":" + port();
  }

  private int port() {
    return descriptor.settings().whole("port").intValue();
  }

  private Socket connect() throws IOException {
    var socket = new Socket();
    try {
      socket.connect(
          new InetSocketAddress(descriptor.settings().text("host"), port()), CONNECT_MILLIS);
      socket.setTcpNoDelay(true);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw new TransientFailureException(
          describe()
              + " cannot be connected to: "
              + FileTrouble.reason(e)
              + ". Start what listens there, or name another port",
          e);
    }
  }

  /** A connection is of one source: the next one connects again. */
  @Override
  Source newSource() {
    return new ConnectionSource(describe(), descriptor.format(), this::connectToRead);
  }

  private ConnectionSource.Connection connectToRead() throws IOException {
    var socket = connect();
    return new ConnectionSource.Connection(socket.getInputStream(), socket::close, () -> {});
  }

  @Override
  Sink newSink() {
    return new PipeSink(describe(), descriptor.format(), this::connectToWrite);
  }

  /** Closing says that there is no more, and waits until the other side has taken it all. */
  private OutputStream connectToWrite() throws IOException {
    var socket = connect();
    return new FilterOutputStream(socket.getOutputStream()) {
      @Override
      public void write(byte[] bytes, int from, int length) throws IOException {
        out.write(bytes, from, length);
      }

      @Override
      public void close() throws IOException {
        try (socket) {
          socket.shutdownOutput();
          var linger = descriptor.lingerMillis();
          socket.setSoTimeout(linger == null ? 0 : (int) Math.max(1, linger));
          if (socket.getInputStream().read() >= 0) {
            // It speaks; nobody listens.
          }
        } catch (java.net.SocketTimeoutException e) {
          // What was sent is on its way.
        }
      }
    };
  }
}
