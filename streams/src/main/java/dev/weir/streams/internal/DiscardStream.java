package dev.weir.streams.internal;

import dev.weir.graph.Sink;
import dev.weir.graph.Source;
import dev.weir.state.WeirException;
import java.util.function.Supplier;

/** {@code discard:}: nowhere. */
record DiscardStream() implements StreamSpec {

  @Override
  public String describe() {
    return "discard:";
  }

  @Override
  public String identity() {
    return "discard:";
  }

  @Override
  public Supplier<Source> source() {
    throw new WeirException(
        "'discard:' can only be written. Read from a path, from - (standard input) or from"
            + " inline:1,2,3");
  }

  @Override
  public boolean replayable() {
    throw new WeirException("'discard:' can only be written");
  }

  @Override
  public Supplier<Sink> sink() {
    return DiscardSink::new;
  }

  @Override
  public Sink.Kind kind() {
    return Sink.Kind.IDEMPOTENT;
  }
}
