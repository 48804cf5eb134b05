package dev.weir.cli;

import dev.weir.app.Weir;
import dev.weir.engine.Job;
import dev.weir.graph.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code weir job}. */
@Command(
    name = "job",
    description = "Lists, inspects and steers jobs.",
    subcommands = {
      JobCommand.ListJobs.class,
      JobCommand.Inspect.class,
      JobCommand.Scale.class,
      JobCommand.Pause.class,
      JobCommand.Resume.class,
      JobCommand.Stop.class
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
      console.table(
          List.of("JOB", "STATUS", "EPOCH", "COMMITTED", "PROGRAM"),
          jobs.stream()
              .map(
                  job ->
                      List.of(
                          job.name(),
                          weir.describe(job),
                          Long.toString(job.epoch()),
                          Times.show(job.committed()),
                          job.program()))
              .toList());
      return Main.DONE;
    }
  }

  @Command(
      name = "inspect",
      description = "Shows what the store holds of a job, as of its last commit.")
  static final class Inspect extends StoreCommand {
    @Parameters(paramLabel = "NAME", description = "The job.")
    private String name;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    Inspect(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      var job = weir.job(name);
      var all = summary(weir, job);
      all.put("version", job.version());
      all.put("run", job.run());
      all.put("started", job.started().toString());
      all.put("failure", job.failure().orElse(null));
      all.put("owed", job.owed().orElse(null));
      all.put("nodes", job.nodes());
      all.put("positions", job.positions());
      all.put("stats", job.stats());
      all.put("options", job.options());
      if (json) {
        console.print(Json.toText(all));
      } else {
        all.forEach((key, value) -> show("", key, value));
      }
      return Main.DONE;
    }

    private void show(String indent, String key, Object value) {
      if (value instanceof Map<?, ?> map) {
        console.print(indent + key);
        map.forEach((k, v) -> show(indent + "  ", (String) k, v));
      } else if (value instanceof List<?> list && !list.isEmpty() && list.get(0) instanceof Map) {
        console.print(indent + key);
        list.forEach(v -> console.print(indent + "  " + Json.toText(v)));
      } else if (value != null) {
        console.print(
            String.format(
                "%s%-" + Math.max(1, 12 - indent.length()) + "s %s",
                indent,
                key,
                value instanceof String text
                    ? text.replace("\n", "\n" + indent + " ".repeat(13))
                    : Json.toText(value)));
      }
    }
  }

  @Command(
      name = "scale",
      description = "Sets the number of runners of a running job, while records flow.")
  static final class Scale extends StoreCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "The job.")
    private String name;

    @Parameters(index = "1", paramLabel = "N", description = "The number of runners.")
    private int runners;

    Scale(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) throws InterruptedException {
      weir.scale(name, runners);
      console.note("job '" + name + "' has " + runners + (runners == 1 ? " runner" : " runners"));
      return Main.DONE;
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

    Resume(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) throws InterruptedException {
      return RunCommand.run(console, weir, weir.optionsToResume(name), false);
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

  private static Map<String, Object> summary(Weir weir, Job job) {
    var json = new LinkedHashMap<String, Object>();
    json.put("name", job.name());
    json.put("status", weir.describe(job));
    weir.runner(job.name()).ifPresent(pid -> json.put("process", pid));
    json.put("epoch", job.epoch());
    json.put("committed", job.committed().toString());
    json.put("program", job.program());
    return json;
  }
}
