package dev.weir.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * Operators and connections: a description that any engine can execute, as often as it likes.
 * Immutable.
 *
 * <p>Each node is made anew for every run by its supplier.
 */
public final class Graph {

  private final Map<String, Node> nodes;
  private final List<Connection> connections;

  private Graph(Map<String, Node> nodes, List<Connection> connections) {
    this.nodes = nodes;
    this.connections = connections;
  }

  /** The nodes by name, in the order in which they were added. */
  public Map<String, Node> nodes() {
    return nodes;
  }

  public List<Connection> connections() {
    return connections;
  }

  /** The connections that end in a node. */
  public List<Connection> into(String node) {
    return connections.stream().filter(c -> c.to().equals(node)).toList();
  }

  /** The connections that begin in a node. */
  public List<Connection> outOf(String node) {
    return connections.stream().filter(c -> c.from().equals(node)).toList();
  }

  /** The names of the operators, in the order in which they were added. */
  public List<String> operators() {
    return nodes.keySet().stream()
        .filter(name -> nodes.get(name) instanceof Node.OperatorNode)
        .toList();
  }

  /**
   * The same graph of other nodes.
   *
   * @param other gives for each name and node the one to be in its place
   * @throws BadGraphException when that is no graph
   */
  public Graph replacing(BiFunction<String, Node, Node> other) {
    var builder = builder();
    nodes.forEach((name, node) -> builder.node(name, other.apply(name, node)));
    connections.forEach(c -> builder.connect(c.from(), c.outPort(), c.to(), c.inPort()));
    return builder.build();
  }

  public static Builder builder() {
    return new Builder();
  }

  /** A part of a graph. */
  public sealed interface Node {

    /**
     * A source.
     *
     * @param replayable see {@link Source#replayable}
     */
    record SourceNode(String describe, Supplier<? extends Source> source, boolean replayable)
        implements Node {}

    /**
     * An operator.
     *
     * @param deterministic whether the same inputs always give the same outputs in the same order
     * @param ownOutput what it emits without an input to cause it
     * @param replicas how many instances of it work side by side
     * @param partitioning how its records are dealt to them
     */
    record OperatorNode(
        String describe,
        Supplier<? extends Operator> operator,
        boolean deterministic,
        OwnOutput ownOutput,
        int replicas,
        Partitioning partitioning)
        implements Node {

      public OperatorNode {
        if (replicas < 1 || replicas > KeyGroups.COUNT) {
          throw new BadGraphException(
              "an operator has 1 to " + KeyGroups.COUNT + " replicas, not " + replicas);
        }
      }

      /** One instance of an operator that emits nothing of its own accord. */
      public OperatorNode(
          String describe, Supplier<? extends Operator> operator, boolean deterministic) {
        this(describe, operator, deterministic, OwnOutput.NONE, 1, Partitioning.ROUND_ROBIN);
      }

      /** The same, but for what it emits of its own accord. */
      public OperatorNode with(OwnOutput own) {
        return new OperatorNode(describe, operator, deterministic, own, replicas, partitioning);
      }

      /** The same, in several instances. */
      public OperatorNode replicated(int times, Partitioning dealt) {
        return new OperatorNode(describe, operator, deterministic, ownOutput, times, dealt);
      }
    }

    /**
     * What an operator emits when it begins or by timers, without a record that causes it. One that
     * does may have no inputs.
     */
    enum OwnOutput {
      /** Nothing. */
      NONE,
      /** With its state restored, the same again, in the same order. */
      REPLAYABLE,
      /** With its state restored, perhaps something else. */
      UNREPLAYABLE
    }

    /**
     * A sink.
     *
     * @param kind see {@link Sink#kind}
     */
    record SinkNode(String describe, Supplier<? extends Sink> sink, Sink.Kind kind)
        implements Node {}

    /** The node for people: the stream's address, the program's file. */
    String describe();
  }

  /** From an output port of one node to an input port of another. */
  public record Connection(String from, int outPort, String to, int inPort) {}

  /** Collects a graph. Not thread-safe. */
  public static final class Builder {
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private final List<Connection> connections = new ArrayList<>();

    public Builder node(String name, Node node) {
      if (name.contains("#")) {
        throw new BadGraphException(
            "a node cannot be named '" + name + "': replicas are told by what stands behind a #");
      }
      if (nodes.putIfAbsent(name, node) != null) {
        throw new BadGraphException("two nodes are named '" + name + "'; give one another name");
      }
      return this;
    }

    public Builder connect(String from, int outPort, String to, int inPort) {
      connections.add(new Connection(from, outPort, to, inPort));
      return this;
    }

    /** Connects output 0 with input 0. */
    public Builder connect(String from, String to) {
      return connect(from, 0, to, 0);
    }

    /**
     * Checks and builds.
     *
     * @throws BadGraphException for an unknown node, a cycle, a source with inputs, a sink with
     *     outputs (other than of what it rejects), or a node that nothing leads to and that gives
     *     nothing by itself
     */
    public Graph build() {
      for (var c : connections) {
        known(c.from());
        known(c.to());
        if (nodes.get(c.from()) instanceof Node.SinkNode
            && c.outPort() != Rejection.Reason.REJECTS) {
          throw new BadGraphException("'" + c.from() + "' is a sink and has no outputs");
        }
        if (nodes.get(c.to()) instanceof Node.SourceNode) {
          throw new BadGraphException("'" + c.to() + "' is a source and has no inputs");
        }
      }
      var graph =
          new Graph(
              Collections.unmodifiableMap(new LinkedHashMap<>(nodes)), List.copyOf(connections));
      for (var name : nodes.keySet()) {
        var node = nodes.get(name);
        if (!givesByItself(node) && graph.into(name).isEmpty()) {
          throw new BadGraphException("nothing is connected to the input of '" + name + "'");
        }
        acyclic(graph, name, new HashSet<>(), new ArrayList<>());
      }
      return graph;
    }

    private static boolean givesByItself(Node node) {
      return node instanceof Node.SourceNode
          || (node instanceof Node.OperatorNode operator
              && operator.ownOutput() != Node.OwnOutput.NONE);
    }

    private void known(String name) {
      if (!nodes.containsKey(name)) {
        throw new BadGraphException(
            "a connection names '"
                + name
                + "', and there is no such node; there are "
                + nodes.keySet());
      }
    }

    private static void acyclic(Graph graph, String name, Set<String> done, List<String> path) {
      if (path.contains(name)) {
        var cycle = new ArrayList<>(path.subList(path.indexOf(name), path.size()));
        cycle.add(name);
        throw new BadGraphException("the connections form a cycle: " + String.join(" -> ", cycle));
      }
      if (done.add(name)) {
        path.add(name);
        for (var c : graph.outOf(name)) {
          acyclic(graph, c.to(), done, path);
        }
        path.remove(path.size() - 1);
      }
    }
  }
}
