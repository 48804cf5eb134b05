package dev.weir.streams;

import dev.weir.state.WeirException;
import dev.weir.streams.internal.FileStream;
import dev.weir.streams.internal.RestStream;
import dev.weir.streams.internal.StreamText;
import java.util.List;

/**
 * The streams that a command can name:
 *
 * <ul>
 *   <li>a path, or {@code file:PATH}: a file, a named pipe or a device;
 *   <li>{@code -}: standard input, standard output;
 *   <li>{@code inline:1,2,3}: these values, to read; {@code inline-chunked:%06%02}: these bytes;
 *   <li>{@code range:1..1000}: these numbers, to read;
 *   <li>{@code discard:}: nowhere, to write;
 *   <li>{@code tcp:HOST:PORT}, {@code udp:PORT}, {@code exec:/PROGRAM}, {@code time:1s};
 *   <li>{@code rest:PORT}: a listener of Weir's own, {@code http://…}: somebody else's;
 *   <li>{@code kafka://HOST:PORT/TOPIC}: the messages of a topic;
 *   <li>{@code postgres://USER@HOST/DATABASE?table=T} and {@code jdbc:sqlite:PATH?table=T}: rows;
 *   <li>a descriptor: a {@code .yaml} file, a {@code .json} file that holds one JSON object with a
 *       transport, or such an object itself.
 * </ul>
 *
 * <p>A path or URL that ends in {@code .csv}, {@code .msgpack}, {@code .avro}, {@code .utf8} or
 * {@code .bin} has that encoding, any other is JSON. {@code file:} in front of a path says that it
 * is data, whatever it holds. In URLs {@code %2C} stands for the byte 2C; a {@code %} without two
 * hexadecimal digits stands for itself.
 */
public final class Streams {

  private Streams() {}

  /**
   * The stream of this name. Opens nothing but a descriptor.
   *
   * @throws WeirException when it names none, or one of a later version, or its descriptor breaks a
   *     rule
   */
  public static StreamSpec parse(String text) {
    return StreamText.parse(text);
  }

  /**
   * The streams of one job, in the same order. Those that listen at the same address share one
   * listener.
   */
  public static List<StreamSpec> together(List<StreamSpec> streams) {
    return RestStream.sharing(streams);
  }

  /** Whether two streams are one file. */
  public static boolean sameFile(StreamSpec a, StreamSpec b) {
    return FileStream.same(a, b);
  }
}
