package dev.weir.app;

import dev.weir.engine.SnapshotPolicy;
import dev.weir.graph.Graph;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.Guarantee;
import dev.weir.models.Model;
import dev.weir.models.ModelOptions;
import dev.weir.runners.Outline;
import dev.weir.runners.ProgramSpec;
import dev.weir.streams.StreamSpec;
import dev.weir.streams.Streams;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A program that is ready to run: a model between two streams. Loading it reads its file and its
 * schemas and executes nothing. Immutable.
 */
public final class Program {

  static final String INPUT = "input";
  static final String MODEL = "model";
  static final String OUTPUT = "output";

  private final RunOptions options;
  private final Model model;
  private final Language language;
  private final StreamSpec input;
  private final StreamSpec output;
  private final SnapshotPolicy snapshots;

  private Program(
      RunOptions options,
      Model model,
      Language language,
      StreamSpec input,
      StreamSpec output,
      SnapshotPolicy snapshots) {
    this.options = options;
    this.model = model;
    this.language = language;
    this.input = input;
    this.output = output;
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
    var input = Streams.parse(options.input());
    var output = Streams.parse(options.output());
    if (Streams.sameFile(input, output)) {
      throw new CommandException("input and output are the same file: " + options.input());
    }
    input.source();
    output.sink();
    return new Program(
        options,
        model,
        Language.of(options.program(), System.getenv()),
        input,
        options.append() ? output.appending() : output,
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
    var runners = new ModelOptions(options.runners(), options.ordered(), options.timeLimit());
    var spec = ProgramSpec.of(options.program());
    var operator = model.operator(runners, (number, listener) -> language.start(spec, listener));
    boolean deterministic = options.runners() == 1;
    return Graph.builder()
        .node(INPUT, new Node.SourceNode(input.identity(), input.source(), input.replayable()))
        .node(MODEL, new Node.OperatorNode(options.program().toString(), operator, deterministic))
        .node(OUTPUT, new Node.SinkNode(output.identity(), output.sink(), output.kind()))
        .connect(INPUT, MODEL)
        .connect(MODEL, OUTPUT)
        .build();
  }

  /**
   * What the program is, by heading: a text, a JSON value, or a list of lines. Looks at the model's
   * source and executes nothing.
   *
   * @throws BadProgramException when the model has a syntax error or no {@code action}
   */
  public Map<String, Object> report() {
    var outline = language.inspect(ProgramSpec.of(options.program()));
    check(outline);
    var report = new LinkedHashMap<String, Object>();
    report.put("program", options.program() + " (" + language.title() + " model, version " + model.version() + ")");
    report.put("job", options.job());
    report.put(
        "input",
        stream(input.describe(), 0, input.replayable() ? "replayable" : "cannot be replayed"));
    report.put(
        "output",
        stream(output.describe(), 1, output.kind().name().toLowerCase(java.util.Locale.ROOT)));
    report.put(
        "functions", String.join(", ", outline.functions()) + parameters(outline.parameters()));
    report.put("state", state(outline));
    report.put("runners", (long) options.runners());
    report.put("snapshots", describe(snapshots));
    Guarantee.of(graph())
        .forEach(
            (sink, guarantee) ->
                report.put("guarantee", guarantee.level().word() + ": " + guarantee.reason()));
    return report;
  }

  private void check(Outline outline) {
    var problem = outline.problem();
    if (problem.isPresent()) {
      throw new BadProgramException(
          options.program()
              + ":"
              + problem.get().line()
              + ": "
              + problem.get().message()
              + "\n"
              + problem.get().text().stripTrailing());
    }
    if (!outline.functions().contains("action")) {
      throw new BadProgramException(
          options.program()
              + " has no function 'action'; a model needs one, such as:\n"
              + language.example());
    }
  }

  private static String parameters(int n) {
    return switch (n) {
      case 1 -> " (action takes the record)";
      case 2 -> " (action takes the record and its slot)";
      case 3 -> " (action takes the record, its slot and its number)";
      default -> "";
    };
  }

  private String stream(String describe, int slot, String promise) {
    var declared = model.slots().stream().filter(s -> s.number() == slot).findFirst();
    var schema =
        declared.isEmpty()
            ? "unused"
            : declared.get().schema().map(s -> "schema " + s).orElse("no schema");
    return describe + ", " + schema + ", " + promise;
  }

  private List<Object> state(Outline outline) {
    var lines = new ArrayList<Object>();
    lines.add("cells and pools are shared by the runners and survive");
    for (var lost : outline.lost()) {
      lines.add(
          "variable '"
              + lost.name()
              + "' (line "
              + lost.line()
              + ") is of one runner and does not survive it; to keep it, use "
              + language.cell(lost.name()));
    }
    return lines;
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
