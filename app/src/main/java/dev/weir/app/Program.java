package dev.weir.app;

import dev.weir.app.internal.Disturbance;
import dev.weir.app.internal.GraphDescriptor;
import dev.weir.app.internal.Sketch;
import dev.weir.engine.JobSpec;
import dev.weir.engine.Recovery;
import dev.weir.engine.SnapshotPolicy;
import dev.weir.graph.Graph;
import dev.weir.graph.Guarantee;
import dev.weir.streams.StreamSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A program that is ready to run: a model with the streams of its slots, or a graph. Loading it
 * reads its files and schemas and executes nothing. Immutable.
 */
public abstract sealed class Program permits ModelProgram, GraphProgram {

  /** The operator of a program that is a model. */
  static final String MODEL = "model";

  static final Duration EPOCH = Duration.ofSeconds(1);

  /**
   * Reads a program.
   *
   * @throws dev.weir.state.WeirException when its file, its schemas or its streams are not what
   *     they must be
   */
  static Program load(RunOptions options) {
    if (options.timeLimit().isZero()) {
      throw new CommandException("--time-limit must be longer than 0, such as 60s");
    }
    if (options.retries().orElse(0) < 0 || options.keep().orElse(0) < 0) {
      throw new CommandException("--retries and --keep are 0 or more");
    }
    options.job();
    return GraphDescriptor.holds(options.program())
        ? GraphProgram.load(options)
        : ModelProgram.load(options);
  }

  /** What the user should know, a line each. */
  public abstract List<String> warnings();

  /**
   * What the program is, by heading: a text, a JSON value, or a list of lines. Looks at the sources
   * of models and executes nothing.
   *
   * @throws BadProgramException when it cannot run as it stands: a model has a syntax error or no
   *     {@code action}, say
   */
  public abstract Map<String, Object> report();

  /** How a graph is drawn. */
  public enum Style {
    /** Boxes and lines. */
    TEXT,
    /** A flow chart of Mermaid. */
    MERMAID,
    /** A graph of Graphviz. */
    DOT
  }

  /** Draws its nodes and connections, as text of several lines. */
  public final String draw(Style style) {
    return switch (style) {
      case TEXT -> String.join("\n", sketch().text());
      case MERMAID -> sketch().mermaid();
      case DOT -> sketch().dot();
    };
  }

  abstract Sketch sketch();

  /** The name of its job. */
  abstract String job();

  /** What it is called in messages: its file. */
  abstract String name();

  /** Changes when the program does; kept with snapshots. */
  abstract String version();

  abstract Graph graph();

  /** The streams of its sources and sinks, by node. */
  abstract Map<String, StreamSpec> streams();

  /** Whether an operator gives its outputs in the order of its inputs. */
  abstract boolean keepsOrder(String operator);

  /** The tables of each operator that keeps any, in the order of the graph. */
  abstract Map<String, List<KeptTable>> tables();

  abstract Duration epoch();

  abstract Recovery recovery();

  abstract SnapshotPolicy snapshots();

  /** How it was started, for a later resume. */
  abstract Map<String, Object> options();

  /**
   * What is kept with the job, for people to see what it does: {@code operators}, {@code
   * guarantees}, {@code policies}; the {@code slots} of a model, or the {@code nodes} of a graph
   * and its {@code connections}.
   */
  abstract Map<String, Object> about();

  final JobSpec spec() {
    return new JobSpec(
        job(),
        Disturbance.asked(System.getenv()).map(what -> what.in(graph())).orElseGet(this::graph),
        name(),
        version(),
        Inspection.withAbout(options(), about()),
        epoch(),
        snapshots(),
        recovery());
  }

  /** What is asked for on the command line, else what the program says. */
  static SnapshotPolicy snapshots(RunOptions options, dev.weir.models.SnapshotPolicy said) {
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
            .orElse(said);
    return new SnapshotPolicy(asked.atEnd(), asked.interval(), options.keep().orElse(0));
  }

  /** What is asked for on the command line, else what the program says. */
  static Recovery recovery(RunOptions options, Recovery said) {
    return new Recovery(
        options.retries().orElse(said.retries()),
        options.retryDelay().orElse(said.delay()),
        said.resetAfter(),
        said.fromStart());
  }

  /** What happens when something goes wrong, and when state is kept. */
  final Map<String, Object> policies() {
    var policies = new LinkedHashMap<String, Object>();
    policies.put("retries", (long) recovery().retries());
    policies.put("retry-delay-ms", recovery().delay().toMillis());
    policies.put("from-start", recovery().fromStart());
    policies.put("epoch-ms", epoch().toMillis());
    policies.put("snapshots", describe(snapshots()));
    return policies;
  }

  /** Why an operator may give other outputs for the same inputs, if more is known than that. */
  Optional<String> undetermined(String operator) {
    return Optional.empty();
  }

  final Map<String, Object> guarantees() {
    var guarantees = new LinkedHashMap<String, Object>();
    Guarantee.of(graph(), this::undetermined, recovery().fromStart())
        .forEach(
            (sink, guarantee) ->
                guarantees.put(sink, guarantee.level().word() + ": " + guarantee.reason()));
    return guarantees;
  }

  static String describe(SnapshotPolicy policy) {
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
