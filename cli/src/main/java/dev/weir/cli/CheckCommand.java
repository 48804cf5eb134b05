package dev.weir.cli;

import dev.weir.app.Weir;
import dev.weir.graph.Json;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code weir check}. */
@Command(
    name = "check",
    description =
        "Shows what a program is, without running it: streams, schemas, state, and the delivery"
            + " guarantee with its reason.")
final class CheckCommand implements Callable<Integer> {

  private final Console console;

  @Mixin private RunCommand.ProgramOptions program;

  @Option(names = "--schema", description = "Print the JSON Schema of graphs' files instead.")
  private boolean schema;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  CheckCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (schema) {
      console.print(Weir.graphSchema().strip());
      return Main.DONE;
    }
    var loaded = Weir.load(program.options(false));
    loaded.warnings().forEach(console::note);
    var report = loaded.report();
    if (json) {
      console.print(Json.toText(report));
    } else {
      if (report.containsKey("nodes")) {
        new GraphReport(report).lines().forEach(console::print);
      } else {
        report.forEach((key, value) -> print(key, value));
      }
      console.note("no errors");
    }
    return Main.DONE;
  }

  private void print(String key, Object value) {
    if (value instanceof List<?> lines) {
      lines.forEach(line -> console.print(String.format("%-10s %s", key, line)));
    } else {
      console.print(
          String.format("%-10s %s", key, value instanceof String ? value : Json.toText(value)));
    }
  }
}
