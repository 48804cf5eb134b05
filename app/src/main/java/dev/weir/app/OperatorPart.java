package dev.weir.app;

import dev.weir.graph.Graph.Node;
import dev.weir.graph.Operator;
import dev.weir.graph.Ports;
import dev.weir.models.Schemas;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.avro.Schema;

/**
 * An operator in Java.
 *
 * @param shown its file, or what else it is called
 * @param deterministic what the user says of it
 */
record OperatorPart(
    String shown,
    Supplier<? extends Operator> operator,
    Ports ports,
    Optional<Boolean> deterministic,
    String version)
    implements Part {

  /** An operator that is made by a supplier: asks one for its ports. */
  static OperatorPart of(
      String shown,
      Supplier<? extends Operator> operator,
      Optional<Boolean> deterministic,
      String version) {
    return new OperatorPart(shown, operator, operator.get().ports(), deterministic, version);
  }

  @Override
  public String type() {
    return "java";
  }

  @Override
  public String what() {
    return shown + " (Java operator)";
  }

  @Override
  public List<Port> inputs() {
    return numbered(ports.inputs());
  }

  @Override
  public List<Port> outputs() {
    var outputs = new ArrayList<>(numbered(ports.outputs()));
    outputs.add(Port.REJECTS);
    return outputs;
  }

  private static List<Port> numbered(List<Ports.Port> ports) {
    var numbered = new ArrayList<Port>();
    for (var port : ports) {
      numbered.add(
          Port.of(numbered.size(), port.name(), port.required())
              .withType(port.schema().map(OperatorPart::schema)));
    }
    return numbered;
  }

  private static Schema schema(String text) {
    return Schemas.find(Path.of(""), text);
  }

  @Override
  public void report(Map<String, Object> report) {
    report.put("state", List.of("what it puts into the tables that it declares survives"));
  }

  @Override
  public Node node(Wires wires) {
    boolean steady = ports.deterministic() && wires.in().size() <= 1;
    return new Node.OperatorNode(shown, operator, deterministic.orElse(steady))
        .with(ports.ownOutput());
  }
}
