package dev.weir.cli;

import dev.weir.app.CommandException;
import dev.weir.app.ModelCheck;
import dev.weir.graph.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code weir model}. */
@Command(
    name = "model",
    description = "Tests models.",
    subcommands = {ModelCommand.Test.class, ModelCommand.Kit.class},
    synopsisSubcommandLabel = "COMMAND")
final class ModelCommand extends Group {

  @Command(
      name = "test",
      description = {
        "Runs a model on some records, and again with a snapshot taken and restored after every"
            + " record, and shows any difference.",
        "",
        "What a model keeps in cells and pools is the same in both; what it keeps elsewhere is not."
            + " Nothing is written. Exit status 1 if there is a difference.",
        ""
      })
  static final class Test implements Callable<Integer> {
    private final Console console;

    @Parameters(paramLabel = "PROGRAM", description = "A model.")
    private Path program;

    @Option(
        names = {"-i", "--input"},
        paramLabel = "STREAM",
        defaultValue = "-",
        description = "The records of slot 0, at most 1000 (default: '-').")
    private String input;

    @Option(
        names = "--expect",
        paramLabel = "FILE",
        description = "JSON Lines: what slot 1 should put out.")
    private Path expect;

    @Option(names = "--no-restore", description = "Run it undisturbed only.")
    private boolean noRestore;

    @Option(names = "--json", description = "Print all that it did, as one JSON value.")
    private boolean json;

    Test(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() throws Exception {
      var check = ModelCheck.of(program).stream(input);
      if (expect != null) {
        check = check.expecting(expected());
      }
      if (noRestore) {
        check = check.withoutRestore();
      }
      var report = check.run();
      if (json) {
        console.print(Json.toText(report.toJson()));
      } else {
        report.plain().rejected().forEach(line -> console.note("dropped: " + line));
        console.print(report.toString());
      }
      return report.differences().isEmpty() ? Main.DONE : Main.FAILED;
    }

    private List<Object> expected() throws IOException {
      var records = new ArrayList<Object>();
      try {
        for (var line : Files.readAllLines(expect)) {
          if (!line.isBlank()) {
            records.add(Json.parse(line));
          }
        }
      } catch (NoSuchFileException e) {
        throw new CommandException("there is no file " + expect);
      }
      return records;
    }
  }

  @Command(
      name = "kit",
      description = {
        "Prints the folder of the Python module weir_testing, to test models from Python.",
        "",
        "PYTHONPATH=$(weir model kit) python3 -m unittest",
        ""
      })
  static final class Kit implements Callable<Integer> {
    private final Console console;

    Kit(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      console.print(Path.of(System.getProperty("weir.home", ""), "kit", "python").toString());
      return Main.DONE;
    }
  }
}
