package dev.weir.cli;

import dev.weir.app.Weir;
import dev.weir.graph.Json;
import dev.weir.views.Views;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code weir view}. */
@Command(
    name = "view",
    description = "Shows the views that a store keeps.",
    subcommands = {
      ViewCommand.Listing.class,
      ViewCommand.Inspect.class,
      ViewCommand.Scan.class,
      ViewCommand.Draw.class
    },
    synopsisSubcommandLabel = "COMMAND")
final class ViewCommand extends Group {

  /** A command about one view. */
  abstract static class OneCommand extends StoreCommand {
    @Parameters(index = "0", paramLabel = "VIEW", description = "The name of its query.")
    String view;

    OneCommand(Console console) {
      super(console);
    }
  }

  @Command(name = "list", description = "Lists views.")
  static final class Listing extends StoreCommand {
    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    Listing(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      var views = weir.views().list();
      if (json) {
        console.print(Json.toText(views.stream().map(ViewCommand::json).toList()));
      } else {
        console.table(
            List.of("VIEW", "STEP", "NODES", "TABLES", "ROWS"),
            views.stream()
                .map(
                    view ->
                        List.of(
                            view.name(),
                            Long.toString(view.step()),
                            Integer.toString(view.nodes().size()),
                            Integer.toString(view.rows().size()),
                            Long.toString(view.rows().values().stream().mapToLong(n -> n).sum())))
                .toList());
      }
      return Main.DONE;
    }
  }

  @Command(name = "inspect", description = "Shows the circuit of a view, its tables and rows.")
  static final class Inspect extends OneCommand {
    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    Inspect(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      var known = weir.views().get(view);
      if (json) {
        console.print(Json.toText(json(known)));
        return Main.DONE;
      }
      console.print("view " + known.name() + ", step " + known.step());
      console.print("");
      console.table(
          List.of("NODE", "KIND", "OF", "ROWS OF TYPE"),
          known.nodes().stream()
              .map(
                  node ->
                      List.of(
                          node.name(),
                          node.kind(),
                          node.inputs().isEmpty() ? "-" : String.join(", ", node.inputs()),
                          node.rows()))
              .toList());
      console.print("");
      console.table(
          List.of("TABLE", "ROWS"),
          known.rows().entrySet().stream()
              .map(table -> List.of(table.getKey(), table.getValue().toString()))
              .toList());
      return Main.DONE;
    }
  }

  @Command(name = "scan", description = "Prints the rows of a table of a view, one JSON a line.")
  static final class Scan extends OneCommand {
    @Parameters(index = "1", paramLabel = "TABLE", description = "Such as a materialized stream.")
    private String table;

    @Option(names = "--index", paramLabel = "INDEX", description = "Gives the order.")
    private String index;

    Scan(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      weir.views().scan(view, table, index, row -> console.print(Json.toText(plain(row))));
      return Main.DONE;
    }

    private static Map<String, Object> plain(Map<String, Object> row) {
      var plain = new LinkedHashMap<String, Object>();
      row.forEach(
          (name, value) ->
              plain.put(
                  name,
                  value == null
                          || value instanceof Long
                          || value instanceof Boolean
                          || (value instanceof Double real && Double.isFinite(real))
                      ? value
                      : value.toString()));
      return plain;
    }
  }

  @Command(name = "draw", description = "Draws the circuit of a view, with the rows it keeps.")
  static final class Draw extends OneCommand {
    @Option(names = "--dot", description = "In the language of Graphviz; otherwise Mermaid.")
    private boolean dot;

    Draw(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      var known = weir.views().get(view);
      console.print((dot ? known.dot() : known.mermaid()).stripTrailing());
      return Main.DONE;
    }
  }

  private static Object json(Views.Known known) {
    var json = new LinkedHashMap<String, Object>();
    json.put("name", known.name());
    json.put("step", known.step());
    var nodes = new ArrayList<Object>();
    for (var node : known.nodes()) {
      var each = new LinkedHashMap<String, Object>();
      each.put("name", node.name());
      each.put("kind", node.kind());
      each.put("inputs", node.inputs());
      each.put("type", node.rows());
      nodes.add(each);
    }
    json.put("nodes", nodes);
    json.put("tables", known.rows());
    return json;
  }
}
