package dev.weir.cli;

import dev.weir.app.Weir;
import dev.weir.graph.Json;
import dev.weir.state.ColumnType;
import dev.weir.state.Row;
import dev.weir.state.Snapshot;
import dev.weir.state.Table;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code weir snapshot}. */
@Command(
    name = "snapshot",
    description = {
      "Lists, takes and restores snapshots of jobs. An ID may be any unique beginning of it.",
    },
    subcommands = {
      SnapshotCommand.ListSnapshots.class,
      SnapshotCommand.Show.class,
      SnapshotCommand.Take.class,
      SnapshotCommand.Restore.class,
      SnapshotCommand.Diff.class,
      SnapshotCommand.Export.class,
      SnapshotCommand.Import.class,
      SnapshotCommand.Remove.class,
      SnapshotCommand.Verify.class
    },
    synopsisSubcommandLabel = "COMMAND")
final class SnapshotCommand extends Group {

  @Command(
      name = "list",
      description = "Lists the snapshots of a job, or of all jobs, newest first.")
  static final class ListSnapshots extends StoreCommand {
    @Parameters(paramLabel = "NAME", arity = "0..1", description = "The job.")
    private String name;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    ListSnapshots(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      var snapshots = name == null ? weir.snapshots().list() : weir.snapshots().list(name);
      if (json) {
        console.print(Json.toText(snapshots.stream().map(SnapshotCommand::json).toList()));
        return Main.DONE;
      }
      console.table(
          List.of("ID", "JOB", "TAKEN", "EPOCH", "WHY", "ROWS", "SIZE", "SHARED", ""),
          snapshots.stream()
              .map(
                  s ->
                      List.of(
                          s.id(),
                          s.subject(),
                          Times.show(s.takenAt()),
                          Long.toString(s.position()),
                          s.why().word(),
                          Long.toString(s.rows()),
                          Console.bytes(s.bytes()),
                          Console.bytes(s.sharedBytes()),
                          s.damaged() ? "DAMAGED" : ""))
              .toList());
      return Main.DONE;
    }
  }

  @Command(name = "show", description = "Shows one snapshot; with --rows, what it holds.")
  static final class Show extends StoreCommand {
    @Parameters(paramLabel = "ID", description = "The snapshot.")
    private String id;

    @Option(names = "--rows", description = "Print its rows, one JSON object a line.")
    private boolean rows;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    Show(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      if (rows) {
        try (var contents = weir.snapshots().open(id)) {
          for (var table : contents.tables()) {
            try (var stored = contents.rows(table)) {
              stored.forEachRemaining(row -> console.print(Json.toText(named(table, row))));
            }
          }
        }
        return Main.DONE;
      }
      var snapshot = json(weir.snapshots().find(id));
      if (json) {
        console.print(Json.toText(snapshot));
      } else {
        snapshot.forEach(
            (key, value) ->
                console.print(
                    String.format(
                        "%-10s %s", key, value instanceof String ? value : Json.toText(value))));
      }
      return Main.DONE;
    }
  }

  @Command(name = "take", description = "Takes a snapshot of a job now, running or not.")
  static final class Take extends StoreCommand {
    @Parameters(paramLabel = "NAME", description = "The job.")
    private String name;

    Take(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) throws InterruptedException {
      console.print(weir.snapshots().take(name).id());
      return Main.DONE;
    }
  }

  @Command(
      name = "restore",
      description = {
        "Makes a snapshot the state of exactly the job's next run.",
        "The job must not be running. What could have been resumed is snapshotted first, then ended."
      })
  static final class Restore extends StoreCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "The job.")
    private String name;

    @Parameters(
        index = "1",
        arity = "0..1",
        paramLabel = "ID",
        description = "The snapshot (default: the newest).")
    private String id;

    @Option(
        names = "--positions",
        description =
            "The next run also goes on from where the snapshot's sources and sinks stood.")
    private boolean positions;

    Restore(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      var done = weir.snapshots().restore(name, Optional.ofNullable(id), positions);
      done.kept()
          .ifPresent(
              kept ->
                  console.note(
                      "job '"
                          + name
                          + "' could have been resumed from epoch "
                          + kept.position()
                          + "; that state is kept as snapshot "
                          + kept.id()));
      console.note(
          "snapshot "
              + done.restored().id()
              + " restored; the next run of '"
              + name
              + (positions ? "' goes on from its positions" : "' starts with it"));
      return Main.DONE;
    }
  }

  @Command(name = "diff", description = "Prints the rows that differ between two snapshots.")
  static final class Diff extends StoreCommand {
    @Parameters(index = "0", paramLabel = "A", description = "The one snapshot.")
    private String from;

    @Parameters(index = "1", paramLabel = "B", description = "The other.")
    private String to;

    @Option(names = "--json", description = "Print one JSON object a row.")
    private boolean json;

    Diff(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      try (var diff = weir.snapshots().diff(from, to)) {
        while (diff.hasNext()) {
          var row = diff.next();
          if (json) {
            var object = new LinkedHashMap<String, Object>();
            object.put("table", row.table().name());
            object.put("before", row.before() == null ? null : named(row.table(), row.before()));
            object.put("after", row.after() == null ? null : named(row.table(), row.after()));
            console.print(Json.toText(object));
          } else {
            if (row.before() != null) {
              console.print("- " + row.table().name() + " " + text(row.before()));
            }
            if (row.after() != null) {
              console.print("+ " + row.table().name() + " " + text(row.after()));
            }
          }
        }
      }
      return Main.DONE;
    }
  }

  @Command(
      name = "export",
      description = "Writes a snapshot to a zip: manifest.json and an Avro file for each table.")
  static final class Export extends StoreCommand {
    @Parameters(index = "0", paramLabel = "ID", description = "The snapshot.")
    private String id;

    @Parameters(index = "1", paramLabel = "FILE", description = "The file to write.")
    private Path file;

    Export(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      var snapshot = weir.snapshots().export(id, file);
      console.note(
          "snapshot " + snapshot.id() + " of job '" + snapshot.subject() + "' written to " + file);
      return Main.DONE;
    }
  }

  @Command(name = "import", description = "Adds an exported snapshot to this store.")
  static final class Import extends StoreCommand {
    @Parameters(paramLabel = "FILE", description = "The exported file.")
    private Path file;

    Import(Console console) {
      super(console, true);
    }

    @Override
    int call(Weir weir) {
      var snapshot = weir.snapshots().importFrom(file);
      console.note("snapshot of job '" + snapshot.subject() + "' imported");
      console.print(snapshot.id());
      return Main.DONE;
    }
  }

  @Command(
      name = "remove",
      description = "Removes snapshots; with --keep N, all of a job but the newest N.")
  static final class Remove extends StoreCommand {
    @Parameters(
        paramLabel = "ID",
        arity = "1..*",
        description = "The snapshots; with --keep, the job.")
    private List<String> ids;

    @Option(names = "--keep", paramLabel = "N", description = "Keep the newest N of the job.")
    private Integer keep;

    Remove(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      for (var id : ids) {
        var removed =
            keep == null ? List.of(weir.snapshots().remove(id)) : weir.snapshots().prune(id, keep);
        removed.forEach(s -> console.note("snapshot " + s.id() + " removed"));
      }
      return Main.DONE;
    }
  }

  @Command(
      name = "verify",
      description = "Reads every byte of a job's snapshots, or of one, and names what is damaged.")
  static final class Verify extends StoreCommand {
    @Parameters(
        paramLabel = "NAME",
        arity = "0..1",
        description = "A job, or the id of a snapshot (default: all snapshots of the store).")
    private String name;

    Verify(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      int damaged = 0;
      var snapshots = which(weir);
      for (var snapshot : snapshots) {
        var damages = weir.snapshots().verify(snapshot.id());
        if (damages.isEmpty()) {
          console.print(snapshot.id() + "  sound");
        } else {
          damaged++;
          for (var damage : damages) {
            console.print(
                snapshot.id()
                    + "  DAMAGED  table "
                    + damage.table()
                    + ", chunk "
                    + damage.chunk()
                    + ": "
                    + damage.what());
          }
        }
      }
      console.note(snapshots.size() + " snapshots read, " + damaged + " damaged");
      return damaged == 0 ? Main.DONE : Main.FAILED;
    }

    private List<Snapshot> which(Weir weir) {
      if (name == null) {
        return weir.snapshots().list();
      }
      boolean isJob = weir.jobs().stream().anyMatch(job -> job.name().equals(name));
      return isJob ? weir.snapshots().list(name) : List.of(weir.snapshots().find(name));
    }
  }

  private static Map<String, Object> json(Snapshot s) {
    var json = new LinkedHashMap<String, Object>();
    json.put("id", s.id());
    json.put("job", s.subject());
    json.put("epoch", s.position());
    json.put("taken", s.takenAt().toString());
    json.put("why", s.why().word());
    json.put("program", s.program());
    json.put("tables", (long) s.tables());
    json.put("rows", s.rows());
    json.put("bytes", s.bytes());
    json.put("shared", s.sharedBytes());
    json.put("positions", Json.parse(s.positions()));
    json.put("damaged", s.damaged());
    return json;
  }

  private static Map<String, Object> named(Table table, Row row) {
    var object = new LinkedHashMap<String, Object>();
    object.put("table", table.name());
    for (int i = 0; i < table.columns().size(); i++) {
      var column = table.columns().get(i);
      object.put(column.name(), value(column.type(), row.get(i)));
    }
    return object;
  }

  private static Object value(ColumnType type, Object value) {
    if (value == null) {
      return null;
    }
    return switch (type) {
      case JSON -> Json.parse((String) value);
      case BYTES -> java.util.Base64.getEncoder().encodeToString((byte[]) value);
      case INSTANT -> value.toString();
      default -> value;
    };
  }

  private static String text(Row row) {
    var cells = new ArrayList<String>();
    for (int i = 0; i < row.size(); i++) {
      var value = row.get(i);
      cells.add(
          value instanceof byte[] b
              ? java.util.HexFormat.of().formatHex(b)
              : String.valueOf(value));
    }
    return String.join("  ", cells);
  }
}
