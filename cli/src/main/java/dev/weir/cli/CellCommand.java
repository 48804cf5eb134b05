package dev.weir.cli;

import dev.weir.app.StateCommands.Cell;
import dev.weir.app.Weir;
import dev.weir.graph.Json;
import java.util.LinkedHashMap;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code weir cell}. */
@Command(
    name = "cell",
    description = "Reads and sets the cells of a job, as of its last commit.",
    subcommands = {CellCommand.ListCells.class, CellCommand.Get.class, CellCommand.Set.class},
    synopsisSubcommandLabel = "COMMAND")
final class CellCommand extends Group {

  @Command(name = "list", description = "Lists the cells of a job.")
  static final class ListCells extends StoreCommand {
    @Parameters(paramLabel = "JOB", description = "The job.")
    private String job;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    ListCells(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      var cells = weir.state().cells(job);
      if (json) {
        console.print(Json.toText(cells.stream().map(CellCommand::json).toList()));
        return Main.DONE;
      }
      console.table(
          List.of("CELL", "VALUE"),
          cells.stream().map(c -> List.of(c.operator() + "/" + c.name(), c.value())).toList());
      return Main.DONE;
    }
  }

  @Command(name = "get", description = "Prints the value of a cell.")
  static final class Get extends StoreCommand {
    @Parameters(index = "0", paramLabel = "JOB", description = "The job.")
    private String job;

    @Parameters(index = "1", paramLabel = "CELL", description = "The cell: NAME or OPERATOR/NAME.")
    private String cell;

    Get(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      console.print(weir.state().cell(job, cell).value());
      return Main.DONE;
    }
  }

  @Command(
      name = "set",
      description = "Sets a cell; in a running job, in the epoch that is then committed.")
  static final class Set extends StoreCommand {
    @Parameters(index = "0", paramLabel = "JOB", description = "The job.")
    private String job;

    @Parameters(index = "1", paramLabel = "CELL", description = "The cell: NAME or OPERATOR/NAME.")
    private String cell;

    @Parameters(index = "2", paramLabel = "VALUE", description = "A JSON value.")
    private String value;

    Set(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) throws InterruptedException {
      weir.state().setCell(job, cell, value);
      return Main.DONE;
    }
  }

  private static Object json(Cell cell) {
    var json = new LinkedHashMap<String, Object>();
    json.put("operator", cell.operator());
    json.put("name", cell.name());
    json.put("value", Json.parse(cell.value()));
    return json;
  }
}
