package dev.weir.app;

import dev.weir.app.internal.Disturbance;
import dev.weir.engine.Job;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.Guarantee;
import dev.weir.graph.Names;
import dev.weir.operators.ScriptOperator;
import dev.weir.state.Row;
import dev.weir.state.Stores;
import dev.weir.state.Table;
import dev.weir.streams.StreamSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Whether a program keeps its guarantees: it is run undisturbed once, then again and again under
 * kill -9 of its whole process, and of its runners, and with operators that fail or are slow, at
 * random moments; what its files and its state hold in the end is compared.
 *
 * <p>Each run is a process of its own, in a folder and with a store of its own. A run that was
 * killed is run again, so that it goes on; one that ended before it could be killed begins a new
 * round. The moments are spread over the time that the undisturbed run took; what share of it each
 * run is given depends on nothing but the seed.
 *
 * <p>Used once, by one thread.
 */
public final class Torture {

  /** How many rounds in a row may end before they are killed. */
  private static final int MISSES = 50;

  /** How many runs in a row may fail after a runner was killed. */
  private static final int FAILURES = 10;

  /** In one of so many runs a runner is killed too; in as many an operator fails, or is slow. */
  private static final int SHARE = 3;

  /** How long a slow operator waits at most, in milliseconds. */
  private static final int SLOWEST = 500;

  /** One of so many moments may be before there is any work. */
  private static final int SHARE_EARLY = 5;

  private final Plan plan;
  private final Program program;
  private final Consumer<String> progress;
  private final Random random;
  private final List<Blow> blows = new ArrayList<>();
  private final List<String> operators;
  private final Optional<Guarantee.Level> expected;

  /**
   * What to do.
   *
   * @param options the program, as it would be run
   * @param kills how many times its process is killed, at least 1
   * @param seed where the random moments come from
   * @param folder where the runs are, and stay: new or empty
   * @param faults what happens besides, now and then
   * @param expected the guarantee that every sink is held to; empty for what the graph promises
   * @param files by sinks that are no files, those in the current folder in which what they write
   *     arrives
   * @param links files and folders beside the files of sources that the program looks for in the
   *     current folder
   * @param weir the command that is Weir
   */
  public record Plan(
      RunOptions options,
      int kills,
      long seed,
      Set<Fault> faults,
      Optional<String> expected,
      Path folder,
      List<Path> links,
      Map<String, Path> files,
      List<String> weir) {}

  /** What may happen to a program. */
  public enum Fault {
    /** Its whole process is killed. */
    KILL,
    /** One of its runners is killed. */
    RUNNER,
    /** An operator raises, where it would take its next records. */
    FAIL,
    /** An operator waits before it takes its next records. */
    SLOW
  }

  /**
   * What has happened to a run.
   *
   * @param node the operator that failed or was slow; empty for a process
   * @param after how long the run had been going on
   * @param epoch the last commit before, where that is known
   */
  public record Blow(
      int round, Fault fault, Optional<String> node, Duration after, OptionalLong epoch) {}

  /** How a comparison ended. */
  public enum Outcome {
    HELD,
    VIOLATED,
    NOT_COMPARED
  }

  /**
   * What became of one sink, or of the state.
   *
   * @param what {@code sink NAME} or {@code state}
   * @param promised what should hold
   * @param found what was found, in a few words
   * @param differences the first lines that are missing ({@code - LINE}) or too many ({@code +
   *     LINE})
   */
  public record Verdict(
      String what, String promised, Outcome outcome, String found, List<String> differences) {}

  /**
   * What came of it.
   *
   * @param calm how long the undisturbed run took
   * @param remarks what to know of the verdicts
   */
  public record Report(
      long seed,
      Duration calm,
      int rounds,
      List<Blow> blows,
      List<Verdict> verdicts,
      List<String> remarks) {

    /** Whether nothing was violated. */
    public boolean held() {
      return verdicts.stream().noneMatch(v -> v.outcome() == Outcome.VIOLATED);
    }
  }

  /**
   * Reads the program and executes nothing.
   *
   * @param progress is told what happens, a line each
   * @throws CommandException when the program cannot be run several times, each in a folder of its
   *     own
   */
  public Torture(Plan plan, Consumer<String> progress) {
    this.plan = plan;
    this.program = Program.load(plan.options());
    this.progress = progress;
    this.random = new Random(plan.seed());
    this.operators = program.graph().operators();
    this.expected = plan.expected().map(Torture::level);
    if (plan.kills() < 1) {
      throw new CommandException("--kills is at least 1, not " + plan.kills());
    }
    refuseShared();
    refuseUnknown();
  }

  /** Refuses files of what is no sink, or is a file itself. */
  private void refuseUnknown() {
    plan.files()
        .forEach(
            (name, file) -> {
              var sinks =
                  program.graph().nodes().entrySet().stream()
                      .filter(node -> node.getValue() instanceof Node.SinkNode)
                      .map(Map.Entry::getKey)
                      .toList();
              if (!sinks.contains(name)) {
                throw new CommandException(
                    "--file names no sink: '" + name + "'" + Names.hint(name, "there is", sinks));
              }
              if (file.isAbsolute() || file.normalize().startsWith("..")) {
                throw new CommandException(
                    "--file takes a path within the current folder, which is another in each run,"
                        + " not "
                        + file);
              }
            });
  }

  private static Guarantee.Level level(String word) {
    return Stream.of(Guarantee.Level.values())
        .filter(level -> level != Guarantee.Level.NONE && level.word().equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new CommandException(
                    "--expect takes exactly-once, at-least-once or at-most-once, not '"
                        + word
                        + "'"));
  }

  /** Refuses what two runs would share. */
  private void refuseShared() {
    program
        .streams()
        .forEach(
            (name, stream) -> {
              boolean source = program.graph().nodes().get(name) instanceof Node.SourceNode;
              if (source && stream.describe().equals("-")) {
                throw new CommandException(
                    "source '"
                        + name
                        + "' is standard input, which can be read only once; give it a file");
              }
              stream
                  .file()
                  .map(Path::normalize)
                  .filter(file -> file.isAbsolute() ? !source : file.startsWith(".."))
                  .ifPresent(
                      file -> {
                        throw new CommandException(
                            source
                                ? "source '"
                                    + name
                                    + "' is "
                                    + file
                                    + ", above the current folder; write its whole path"
                                : "sink '"
                                    + name
                                    + "' writes "
                                    + file
                                    + ", the same file in each run; give it a path within the"
                                    + " current folder, which is another in each run");
                      });
            });
  }

  /**
   * Does it.
   *
   * @throws CommandException when the program fails without being killed, or cannot be killed
   */
  public Report run() throws InterruptedException {
    var undisturbed = folder("undisturbed");
    progress.accept("undisturbed run");
    var calm = undisturbed.begin();
    int status = calm.end();
    if (status != 0) {
      throw new CommandException(
          "the program fails without being killed (exit status "
              + status
              + "):\n"
              + undisturbed.lastWords());
    }
    var took = new Calm(undisturbed.beginning(program.job()), calm.age().toMillis());
    var verdicts = new LinkedHashMap<String, Verdict>();
    int round = 0;
    int misses = 0;
    int kills = 0;
    while (kills < plan.kills()) {
      round++;
      var folder = folder("round-" + round);
      int made = round(folder, round, plan.kills() - kills, took);
      kills += made;
      misses = made == 0 ? misses + 1 : 0;
      if (misses == MISSES) {
        throw new CommandException(
            "the program ends before it can be killed: it takes "
                + took.end()
                + " ms; give it more to do");
      }
      int number = round;
      compare(undisturbed, folder)
          .forEach(
              verdict ->
                  verdicts.merge(
                      verdict.what(),
                      verdict,
                      (old, latest) ->
                          old.outcome() == Outcome.HELD && latest.outcome() == Outcome.VIOLATED
                              ? inRound(latest, number)
                              : old));
    }
    return new Report(
        plan.seed(),
        Duration.ofMillis(took.end()),
        round,
        List.copyOf(blows),
        List.copyOf(verdicts.values()),
        remarks());
  }

  private static Verdict inRound(Verdict v, int round) {
    return new Verdict(
        v.what(), v.promised(), v.outcome(), v.found() + " (round " + round + ")", v.differences());
  }

  private TortureRun folder(String name) {
    try {
      var folder = plan.folder().resolve(name);
      if (Files.exists(folder)) {
        throw new CommandException(folder + " is there already; name an empty folder");
      }
      Files.createDirectories(folder);
      var run = new TortureRun(folder, plan.options(), plan.weir());
      for (var entry : program.streams().entrySet()) {
        var file = entry.getValue().file().filter(path -> !path.isAbsolute());
        if (file.isPresent()) {
          if (program.graph().nodes().get(entry.getKey()) instanceof Node.SourceNode) {
            run.link(file.get());
          } else {
            run.makeRoom(file.get());
          }
        }
      }
      for (var link : plan.links()) {
        run.link(link);
      }
      return run;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs the program to its end, killing it up to so many times; how often it was. */
  private int round(TortureRun folder, int round, int kills, Calm calm)
      throws InterruptedException {
    int made = 0;
    int failures = 0;
    while (true) {
      if (made == kills) {
        int status = folder.begin().end();
        if (status != 0) {
          throw failed(folder, status);
        }
        return made;
      }
      var fate = draw(calm);
      int before = folder.happened().size();
      var run = folder.begin(fate.disturbance());
      boolean struck = fate.strikes() && run.lives(fate.strikeAt()) && run.killRunner(fate.which());
      if (struck) {
        killed(folder, round, Fault.RUNNER, run.age());
      }
      boolean killed = run.lives(fate.killAt());
      if (killed) {
        run.kill();
      }
      int status = killed ? 0 : run.end();
      var happened = folder.happened().stream().skip(before).toList();
      happened.forEach(blow -> happened(round, blow));
      if (killed) {
        made++;
        failures = 0;
        killed(folder, round, Fault.KILL, run.age());
        continue;
      }
      if (status == 0) {
        return made;
      }
      failures++;
      struck |= happened.stream().anyMatch(Disturbance.Planned::fails);
      if (!struck || failures == FAILURES) {
        throw failed(folder, status);
      }
    }
  }

  /**
   * How long the undisturbed run took.
   *
   * @param start until its sources were opened, in milliseconds
   * @param end until its end
   */
  private record Calm(long start, long end) {}

  /**
   * What happens to one run, if it lives to see it.
   *
   * @param strikes whether one of its runners is killed
   * @param which which of them, as a share of their number
   * @param disturbance what happens to its operators
   */
  private record Fate(
      boolean strikes,
      long strikeAt,
      double which,
      long killAt,
      List<Disturbance.Planned> disturbance) {}

  /** Always takes as many random numbers, so that timing has no influence on the next one. */
  private Fate draw(Calm calm) {
    boolean strikes = comesUp(Fault.RUNNER);
    long strikeAt = moment(calm);
    long killAt = moment(calm);
    double which = random.nextDouble();
    boolean fails = comesUp(Fault.FAIL) && !operators.isEmpty();
    long failAt = moment(calm);
    double failing = random.nextDouble();
    boolean slow = comesUp(Fault.SLOW) && !operators.isEmpty();
    long slowAt = moment(calm);
    double slowing = random.nextDouble();
    int lasts = random.nextInt(SLOWEST);
    var disturbance = new ArrayList<Disturbance.Planned>();
    if (fails) {
      disturbance.add(new Disturbance.Planned(true, operator(failing), failAt, 0));
    }
    if (slow) {
      disturbance.add(new Disturbance.Planned(false, operator(slowing), slowAt, lasts));
    }
    // It is killed when it has had the time to go on.
    long before = (strikes ? strikeAt : 0) + (fails ? failAt : 0);
    return new Fate(strikes, strikeAt, which, before + killAt, disturbance);
  }

  private boolean comesUp(Fault fault) {
    return random.nextInt(SHARE) == 0 && plan.faults().contains(fault);
  }

  private String operator(double share) {
    return operators.get((int) (share * operators.size()));
  }

  /** Now and then before anything is read, else while there is work. */
  private long moment(Calm calm) {
    boolean early = random.nextInt(SHARE_EARLY) == 0;
    double share = random.nextDouble();
    return (long) (early ? share * calm.end() : calm.start() + share * (calm.end() - calm.start()));
  }

  private CommandException failed(TortureRun folder, int status) {
    return new CommandException(
        "a run that was not killed failed (exit status "
            + status
            + ", seed "
            + plan.seed()
            + "):\n"
            + folder.lastWords());
  }

  private void killed(TortureRun folder, int round, Fault fault, Duration after) {
    long epoch = folder.job(program.job()).map(Job::epoch).orElse(0L);
    blows.add(new Blow(round, fault, Optional.empty(), after, OptionalLong.of(epoch)));
    progress.accept(
        "round "
            + round
            + ": "
            + (fault == Fault.RUNNER ? "a runner" : "the process")
            + " killed after "
            + after.toMillis()
            + " ms, behind epoch "
            + epoch);
  }

  private void happened(int round, Disturbance.Planned blow) {
    var fault = blow.fails() ? Fault.FAIL : Fault.SLOW;
    var after = Duration.ofMillis(blow.after());
    blows.add(new Blow(round, fault, Optional.of(blow.node()), after, OptionalLong.empty()));
    progress.accept(
        "round "
            + round
            + ": "
            + blow.node()
            + (blow.fails() ? " failed after " : " waited after ")
            + blow.after()
            + " ms");
  }

  private List<Verdict> compare(TortureRun calm, TortureRun killed) {
    var verdicts = new ArrayList<Verdict>();
    var graph = program.graph();
    Guarantee.of(graph, program::undetermined, program.recovery().fromStart())
        .forEach(
            (sink, guarantee) -> {
              var promised = expected.orElse(guarantee.level());
              var stream = Optional.ofNullable(program.streams().get(sink));
              var file =
                  stream
                      .flatMap(StreamSpec::file)
                      .or(() -> Optional.ofNullable(plan.files().get(sink)));
              if (file.isPresent()) {
                verdicts.add(
                    Difference.between(
                            calm.lines(file.get()), killed.lines(file.get()), isOrdered(sink))
                        .verdict("sink " + sink, promised, "lines"));
              } else {
                var what = graph.nodes().get(sink).describe();
                verdicts.add(
                    new Verdict(
                        "sink " + sink,
                        promised.word(),
                        Outcome.NOT_COMPARED,
                        what.startsWith("store:")
                            ? "compared with the state"
                            : "not compared: it is not a file",
                        List.of()));
              }
            });
    boolean replayed = graph.nodes().values().stream().allMatch(Torture::isReplayable);
    var difference = Difference.between(state(calm), state(killed), false);
    verdicts.add(difference.ofState(replayed));
    return verdicts;
  }

  private static boolean isReplayable(Node node) {
    return node instanceof Node.SourceNode source
        ? source.replayable()
        : !(node instanceof Node.OperatorNode operator)
            || operator.ownOutput() != Node.OwnOutput.UNREPLAYABLE;
  }

  /** Whether the graph alone says in which order records come to a sink. */
  private boolean isOrdered(String node) {
    var graph = program.graph();
    var into = graph.into(node);
    if (into.size() > 1) {
      return false;
    }
    boolean here =
        !(graph.nodes().get(node) instanceof Node.OperatorNode operator)
            || (operator.deterministic() && operator.replicas() == 1 && program.keepsOrder(node));
    return here && into.stream().allMatch(connection -> isOrdered(connection.from()));
  }

  /** The rows of all tables of the job, a line each. */
  private List<String> state(TortureRun run) {
    var lines = new ArrayList<String>();
    try (var store = Stores.open(run.storeUrl(), Clock.systemUTC());
        var cut = store.read()) {
      for (var table : store.tables()) {
        if (table.role() == Table.Role.STATE) {
          try (var rows = cut.scan(table, program.job())) {
            rows.forEachRemaining(
                row -> lines.add(table.name() + " " + compared(table, row).without(1)));
          }
        }
      }
    }
    return lines;
  }

  /** Without the epoch at which a script's state was serialised, which is a matter of time. */
  private static Row compared(Table table, Row row) {
    var values = new Object[row.size()];
    for (int i = 0; i < values.length; i++) {
      boolean epoch =
          table.name().equals(ScriptOperator.TABLE.name())
              && table.columns().get(i).name().equals(ScriptOperator.EPOCH);
      values[i] = epoch ? null : row.get(i);
    }
    return Row.of(values);
  }

  private List<String> remarks() {
    var remarks = new ArrayList<String>();
    program
        .graph()
        .nodes()
        .forEach(
            (name, node) -> {
              if (node instanceof Node.OperatorNode operator
                  && (!operator.deterministic() || operator.replicas() > 1)) {
                remarks.add(
                    "operator '"
                        + name
                        + "' is not deterministic"
                        + program.undetermined(name).map(w -> " (" + w + ")").orElse("")
                        + ": where another run may give other values, comparing by value says"
                        + " little");
              }
            });
    return remarks;
  }
}
