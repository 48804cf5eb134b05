package dev.weir.app;

import dev.weir.engine.SnapshotPolicy;
import dev.weir.graph.Graph;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.Guarantee;
import dev.weir.models.Model;
import dev.weir.models.ModelOptions;
import dev.weir.runners.ProgramSpec;
import dev.weir.streams.StreamSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A program that is ready to run: a model and the streams of its slots. Loading it reads its file
 * and its schemas and executes nothing. Immutable.
 */
public final class Program {

  static final String MODEL = "model";

  private final RunOptions options;
  private final Model model;
  private final LanguageRuntime runtime;
  private final Attachments streams;
  private final SnapshotPolicy snapshots;

  private Program(
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
  static Program load(RunOptions options) {
    if (options.runners() < 1) {
      throw new CommandException("a model needs at least 1 runner, not " + options.runners());
    }
    if (options.timeLimit().isZero()) {
      throw new CommandException("--time-limit must be longer than 0, such as 60s");
    }
    if (options.retries() < 0 || options.keep() < 0) {
      throw new CommandException("--retries and --keep are 0 or more");
    }
    options.job();
    var model = Model.load(options.program());
    return new Program(
        options,
        model,
        LanguageRuntime.of(model.language(), System.getenv()),
        Attachments.of(options, model),
        snapshots(options, model));
  }

  private static SnapshotPolicy snapshots(RunOptions options, Model model) {
    var asked =
        options
            .snapshots()
            .map(
                text ->
                    dev.weir.models.SnapshotPolicy.parse(text)
                        .orElseThrow(
                            () ->
                                new CommandException(
                                    "--snapshots is "
                                        + dev.weir.models.SnapshotPolicy.ALLOWED
                                        + ", not '"
                                        + text
                                        + "'")))
            .orElse(model.snapshots());
    return new SnapshotPolicy(asked.atEnd(), asked.interval(), options.keep());
  }

  /** The version of the model, kept with snapshots. */
  String version() {
    return model.version();
  }

  SnapshotPolicy snapshots() {
    return snapshots;
  }

  /** What the user should know, a line each. */
  public List<String> warnings() {
    return model.warnings();
  }

  Graph graph() {
    var how =
        new ModelOptions(
            options.runners(), options.ordered(), options.timeLimit(), options.errors().goOn());
    var operator = model.operator(how, runtime.runners(spec()));
    long inputs = model.slots().stream().filter(Model.Slot::input).count();
    boolean deterministic = options.runners() == 1 && inputs == 1;
    return streams.graph(
        MODEL, new Node.OperatorNode(options.program().toString(), operator, deterministic));
  }

  private ProgramSpec spec() {
    return model.program(options.program(), options.errors().goOn());
  }

  /**
   * What the program is, by heading: a text, a JSON value, or a list of lines. Looks at the model's
   * source and executes nothing.
   *
   * @throws BadProgramException when the model has a syntax error or no {@code action}
   */
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
    runtime.report(spec(), report);
    report.put("runners", (long) options.runners());
    report.put("snapshots", describe(snapshots));
    report.put("on error", options.errors().onError());
    var guarantees = Guarantee.of(graph());
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

  /** What is kept with the job, for people to see what it does: slots, guarantees, snapshots. */
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
    var guarantees = new LinkedHashMap<String, Object>();
    Guarantee.of(graph)
        .forEach(
            (sink, guarantee) ->
                guarantees.put(sink, guarantee.level().word() + ": " + guarantee.reason()));
    about.put("guarantees", guarantees);
    about.put("snapshots", describe(snapshots));
    about.put("on-error", options.errors().onError());
    about.put("operator", MODEL);
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

  private static String describe(SnapshotPolicy policy) {
    var when = new ArrayList<String>();
    if (policy.atEnd()) {
      when.add("at the end of the input");
    }
    policy.every().ifPresent(every -> when.add("every " + every.toMillis() / 1000.0 + " s"));
    if (when.isEmpty()) {
      return "only when asked for";
    }
    return String.join(", ", when)
        + (policy.keep() > 0 ? "; the newest " + policy.keep() + " are kept" : "");
  }
}
