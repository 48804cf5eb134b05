package dev.weir.cli;

import dev.weir.app.Cleaning;
import dev.weir.app.CommandException;
import dev.weir.app.Weir;
import dev.weir.engine.Job;
import dev.weir.graph.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code weir job}. */
@Command(
    name = "job",
    description = "Lists, inspects and steers jobs.",
    subcommands = {
      JobCommand.ListJobs.class,
      JobCommand.Inspect.class,
      JobCommand.Watch.class,
      JobCommand.Scale.class,
      JobCommand.Pause.class,
      JobCommand.Resume.class,
      JobCommand.Stop.class,
      JobCommand.Remove.class,
      JobCommand.Clean.class
    },
    synopsisSubcommandLabel = "COMMAND")
final class JobCommand extends Group {

  @Command(name = "list", description = "Lists the jobs of the store.")
  static final class ListJobs extends StoreCommand {
    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    ListJobs(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      var jobs = weir.jobs();
      if (json) {
        console.print(Json.toText(jobs.stream().map(job -> summary(weir, job)).toList()));
        return Main.DONE;
      }
      var heading = new ArrayList<>(List.of("JOB", "STATUS", "EPOCH", "COMMITTED", "PROGRAM"));
      var failures = jobs.stream().map(weir::failure).toList();
      boolean anyFailed = failures.stream().anyMatch(Optional::isPresent);
      if (anyFailed) {
        heading.add("FAILURE");
      }
      var rows = new ArrayList<List<String>>();
      for (int i = 0; i < jobs.size(); i++) {
        var job = jobs.get(i);
        var row =
            new ArrayList<>(
                List.of(
                    job.name(),
                    weir.describe(job),
                    Long.toString(job.epoch()),
                    job.epoch() == 0 ? "-" : Times.show(job.committed()),
                    job.program()));
        if (anyFailed) {
          row.add(failures.get(i).map(JobCommand::firstLine).orElse("-"));
        }
        rows.add(row);
      }
      console.table(heading, rows);
      return Main.DONE;
    }
  }

  @Command(
      name = "inspect",
      description =
          "Shows all that is known of a job: what the store holds, and how it goes while it runs.")
  static final class Inspect extends StoreCommand {
    @Parameters(paramLabel = "NAME", description = "The job.")
    private String name;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    Inspect(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) throws InterruptedException {
      var all = weir.inspect(name);
      if (json) {
        console.print(Json.toText(all));
      } else {
        new JobView(all, Instant.now()).lines().forEach(console::print);
      }
      return Main.DONE;
    }
  }

  @Command(
      name = "watch",
      description = {
        "Shows how a running job goes, on one screen, until the job ends.",
        "",
        "q or Ctrl-C leaves; the job goes on. Where stdout is no terminal, a line for each interval.",
        ""
      })
  static final class Watch extends StoreCommand {
    @Parameters(paramLabel = "NAME", description = "The job.")
    private String name;

    @Option(
        names = "--interval",
        paramLabel = "TIME",
        defaultValue = "1s",
        converter = DurationConverter.class,
        description = "The time between two looks (default: ${DEFAULT-VALUE}).")
    private Duration interval;

    @Option(names = "--json", description = "Print a JSON value for each look, as 'inspect' does.")
    private boolean json;

    Watch(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) throws Exception {
      if (interval.isZero()) {
        throw new CommandException("--interval must be longer than 0, such as 1s");
      }
      if (json || !Screen.possible(console)) {
        watch(weir, Keys.NONE, all -> console.print(json ? Json.toText(all) : line(all)));
        return Main.DONE;
      }
      Map<String, Object> end;
      try (var screen = new Screen(console.out())) {
        end =
            watch(
                weir,
                screen,
                all -> {
                  var size = screen.size();
                  screen.show(new JobView(all, Instant.now()).screen(size.rows(), size.columns()));
                });
      }
      console.print(line(end));
      return Main.DONE;
    }

    /** Looks again and again, until the job has ended or somebody has seen enough. */
    private Map<String, Object> watch(Weir weir, Keys keys, Consumer<Map<String, Object>> shown)
        throws Exception {
      while (true) {
        var all = weir.inspect(name);
        shown.accept(all);
        console.out().flush();
        if (!all.containsKey("process") || keys.quit(interval)) {
          return all;
        }
      }
    }

    private static String line(Map<String, Object> all) {
      return new JobView(all, Instant.now()).line();
    }
  }

  @Command(
      name = "scale",
      description =
          "Sets the number of runners of an operator of a running job, while records flow.")
  static final class Scale extends StoreCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "The job.")
    private String name;

    @Parameters(
        index = "1",
        paramLabel = "[OPERATOR=]N",
        description = "The number of runners, and of which operator where there are several.")
    private String wanted;

    Scale(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) throws InterruptedException {
      int equals = wanted.indexOf('=');
      var operator =
          equals < 0 ? Optional.<String>empty() : Optional.of(wanted.substring(0, equals));
      int runners = number(wanted.substring(equals + 1));
      weir.scale(name, operator, runners);
      console.note(
          operator.map(o -> "operator '" + o + "' of job '").orElse("job '")
              + name
              + "' has "
              + runners
              + (runners == 1 ? " runner" : " runners"));
      return Main.DONE;
    }

    private static int number(String text) {
      try {
        return Integer.parseInt(text);
      } catch (NumberFormatException e) {
        throw new CommandException("'" + text + "' is not a number of runners");
      }
    }
  }

  @Command(
      name = "pause",
      description =
          "Ends a running job after a commit and a snapshot; 'job resume' goes on from there.")
  static final class Pause extends StoreCommand {
    @Parameters(paramLabel = "NAME", description = "The job.")
    private String name;

    Pause(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) throws InterruptedException {
      var snapshot = weir.pause(name);
      console.note(
          "job '"
              + name
              + "' is paused; snapshot "
              + snapshot
              + "; go on with: weir job resume "
              + name);
      return Main.DONE;
    }
  }

  @Command(
      name = "resume",
      description = "Goes on with a job from its last commit, with the options of its last run.")
  static final class Resume extends StoreCommand {
    @Parameters(paramLabel = "NAME", description = "The job.")
    private String name;

    @Option(
        names = "--set",
        paramLabel = "NAME=VALUE",
        description =
            "Another value of a parameter of a graph; the others are those of the last run.")
    private Map<String, String> parameters = Map.of();

    @Mixin private RunCommand.SuccessionOptions succession;

    Resume(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) throws InterruptedException {
      var options = weir.optionsToResume(name).setting(parameters);
      return RunCommand.run(console, weir, options, succession.get(), false);
    }
  }

  @Command(
      name = "stop",
      description = "Treats the input of a running job as ended: end(), final commit, finished.")
  static final class Stop extends StoreCommand {
    @Parameters(paramLabel = "NAME", description = "The job.")
    private String name;

    Stop(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) throws InterruptedException {
      var snapshot = weir.stop(name);
      console.note(
          "job '" + name + "' is stopped" + (snapshot == null ? "" : "; snapshot " + snapshot));
      return Main.DONE;
    }
  }

  @Command(
      name = "remove",
      description = "Forgets jobs that are not running: state, positions, runs. Snapshots stay.")
  static final class Remove extends StoreCommand {
    @Parameters(paramLabel = "NAME", arity = "1..*", description = "The jobs.")
    private List<String> names;

    @Option(
        names = "--anyway",
        description = "Also one that could go on, or has not written all that it committed.")
    private boolean anyway;

    Remove(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      for (var name : names) {
        weir.remove(name, anyway);
        console.note("job '" + name + "' removed");
      }
      return Main.DONE;
    }
  }

  @Command(
      name = "clean",
      description = {
        "Forgets jobs that finished or were stopped long ago.",
        "",
        "Where there are too many, the oldest go whatever their age: finished ones first, then failed"
            + " ones, then paused ones, if those may go at all. Snapshots stay.",
        ""
      })
  static final class Clean extends StoreCommand {
    @Option(
        names = "--older",
        paramLabel = "TIME",
        defaultValue = "72h",
        converter = DurationConverter.class,
        description = "Those whose last commit is older (default: ${DEFAULT-VALUE}).")
    private Duration age;

    @Option(
        names = "--keep",
        paramLabel = "N",
        defaultValue = "50",
        description = "How many jobs may stay (default: ${DEFAULT-VALUE}).")
    private int keep;

    @Option(
        names = "--failed",
        description = "Also those that failed, crashed or were interrupted, and could go on.")
    private boolean failed;

    @Option(names = "--paused", description = "Also those that were paused or restored.")
    private boolean paused;

    @Option(names = "--dry-run", description = "Only name them.")
    private boolean dry;

    Clean(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      if (keep < 0) {
        throw new CommandException("--keep is 0 or more");
      }
      var removed = weir.clean(new Cleaning(age, keep, failed, paused, dry));
      removed.forEach(
          name -> console.note("job '" + name + (dry ? "' would be removed" : "' removed")));
      if (removed.isEmpty()) {
        console.note("no job is to be removed");
      }
      return Main.DONE;
    }
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }

  private static Map<String, Object> summary(Weir weir, Job job) {
    var json = new LinkedHashMap<String, Object>();
    json.put("name", job.name());
    json.put("status", weir.describe(job));
    weir.runner(job.name()).ifPresent(pid -> json.put("process", pid));
    json.put("epoch", job.epoch());
    json.put("committed", job.epoch() == 0 ? null : job.committed().toString());
    json.put("program", job.program());
    json.put("failure", weir.failure(job).orElse(null));
    return json;
  }
}
