package dev.weir.views;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/**
 * What each node of a view has done since it was asked to measure: rows, and time. Immutable.
 *
 * @param view the name of the query
 * @param steps how many steps were made meanwhile
 */
public record Profile(String view, long steps, List<Part> nodes) {

  public Profile {
    nodes = List.copyOf(nodes);
  }

  /**
   * A node of the circuit; what is inside a recursion or a group counts as its own.
   *
   * @param in how many rows, with whatever weights, came in
   * @param out how many went out
   * @param kept how many rows its states hold now; -1 where it has none
   * @param time what it took
   */
  public record Part(
      String name, String kind, List<String> inputs, long in, long out, long kept, Duration time) {
    public Part {
      inputs = List.copyOf(inputs);
    }
  }

  /** The time of all nodes. */
  public Duration time() {
    return nodes.stream().map(Part::time).reduce(Duration.ZERO, Duration::plus);
  }

  /** A node's share of the time of all, from 0 to 1. */
  public double share(Part node) {
    long all = time().toNanos();
    return all == 0 ? 0 : (double) node.time().toNanos() / all;
  }

  /** The circuit as a Mermaid flowchart, with rows and shares of the time. */
  public String mermaid() {
    return Drawing.mermaid(nodes, Part::name, Part::inputs, labels("<br/>"));
  }

  /** The same in the language of Graphviz. */
  public String dot() {
    return Drawing.dot(view, nodes, Part::name, Part::inputs, labels("\\n"));
  }

  private Function<Part, String> labels(String newLine) {
    return node ->
        Drawing.title(node.name(), node.kind())
            + newLine
            + (node.inputs().isEmpty() ? node.out() : node.in() + " to " + node.out())
            + " rows"
            + (node.kept() < 0 ? "" : ", " + node.kept() + " kept")
            + newLine
            + Math.round(100 * share(node))
            + " % of the time";
  }
}
