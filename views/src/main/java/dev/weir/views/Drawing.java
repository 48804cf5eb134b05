package dev.weir.views;

import java.util.List;
import java.util.function.Function;

/** Draws circuits. */
final class Drawing {

  private Drawing() {}

  /** What to write into a node: its kind too, where the name does not say it. */
  static String title(String name, String kind) {
    return name.startsWith(kind) ? name : kind + " " + name;
  }

  /** A Mermaid flowchart. */
  static <N> String mermaid(
      List<N> nodes,
      Function<N, String> name,
      Function<N, List<String>> inputs,
      Function<N, String> label) {
    var text = new StringBuilder("flowchart LR\n");
    for (var node : nodes) {
      text.append("  %s[\"%s\"]\n".formatted(name.apply(node), label.apply(node)));
      inputs
          .apply(node)
          .forEach(from -> text.append("  " + from + " --> " + name.apply(node) + "\n"));
    }
    return text.toString();
  }

  /** A graph in the language of Graphviz. */
  static <N> String dot(
      String title,
      List<N> nodes,
      Function<N, String> name,
      Function<N, List<String>> inputs,
      Function<N, String> label) {
    var text = new StringBuilder("digraph " + title + " {\n  rankdir=LR;\n  node [shape=box];\n");
    for (var node : nodes) {
      text.append("  \"%s\" [label=\"%s\"];\n".formatted(name.apply(node), label.apply(node)));
      inputs
          .apply(node)
          .forEach(from -> text.append("  \"%s\" -> \"%s\";\n".formatted(from, name.apply(node))));
    }
    return text.append("}\n").toString();
  }
}
