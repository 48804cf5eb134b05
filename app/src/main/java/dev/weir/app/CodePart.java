package dev.weir.app;

import dev.weir.app.Part.Wires;
import dev.weir.graph.Graph.Node;
import java.util.List;
import java.util.Locale;

/**
 * A source or a sink that a Java program supplies.
 *
 * @param node as it is to be in the graph
 */
record CodePart(Node node) implements Part {

  @Override
  public String type() {
    return node instanceof Node.SourceNode ? "source" : "sink";
  }

  @Override
  public String what() {
    var kind =
        node instanceof Node.SourceNode source
            ? source.replayable() ? "replayable" : "cannot be replayed"
            : ((Node.SinkNode) node).kind().name().toLowerCase(Locale.ROOT);
    return node.describe() + ", " + kind;
  }

  @Override
  public List<Port> inputs() {
    return node instanceof Node.SinkNode ? List.of(Port.of(0, "in", true)) : List.of();
  }

  @Override
  public List<Port> outputs() {
    return node instanceof Node.SourceNode
        ? List.of(Port.of(0, "out", false), Port.REJECTS)
        : List.of();
  }

  @Override
  public Node node(Wires wires) {
    return node;
  }
}
