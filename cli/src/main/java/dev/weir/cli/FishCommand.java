package dev.weir.cli;

import dev.weir.app.CommandException;
import dev.weir.app.PondCommands.FishAtWork;
import dev.weir.app.Weir;
import dev.weir.graph.Json;
import dev.weir.pond.At;
import dev.weir.pond.Fish;
import dev.weir.pond.FishId;
import dev.weir.pond.Moment;
import dev.weir.pond.Pond;
import dev.weir.pond.SavedState;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code weir fish}. */
@Command(
    name = "fish",
    description = {
      "Shows fish: folds over the event log, now and in the past.",
      "A FISH is a Java file whose class has a method: static Fish<?, ?> fish(),",
      "or a Python file with initial_state and on_event(state, event, metadata).",
      "A POINT is now, a time (2026-01-31T12:00:00Z), an event (LAMPORT/STREAM) or STREAM@OFFSET."
    },
    subcommands = {
      FishCommand.ListFish.class,
      FishCommand.Show.class,
      FishCommand.Watch.class,
      FishCommand.AtPoint.class,
      FishCommand.Diff.class,
      FishCommand.Bisect.class,
      FishCommand.Release.class
    },
    synopsisSubcommandLabel = "COMMAND")
final class FishCommand extends Group {

  @Command(name = "list", description = "Lists the fish that have snapshots.")
  static final class ListFish extends StoreCommand {
    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    ListFish(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      var fish = weir.pond().fish();
      if (json) {
        console.print(
            Json.toText(
                fish.stream()
                    .map(
                        each -> {
                          var object = new LinkedHashMap<String, Object>();
                          object.put("fish", each.fish());
                          object.put("snapshots", (long) each.snapshots());
                          object.put("events", each.newest().position());
                          object.put("snapshot", each.newest().id());
                          object.put("taken", each.newest().takenAt().toString());
                          return object;
                        })
                    .toList()));
        return Main.DONE;
      }
      console.table(
          List.of("FISH", "SNAPSHOTS", "EVENTS", "NEWEST", "TAKEN"),
          fish.stream()
              .map(
                  each ->
                      List.of(
                          each.fish(),
                          "" + each.snapshots(),
                          "" + each.newest().position(),
                          each.newest().id(),
                          Times.show(each.newest().takenAt())))
              .toList());
      return Main.DONE;
    }
  }

  @Command(name = "show", description = "Prints the state in a fish's newest snapshot, as JSON.")
  static final class Show extends StoreCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "TYPE/NAME@VERSION, as listed.")
    private String name;

    Show(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      console.print(weir.pond().savedState(name));
      return Main.DONE;
    }
  }

  @Command(
      name = "release",
      description = {
        "Lets a fish fold the events again that it has put in quarantine,",
        "when it wakes the next time; with --list only lists them."
      })
  static final class Release extends StoreCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "TYPE/NAME@VERSION.")
    private String name;

    @Option(names = "--list", description = "Release nothing.")
    private boolean list;

    Release(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      var fish = FishId.parse(name);
      try (var log = weir.pond().log()) {
        var events = list ? log.leftOut(fish) : log.release(fish);
        console.table(
            List.of("EVENT", "PAYLOAD", "ERROR"),
            events.stream()
                .map(each -> List.of(each.event().id(), each.event().payload(), each.error()))
                .toList());
      }
      return Main.DONE;
    }
  }

  /** A command about a fish that a file defines. */
  abstract static class FileCommand extends StoreCommand {
    @Parameters(index = "0", paramLabel = "FISH", description = "The file of the fish.")
    private Path file;

    FileCommand(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) throws Exception {
      try (var work = open(console, weir, file)) {
        return call(work, work.fish());
      }
    }

    static FishAtWork open(Console console, Weir weir, Path file) {
      return weir.pond()
          .open(
              file, report -> console.note(report.subject() + ": " + report.what()), console::note);
    }

    abstract <S, E> int call(FishAtWork work, Fish<S, E> fish) throws Exception;

    static <S, E> String text(Fish<S, E> fish, Moment<S> moment) {
      return fish.states().write(moment.state());
    }
  }

  @Command(name = "watch", description = "Prints the state now and after each change.")
  static final class Watch extends FileCommand {
    @Option(names = "--once", description = "Print the state now, and end.")
    private boolean once;

    Watch(Console console) {
      super(console);
    }

    @Override
    <S, E> int call(FishAtWork work, Fish<S, E> fish) throws InterruptedException {
      if (once) {
        console.print(fish.states().write(work.pond().currentState(fish)));
        return Main.DONE;
      }
      return watch(console, work, fish);
    }

    /** Prints the state now and after each change, until the process is ended. */
    static <S, E> int watch(Console console, FishAtWork work, Fish<S, E> fish)
        throws InterruptedException {
      work.pond()
          .observe(
              fish,
              emission -> {
                console.print(fish.states().write(emission.state()));
                console.out().flush();
              },
              error -> console.error(error.getMessage()));
      Thread.sleep(Long.MAX_VALUE);
      return Main.DONE;
    }
  }

  @Command(name = "at", description = "Prints the state at a point of the past.")
  static final class AtPoint extends FileCommand {
    @Parameters(index = "1", paramLabel = "POINT", description = "The point.")
    private String point;

    AtPoint(Console console) {
      super(console);
    }

    @Override
    <S, E> int call(FishAtWork work, Fish<S, E> fish) {
      console.print(text(fish, work.pond().stateAt(fish, At.parse(point))));
      return Main.DONE;
    }
  }

  @Command(name = "diff", description = "Shows where the states at two points differ.")
  static final class Diff extends FileCommand {
    @Parameters(index = "1", paramLabel = "POINT", description = "The earlier point.")
    private String from;

    @Parameters(
        index = "2",
        arity = "0..1",
        defaultValue = "now",
        paramLabel = "POINT",
        description = "The later point (default: now).")
    private String to;

    Diff(Console console) {
      super(console);
    }

    @Override
    <S, E> int call(FishAtWork work, Fish<S, E> fish) {
      var before = text(fish, work.pond().stateAt(fish, At.parse(from)));
      var after = text(fish, work.pond().stateAt(fish, At.parse(to)));
      console.table(
          List.of("PATH", "BEFORE", "AFTER"),
          SavedState.diff(before, after).stream()
              .map(
                  each ->
                      List.of(
                          each.path(),
                          each.before() == null ? "-" : each.before(),
                          each.after() == null ? "-" : each.after()))
              .toList());
      return Main.DONE;
    }
  }

  @Command(
      name = "bisect",
      description = "Finds the first event after which a condition on the state is false.")
  static final class Bisect extends FileCommand {
    @Parameters(
        index = "1",
        paramLabel = "CONDITION",
        description =
            "PATH OP VALUE, such as '/count <= 100': a JSON pointer; one of = != < <= > >=; a JSON value.")
    private String condition;

    Bisect(Console console) {
      super(console);
    }

    @Override
    <S, E> int call(FishAtWork work, Fish<S, E> fish) {
      var wanted = Condition.parse(condition);
      var found = first(work.pond(), fish, wanted);
      if (found == null) {
        console.note("after every event the condition is true");
        return Main.DONE;
      }
      console.print(found.at().id());
      console.note("%s makes it %s".formatted(found.at().payload(), text(fish, found)));
      return Main.FAILED;
    }

    private static <S, E> Moment<S> first(Pond pond, Fish<S, E> fish, Condition wanted) {
      return pond.firstFalse(fish, state -> wanted.isTrue(fish.states().write(state))).orElse(null);
    }
  }

  /** A comparison of a part of a state. */
  record Condition(String path, String operator, Object value) {

    static Condition parse(String text) {
      var parts = text.strip().split("\\s+", 3);
      if (parts.length != 3 || !List.of("=", "!=", "<", "<=", ">", ">=").contains(parts[1])) {
        throw new CommandException(
            "'%s' is no condition: write PATH OP VALUE, such as '/count <= 100'".formatted(text));
      }
      return new Condition(parts[0].equals(".") ? "" : parts[0], parts[1], Json.parse(parts[2]));
    }

    boolean isTrue(String state) {
      var part = part(Json.parse(state));
      if (operator.equals("=") || operator.equals("!=")) {
        return Json.toText(part).equals(Json.toText(value)) == operator.equals("=");
      }
      int order;
      if (part instanceof Number a && value instanceof Number b) {
        order = Double.compare(a.doubleValue(), b.doubleValue());
      } else if (part instanceof String a && value instanceof String b) {
        order = a.compareTo(b);
      } else {
        return true;
      }
      return switch (operator) {
        case "<" -> order < 0;
        case "<=" -> order <= 0;
        case ">" -> order > 0;
        default -> order >= 0;
      };
    }

    private Object part(Object state) {
      var part = state;
      for (var step : path.isEmpty() ? new String[0] : path.substring(1).split("/", -1)) {
        var name = step.replace("~1", "/").replace("~0", "~");
        if (part instanceof java.util.Map<?, ?> map) {
          part = map.get(name);
        } else if (part instanceof List<?> list && name.matches("[0-9]{1,9}")) {
          int index = Integer.parseInt(name);
          part = index < list.size() ? list.get(index) : null;
        } else {
          return null;
        }
      }
      return part;
    }
  }
}
