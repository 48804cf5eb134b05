package dev.weir.streams.internal;

import dev.weir.graph.Names;
import dev.weir.state.WeirException;
import java.util.List;
import java.util.Optional;

/**
 * All transports. A new one is a line in {@link #named}, its name in {@link #NAMES}, and the
 * schemes of its URLs in {@link #ofScheme}.
 */
final class Transports {

  /** The names of all transports, for messages. */
  static final List<String> NAMES =
      List.of(
          "file", "inline", "range", "discard", "console", "tcp", "udp", "exec", "time", "rest",
          "http", "kafka", "jdbc", "store");

  /** What URLs begin with, for messages. */
  static final List<String> SCHEMES =
      List.of(
          "file",
          "inline",
          "inline-chunked",
          "range",
          "discard",
          "tcp",
          "udp",
          "exec",
          "time",
          "clock",
          "rest",
          "rest-chunked",
          "http",
          "https",
          "kafka",
          "jdbc",
          "postgres",
          "postgresql",
          "store");

  private Transports() {}

  /**
   * The transport of a name, written in any case.
   *
   * @throws WeirException when it is one of FastScore's that Weir has not
   */
  static Optional<Transport> find(String name) {
    return Optional.ofNullable(named(Names.normal(name)));
  }

  private static Transport named(String name) {
    return switch (name) {
      case "file" -> FileStream.TRANSPORT;
      case "inline", "debug" -> InlineStream.TRANSPORT;
      case "discard" -> DiscardStream.TRANSPORT;
      case "console" -> StandardStream.TRANSPORT;
      case "tcp" -> TcpStream.TRANSPORT;
      case "udp" -> UdpStream.TRANSPORT;
      case "exec" -> ExecStream.TRANSPORT;
      case "time", "clock" -> ClockStream.TRANSPORT;
      case "range" -> RangeStream.TRANSPORT;
      case "rest" -> RestStream.TRANSPORT;
      case "http", "https" -> HttpStream.TRANSPORT;
      case "kafka" -> KafkaStream.TRANSPORT;
      case "jdbc", "odbc", "postgres", "postgresql" -> JdbcStream.TRANSPORT;
      case "store" -> StoreStream.TRANSPORT;
      case "s3", "hdfs" ->
          throw new WeirException(
              "the transport " + name + " is not supported; copy to a file first");
      default -> null;
    };
  }

  /** The transport of URLs that begin so; null when there is none. */
  static Transport ofScheme(String scheme) {
    return switch (scheme) {
      case "inline-chunked" -> InlineStream.TRANSPORT;
      case "rest-chunked" -> RestStream.TRANSPORT;
      default -> SCHEMES.contains(scheme) ? named(scheme) : null;
    };
  }
}
