package dev.weir.cli;

import dev.weir.app.CommandException;
import dev.weir.app.StreamCommands;
import dev.weir.graph.Json;
import dev.weir.graph.Rejection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code weir stream}. */
@Command(
    name = "stream",
    description = "Looks into a stream, apart from any job.",
    subcommands = {StreamCommand.Sample.class, StreamCommand.Verify.class},
    synopsisSubcommandLabel = "COMMAND")
final class StreamCommand extends Group {

  @Command(name = "sample", description = "Prints the first records of a stream, decoded.")
  static final class Sample implements Callable<Integer> {
    private final Console console;

    @Parameters(paramLabel = "STREAM", description = "As --input takes it.")
    private String stream;

    @Option(
        names = "--count",
        paramLabel = "N",
        defaultValue = "10",
        description = "How many (default: ${DEFAULT-VALUE}).")
    private long count;

    Sample(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      StreamCommands.sample(
          stream, atLeastOne(count), record -> console.print(Json.toText(record)), console::note);
      return Main.DONE;
    }
  }

  @Command(
      name = "verify",
      description = {
        "Checks that a stream's descriptor is right, that its records decode, and that they match"
            + " their schema. Reads to the end of the stream unless --count says otherwise.",
        "",
        "Exit status 1 if a record does not.",
        ""
      })
  static final class Verify implements Callable<Integer> {

    /** So many rejected records of a reason are shown. */
    private static final int SHOWN = 5;

    private final Console console;

    @Parameters(paramLabel = "STREAM", description = "As --input takes it.")
    private String stream;

    @Option(
        names = "--schema",
        paramLabel = "SCHEMA",
        description = "An Avro type, its JSON, a file, or a name (default: the stream's own).")
    private String schema;

    @Option(names = "--count", paramLabel = "N", description = "At most so many records.")
    private long count = Long.MAX_VALUE;

    @Option(names = "--json", description = "Print JSON, with every record that is rejected.")
    private boolean json;

    Verify(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      var rejected = new ArrayList<Rejection>();
      var seen = new LinkedHashMap<Rejection.Reason, Integer>();
      var findings =
          StreamCommands.verify(
              stream,
              Optional.ofNullable(schema),
              atLeastOne(count),
              rejection -> {
                if (json) {
                  rejected.add(rejection);
                } else if (seen.merge(rejection.reason(), 1, Integer::sum) <= SHOWN) {
                  show(rejection);
                }
              },
              console::note);
      if (json) {
        show(findings, rejected);
      } else {
        console.print(
            findings.stream()
                + ": "
                + findings.records()
                + (findings.records() == 1 ? " record" : " records")
                + (findings.rejected().isEmpty()
                    ? ", all right"
                    : ", " + findings.good() + " right")
                + findings.rejected().entrySet().stream()
                    .map(e -> ", " + e.getValue() + " rejected by " + e.getKey().word())
                    .collect(Collectors.joining()));
      }
      return findings.rejected().isEmpty() ? Main.DONE : Main.FAILED;
    }

    private void show(Rejection rejection) {
      console.print(
          "record "
              + rejection.sequence()
              + " is rejected by "
              + rejection.reason().word()
              + ": "
              + rejection.message()
              + "\n  "
              + rejection.record());
    }

    private void show(StreamCommands.Findings findings, List<Rejection> rejected) {
      var shown = new LinkedHashMap<String, Object>();
      shown.put("stream", findings.stream());
      shown.put("records", findings.records());
      var reasons = new LinkedHashMap<String, Object>();
      findings.rejected().forEach((reason, n) -> reasons.put(reason.word(), n));
      shown.put("rejected", reasons);
      shown.put("rejections", rejected.stream().map(r -> (Object) json(r)).toList());
      console.print(Json.toText(shown));
    }

    private static Map<String, Object> json(Rejection rejection) {
      var json = new LinkedHashMap<String, Object>();
      json.put("sequence", rejection.sequence());
      json.put("record", rejection.value());
      json.put("reason", rejection.reason().word());
      json.put("message", rejection.message());
      return json;
    }
  }

  /** The count of an option, which must say something. */
  static long atLeastOne(long count) {
    if (count < 1) {
      throw new CommandException("--count is at least 1, not " + count);
    }
    return count;
  }
}
