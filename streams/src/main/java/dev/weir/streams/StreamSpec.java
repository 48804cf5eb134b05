package dev.weir.streams;

import dev.weir.graph.Sink;
import dev.weir.graph.Source;
import dev.weir.state.WeirException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.avro.Schema;

/**
 * A stream as it was named or described, before anything of it is opened. Made by {@link
 * Streams#parse}.
 *
 * <p>Thread-safe. Of the sources that one spec supplies, only one may be open at a time.
 */
public interface StreamSpec {

  /** What people call it, such as {@code file in.jsonl}. Short. */
  String describe();

  /**
   * One text for one stream, however it was named and from which folder: two runs have the same
   * stream exactly when these are equal.
   */
  String identity();

  /** The complete descriptor, with all defaults, as a JSON value. Secrets stay names. */
  Map<String, Object> resolved();

  /**
   * The file that it is, as its path was written; empty for other streams, pipes and devices among
   * them.
   */
  default Optional<Path> file() {
    return Optional.empty();
  }

  /** The Avro schema of one record, if it has one. */
  Optional<Schema> schema();

  /**
   * This stream with the schema of the slot that it is attached to. A stream whose descriptor names
   * a schema, or says that it has none, stays as it is.
   */
  StreamSpec inheriting(Schema schema);

  /**
   * This stream, read as sets of records: its sources put a {@link dev.weir.graph.Control#SET}
   * behind each set, as the descriptor's batching says: after so many records (watermark), so long
   * after the first record of the set (Nagle time), and always before a pig and at the end, unless
   * the set is empty. A set record of the stream itself ends a set too.
   *
   * <p>Borders by time are no part of the stream: when it is read again, they may fall elsewhere.
   * Those by count and by set records are the same again.
   */
  StreamSpec inSets();

  /**
   * Supplies sources of the stream.
   *
   * @throws WeirException when it can only be written, or its descriptor does not fit reading
   */
  Supplier<Source> source();

  /** Whether its sources are replayable, as far as can be seen without opening the stream. */
  boolean replayable();

  /**
   * Supplies sinks of the stream.
   *
   * @throws WeirException when it can only be read, or its descriptor does not fit writing
   */
  Supplier<Sink> sink();

  /** The kind of its sinks, as far as can be seen without opening the stream. */
  Sink.Kind kind();

  /**
   * This stream, written when: a file's records can be read only once they are committed. Streams
   * that take nothing back stay as they are.
   */
  default StreamSpec visibleWhenCommitted() {
    return this;
  }

  /**
   * This stream, but a fresh run keeps what is in the file and writes behind it, visible when
   * committed. Streams that keep nothing stay as they are.
   */
  default StreamSpec appending() {
    return this;
  }
}
