package dev.weir.app;

import dev.weir.graph.Graph.Node;
import dev.weir.graph.Operator;
import dev.weir.graph.Partitioning;
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
 * @param ports what it says of them itself
 */
record OperatorPart(
    String shown,
    Supplier<? extends Operator> operator,
    Ports ports,
    Settings settings,
    String version)
    implements Part {

  /**
   * What a user says of an operator.
   *
   * @param deterministic whether it is, if the user says
   */
  record Settings(Optional<Boolean> deterministic, int replicas, Partitioning partitioning) {

    /** The replicas, if there are several. */
    String describe() {
      return (replicas == 1 ? "" : ", " + replicas + " replicas")
          + (partitioning instanceof Partitioning.ByKey by ? " by " + by.describe() : "");
    }
  }

  /** An operator that is made by a supplier: asks one for its ports. */
  static OperatorPart of(
      String shown, Supplier<? extends Operator> operator, Settings settings, String version) {
    return new OperatorPart(shown, operator, operator.get().ports(), settings, version);
  }

  @Override
  public String type() {
    return "java";
  }

  @Override
  public String what() {
    return shown + " (Java operator)" + settings.describe();
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

  /** Ports with their places in the list as their numbers. */
  static List<Port> numbered(List<Ports.Port> ports) {
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
  public Optional<String> undetermined(Wires wires) {
    if (settings.deterministic().isPresent()) {
      return settings.deterministic().get() ? Optional.empty() : Optional.of("its node says so");
    }
    if (!ports.deterministic()) {
      return Optional.of("it says so itself");
    }
    return settings.replicas() > 1
        ? Optional.of(settings.replicas() + " replicas share its records")
        : wires.disorder();
  }

  @Override
  public List<KeptTable> tables() {
    return KeptTable.declaredBy(operator.get());
  }

  @Override
  public Node node(Wires wires) {
    return new Node.OperatorNode(shown, operator, undetermined(wires).isEmpty())
        .with(ports.ownOutput())
        .replicated(settings.replicas(), settings.partitioning());
  }
}
