package dev.weir.app;

import dev.weir.app.GraphAssembly.Placed;
import dev.weir.app.internal.GraphDescriptor;
import dev.weir.app.internal.Place;
import dev.weir.app.internal.Sketch;
import dev.weir.engine.Recovery;
import dev.weir.engine.SnapshotPolicy;
import dev.weir.graph.Graph;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.Guarantee;
import dev.weir.graph.Names;
import dev.weir.streams.StreamSpec;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A graph of sources, operators and sinks. Immutable. */
final class GraphProgram extends Program {

  private final Frame frame;
  private final GraphAssembly assembly;

  /**
   * What a graph has beside its nodes.
   *
   * @param job its job's name
   * @param name its file, or what else it is called in messages
   * @param text what it is versioned by
   * @param about its description and parameters, for people
   * @param options how it was started
   */
  record Frame(
      String job,
      String name,
      String text,
      Map<String, Object> about,
      Duration epoch,
      SnapshotPolicy snapshots,
      Recovery recovery,
      Map<String, Object> options) {}

  GraphProgram(Frame frame, GraphAssembly assembly) {
    this.frame = frame;
    this.assembly = assembly;
  }

  /**
   * Reads a file.
   *
   * @throws dev.weir.state.WeirException when it does not describe a graph that can run
   */
  static GraphProgram load(RunOptions options) {
    refuseOfModels(options);
    var descriptor = GraphDescriptor.read(options.program(), options.parameters());
    var parts = new LinkedHashMap<String, Placed>();
    boolean epochs = options.epoch().isPresent() || !descriptor.withoutEpochs();
    var reader = new PartReader(options.program(), options.timeLimit(), epochs, descriptor.types());
    descriptor
        .nodes()
        .forEach(
            (name, node) -> parts.put(name, new Placed(node.place(), reader.part(name, node))));
    reader.problems().refuse();
    var file = options.program().toString();
    var assembly = new GraphAssembly(new Place(file, 1, 1), parts, descriptor.connections());
    var about = new LinkedHashMap<String, Object>();
    descriptor.description().ifPresent(text -> about.put("description", text));
    if (!descriptor.parameters().isEmpty()) {
      about.put("parameters", descriptor.parameters());
    }
    if (!descriptor.notes().isEmpty()) {
      about.put("notes", descriptor.notes());
    }
    var snapshots =
        PartReader.snapshots(
            options, descriptor.snapshots(), parts.values().stream().map(Placed::part).toList());
    if (!epochs && (snapshots.atEnd() || snapshots.every().isPresent())) {
      throw new BadProgramException(
          file
              + ": with 'epoch: none' there is nothing to take snapshots of, which are to be taken "
              + describe(snapshots)
              + "; say 'snapshots: none', or give epochs a time");
    }
    var recovery = recovery(options, PartReader.recovery(descriptor.recovery()));
    return new GraphProgram(
        new Frame(
            options.job(),
            file,
            descriptor.text(),
            about,
            options.epoch().or(descriptor::epoch).orElse(EPOCH),
            snapshots,
            epochs ? recovery : recovery.beginningAgain(),
            options.toJson()),
        assembly);
  }

  /** What is said of a model on the command line is said of a graph's operators in its file. */
  private static void refuseOfModels(RunOptions options) {
    if (!options.streams().isEmpty()) {
      throw new CommandException(
          "--input and --output are for models; the streams of a graph are in "
              + options.program()
              + " (make one a parameter, stream: ${input}, to give it by --set input=STREAM)");
    }
    refuse(options, options.runners() != 1, "--runners", "runners: " + options.runners());
    refuse(options, options.ordered(), "--ordered", "ordered: true");
    refuse(options, options.append(), "--append", "append: true");
    refuse(
        options,
        !options.errors().equals(ErrorPolicy.FAIL),
        "--on-error and --rejects",
        "on-error: dead-letter");
  }

  private static void refuse(RunOptions options, boolean given, String option, String field) {
    if (given) {
      throw new CommandException(
          option
              + " is for models; in a graph, a node has the field "
              + field
              + " (see "
              + options.program()
              + ")");
    }
  }

  @Override
  public List<String> warnings() {
    return assembly.warnings();
  }

  @Override
  public Map<String, Object> report() {
    var report = new LinkedHashMap<String, Object>();
    report.put("program", frame.name());
    report.put("version", version());
    report.put("job", frame.job());
    report.putAll(frame.about());
    report.put("epoch-ms", frame.epoch().toMillis());
    report.put("snapshots", describe(frame.snapshots()));
    var recovery = new LinkedHashMap<String, Object>();
    recovery.put("retries", (long) frame.recovery().retries());
    recovery.put("delay-ms", frame.recovery().delay().toMillis());
    recovery.put("reset-after-ms", frame.recovery().resetAfter().toMillis());
    recovery.put("from-start", frame.recovery().fromStart());
    report.put("recovery", recovery);
    var nodes = new LinkedHashMap<String, Object>();
    assembly
        .parts()
        .forEach(
            (name, placed) -> {
              var node = node(placed.part());
              if (frame.recovery().fromStart() && node.containsKey("state")) {
                node.put("state", List.of("none is kept from one run to the next: epoch: none"));
              }
              undetermined(name)
                  .ifPresent(
                      why ->
                          node.put(
                              "varies",
                              "another run may give other values or another order: " + why));
              nodes.put(name, node);
            });
    report.put("nodes", nodes);
    report.put("connections", assembly.wires().stream().map(GraphProgram::connection).toList());
    var guarantees = new LinkedHashMap<String, Object>();
    Guarantee.of(graph(), this::undetermined, frame.recovery().fromStart())
        .forEach(
            (sink, guarantee) ->
                guarantees.put(
                    sink, Map.of("level", guarantee.level().word(), "reason", guarantee.reason())));
    report.put("guarantees", guarantees);
    return report;
  }

  @Override
  Map<String, List<KeptTable>> tables() {
    var tables = new LinkedHashMap<String, List<KeptTable>>();
    assembly
        .parts()
        .forEach(
            (name, placed) -> {
              var kept = placed.part().tables();
              if (!kept.isEmpty()) {
                tables.put(name, kept);
              }
            });
    return tables;
  }

  /**
   * An operator to be tested by itself.
   *
   * @throws CommandException when there is none of this name
   */
  OperatorCheck.Subject subject(String name) {
    var graph = graph();
    if (!(graph.nodes().get(name) instanceof Node.OperatorNode node)) {
      throw new CommandException(
          frame.name()
              + " has no operator '"
              + name
              + "'"
              + Names.hint(name, "it has", graph.operators()));
    }
    var part = assembly.parts().get(name).part();
    return new OperatorCheck.Subject(
        node,
        numbers(part.inputs(), graph.into(name).stream().map(Graph.Connection::inPort).toList()),
        numbers(
            part.outputs(), graph.outOf(name).stream().map(Graph.Connection::outPort).toList()));
  }

  private static Map<String, Integer> numbers(List<Port> ports, List<Integer> connected) {
    var numbers = new LinkedHashMap<String, Integer>();
    ports.stream()
        .filter(port -> connected.contains(port.number()))
        .forEach(port -> numbers.put(port.name(), port.number()));
    return numbers;
  }

  private static Map<String, Object> node(Part part) {
    var json = new LinkedHashMap<String, Object>();
    json.put("type", part.type());
    json.put("what", part.what());
    json.put("inputs", ports(part.inputs()));
    json.put("outputs", ports(part.outputs()));
    part.report(json);
    return json;
  }

  private static List<Object> ports(List<Port> ports) {
    var list = new ArrayList<Object>();
    for (var port : ports) {
      var json = new LinkedHashMap<String, Object>();
      json.put("name", port.name());
      json.put("type", port.type().map(Object::toString).orElse(null));
      list.add(json);
    }
    return list;
  }

  private static Map<String, Object> connection(Part.Wire wire) {
    var json = new LinkedHashMap<String, Object>();
    json.put("from", wire.fromNode());
    json.put("output", wire.from().name());
    json.put("to", wire.toNode());
    json.put("input", wire.to().name());
    return json;
  }

  @Override
  Sketch sketch() {
    var nodes = new LinkedHashMap<String, Sketch.Node>();
    assembly
        .parts()
        .forEach(
            (name, placed) ->
                nodes.put(name, new Sketch.Node(placed.part().type(), placed.part().what())));
    var edges = new ArrayList<Sketch.Edge>();
    for (var wire : assembly.wires()) {
      var from = assembly.parts().get(wire.fromNode()).part().outputs();
      var to = assembly.parts().get(wire.toNode()).part().inputs();
      var label = new ArrayList<String>();
      if (Port.usual(from).filter(wire.from()::equals).isEmpty()) {
        label.add(wire.from().name());
      }
      if (Port.usual(to).filter(wire.to()::equals).isEmpty()) {
        label.add("to " + wire.to().name());
      }
      edges.add(new Sketch.Edge(wire.fromNode(), wire.toNode(), String.join(" ", label)));
    }
    return new Sketch(nodes, edges);
  }

  @Override
  Optional<String> undetermined(String operator) {
    return assembly.parts().get(operator).part().undetermined(assembly.of(operator));
  }

  @Override
  String job() {
    return frame.job();
  }

  @Override
  String name() {
    return frame.name();
  }

  /** The first 12 hexadecimal digits of the SHA-256 of the descriptor and all programs. */
  @Override
  String version() {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      digest.update(frame.text().getBytes(StandardCharsets.UTF_8));
      for (var placed : assembly.parts().values()) {
        digest.update(placed.part().version().getBytes(StandardCharsets.UTF_8));
      }
      return HexFormat.of().formatHex(digest.digest()).substring(0, 12);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  @Override
  Graph graph() {
    return assembly.graph();
  }

  @Override
  Map<String, StreamSpec> streams() {
    var streams = new LinkedHashMap<String, StreamSpec>();
    assembly
        .parts()
        .forEach(
            (name, placed) -> {
              if (placed.part() instanceof StreamPart stream) {
                streams.put(name, stream.stream());
              }
            });
    return streams;
  }

  @Override
  boolean keepsOrder(String operator) {
    return !(assembly.parts().get(operator).part() instanceof ModelPart model)
        || model.keepsOrder();
  }

  @Override
  Duration epoch() {
    return frame.epoch();
  }

  @Override
  Recovery recovery() {
    return frame.recovery();
  }

  @Override
  SnapshotPolicy snapshots() {
    return frame.snapshots();
  }

  @Override
  Map<String, Object> options() {
    return frame.options();
  }

  @Override
  Map<String, Object> about() {
    var about = new LinkedHashMap<String, Object>();
    about.put("guarantees", guarantees());
    about.put("policies", policies());
    about.put("operators", graph().operators());
    var nodes = new LinkedHashMap<String, Object>();
    assembly
        .parts()
        .forEach(
            (name, placed) ->
                nodes.put(
                    name, Map.of("type", placed.part().type(), "what", placed.part().what())));
    about.put("nodes", nodes);
    var connections = new ArrayList<Object>();
    for (var wire : assembly.wires()) {
      var json = connection(wire);
      json.put("out-port", (long) wire.from().number());
      json.put("in-port", (long) wire.to().number());
      connections.add(json);
    }
    about.put("connections", connections);
    return about;
  }
}
