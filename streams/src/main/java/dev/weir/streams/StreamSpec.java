package dev.weir.streams;

import dev.weir.graph.Sink;
import dev.weir.graph.Source;
import dev.weir.state.WeirException;
import java.util.function.Supplier;

/**
 * A stream as it was named, before anything of it is opened. Made by {@link Streams#parse}.
 *
 * <p>Thread-safe. Of the sources that one spec supplies, only one may be open at a time.
 */
public sealed interface StreamSpec
    permits FileStream, StandardStream, InlineStream, RangeStream, DiscardStream {

  /** What people call it, such as {@code file in.jsonl}. Short. */
  String describe();

  /**
   * One text for one stream, however it was named and from which folder: two runs have the same
   * stream exactly when these are equal.
   */
  String identity();

  /**
   * Supplies sources of the stream.
   *
   * @throws WeirException when it can only be written
   */
  Supplier<Source> source();

  /** Whether its sources are replayable, as far as can be seen without opening the stream. */
  boolean replayable();

  /**
   * Supplies sinks of the stream.
   *
   * @throws WeirException when it can only be read
   */
  Supplier<Sink> sink();

  /** The kind of its sinks, as far as can be seen without opening the stream. */
  Sink.Kind kind();

  /**
   * This stream, written when: a file's lines can be read only once they are committed. Streams
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
