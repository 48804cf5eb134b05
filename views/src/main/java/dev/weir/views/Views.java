package dev.weir.views;

import dev.weir.state.Cut;
import dev.weir.state.Index;
import dev.weir.state.Row;
import dev.weir.state.Store;
import dev.weir.state.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * The views that a store knows, without the code of their queries: for another process that has
 * only the store. Changes nothing. Each method reads one consistent cut. Thread-safe.
 */
public final class Views {

  private static final Pattern LINE = Pattern.compile("(\\w+) = (\\w+)(?:\\((.*?)\\))? : (.*)");

  private final Store store;

  public Views(Store store) {
    this.store = store;
  }

  /**
   * A view as its store knows it.
   *
   * @param step the number of its last step
   * @param nodes the circuit, without what is inside recursions
   * @param rows the number of rows of each of its tables, by name
   */
  public record Known(String name, long step, List<Part> nodes, Map<String, Long> rows) {
    public Known {
      nodes = List.copyOf(nodes);
    }

    /** The rows of all the tables of a node; -1 when it has none. */
    public long rowsOf(Part node) {
      long sum = -1;
      for (var table : rows.entrySet()) {
        if (node.equals(owner(table.getKey()))) {
          sum = Math.max(0, sum) + table.getValue();
        }
      }
      return sum;
    }

    /** The node with the longest name that a table's name begins with. */
    private Part owner(String table) {
      Part owner = null;
      for (var node : nodes) {
        var own = name + "_" + node.name();
        boolean fits =
            node.kind().equals("materialize")
                ? table.equals(node.name()) || table.equals(Query.historyOf(node.name()))
                : table.equals(own) || table.startsWith(own + "_");
        if (fits && (owner == null || node.name().length() > owner.name().length())) {
          owner = node;
        }
      }
      return owner;
    }

    /** The circuit as a Mermaid flowchart, with the rows that each node keeps. */
    public String mermaid() {
      return Drawing.mermaid(nodes, Part::name, Part::inputs, node -> label(node, "<br/>"));
    }

    /** The same in the language of Graphviz. */
    public String dot() {
      return Drawing.dot(name, nodes, Part::name, Part::inputs, node -> label(node, "\\n"));
    }

    private String label(Part node, String newLine) {
      var title = Drawing.title(node.name(), node.kind());
      long kept = rowsOf(node);
      return kept < 0 ? title : title + newLine + kept + (kept == 1 ? " row" : " rows");
    }
  }

  /**
   * A node of a circuit.
   *
   * @param rows the type of its rows, as text
   */
  public record Part(String name, String kind, List<String> inputs, String rows) {
    public Part {
      inputs = List.copyOf(inputs);
    }
  }

  /** All views, by name. */
  public List<Known> list() {
    if (store.tables().stream().noneMatch(table -> table.name().equals(View.VIEWS.name()))) {
      return List.of();
    }
    var views = new ArrayList<Known>();
    try (var cut = store.read();
        var rows = cut.scan(View.VIEWS)) {
      var found = new ArrayList<Row>();
      rows.forEachRemaining(found::add);
      found.forEach(row -> views.add(known(cut, row)));
    }
    return views;
  }

  /**
   * One view.
   *
   * @throws ViewException when the store does not know it
   */
  public Known get(String view) {
    var all = list();
    return all.stream()
        .filter(known -> known.name().equals(view))
        .findFirst()
        .orElseThrow(
            () ->
                new ViewException(
                    "%s knows no view %s; it knows: %s"
                        .formatted(store.url(), view, names(all.stream().map(Known::name)))));
  }

  /**
   * Reads the rows of a table of a view: its own columns by name, and last {@code row_weight}.
   *
   * @param index the name of the index that gives the order; null for that of the table
   * @throws ViewException when the view has no such table, or the table no such index
   */
  public void scan(String view, String table, String index, Consumer<Map<String, Object>> each) {
    var known = get(view);
    if (!known.rows().containsKey(table)) {
      throw new ViewException(
          "view %s has no table %s; it has: %s"
              .formatted(view, table, names(known.rows().keySet().stream())));
    }
    var kept = table(table);
    var order = index == null ? null : index(kept, index);
    try (var cut = store.read();
        var rows = order == null ? cut.scan(kept, view) : cut.scan(kept, order)) {
      while (rows.hasNext()) {
        var row = rows.next();
        if (row.text(0).equals(view)) {
          each.accept(named(kept, row));
        }
      }
    }
  }

  /**
   * The rows of a materialized stream as records of a type that has its components.
   *
   * @throws ViewException when the view keeps no such stream, or rows of another type
   */
  public <T extends Record> ZSet<T> get(String view, String materialized, Class<T> type) {
    var node =
        get(view).nodes().stream()
            .filter(each -> each.kind().equals("materialize") && each.name().equals(materialized))
            .findFirst()
            .orElseThrow(
                () -> new ViewException("view %s keeps no %s".formatted(view, materialized)));
    var rowType = RowType.of(type);
    if (!components(node.rows()).equals(components(rowType.text()))) {
      throw new ViewException(
          "%s of view %s has rows %s, not %s"
              .formatted(materialized, view, node.rows(), rowType.text()));
    }
    var table = table(materialized);
    int first = table.columns().indexOf(rowType.columns().get(0));
    var rows = ZSet.<T>builder();
    try (var cut = store.read();
        var all = cut.scan(table, view)) {
      all.forEachRemaining(
          row -> rows.add(rowType.decode(row, first), row.integer(row.size() - 1)));
    }
    return rows.build();
  }

  /** A type's text without the name of its record, which the reader may choose. */
  private static String components(String type) {
    return type.substring(Math.max(0, type.indexOf('(')));
  }

  private Known known(Cut cut, Row row) {
    var view = row.text(0);
    var names = new ArrayList<String>();
    try (var tables = cut.scan(View.TABLES, view)) {
      tables.forEachRemaining(table -> names.add(table.text(1)));
    }
    var rows = new LinkedHashMap<String, Long>();
    names.forEach(name -> rows.put(name, cut.count(table(name), view)));
    return new Known(
        view,
        cut.position(view).map(Store.Position::position).orElse(0L),
        nodes(row.text(1)),
        rows);
  }

  private static List<Part> nodes(String circuit) {
    var nodes = new ArrayList<Part>();
    circuit
        .lines()
        .map(LINE::matcher)
        .filter(line -> line.matches())
        .forEach(
            line -> {
              var inputs = line.group(3) == null ? "" : line.group(3);
              nodes.add(
                  new Part(
                      line.group(1),
                      line.group(2),
                      inputs.isEmpty() ? List.of() : List.of(inputs.split(", ")),
                      line.group(4)));
            });
    return nodes;
  }

  private Table table(String name) {
    return store.tables().stream()
        .filter(table -> table.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new ViewException("table %s is not in %s".formatted(name, store.url())));
  }

  private static Index index(Table table, String name) {
    return table.indexes().stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ViewException(
                    "table %s has no index %s; it has: %s"
                        .formatted(
                            table.name(), name, names(table.indexes().stream().map(Index::name)))));
  }

  private static Map<String, Object> named(Table table, Row row) {
    var values = new LinkedHashMap<String, Object>();
    for (int i = 1; i < row.size(); i++) {
      var column = table.columns().get(i).name();
      if (!column.equals("row_id")) {
        values.put(column, row.get(i));
      }
    }
    return values;
  }

  private static String names(java.util.stream.Stream<String> names) {
    var text = String.join(", ", names.toList());
    return text.isEmpty() ? "none" : text;
  }
}
