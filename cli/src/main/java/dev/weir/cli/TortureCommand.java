package dev.weir.cli;

import dev.weir.app.CommandException;
import dev.weir.app.Torture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code weir torture}. */
@Command(
    name = "torture",
    description = {
      "Finds out whether a program keeps its guarantees under kill -9.",
      "",
      "Runs it undisturbed, then again while its process and its runners are killed and its"
          + " operators fail or are slow at random moments, and compares files and state. Each run"
          + " has a folder of its own, with links to the files that sources read; nothing in the current folder changes. Exit status 1: a"
          + " guarantee was violated.",
      ""
    })
final class TortureCommand implements Callable<Integer> {

  private final Console console;

  @Mixin private RunCommand.ProgramOptions program;

  @Option(
      names = "--kills",
      paramLabel = "N",
      defaultValue = "10",
      description = "How many times to kill the process (default: ${DEFAULT-VALUE}).")
  private int kills;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "A number from which the moments come (default: another each time).")
  private Long seed;

  @Option(
      names = "--faults",
      paramLabel = "FAULT",
      split = ",",
      description =
          "What happens besides, now and then: runner (one is killed), fail and slow (an operator"
              + " does), or none (default: runner,fail,slow).")
  private List<String> faults = List.of("runner", "fail", "slow");

  @Option(
      names = "--expect",
      paramLabel = "GUARANTEE",
      description =
          "Hold all sinks to exactly-once, at-least-once or at-most-once (default: to what the graph"
              + " promises).")
  private String expected;

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description =
          "Where the runs have their folders, which then stay (default: a temporary folder, removed"
              + " in the end).")
  private Path work;

  @Option(
      names = "--link",
      paramLabel = "PATH",
      description =
          "Something else in the current folder that the program needs there, such as a stream's"
              + " descriptor.")
  private List<Path> links = List.of();

  @Option(
      names = "--file",
      paramLabel = "SINK=PATH",
      description =
          "The file in the current folder in which arrives what a sink writes that is no file, such"
              + " as a program.")
  private Map<String, Path> files = Map.of();

  TortureCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    var besides = besides();
    var folder = work == null ? Files.createTempDirectory("weir-torture") : work;
    try {
      var plan =
          new Torture.Plan(
              program.options(false),
              kills,
              seed == null ? System.nanoTime() : seed,
              besides,
              Optional.ofNullable(expected),
              folder,
              links,
              files,
              weir());
      var report = new Torture(plan, console::note).run();
      print(report);
      return report.held() ? Main.DONE : Main.FAILED;
    } finally {
      if (work == null) {
        remove(folder);
      }
    }
  }

  private void print(Torture.Report report) {
    line("seed", Long.toString(report.seed()));
    line("undisturbed", seconds(report.calm().toMillis()));
    line(
        "disturbed",
        count(report, Torture.Fault.KILL)
            + " kills, "
            + count(report, Torture.Fault.RUNNER)
            + " deaths of runners, "
            + count(report, Torture.Fault.FAIL)
            + " failures, "
            + count(report, Torture.Fault.SLOW)
            + " delays, in "
            + report.rounds()
            + (report.rounds() == 1 ? " round" : " rounds"));
    for (var blow : report.blows()) {
      line(
          blow.fault().name().toLowerCase(Locale.ROOT),
          "round "
              + blow.round()
              + blow.node().map(node -> ", " + node).orElse("")
              + ", after "
              + seconds(blow.after().toMillis())
              + (blow.epoch().isPresent() ? ", behind epoch " + blow.epoch().getAsLong() : ""));
    }
    for (var verdict : report.verdicts()) {
      line(
          verdict.what(),
          verdict.promised()
              + switch (verdict.outcome()) {
                case HELD -> ": held: ";
                case VIOLATED -> ": VIOLATED: ";
                case NOT_COMPARED -> ": ";
              }
              + verdict.found());
      verdict.differences().forEach(difference -> console.print("  " + difference));
    }
    report.remarks().forEach(console::note);
    if (!report.held() && report.remarks().isEmpty()) {
      console.note(
          "if an operator goes by more than its input, such as the time or random numbers, say"
              + " deterministic: false at its node: then comparing by value says little");
    }
  }

  private static long count(Torture.Report report, Torture.Fault fault) {
    return report.blows().stream().filter(blow -> blow.fault() == fault).count();
  }

  private Set<Torture.Fault> besides() {
    var besides = EnumSet.noneOf(Torture.Fault.class);
    for (var name : faults) {
      switch (name) {
        case "runner" -> besides.add(Torture.Fault.RUNNER);
        case "fail" -> besides.add(Torture.Fault.FAIL);
        case "slow" -> besides.add(Torture.Fault.SLOW);
        case "none" -> {}
        default ->
            throw new CommandException(
                "--faults takes runner, fail, slow and none, not '" + name + "'");
      }
    }
    return besides;
  }

  private void line(String heading, String text) {
    console.print(String.format("%-12s %s", heading, text));
  }

  private static String seconds(long millis) {
    return String.format(Locale.ROOT, "%.2f s", millis / 1000.0);
  }

  /** How this very Weir is started. */
  private static List<String> weir() {
    var home = System.getProperty("weir.home");
    if (home == null) {
      throw new CommandException("torture starts Weir by its command; run it by ./weir");
    }
    return List.of(Path.of(home, "weir").toString());
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
