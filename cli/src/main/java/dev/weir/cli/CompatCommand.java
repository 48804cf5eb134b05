package dev.weir.cli;

import dev.weir.app.Compatibility;
import dev.weir.app.Weir;
import dev.weir.graph.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code weir compat}. */
@Command(
    name = "compat",
    description = {
      "Says whether this version of a program will load the state of a snapshot, by operator and"
          + " table.",
      "",
      "same: it is read as it is. migrates: the table gets columns, null in the rows that there are."
          + " new: the snapshot has none. dropped: nobody reads it. refused: the program will not"
          + " start with it. Nothing runs and nothing changes. Exit status 1 if anything is refused.",
      ""
    })
final class CompatCommand extends StoreCommand {

  @Mixin private RunCommand.ProgramOptions program;

  @Option(
      names = "--with",
      paramLabel = "SNAPSHOT",
      required = true,
      description = "The snapshot, by its id or the beginning of it.")
  private String snapshot;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  CompatCommand(Console console) {
    super(console);
  }

  @Override
  int call(Weir weir) {
    var compatibility = weir.compatibility(Weir.load(program.options(false)), snapshot);
    if (json) {
      console.print(Json.toText(rows(compatibility)));
    } else {
      console.table(
          List.of("OPERATOR", "TABLE", "VERDICT", "ROWS", ""),
          compatibility.findings().stream()
              .map(
                  f ->
                      List.of(
                          f.operator(),
                          f.table(),
                          f.verdict().word(),
                          Long.toString(f.rows()),
                          f.why()))
              .toList());
      console.note(
          compatibility.loads()
              ? "the program will start with the state of " + compatibility.snapshot().id()
              : "the program will not start with the state of " + compatibility.snapshot().id());
    }
    return compatibility.loads() ? Main.DONE : Main.FAILED;
  }

  private static List<Object> rows(Compatibility compatibility) {
    var rows = new ArrayList<Object>();
    for (var finding : compatibility.findings()) {
      var row = new LinkedHashMap<String, Object>();
      row.put("operator", finding.operator());
      row.put("table", finding.table());
      row.put("verdict", finding.verdict().word());
      row.put("rows", finding.rows());
      row.put("why", finding.why());
      rows.add(row);
    }
    return rows;
  }
}
