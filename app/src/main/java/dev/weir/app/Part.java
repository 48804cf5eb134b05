package dev.weir.app;

import dev.weir.graph.Graph.Node;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A node of a graph program: its ports, and how it is made once it is known what they are connected
 * to. Immutable; opens and executes nothing.
 */
interface Part {

  /** As in a descriptor: {@code source}, {@code model}. */
  String type();

  /** What it is, for people, in a few words. */
  String what();

  List<Port> inputs();

  List<Port> outputs();

  /** Changes when its program does; empty for one that has none. */
  default String version() {
    return "";
  }

  /** What the user should know of it, a line each. */
  default List<String> warnings() {
    return List.of();
  }

  /** What the user should know of it as it is connected, a line each. */
  default List<String> doubts(Wires wires) {
    return List.of();
  }

  /** What is wrong with the way in which it is connected, a line each. */
  default List<String> misconnections(Wires wires) {
    return List.of();
  }

  /**
   * Adds what can be said of it, by heading, and looks at its program for that.
   *
   * @throws BadProgramException when it cannot run as it stands
   */
  default void report(Map<String, Object> report) {}

  /** Why the same inputs may give other outputs, if they may; what the user says of it counts. */
  default Optional<String> undetermined(Wires wires) {
    return Optional.empty();
  }

  /** The tables that it keeps. */
  default List<KeptTable> tables() {
    return List.of();
  }

  /** The node. */
  Node node(Wires wires);

  /** A connection of a part, by its two ports. */
  record Wire(String fromNode, Port from, String toNode, Port to) {}

  /** The connections of a part. */
  record Wires(List<Wire> in, List<Wire> out) {

    /** Why what comes in may come in another order, if it may. */
    Optional<String> disorder() {
      return in.size() > 1
          ? Optional.of(in.size() + " connections lead to it, whose records come in any order")
          : Optional.empty();
    }

    /** Whether an output port is connected. */
    boolean leaves(Port port) {
      return out.stream().anyMatch(wire -> wire.from().number() == port.number());
    }
  }
}
