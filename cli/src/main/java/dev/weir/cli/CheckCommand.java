package dev.weir.cli;

import dev.weir.app.CommandException;
import dev.weir.app.Program;
import dev.weir.app.Weir;
import dev.weir.graph.Json;
import java.util.List;
import java.util.Map;
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

  private static final Map<String, Program.Style> STYLES =
      Map.of(
          "text", Program.Style.TEXT,
          "mermaid", Program.Style.MERMAID,
          "dot", Program.Style.DOT);

  private final Console console;

  @Mixin private RunCommand.ProgramOptions program;

  @Option(names = "--schema", description = "Print the JSON Schema of graphs' files instead.")
  private boolean schema;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Option(
      names = "--draw",
      paramLabel = "STYLE",
      arity = "0..1",
      fallbackValue = "text",
      description =
          "Draw the program's graph instead: text (the default), mermaid or dot. Written --draw=STYLE"
              + " or behind PROGRAM.")
  private String draw;

  CheckCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (schema) {
      console.print(Weir.graphSchema().strip());
      return Main.DONE;
    }
    if (draw != null && !STYLES.containsKey(draw) && program.orElse(draw)) {
      draw = "text";
    }
    var loaded = Weir.load(program.options(false));
    if (draw != null) {
      draw(loaded);
      return Main.DONE;
    }
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

  private void draw(Program loaded) {
    var style = STYLES.get(draw);
    if (style == null) {
      throw new CommandException("--draw is text, mermaid or dot, not '" + draw + "'");
    }
    console.print(loaded.draw(style).stripTrailing());
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
