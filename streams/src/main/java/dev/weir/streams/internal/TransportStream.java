package dev.weir.streams.internal;

import dev.weir.graph.Json;
import dev.weir.graph.Sink;
import dev.weir.graph.Source;
import dev.weir.state.Secrets;
import dev.weir.state.WeirException;
import dev.weir.streams.StreamSpec;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.avro.Schema;

/**
 * A stream of some transport. A transport's own part is to open sources and sinks; what goes for
 * every stream is here.
 */
abstract class TransportStream implements StreamSpec {

  final Descriptor descriptor;

  TransportStream(Descriptor descriptor) {
    this.descriptor = descriptor;
  }

  /** A source, not yet open. Only where the transport can be read. */
  Source newSource() {
    throw new IllegalStateException(describe() + " cannot be read");
  }

  /** Whether its sources give the same again. Only where the transport can be read. */
  boolean canReplay() {
    return false;
  }

  /** A sink, not yet open. Only where the transport can be written. */
  Sink newSink() {
    throw new IllegalStateException(describe() + " cannot be written");
  }

  /** The kind of its sinks. Only where the transport can be written. */
  Sink.Kind sinkKind() {
    return Sink.Kind.PLAIN;
  }

  @Override
  public String identity() {
    return Secrets.hidden(Json.toText(descriptor.toJson()));
  }

  @Override
  public final Map<String, Object> resolved() {
    return descriptor.toJson();
  }

  @Override
  public final Optional<Schema> schema() {
    return Optional.ofNullable(descriptor.format().schema());
  }

  @Override
  public final StreamSpec inheriting(Schema schema) {
    return descriptor.inherits() ? with(descriptor.withSchema(schema)) : this;
  }

  @Override
  public final StreamSpec inSets() {
    return with(descriptor.withSets());
  }

  /** This stream with another descriptor of the same kind. */
  TransportStream with(Descriptor changed) {
    return descriptor.transport().stream(changed);
  }

  @Override
  public final Supplier<Source> source() {
    mayBeRead();
    Rules.checkReading(descriptor);
    return descriptor.inSets()
        ? () -> new SetSource(newSource(), descriptor.batching(), System::nanoTime)
        : this::newSource;
  }

  @Override
  public final boolean replayable() {
    mayBeRead();
    return canReplay();
  }

  @Override
  public final Supplier<Sink> sink() {
    mayBeWritten();
    Rules.checkWriting(descriptor);
    return this::newSink;
  }

  @Override
  public final Sink.Kind kind() {
    mayBeWritten();
    return sinkKind();
  }

  private void mayBeRead() {
    if (!descriptor.can(Transport.Ability.READ)) {
      throw new WeirException(
          "'"
              + describe()
              + "' can only be written. Read from a path, from - (standard input) or from"
              + " inline:1,2,3");
    }
  }

  private void mayBeWritten() {
    if (!descriptor.can(Transport.Ability.WRITE)) {
      throw new WeirException(
          "'"
              + describe()
              + "' can only be read. Write to a path, to - (standard output) or to discard:");
    }
  }
}
