package dev.weir.cli;

import dev.weir.app.CommandException;
import dev.weir.app.ViewProfile;
import dev.weir.app.Weir;
import dev.weir.graph.Json;
import dev.weir.views.Profile;
import dev.weir.views.Views;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
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
      ViewCommand.Draw.class,
      ViewCommand.Profiled.class
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

  @Command(
      name = "profile",
      description = {
        "Runs a view on records and shows what each node of its circuit did: rows in and out, rows"
            + " kept, and time.",
        "",
        "The view is in memory; no store is used. Its records are changes as a view in a graph takes"
            + " them. Streams are read one after the other.",
        ""
      })
  static final class Profiled implements Callable<Integer> {
    private static final Pattern PORT = Pattern.compile("([a-z][a-z0-9_]*)=(.*)");

    private final Console console;

    @Parameters(
        index = "0",
        paramLabel = "FILE",
        description = "A Java file with a method static Query query().")
    private Path file;

    @Option(
        names = {"-i", "--input"},
        paramLabel = "INPUT=STREAM",
        required = true,
        description = "Records for an input.")
    private List<String> inputs = List.of();

    @Option(
        names = "--batch",
        paramLabel = "N",
        defaultValue = "1",
        description = "How many records make a step (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(names = "--mermaid", description = "Draw it for Mermaid instead.")
    private boolean mermaid;

    @Option(names = "--dot", description = "Draw it for Graphviz instead.")
    private boolean dot;

    @Option(names = "--json", description = "Print JSON instead.")
    private boolean json;

    Profiled(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      if (batch < 1) {
        throw new CommandException("--batch is at least 1, not " + batch);
      }
      var profile =
          ViewProfile.of(file, inputs.stream().map(Profiled::feed).toList(), batch, console::note);
      if (mermaid || dot) {
        console.print((dot ? profile.dot() : profile.mermaid()).stripTrailing());
      } else if (json) {
        console.print(Json.toText(toJson(profile)));
      } else {
        print(profile);
      }
      return Main.DONE;
    }

    private static ViewProfile.Feed feed(String input) {
      var match = PORT.matcher(input);
      if (!match.matches()) {
        throw new CommandException("--input takes INPUT=STREAM, not '" + input + "'");
      }
      return new ViewProfile.Feed(match.group(1), match.group(2));
    }

    private void print(Profile profile) {
      console.table(
          List.of("NODE", "KIND", "IN", "OUT", "KEPT", "TIME", "SHARE"),
          profile.nodes().stream()
              .map(
                  node ->
                      List.of(
                          node.name(),
                          node.kind(),
                          node.inputs().isEmpty() ? "-" : Long.toString(node.in()),
                          Long.toString(node.out()),
                          node.kept() < 0 ? "-" : Long.toString(node.kept()),
                          "%.3f ms".formatted(node.time().toNanos() / 1e6),
                          "%.0f %%".formatted(100 * profile.share(node))))
              .toList());
      console.note(
          "view %s, steps: %d, in its nodes: %.3f ms"
              .formatted(profile.view(), profile.steps(), profile.time().toNanos() / 1e6));
    }

    private static Object toJson(Profile profile) {
      var nodes = new ArrayList<Object>();
      for (var node : profile.nodes()) {
        var each = new LinkedHashMap<String, Object>();
        each.put("name", node.name());
        each.put("kind", node.kind());
        each.put("inputs", node.inputs());
        each.put("in", node.in());
        each.put("out", node.out());
        each.put("kept", node.kept());
        each.put("nanoseconds", node.time().toNanos());
        nodes.add(each);
      }
      var json = new LinkedHashMap<String, Object>();
      json.put("view", profile.view());
      json.put("steps", profile.steps());
      json.put("nodes", nodes);
      return json;
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
