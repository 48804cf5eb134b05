package dev.weir.app;

import dev.weir.app.internal.Sketch;
import dev.weir.engine.Recovery;
import dev.weir.engine.SnapshotPolicy;
import dev.weir.graph.Graph;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.Guarantee;
import dev.weir.graph.Rejection;
import dev.weir.models.Model;
import dev.weir.models.ModelOptions;
import dev.weir.runners.ProgramSpec;
import dev.weir.streams.StreamSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A model and the streams of its slots. Immutable. */
final class ModelProgram extends Program {

  private final RunOptions options;
  private final Model model;
  private final LanguageRuntime runtime;
  private final Attachments streams;
  private final SnapshotPolicy snapshots;

  private ModelProgram(
      RunOptions options,
      Model model,
      LanguageRuntime runtime,
      Attachments streams,
      SnapshotPolicy snapshots) {
    this.options = options;
    this.model = model;
    this.runtime = runtime;
    this.streams = streams;
    this.snapshots = snapshots;
  }

  /**
   * Reads a program.
   *
   * @throws dev.weir.state.WeirException when its file, its schemas or its streams are not what
   *     they must be
   */
  static ModelProgram load(RunOptions options) {
    if (options.runners() < 1) {
      throw new CommandException("a model needs at least 1 runner, not " + options.runners());
    }
    if (!options.parameters().isEmpty()) {
      throw new CommandException("--set is for the parameters of a graph; a model has none");
    }
    var model = Model.load(options.program());
    return new ModelProgram(
        options,
        model,
        LanguageRuntime.of(model.language(), System.getenv()),
        Attachments.of(options, model),
        snapshots(options, model.snapshots()));
  }

  @Override
  Optional<String> undetermined(String operator) {
    return Optional.of(
        options.runners() > 1
            ? options.runners() + " runners share its records"
            : "its inputs come in any order");
  }

  @Override
  Sketch sketch() {
    var nodes = new LinkedHashMap<String, Sketch.Node>();
    graph()
        .nodes()
        .forEach(
            (name, node) ->
                nodes.put(
                    name,
                    new Sketch.Node(
                        node instanceof Node.SourceNode
                            ? "source"
                            : node instanceof Node.SinkNode ? "sink" : "model",
                        node.describe())));
    var edges =
        graph().connections().stream()
            .map(
                c ->
                    new Sketch.Edge(
                        c.from(),
                        c.to(),
                        c.outPort() == Rejection.Reason.REJECTS
                                && nodes.get(c.from()).type().equals("source")
                            ? "rejects"
                            : ""))
            .toList();
    return new Sketch(nodes, edges);
  }

  @Override
  String job() {
    return options.job();
  }

  @Override
  String name() {
    return options.program().toString();
  }

  @Override
  Map<String, Object> options() {
    return options.toJson();
  }

  @Override
  String version() {
    return model.version();
  }

  @Override
  Duration epoch() {
    return options.epoch().orElse(EPOCH);
  }

  @Override
  Recovery recovery() {
    return recovery(options, Recovery.DEFAULT);
  }

  @Override
  SnapshotPolicy snapshots() {
    return snapshots;
  }

  @Override
  public List<String> warnings() {
    return model.warnings();
  }

  @Override
  Graph graph() {
    var how =
        new ModelOptions(
            options.runners(), options.ordered(), options.timeLimit(), options.errors().goOn());
    var operator = model.operator(how, runtime.runners(source()));
    long inputs = model.slots().stream().filter(Model.Slot::input).count();
    boolean deterministic = options.runners() == 1 && inputs == 1;
    return streams.graph(
        MODEL, new Node.OperatorNode(options.program().toString(), operator, deterministic));
  }

  @Override
  Map<String, List<KeptTable>> tables() {
    return Map.of(MODEL, KeptTable.ifUsed(Model.tables()));
  }

  @Override
  Map<String, StreamSpec> streams() {
    return streams.byNode();
  }

  @Override
  boolean keepsOrder(String operator) {
    return options.runners() == 1 || options.ordered();
  }

  private ProgramSpec source() {
    return model.program(options.program(), options.errors().goOn());
  }

  @Override
  public Map<String, Object> report() {
    var report = new LinkedHashMap<String, Object>();
    report.put(
        "program",
        options.program()
            + " ("
            + model.language().title()
            + " model, version "
            + model.version()
            + ")");
    report.put("job", options.job());
    for (var slot : model.slots()) {
      report.put(Attachments.node(slot.number()), describe(slot));
    }
    streams
        .aside()
        .forEach((name, stream) -> report.put(name, stream.describe() + ", " + kind(stream)));
    runtime.report(source(), report);
    report.put("runners", (long) options.runners());
    report.put("snapshots", describe(snapshots));
    report.put("on error", options.errors().onError());
    var guarantees = Guarantee.of(graph(), this::undetermined, recovery().fromStart());
    var lines = new ArrayList<Object>();
    guarantees.forEach(
        (sink, guarantee) ->
            lines.add(
                (guarantees.size() > 1 ? sink + ": " : "")
                    + guarantee.level().word()
                    + ": "
                    + guarantee.reason()));
    report.put("guarantee", lines.size() == 1 ? lines.get(0) : lines);
    return report;
  }

  @Override
  Map<String, Object> about() {
    var about = new LinkedHashMap<String, Object>();
    var graph = graph();
    var slots = new ArrayList<Object>();
    for (var slot : model.slots()) {
      boolean input = slot.number() % 2 == 0;
      int port = slot.number() / 2;
      graph.connections().stream()
          .filter(
              c ->
                  input
                      ? c.to().equals(MODEL) && c.inPort() == port
                      : c.from().equals(MODEL) && c.outPort() == port)
          .map(c -> input ? c.from() : c.to())
          .forEach(
              node -> {
                var json = new LinkedHashMap<String, Object>();
                json.put("slot", (long) slot.number());
                json.put("node", node);
                json.put("stream", graph.nodes().get(node).describe());
                json.put("schema", slot.schema().orElse(null));
                slots.add(json);
              });
    }
    about.put("slots", slots);
    about.put("guarantees", guarantees());
    var policies = policies();
    policies.put("on-error", options.errors().onError());
    policies.put("time-limit-ms", options.timeLimit().toMillis());
    about.put("policies", policies);
    about.put("operators", List.of(MODEL));
    return about;
  }

  private String describe(Model.Slot slot) {
    var parts = new ArrayList<String>();
    var stream = streams.of(slot.number());
    parts.add(stream.describe());
    parts.add(slot.schema().map(schema -> "schema " + schema).orElse("no schema"));
    if (slot.set()) {
      parts.add("record sets");
    }
    slot.action().ifPresent(action -> parts.add("to " + action + "()"));
    slot.name().ifPresent(name -> parts.add("called " + name));
    parts.add(
        slot.input() ? stream.replayable() ? "replayable" : "cannot be replayed" : kind(stream));
    return String.join(", ", parts);
  }

  private static String kind(StreamSpec sink) {
    return sink.kind().name().toLowerCase(Locale.ROOT);
  }
}
