package dev.weir.app.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.app.internal.Sketch.Edge;
import dev.weir.app.internal.Sketch.Node;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SketchTest {

  private static final int TIMES = 500;

  private static Sketch sketch(List<String> nodes, Edge... edges) {
    var all = new LinkedHashMap<String, Node>();
    nodes.forEach(
        name ->
            all.put(
                name,
                new Node(
                    name.startsWith("s") ? "source" : name.startsWith("o") ? "sink" : "model",
                    "")));
    return new Sketch(all, List.of(edges));
  }

  private final Sketch diamond =
      sketch(
          List.of("src", "left", "right", "join", "out"),
          new Edge("src", "left", ""),
          new Edge("src", "right", "odd"),
          new Edge("left", "join", ""),
          new Edge("right", "join", ""),
          new Edge("src", "out", ""),
          new Edge("join", "out", ""));

  @Test
  void aDiamondInTheTerminal() {
    assertThat(diamond.toString())
        .isEqualTo(
            """
            ┌────────┐         ┌───────┐         ┌───────┐       ┌──────┐
            │ src    ├─┐       │ left  ├─┐       │ join  ├─┐     │ out  │
            │ source │ ├──────▶│ model │ └─┬────▶│ model │ └─┬──▶│ sink │
            └────────┘ │       └───────┘   │     └───────┘   │   └──────┘
                       │                   │                 │
                       │       ┌───────┐   │                 │
                       │       │ right ├───┘     ┌───────────┘
                       ├──odd─▶│ model │     ┌───┘
                       │       └───────┘     │
                       │                     │
                       │                     │
                       │       ┌─────────────┘
                       └───────┘
            """
                .stripTrailing());
  }

  @Test
  void asMermaidAndDot() {
    assertThat(diamond.mermaid())
        .startsWith("flowchart LR\n  n1([\"src\"])\n  n2[\"left\"]\n")
        .contains("  n5[(\"out\")]\n", "  n1 -->|odd| n3\n", "  n4 --> n5\n");
    assertThat(diamond.dot())
        .startsWith("digraph weir {\n")
        .contains("  \"src\" [shape=oval];\n", "  \"src\" -> \"right\" [label=\"odd\"];\n")
        .endsWith("}\n");
  }

  /** Whatever the graph, every box is whole and every line ends at a box. */
  @Test
  void anyGraphCanBeDrawn() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    var random = new Random(seed);
    for (int i = 0; i < TIMES; i++) {
      int count = 1 + random.nextInt(9);
      var names = new ArrayList<String>();
      for (int n = 0; n < count; n++) {
        names.add("node-" + n);
      }
      var edges = new ArrayList<Edge>();
      for (int a = 0; a < count; a++) {
        for (int b = a + 1; b < count; b++) {
          if (random.nextInt(3) == 0) {
            edges.add(new Edge("node-" + a, "node-" + b, random.nextInt(4) == 0 ? "port" : ""));
          }
        }
      }
      var text = sketch(names, edges.toArray(Edge[]::new)).toString();
      for (var name : names) {
        assertThat(text)
            .as("seed %d, graph %d%n%s", seed, i, text)
            .containsPattern("[│▶] " + name + " [│├]|▶│");
      }
      long reached = edges.stream().map(Edge::to).distinct().count();
      assertThat(text.chars().filter(c -> c == '▶').count())
          .as("seed %d, graph %d%n%s", seed, i, text)
          .isEqualTo(reached);
      assertThat(text.chars().filter(c -> c == '┘').count()).isGreaterThanOrEqualTo(count);
    }
  }
}
