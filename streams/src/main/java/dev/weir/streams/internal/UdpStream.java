package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Control;
import dev.weir.graph.Rejection;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code udp:PORT}: each datagram that comes is a message. Listens on loopback, unless {@code
 * bind-to} says otherwise; then datagrams must begin with the token and a space.
 */
final class UdpStream extends TransportStream {

  static final Transport TRANSPORT = new Udp();
  private static final int MAX_DATAGRAM = 1 << 16;
  private static final int MAX_MORE = 1 << 22;

  private UdpStream(Descriptor descriptor) {
    super(descriptor);
  }

  private static final class Udp implements Transport {
    @Override
    public String name() {
      return "udp";
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.optional("bind-to", Field.Type.TEXT, Loopback.ADDRESS),
          Field.required("port", Field.Type.WHOLE),
          Field.optional("token", Field.Type.TEXT, null));
    }

    @Override
    public Set<Ability> abilities(Settings settings) {
      return Set.of(Ability.READ, Ability.MESSAGES);
    }

    @Override
    public Map<String, Object> fromUrl(String scheme, String rest) {
      var text = rest.startsWith("//") ? rest.substring(2) : rest;
      var host = text.contains(":") ? "" : Loopback.ADDRESS + ":";
      var address = Urls.address(scheme, host + text);
      return Map.of(
          "transport",
          Map.of("type", "udp", "bind-to", address.host(), "port", (long) address.port()));
    }

    @Override
    public void check(Descriptor descriptor) {
      Urls.checkPort(descriptor);
      Loopback.check(descriptor);
    }

    @Override
    public TransportStream stream(Descriptor descriptor) {
      return new UdpStream(descriptor);
    }
  }

  @Override
  public String describe() {
    return "udp:"
        + descriptor.settings().text("bind-to")
        + ":"
        + descriptor.settings().whole("port");
  }

  @Override
  Source newSource() {
    return new Datagrams();
  }

  private final class Datagrams implements Source {
    private final Encoding encoding = descriptor.format().encoding();
    private final byte[] token = token();
    private final byte[] buffer = new byte[MAX_DATAGRAM];
    private SourceContext context;
    private DatagramSocket socket;
    private Control control;
    private long messages;
    private long records;
    private boolean over;

    private static byte[] bytes(String text) {
      return (text + " ").getBytes(StandardCharsets.UTF_8);
    }

    private byte[] token() {
      var token = descriptor.settings().secret("token");
      return token == null ? new byte[0] : bytes(token);
    }

    @Override
    public void open(SourceContext context, Optional<Map<String, Object>> position) {
      this.context = context;
      if (position.isPresent()) {
        messages = Positions.count(position.get(), "lines");
        records = Positions.count(position.get(), "records");
        context.warn(
            describe()
                + " cannot be read again: datagrams that came while nobody listened are lost");
      }
      try {
        var address =
            new InetSocketAddress(
                InetAddress.getByName(descriptor.settings().text("bind-to")),
                descriptor.settings().whole("port").intValue());
        socket = new DatagramSocket(null);
        socket.setReceiveBufferSize(MAX_MORE);
        socket.bind(address);
      } catch (IOException e) {
        throw Loopback.taken(describe(), e);
      }
    }

    @Override
    public Optional<Batch> poll(int max, Duration patience) throws IOException {
      if (control != null) {
        var next = control;
        control = null;
        over = next.kind() == Control.Kind.END;
        return over ? Optional.empty() : Optional.of(Batch.of(messages, next));
      }
      if (over) {
        return Optional.empty();
      }
      var values = new Object[Math.min(max, 1024)];
      var numbers = new long[values.length];
      int size = 0;
      long wait = Math.max(1, patience.toMillis());
      while (size < values.length && control == null) {
        var packet = new DatagramPacket(buffer, buffer.length);
        socket.setSoTimeout((int) (size == 0 ? wait : 1));
        try {
          socket.receive(packet);
        } catch (SocketTimeoutException e) {
          break;
        }
        size = take(packet, values, numbers, size);
      }
      if (size == 0 && control != null) {
        return poll(max, patience);
      }
      records += size;
      return Optional.of(Batch.of(Arrays.copyOf(values, size), Arrays.copyOf(numbers, size)));
    }

    private int take(DatagramPacket packet, Object[] values, long[] numbers, int size) {
      int from = token.length;
      int to = packet.getLength();
      if (from > to || !MessageDigest.isEqual(Arrays.copyOf(buffer, from), token)) {
        context.reject(
            new Rejection(
                Rejection.Reason.ENCODING,
                messages,
                "a datagram",
                "it does not begin with the token"));
        return size;
      }
      try {
        var record = encoding.decode(buffer, from, to);
        if (record instanceof Control c) {
          control = c;
          return size;
        }
        numbers[size] = ++messages;
        values[size] = record;
        return size + 1;
      } catch (BadMessageException e) {
        context.reject(
            new Rejection(
                Rejection.Reason.ENCODING,
                ++messages,
                new String(buffer, from, Math.min(200, to - from), StandardCharsets.UTF_8),
                e.getMessage()));
        return size;
      }
    }

    @Override
    public Map<String, Object> position() {
      return Positions.of("lines", messages, "records", records);
    }

    @Override
    public boolean replayable() {
      return false;
    }

    @Override
    public void close() {
      if (socket != null) {
        socket.close();
      }
    }
  }
}
