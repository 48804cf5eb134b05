package dev.weir.streams.internal;

import dev.weir.graph.Sink;
import dev.weir.graph.Source;
import dev.weir.state.WeirException;
import java.util.function.Supplier;

/** {@code inline:1,2,3}: the records are in the name. */
record InlineStream(String values) implements StreamSpec {

  private static final int SHOWN = 60;

  @Override
  public String describe() {
    return "inline:" + (values.length() <= SHOWN ? values : values.substring(0, SHOWN) + "…");
  }

  @Override
  public String identity() {
    return "inline:" + values;
  }

  @Override
  public Supplier<Source> source() {
    return () -> new InlineSource(values);
  }

  @Override
  public boolean replayable() {
    return true;
  }

  @Override
  public Supplier<Sink> sink() {
    throw new WeirException(
        "'"
            + describe()
            + "' can only be read. Write to a path, to - (standard output) or to"
            + " discard:");
  }

  @Override
  public Sink.Kind kind() {
    throw new WeirException("'" + describe() + "' can only be read");
  }
}
