package dev.weir.cli;

import dev.weir.app.OperatorCheck;
import dev.weir.graph.Json;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code weir operator}. */
@Command(
    name = "operator",
    description = "Tests operators of graphs.",
    subcommands = OperatorCommand.Test.class,
    synopsisSubcommandLabel = "COMMAND")
final class OperatorCommand extends Group {

  @Command(
      name = "test",
      description = {
        "Runs one operator of a graph on some records, and again under conditions that must not"
            + " change what it gives and keeps.",
        "",
        "These are: a snapshot restored after every record; an epoch behind every record; all"
            + " records at once; an output that fails every other time. Nothing is written. Exit"
            + " status 1 if it breaks its contract.",
        ""
      })
  static final class Test implements Callable<Integer> {
    private static final Pattern PORT =
        Pattern.compile("([A-Za-z_][A-Za-z0-9_.-]*)=(.*)", Pattern.DOTALL);

    private final Console console;

    @Parameters(index = "0", paramLabel = "GRAPH", description = "A graph.")
    private Path graph;

    @Parameters(index = "1", paramLabel = "NODE", description = "The operator, by its name there.")
    private String node;

    @Option(
        names = {"-i", "--input"},
        paramLabel = "[PORT=]STREAM",
        description =
            "Records for an input, at most 200 in all, behind those of the options before (default:"
                + " '-', for the first).")
    private List<String> inputs = List.of("-");

    @Option(
        names = "--set",
        paramLabel = "NAME=VALUE",
        description = "The value of a parameter of the graph.")
    private Map<String, String> parameters = new LinkedHashMap<>();

    @Option(
        names = "--bears-repetition",
        description = "Try also that every record comes twice: its state is to be the same.")
    private boolean twice;

    @Option(
        names = "--bears-any-order",
        description = "Try also another order of the records of several inputs.")
    private boolean anyOrder;

    @Option(names = "--json", description = "Print all that it did, as one JSON value.")
    private boolean json;

    Test(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() throws Exception {
      var check = OperatorCheck.of(graph, node, parameters);
      for (var input : inputs) {
        var match = PORT.matcher(input);
        check =
            match.matches() ? check.stream(match.group(1), match.group(2)) : check.stream(input);
      }
      if (twice) {
        check = check.bearingRepetition();
      }
      if (anyOrder) {
        check = check.bearingAnyOrder();
      }
      var report = check.run();
      console.print(json ? Json.toText(report.toJson()) : report.toString());
      return report.breaches().isEmpty() ? Main.DONE : Main.FAILED;
    }
  }
}
