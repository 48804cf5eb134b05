package dev.weir.app;

import dev.weir.app.Part.Wires;
import dev.weir.graph.Graph.Node;
import dev.weir.streams.StreamSpec;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.avro.Schema;

/** A source or a sink: a stream. */
record StreamPart(StreamSpec stream, boolean source) implements Part {

  /**
   * A node that reads a stream.
   *
   * @throws dev.weir.state.WeirException when it can only be written
   */
  static StreamPart source(StreamSpec stream) {
    stream.source();
    return new StreamPart(stream, true);
  }

  /**
   * A node that writes a stream.
   *
   * @throws dev.weir.state.WeirException when it can only be read
   */
  static StreamPart sink(StreamSpec stream) {
    stream.sink();
    return new StreamPart(stream, false);
  }

  StreamPart with(StreamSpec other) {
    return new StreamPart(other, source);
  }

  @Override
  public String type() {
    return source ? "source" : "sink";
  }

  @Override
  public String what() {
    return stream.describe()
        + ", "
        + (source
            ? stream.replayable() ? "replayable" : "cannot be replayed"
            : stream.kind().name().toLowerCase(Locale.ROOT));
  }

  @Override
  public List<Port> inputs() {
    return source ? List.of() : List.of(Port.of(0, "in", true).withType(stream.schema()));
  }

  @Override
  public List<Port> outputs() {
    return source
        ? List.of(Port.of(0, "out", false).withType(stream.schema()), Port.REJECTS)
        : List.of();
  }

  @Override
  public Node node(Wires wires) {
    return source ? sourceNode(wires) : sinkNode(wires);
  }

  private Node sourceNode(Wires wires) {
    var spec = typed(wires.out().stream().filter(w -> !w.from().aside()), w -> w.to().type());
    if (wires.out().stream().anyMatch(wire -> wire.to().sets())) {
      spec = spec.inSets();
    }
    return new Node.SourceNode(spec.identity(), spec.source(), spec.replayable());
  }

  private Node sinkNode(Wires wires) {
    var spec =
        typed(wires.in().stream(), w -> w.from().aside() ? Optional.empty() : w.from().type());
    return new Node.SinkNode(spec.identity(), spec.sink(), spec.kind());
  }

  /** The stream with the schema of what it is connected to, where all that is of one. */
  private StreamSpec typed(Stream<Part.Wire> wires, Function<Part.Wire, Optional<Schema>> type) {
    var types = wires.map(type).distinct().toList();
    return types.size() == 1 ? types.get(0).map(stream::inheriting).orElse(stream) : stream;
  }
}
