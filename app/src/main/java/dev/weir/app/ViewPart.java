package dev.weir.app;

import dev.weir.graph.Graph.Node;
import dev.weir.graph.Ports;
import dev.weir.views.Query;
import dev.weir.views.ViewOperator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A view as an operator of a graph: changes of its inputs in, changes of its results out.
 *
 * @param circuit its query, as text
 * @param ports what the operator says of them
 * @param skip whether a record at which the query fails is rejected
 */
record ViewPart(Path file, String circuit, Ports ports, ViewOperator.Steps steps, boolean skip)
    implements Part {

  /** The view that a file defines: executes its method once. */
  static ViewPart of(Path file, ViewOperator.Steps steps, boolean skip) {
    var query = query(file);
    var ports = new ViewOperator(() -> query, steps, skip).ports();
    return new ViewPart(file, query.explain(), ports, steps, skip);
  }

  private static Query query(Path file) {
    return DefinitionFile.VIEW.load(file, System.err::println);
  }

  private ViewOperator operator() {
    return new ViewOperator(() -> query(file), steps, skip);
  }

  @Override
  public String type() {
    return "view";
  }

  @Override
  public String what() {
    return file.toString();
  }

  @Override
  public List<Port> inputs() {
    return OperatorPart.numbered(ports.inputs());
  }

  @Override
  public List<Port> outputs() {
    var outputs = new ArrayList<>(OperatorPart.numbered(ports.outputs()));
    outputs.add(Port.REJECTS);
    if (skip) {
      outputs.add(Port.DEAD_LETTERS);
    }
    return outputs;
  }

  @Override
  public String version() {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new CommandException("%s cannot be read: %s".formatted(file, e.getMessage()));
    }
  }

  @Override
  public void report(Map<String, Object> report) {
    report.put("query", List.of(circuit.split("\n")));
  }

  @Override
  public Optional<String> undetermined(Wires wires) {
    return steps == ViewOperator.Steps.RECORD
        ? wires.disorder()
        : Optional.of("which records make a step together is a matter of time");
  }

  @Override
  public List<KeptTable> tables() {
    return KeptTable.declaredBy(operator());
  }

  @Override
  public Node node(Wires wires) {
    return new Node.OperatorNode(file.toString(), this::operator, undetermined(wires).isEmpty());
  }
}
