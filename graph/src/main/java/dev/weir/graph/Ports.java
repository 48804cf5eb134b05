package dev.weir.graph;

import dev.weir.graph.Graph.Node.OwnOutput;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What goes into an operator and what comes out: its ports by name, a port's number being its place
 * in the list. Immutable.
 *
 * @param deterministic whether the same inputs always give the same outputs in the same order, as
 *     long as there is one connection to take them from
 */
public record Ports(
    List<Port> inputs, List<Port> outputs, OwnOutput ownOutput, boolean deterministic) {

  /** One input {@code in}, one output {@code out}, and nothing that is not caused by a record. */
  public static final Ports USUAL = in("in").out("out");

  /**
   * A port.
   *
   * @param required whether an input must be connected
   * @param schema the Avro schema of its records as JSON, if it has one
   */
  public record Port(String name, boolean required, Optional<String> schema) {}

  public Ports {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /** These inputs, all of them required; none for an operator that is a source. */
  public static Ports in(String... names) {
    return new Ports(ports(names), List.of(), OwnOutput.NONE, true);
  }

  /** The same with these outputs; none for an operator that is a sink. */
  public Ports out(String... names) {
    return new Ports(inputs, ports(names), ownOutput, deterministic);
  }

  private static List<Port> ports(String... names) {
    var ports = new ArrayList<Port>();
    for (var name : names) {
      ports.add(new Port(name, true, Optional.empty()));
    }
    return ports;
  }

  /** The same for an operator that emits without an input to cause it. */
  public Ports generating(OwnOutput own) {
    return new Ports(inputs, outputs, own, deterministic);
  }

  /** The same for an operator whose outputs depend on more than its inputs, such as the time. */
  public Ports nondeterministic() {
    return new Ports(inputs, outputs, ownOutput, false);
  }

  /** The same with a schema for the ports of this name. */
  public Ports typed(String name, String schema) {
    return replaced(name, port -> new Port(name, port.required(), Optional.of(schema)));
  }

  /** The same where the inputs of this name need not be connected. */
  public Ports optional(String name) {
    return replaced(name, port -> new Port(name, false, port.schema()));
  }

  private Ports replaced(String name, java.util.function.UnaryOperator<Port> change) {
    if (inputs.stream().noneMatch(p -> p.name().equals(name))
        && outputs.stream().noneMatch(p -> p.name().equals(name))) {
      throw new IllegalArgumentException("there is no port '" + name + "'");
    }
    return new Ports(
        inputs.stream().map(p -> p.name().equals(name) ? change.apply(p) : p).toList(),
        outputs.stream().map(p -> p.name().equals(name) ? change.apply(p) : p).toList(),
        ownOutput,
        deterministic);
  }
}
