package dev.weir.graph;

import dev.weir.graph.Graph.Node;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
    var guarantees = new LinkedHashMap<String, Guarantee>();
    graph
        .nodes()
        .forEach(
            (name, node) -> {
              if (node instanceof Node.SinkNode sink) {
                guarantees.put(name, of(graph, name, sink));
              }
            });
    return guarantees;
  }

  private static Guarantee of(Graph graph, String name, Node.SinkNode sink) {
    var upstream = new HashSet<String>();
    collect(graph, name, upstream);
    var unreplayable = new ArrayList<String>();
    var undetermined = new ArrayList<String>();
    graph
        .nodes()
        .forEach(
            (node, what) -> {
              if (!upstream.contains(node)) {
                return;
              }
              if (what instanceof Node.SourceNode source && !source.replayable()) {
                unreplayable.add(node);
              }
              if (what instanceof Node.OperatorNode operator) {
                if (operator.ownOutput() == Node.OwnOutput.UNREPLAYABLE) {
                  unreplayable.add(node);
                }
                if (!operator.deterministic() || operator.replicas() > 1) {
                  undetermined.add(node);
                }
              }
            });
    if (!unreplayable.isEmpty()) {
      return new Guarantee(
          Level.AT_MOST_ONCE,
          names(unreplayable)
              + " cannot be replayed: what it gave and was not committed is lost in a crash");
    }
    return switch (sink.kind()) {
      case TRANSACTIONAL ->
          new Guarantee(
              Level.EXACTLY_ONCE,
              "the source is replayed from the commit, and the sink shows every committed epoch once");
      case IDEMPOTENT ->
          undetermined.isEmpty()
              ? new Guarantee(
                  Level.EXACTLY_ONCE,
                  "the source is replayed from the commit, and writing the same again changes nothing")
              : new Guarantee(
                  Level.AT_LEAST_ONCE,
                  "operator "
                      + names(undetermined)
                      + " may give other outputs when it is replayed, so writing again may add to them");
      case PLAIN ->
          new Guarantee(
              Level.AT_LEAST_ONCE,
              "sink '" + name + "' cannot take back what it wrote after the last commit");
    };
  }

  private static void collect(Graph graph, String node, Set<String> found) {
    for (var connection : graph.into(node)) {
      if (found.add(connection.from())) {
        collect(graph, connection.from(), found);
      }
    }
  }

  private static String names(List<String> names) {
    return "'" + String.join("', '", names) + "'";
  }
}
