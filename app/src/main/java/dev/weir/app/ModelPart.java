package dev.weir.app;

import dev.weir.graph.Graph.Node;
import dev.weir.models.Model;
import dev.weir.models.ModelOptions;
import dev.weir.runners.ProgramSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model as an operator of a graph: its slots are its ports.
 *
 * @param shown its file, as it is named in messages
 * @param deterministic what the user says of it
 */
record ModelPart(
    Model model,
    Path shown,
    ModelOptions options,
    String onError,
    Optional<Boolean> deterministic,
    LanguageRuntime runtime)
    implements Part {

  static ModelPart of(
      Path file, ModelOptions options, String onError, Optional<Boolean> deterministic) {
    var model = Model.load(file);
    return new ModelPart(
        model,
        file,
        options.withGoOn(!onError.equals("fail")),
        onError,
        deterministic,
        LanguageRuntime.of(model.language(), System.getenv()));
  }

  @Override
  public String type() {
    return "model";
  }

  @Override
  public String what() {
    return shown
        + " ("
        + model.language().title()
        + "), "
        + options.runners()
        + (options.runners() == 1 ? " runner" : " runners")
        + (options.ordered() && options.runners() > 1 ? ", ordered" : "")
        + (onError.equals("fail") ? "" : ", on error " + onError);
  }

  @Override
  public List<Port> inputs() {
    return model.slots().stream().filter(Model.Slot::input).map(ModelPart::port).toList();
  }

  @Override
  public List<Port> outputs() {
    var ports = new ArrayList<Port>();
    model.slots().stream().filter(slot -> !slot.input()).map(ModelPart::port).forEach(ports::add);
    ports.add(Port.DEAD_LETTERS);
    ports.add(Port.REJECTS);
    return ports;
  }

  private static Port port(Model.Slot slot) {
    var number = Integer.toString(slot.number());
    var usual = slot.number() == 0 ? "in" : slot.number() == 1 ? "out" : number;
    return new Port(
        slot.number() / 2,
        slot.name().orElse(usual),
        List.of(usual, number),
        slot.type(),
        slot.input(),
        slot.set(),
        Optional.empty());
  }

  @Override
  public String version() {
    return model.version();
  }

  @Override
  public List<String> warnings() {
    return model.warnings();
  }

  @Override
  public List<String> misconnections(Wires wires) {
    boolean wanted = onError.equals("dead-letter");
    boolean there = wires.leaves(Port.DEAD_LETTERS);
    if (wanted == there) {
      return List.of();
    }
    return List.of(
        wanted
            ? "on-error is dead-letter, but nothing is connected to its port dead-letters"
            : "its port dead-letters is connected, but on-error is "
                + onError
                + ", so nothing comes there; write on-error: dead-letter");
  }

  @Override
  public void report(Map<String, Object> report) {
    runtime.report(program(), report);
  }

  @Override
  public Optional<String> undetermined(Wires wires) {
    if (deterministic.isPresent()) {
      return deterministic.get() ? Optional.empty() : Optional.of("its node says so");
    }
    return options.runners() > 1
        ? Optional.of(options.runners() + " runners share its records")
        : wires.disorder();
  }

  @Override
  public List<KeptTable> tables() {
    return KeptTable.ifUsed(Model.tables());
  }

  @Override
  public Node node(Wires wires) {
    return new Node.OperatorNode(
        shown.toString(),
        model.operator(options, runtime.runners(program())),
        undetermined(wires).isEmpty());
  }

  /** Whether its outputs come in the order of its inputs. */
  boolean keepsOrder() {
    return options.runners() == 1 || options.ordered();
  }

  private ProgramSpec program() {
    return model.program(shown, options.goOn());
  }
}
