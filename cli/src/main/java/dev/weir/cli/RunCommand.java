package dev.weir.cli;

import dev.weir.app.CommandException;
import dev.weir.app.ErrorPolicy;
import dev.weir.app.PondCommands;
import dev.weir.app.RunOptions;
import dev.weir.app.Succession;
import dev.weir.app.Weir;
import dev.weir.engine.RunControl;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weir run}. */
@Command(
    name = "run",
    description = {
      "Runs a program over a stream.",
      "",
      "A program that is a fish reads the event log of the store, and prints its state now and after each"
          + " change: as 'weir fish watch'.",
      "",
      "A job whose last run did not finish goes on from its last commit; a finished one starts afresh,"
          + " from a restored snapshot if there is one. Ctrl-C finishes the epoch and commits; the job can"
          + " then be resumed. A second Ctrl-C kills.",
      ""
    })
final class RunCommand implements Callable<Integer> {

  private final Console console;

  @Mixin private ProgramOptions program;
  @Mixin private StoreOption store;
  @Mixin private SuccessionOptions succession;

  @Option(names = "--fresh", description = "Start over, whatever the job's last run left.")
  private boolean fresh;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print nothing on stderr but errors and what the program prints.")
  private boolean quiet;

  RunCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws Exception {
    if (program.isFish()) {
      try (var weir = store.open();
          var work = FishCommand.FileCommand.open(console, weir, program.program)) {
        return FishCommand.Watch.watch(console, work, work.fish());
      }
    }
    var options = program.options(fresh);
    try (var weir = store.open()) {
      return run(console, weir, options, succession.get(), quiet);
    }
  }

  /** Runs with signals handled and progress shown. */
  static int run(
      Console console, Weir weir, RunOptions options, Succession succession, boolean quiet)
      throws InterruptedException {
    var control = new RunControl();
    try (var signals = Signals.handle(console, control, options.job())) {
      var status = weir.run(options, succession, control, new RunReport(console, options, quiet));
      console.endProgress();
      return signals.status(status);
    }
  }

  /** What becomes of state whose operator is gone from a graph; shared with job resume. */
  static final class SuccessionOptions {

    @Option(
        names = "--renamed",
        paramLabel = "OLD=NEW",
        description =
            "Give the state of an operator that is not in the graph any more to one that is new.")
    private Map<String, String> renamed = Map.of();

    @Option(
        names = "--without",
        paramLabel = "NAME",
        description =
            "Go on although an operator that keeps state is not in the graph any more; it is left"
                + " as it is.")
    private List<String> without = List.of();

    Succession get() {
      return new Succession(renamed, Set.copyOf(without));
    }
  }

  /** What describes a program and how it is run; shared with check. */
  static final class ProgramOptions {

    private static final Pattern SLOT = Pattern.compile("([0-9]{1,3})=(.*)", Pattern.DOTALL);

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Parameters(
        paramLabel = "PROGRAM",
        arity = "0..1",
        description =
            "A model: Python (.py), R (.R) or Java (.java); or a graph: YAML (.yaml) or JSON"
                + " (.json).")
    private Path program;

    @Option(
        names = {"-i", "--input"},
        paramLabel = "[SLOT=]STREAM",
        description =
            "Where records come from: a path, '-' (stdin), inline:1,2,3, a URL such as"
                + " kafka://HOST:PORT/TOPIC, or a descriptor (default: '-'). Of another input slot"
                + " than 0: 2=STREAM.")
    private List<String> inputs = List.of();

    @Option(
        names = {"-o", "--output"},
        paramLabel = "[SLOT=]STREAM",
        description =
            "Where results go: a path, '-' (stdout), discard:, a URL, or a descriptor (default:"
                + " '-'). Of another output slot than 1: 3=STREAM.")
    private List<String> outputs = List.of();

    @Option(
        names = "--set",
        paramLabel = "NAME=VALUE",
        description = "The value of a parameter of a graph.")
    private Map<String, String> parameters = Map.of();

    @Option(
        names = "--name",
        paramLabel = "NAME",
        description = "The job's name (default: the program's file name without its ending).")
    private String name;

    @Option(
        names = {"-n", "--runners"},
        paramLabel = "N",
        defaultValue = "1",
        description = "How many runners share the records (default: ${DEFAULT-VALUE}).")
    private int runners;

    @Option(
        names = "--ordered",
        description = "Keep outputs in input order although there are several runners.")
    private boolean ordered;

    @Option(names = "--append", description = "Keep an existing output file and add to it.")
    private boolean append;

    @Option(
        names = "--snapshots",
        paramLabel = "WHEN",
        description =
            "Take snapshots: none, eof, or a time such as 10m (default: as the program says).")
    private String snapshots;

    @Option(
        names = "--keep",
        paramLabel = "N",
        description = "Keep the newest N snapshots of the job; 0 for all (default: 0).")
    private Integer keep;

    @Option(
        names = "--epoch",
        paramLabel = "TIME",
        converter = DurationConverter.class,
        description = "The time between two commits (default: 1s).")
    private Duration epoch;

    @Option(
        names = "--time-limit",
        paramLabel = "TIME",
        defaultValue = "60s",
        converter = DurationConverter.class,
        description =
            "How long a runner may work on a frame of records without an answer (default:"
                + " ${DEFAULT-VALUE}).")
    private Duration timeLimit;

    @Option(
        names = "--retries",
        paramLabel = "N",
        description = "After how many failures in a row to give up (default: 3).")
    private Integer retries;

    @Option(
        names = "--retry-delay",
        paramLabel = "TIME",
        converter = DurationConverter.class,
        description = "How long to wait before trying again (default: 1s).")
    private Duration retryDelay;

    @Option(
        names = "--on-error",
        paramLabel = "POLICY",
        defaultValue = "fail",
        description =
            "What to do with a record at which the program raises: fail, skip, or"
                + " dead-letter:STREAM (default: ${DEFAULT-VALUE}).")
    private String onError;

    @Option(
        names = "--dead-letter",
        paramLabel = "STREAM",
        description = "The stream of --on-error dead-letter.")
    private String deadLetter;

    @Option(
        names = "--rejects",
        paramLabel = "STREAM",
        description =
            "Where records go that do not decode or do not match their schema, with the reason"
                + " (default: they are only counted).")
    private String rejects;

    boolean isFish() {
      if (program == null || !PondCommands.holdsFish(program)) {
        return false;
      }
      if (!inputs.isEmpty() || !outputs.isEmpty()) {
        throw new CommandException(
            program
                + " is a fish: it reads the event log of the store, and prints its states; it has no"
                + " --input and --output. 'weir event emit' and 'weir event import' add events");
      }
      return true;
    }

    /** Takes this for the program where none is given; whether that was so. */
    boolean orElse(String text) {
      boolean none = program == null;
      if (none) {
        program = Path.of(text);
      }
      return none;
    }

    RunOptions options(boolean fresh) {
      if (program == null) {
        // Not required of 'check --schema'.
        throw new ParameterException(
            command.commandLine(), "Missing required parameter: 'PROGRAM'");
      }
      return new RunOptions(
          program,
          streams(),
          parameters,
          Optional.ofNullable(name),
          runners,
          ordered,
          append,
          Optional.ofNullable(snapshots),
          Optional.ofNullable(keep),
          Optional.ofNullable(epoch),
          timeLimit,
          Optional.ofNullable(retries),
          Optional.ofNullable(retryDelay),
          ErrorPolicy.parse(onError, deadLetter, rejects),
          fresh);
    }

    private Map<Integer, String> streams() {
      var streams = new TreeMap<Integer, String>();
      inputs.forEach(text -> stream("--input", 0, text, streams));
      outputs.forEach(text -> stream("--output", 1, text, streams));
      return streams;
    }

    /** Adds {@code STREAM} or {@code SLOT=STREAM}. */
    private static void stream(String option, int first, String text, Map<Integer, String> to) {
      var match = SLOT.matcher(text);
      int slot = match.matches() ? Integer.parseInt(match.group(1)) : first;
      if (slot % 2 != first) {
        throw new CommandException(
            option
                + " "
                + text
                + ": slot "
                + slot
                + (first == 0
                    ? " is an output; inputs are even"
                    : " is an input; outputs are odd"));
      }
      if (to.putIfAbsent(slot, match.matches() ? match.group(2) : text) != null) {
        throw new CommandException(
            option
                + " is given twice for slot "
                + slot
                + "; another slot's stream is written "
                + option
                + " "
                + (slot + 2)
                + "=STREAM");
      }
    }
  }
}
