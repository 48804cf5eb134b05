package dev.weir.app.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A graph to be drawn. Immutable.
 *
 * @param nodes a few words on each, by name
 * @param edges without cycles
 */
public record Sketch(Map<String, Node> nodes, List<Edge> edges) {

  /** What a node is: {@code source}, {@code sink}, or anything else for an operator. */
  public record Node(String type, String what) {}

  /**
   * A connection.
   *
   * @param label what is to be said of it; may be empty
   */
  public record Edge(String from, String to, String label) {}

  // Mermaid and DOT

  /** As a flow chart of Mermaid. */
  public String mermaid() {
    var out = new StringBuilder("flowchart LR\n");
    var ids = ids();
    nodes.forEach(
        (name, node) -> {
          var text = "\"" + escaped(name) + "\"";
          out.append("  ")
              .append(ids.get(name))
              .append(
                  switch (node.type()) {
                    case "source" -> "([" + text + "])";
                    case "sink" -> "[(" + text + ")]";
                    default -> "[" + text + "]";
                  })
              .append('\n');
        });
    for (var edge : edges) {
      out.append("  ")
          .append(ids.get(edge.from()))
          .append(edge.label().isEmpty() ? " --> " : " -->|" + escaped(edge.label()) + "| ")
          .append(ids.get(edge.to()))
          .append('\n');
    }
    return out.toString();
  }

  private static String escaped(String text) {
    return text.replace("\"", "#quot;");
  }

  /** Mermaid takes some names for words of its own, such as {@code end}. */
  private Map<String, String> ids() {
    var ids = new LinkedHashMap<String, String>();
    nodes.keySet().forEach(name -> ids.put(name, "n" + (ids.size() + 1)));
    return ids;
  }

  /** As a graph of Graphviz. */
  public String dot() {
    var out = new StringBuilder("digraph weir {\n  rankdir=LR;\n  node [shape=box];\n");
    nodes.forEach(
        (name, node) ->
            out.append("  ")
                .append(quoted(name))
                .append(
                    switch (node.type()) {
                      case "source" -> " [shape=oval]";
                      case "sink" -> " [shape=cylinder]";
                      default -> "";
                    })
                .append(";\n"));
    for (var edge : edges) {
      out.append("  ")
          .append(quoted(edge.from()))
          .append(" -> ")
          .append(quoted(edge.to()))
          .append(edge.label().isEmpty() ? "" : " [label=" + quoted(edge.label()) + "]")
          .append(";\n");
    }
    return out.append("}\n").toString();
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  // Text

  /**
   * As boxes and lines, in layers from left to right, every edge to the right. Where two lines
   * cross without touching, the vertical one is drawn through.
   */
  public List<String> text() {
    return new Text(this).lines();
  }

  /**
   * The layout, after Sugiyama: layers by the longest way, edges over several layers cut into
   * pieces, the order in a layer by the mean place of the neighbours, a lane for the vertical lines
   * of each node.
   */
  private static final class Text {

    /**
     * Rows of a box with the gap below it; lines leave at the first row of text, arrive at the
     * second.
     */
    private static final int SLOT = 5;

    private static final int LEAVES = 1;
    private static final int ARRIVES = 2;
    private static final int SWEEPS = 8;

    private final Sketch sketch;

    /** A box, or a place where a long edge passes a layer. */
    private final class Item {
      final String name;
      final List<Item> to = new ArrayList<>();
      final List<Item> from = new ArrayList<>();
      final Map<Item, String> labels = new LinkedHashMap<>();
      int slot;

      Item(String name) {
        this.name = name;
      }

      boolean isBox() {
        return name != null;
      }

      int width() {
        return isBox() ? Math.max(name.length(), type().length()) + 4 : 2;
      }

      String type() {
        return sketch.nodes().get(name).type();
      }

      int row(int line) {
        return slot * SLOT + line;
      }
    }

    private final List<List<Item>> layers = new ArrayList<>();

    Text(Sketch sketch) {
      this.sketch = sketch;
      var depth = depths();
      var items = new LinkedHashMap<String, Item>();
      sketch
          .nodes()
          .keySet()
          .forEach(
              name -> {
                var item = new Item(name);
                items.put(name, item);
                layer(depth.get(name)).add(item);
              });
      var passing = new LinkedHashMap<String, Item>();
      for (var edge : sketch.edges()) {
        var last = items.get(edge.from());
        for (int d = depth.get(edge.from()) + 1; d < depth.get(edge.to()); d++) {
          int at = d;
          // Edges from one node to one layer go together as far as they can.
          var next =
              passing.computeIfAbsent(
                  edge.from() + "\n" + edge.to() + "\n" + at,
                  key -> {
                    var item = new Item(null);
                    layer(at).add(item);
                    return item;
                  });
          join(last, next, "");
          last = next;
        }
        join(last, items.get(edge.to()), edge.label());
      }
      order();
    }

    private static void join(Item from, Item to, String label) {
      if (!from.to.contains(to)) {
        from.to.add(to);
        to.from.add(from);
      }
      if (!label.isEmpty()) {
        from.labels.merge(to, label, (a, b) -> a + ", " + b);
      }
    }

    private List<Item> layer(int depth) {
      while (layers.size() <= depth) {
        layers.add(new ArrayList<>());
      }
      return layers.get(depth);
    }

    /** How far from the left: the longest way from a node without inputs. */
    private Map<String, Integer> depths() {
      var depth = new LinkedHashMap<String, Integer>();
      sketch.nodes().keySet().forEach(name -> depth.put(name, 0));
      boolean changed = true;
      for (int i = 0; changed && i <= depth.size(); i++) {
        changed = false;
        for (var edge : sketch.edges()) {
          if (depth.get(edge.to()) <= depth.get(edge.from())) {
            depth.put(edge.to(), depth.get(edge.from()) + 1);
            changed = true;
          }
        }
      }
      return depth;
    }

    private void order() {
      layers.forEach(Text::number);
      for (int sweep = 0; sweep < SWEEPS; sweep++) {
        boolean right = sweep % 2 == 0;
        for (int i = 0; i < layers.size(); i++) {
          var layer = layers.get(right ? i : layers.size() - 1 - i);
          var place = new LinkedHashMap<Item, Double>();
          for (var item : layer) {
            place.put(
                item,
                (right ? item.from : item.to)
                    .stream().mapToInt(n -> n.slot).average().orElse(item.slot));
          }
          layer.sort(Comparator.comparing(place::get));
          number(layer);
        }
      }
    }

    private static void number(List<Item> layer) {
      for (int i = 0; i < layer.size(); i++) {
        layer.get(i).slot = i;
      }
    }

    // Drawing

    private static final int UP = 1;
    private static final int DOWN = 2;
    private static final int LEFT = 4;
    private static final int RIGHT = 8;
    private static final String LINES = " │││─┘┐┤─└┌├─┴┬┼";

    private char[][] canvas;

    /** Which ways a line goes from each place. */
    private byte[][] ways;

    List<String> lines() {
      int height = layers.stream().mapToInt(List::size).max().orElse(0) * SLOT;
      int width = 0;
      for (int i = 0; i < layers.size(); i++) {
        width += boxes(i) + gutter(i);
      }
      canvas = new char[height][width + 1];
      ways = new byte[height][width + 1];
      Arrays.stream(canvas).forEach(row -> Arrays.fill(row, ' '));
      int x = 0;
      for (int i = 0; i < layers.size(); i++) {
        int boxes = boxes(i);
        for (var item : layers.get(i)) {
          if (item.isBox()) {
            box(item, x, boxes);
          } else {
            pass(item, x, boxes);
          }
        }
        x += boxes;
        lanes(i, x, gutter(i));
        x += gutter(i);
      }
      var lines = new ArrayList<String>();
      for (int row = 0; row < height; row++) {
        for (int column = 0; column <= width; column++) {
          if (ways[row][column] != 0 && canvas[row][column] == ' ') {
            canvas[row][column] = LINES.charAt(ways[row][column]);
          }
        }
        lines.add(new String(canvas[row]).stripTrailing());
      }
      while (!lines.isEmpty() && lines.get(lines.size() - 1).isEmpty()) {
        lines.remove(lines.size() - 1);
      }
      return lines;
    }

    private int boxes(int layer) {
      return layers.get(layer).stream().mapToInt(Item::width).max().orElse(0);
    }

    /** The room for lines behind a layer: a lane for each item, the labels, the arrows. */
    private int gutter(int layer) {
      var items = layers.get(layer).stream().filter(item -> !item.to.isEmpty()).toList();
      int label =
          items.stream()
              .flatMap(i -> i.labels.values().stream())
              .mapToInt(String::length)
              .max()
              .orElse(-1);
      return items.isEmpty() ? 0 : 2 * items.size() + 3 + label + 1;
    }

    private void box(Item item, int x, int boxes) {
      int top = item.row(0);
      int width = item.width();
      int inner = width - 2;
      put(top, x, "┌" + "─".repeat(inner) + "┐");
      put(top + 1, x, "│ " + padded(item.name, inner - 2) + " │");
      put(top + 2, x, "│ " + padded(item.type(), inner - 2) + " │");
      put(top + 3, x, "└" + "─".repeat(inner) + "┘");
      if (!item.to.isEmpty()) {
        canvas[top + LEAVES][x + width - 1] = '├';
        across(top + LEAVES, x + width, x + boxes);
      }
    }

    private void pass(Item item, int x, int boxes) {
      across(item.row(ARRIVES), x, x);
      ways[item.row(ARRIVES)][x] = (byte) (LEFT | UP);
      ways[item.row(LEAVES)][x] = (byte) (DOWN | RIGHT);
      across(item.row(LEAVES), x + 1, x + boxes);
    }

    /** A vertical line for each item, with a branch to each that it leads to. */
    private void lanes(int layer, int x, int gutter) {
      var items = layers.get(layer).stream().filter(item -> !item.to.isEmpty()).toList();
      for (int i = 0; i < items.size(); i++) {
        var item = items.get(i);
        int lane = x + 1 + 2 * i;
        int leaves = item.row(LEAVES);
        across(leaves, x, lane);
        ways[leaves][lane] |= LEFT;
        var rows = new TreeSet<Integer>();
        item.to.forEach(to -> rows.add(to.row(ARRIVES)));
        int top = Math.min(leaves, rows.first());
        int bottom = Math.max(leaves, rows.last());
        for (int row = top; row <= bottom; row++) {
          ways[row][lane] |= (byte) ((row > top ? UP : 0) | (row < bottom ? DOWN : 0));
        }
        for (int row : rows) {
          ways[row][lane] |= RIGHT;
          across(row, lane + 1, x + gutter);
        }
      }
      crossings(items, x);
      for (var item : items) {
        for (var to : item.to) {
          int row = to.row(ARRIVES);
          if (to.isBox()) {
            canvas[row][x + gutter - 1] = '▶';
          }
          var label = item.labels.get(to);
          if (label != null && to.from.size() == 1) {
            put(row, x + gutter - 2 - label.length(), label);
          }
        }
      }
    }

    /** Where a lane crosses a line that it does not touch, it is drawn through. */
    private void crossings(List<Item> items, int x) {
      var rows = new TreeMap<Integer, LinkedHashSet<Item>>();
      items.forEach(
          item ->
              item.to.forEach(
                  to ->
                      rows.computeIfAbsent(to.row(ARRIVES), r -> new LinkedHashSet<>()).add(item)));
      for (int i = 0; i < items.size(); i++) {
        int lane = x + 1 + 2 * i;
        var item = items.get(i);
        for (var row : rows.entrySet()) {
          if (!row.getValue().contains(item)
              && (ways[row.getKey()][lane] & (UP | DOWN)) == (UP | DOWN)) {
            ways[row.getKey()][lane] = UP | DOWN;
          }
        }
        for (var other : items) {
          int leaves = other.row(LEAVES);
          if (other != item && (ways[leaves][lane] & (UP | DOWN)) == (UP | DOWN)) {
            ways[leaves][lane] = UP | DOWN;
          }
        }
      }
    }

    /** A horizontal line, up to and without {@code end}. */
    private void across(int row, int from, int end) {
      for (int column = from; column < end; column++) {
        ways[row][column] |= LEFT | RIGHT;
      }
    }

    private void put(int row, int x, String text) {
      for (int i = 0; i < text.length(); i++) {
        canvas[row][x + i] = text.charAt(i);
      }
    }

    private static String padded(String text, int width) {
      return text + " ".repeat(Math.max(0, width - text.length()));
    }
  }

  @Override
  public String toString() {
    return text().stream().collect(Collectors.joining("\n"));
  }
}
