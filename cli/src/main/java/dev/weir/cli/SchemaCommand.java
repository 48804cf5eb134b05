package dev.weir.cli;

import dev.weir.app.SchemaCommands;
import dev.weir.graph.Json;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code weir schema}. */
@Command(
    name = "schema",
    description = "Verifies records against a schema, and infers one from records.",
    subcommands = {SchemaCommand.Verify.class, SchemaCommand.Infer.class},
    synopsisSubcommandLabel = "COMMAND")
final class SchemaCommand extends Group {

  @Command(
      name = "verify",
      description = {
        "Shows for each record whether it matches a schema: OK, FAIL with the reason, or the name of"
            + " the stream's encoding, such as JSON, where it is none of it.",
        "",
        "Exit status 1 if one does not match.",
        ""
      })
  static final class Verify implements Callable<Integer> {
    private final Console console;

    @Parameters(
        index = "0",
        paramLabel = "SCHEMA",
        description = "An Avro type, its JSON, a file, or a name.")
    private String schema;

    @Parameters(
        index = "1",
        paramLabel = "STREAM",
        defaultValue = "-",
        description = "A file or another stream, as --input takes it (default: stdin).")
    private String stream;

    @Option(names = "--count", paramLabel = "N", description = "At most so many records.")
    private long count = Long.MAX_VALUE;

    @Option(names = "--json", description = "Print a JSON value for each record.")
    private boolean json;

    Verify(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      return SchemaCommands.verify(
              schema,
              stream,
              StreamCommand.atLeastOne(count),
              json ? this::showJson : this::show,
              console::note)
          ? Main.DONE
          : Main.FAILED;
    }

    private void show(SchemaCommands.Verdict verdict) {
      console.print(String.format("%-4s %s", verdict.outcome(), verdict.text()));
      if (!verdict.outcome().equals(SchemaCommands.OK) && !verdict.outcome().equals("JSON")) {
        console.print(verdict.reason().orElseThrow());
      }
    }

    private void showJson(SchemaCommands.Verdict verdict) {
      var shown = new LinkedHashMap<String, Object>();
      shown.put("outcome", verdict.outcome().toLowerCase(Locale.ROOT));
      shown.put("record", verdict.text());
      shown.put("reason", verdict.reason().orElse(null));
      console.print(Json.toText(shown));
    }
  }

  @Command(
      name = "infer",
      description =
          "Prints an Avro schema that all records match. The manual says by what rules it is found.")
  static final class Infer implements Callable<Integer> {
    private final Console console;

    @Parameters(
        paramLabel = "STREAM",
        defaultValue = "-",
        description = "A file or another stream, as --input takes it (default: stdin).")
    private String stream;

    @Option(names = "--count", paramLabel = "N", description = "At most so many records.")
    private long count = Long.MAX_VALUE;

    @Option(
        names = "--name",
        paramLabel = "NAME",
        description = "What a record is called (default: the file's name).")
    private String name;

    Infer(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      console.print(
          Json.toText(
              SchemaCommands.infer(
                  stream,
                  StreamCommand.atLeastOne(count),
                  Optional.ofNullable(name),
                  console::note)));
      return Main.DONE;
    }
  }
}
