package dev.weir.graph;

import dev.weir.graph.Graph.Node;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * How often the effect of a record may appear in a sink when runs crash and resume. Computed from
 * the graph, following the delivery table of SAP Data Intelligence Gen2, corrected: a source that
 * cannot be replayed is at most once whatever the sink.
 *
 * @param level what holds
 * @param reason why, naming the node to blame where it is less than exactly once
 */
public record Guarantee(Level level, String reason) {

  /** From weakest to strongest. */
  public enum Level {
    /** Records may be lost, and others be there several times. */
    NONE("no guarantee"),
    AT_MOST_ONCE("at-most-once"),
    AT_LEAST_ONCE("at-least-once"),
    EXACTLY_ONCE("exactly-once");

    private final String word;

    Level(String word) {
      this.word = word;
    }

    /** As printed. */
    public String word() {
      return word;
    }
  }

  /** The guarantee of every sink of a graph. */
  public static Map<String, Guarantee> of(Graph graph) {
    return of(graph, node -> Optional.empty());
  }

  /**
   * The guarantee of every sink of a graph.
   *
   * @param why says why an operator is not deterministic, if more is known than that it is not
   */
  public static Map<String, Guarantee> of(Graph graph, Function<String, Optional<String>> why) {
    return of(graph, why, false);
  }

  /**
   * The guarantee of every sink of a graph.
   *
   * @param why says why an operator is not deterministic, if more is known than that it is not
   * @param fromStart whether a run after a failure begins at the start instead of the last commit
   */
  public static Map<String, Guarantee> of(
      Graph graph, Function<String, Optional<String>> why, boolean fromStart) {
    var guarantees = new LinkedHashMap<String, Guarantee>();
    graph
        .nodes()
        .forEach(
            (name, node) -> {
              if (node instanceof Node.SinkNode sink) {
                var upstream = new Upstream(graph, name, why);
                guarantees.put(
                    name,
                    upstream.with(
                        fromStart
                            ? upstream.startingOver(name, sink.kind())
                            : upstream.goingOn(name, sink.kind()),
                        fromStart));
              }
            });
    return guarantees;
  }

  /** What there is before a sink that matters. */
  private static final class Upstream {
    private final List<String> replayable = new ArrayList<>();
    private final List<String> unreplayable = new ArrayList<>();
    private final List<String> undetermined = new ArrayList<>();

    Upstream(Graph graph, String sink, Function<String, Optional<String>> why) {
      var upstream = new HashSet<String>();
      collect(graph, sink, upstream);
      graph
          .nodes()
          .forEach(
              (name, node) -> {
                if (!upstream.contains(name)) {
                  return;
                }
                if (node instanceof Node.SourceNode source) {
                  (source.replayable() ? replayable : unreplayable).add("'" + name + "'");
                } else if (node instanceof Node.OperatorNode operator) {
                  switch (operator.ownOutput()) {
                    case REPLAYABLE -> replayable.add("'" + name + "'");
                    case UNREPLAYABLE -> unreplayable.add("'" + name + "'");
                    case NONE -> {
                      // What it gives comes from others.
                    }
                  }
                  if (!operator.deterministic() || operator.replicas() > 1) {
                    undetermined.add(
                        "'" + name + "'" + why.apply(name).map(w -> " (" + w + ")").orElse(""));
                  }
                }
              });
    }

    /** What holds of records that come again where a run goes on from the last commit. */
    Guarantee goingOn(String name, Sink.Kind kind) {
      return switch (kind) {
        case TRANSACTIONAL ->
            new Guarantee(
                Level.EXACTLY_ONCE,
                "the source is replayed from the commit, and the sink shows every committed"
                    + " epoch once");
        case IDEMPOTENT ->
            undetermined.isEmpty()
                ? new Guarantee(
                    Level.EXACTLY_ONCE,
                    "the source is replayed from the commit, and writing the same again changes"
                        + " nothing")
                : varying();
        case PLAIN ->
            new Guarantee(
                Level.AT_LEAST_ONCE,
                "sink '" + name + "' cannot take back what it wrote after the last commit");
      };
    }

    /** What holds of records that come again where a run begins at the start. */
    Guarantee startingOver(String name, Sink.Kind kind) {
      var over = "the graph keeps no epochs, so a run after a failure begins at the start, and ";
      return kind == Sink.Kind.IDEMPOTENT
          ? undetermined.isEmpty()
              ? new Guarantee(Level.EXACTLY_ONCE, over + "writing the same again changes nothing")
              : varying()
          : new Guarantee(Level.AT_LEAST_ONCE, over + "all comes to '" + name + "' again");
    }

    private Guarantee varying() {
      return new Guarantee(
          Level.AT_LEAST_ONCE,
          "operator "
              + String.join(", ", undetermined)
              + " may give other outputs when it is replayed, so writing again may"
              + " add to them");
    }

    /** The same where some sources do not give their records again. */
    Guarantee with(Guarantee again, boolean fromStart) {
      if (unreplayable.isEmpty()) {
        return again;
      }
      var lost =
          String.join(", ", unreplayable)
              + " cannot be replayed: what it gave "
              + (fromStart
                  ? "is not there for a run after a failure, which begins at the start"
                  : "and was not committed is lost in a crash");
      return replayable.isEmpty() || again.level() == Level.EXACTLY_ONCE
          ? new Guarantee(Level.AT_MOST_ONCE, lost)
          : new Guarantee(
              Level.NONE,
              lost
                  + "; and what comes from "
                  + String.join(", ", replayable)
                  + " may be there twice: "
                  + again.reason());
    }
  }

  private static void collect(Graph graph, String node, Set<String> found) {
    for (var connection : graph.into(node)) {
      if (found.add(connection.from())) {
        collect(graph, connection.from(), found);
      }
    }
  }
}
