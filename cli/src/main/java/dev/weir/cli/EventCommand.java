package dev.weir.cli;

import dev.weir.app.CommandException;
import dev.weir.app.Weir;
import dev.weir.pond.BadEventException;
import dev.weir.pond.Draft;
import dev.weir.pond.Event;
import dev.weir.pond.EventLine;
import dev.weir.pond.Where;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code weir event}. */
@Command(
    name = "event",
    description = "Reads and writes the event log of a store.",
    subcommands = {
      EventCommand.ListEvents.class,
      EventCommand.Emit.class,
      EventCommand.Tail.class,
      EventCommand.Import.class,
      EventCommand.Export.class
    },
    synopsisSubcommandLabel = "COMMAND")
final class EventCommand extends Group {

  private static final int PAGE = 1_000;

  /** A command that asks for some events. */
  abstract static class Query extends StoreCommand {
    @Parameters(
        index = "0",
        arity = "0..1",
        defaultValue = "allEvents",
        paramLabel = "QUERY",
        description = "Tags, such as \"'chat' & 'room:1' | isLocal\" (default: all events).")
    private String query;

    Query(Console console) {
      super(console);
    }

    Where where() {
      return Where.parse(query);
    }
  }

  @Command(name = "list", description = "Lists events in their order.")
  static final class ListEvents extends Query {
    @Option(names = "--last", paramLabel = "N", description = "Only the last N.")
    private long last = -1;

    @Option(names = "--json", description = "Print a JSON object a line.")
    private boolean json;

    ListEvents(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      if (json) {
        weir.pond().events(where(), last, event -> console.print(EventLine.write(event)));
        return Main.DONE;
      }
      var rows = new ArrayList<List<String>>();
      weir.pond()
          .events(
              where(),
              last,
              event ->
                  rows.add(
                      List.of(
                          event.key().toString(),
                          Times.show(event.time()),
                          String.join(" ", event.tags()),
                          event.payload())));
      console.table(List.of("EVENT", "TIME", "TAGS", "PAYLOAD"), rows);
      return Main.DONE;
    }
  }

  @Command(name = "emit", description = "Appends events to this node's stream.")
  static final class Emit extends StoreCommand {
    @Parameters(
        index = "0",
        paramLabel = "PAYLOAD",
        description = "A JSON value; -: one a line from stdin.")
    private String payload;

    @Option(
        names = {"-t", "--tag"},
        paramLabel = "TAG",
        description = "A tag of the event; may be repeated.")
    private List<String> tags = List.of();

    Emit(Console console) {
      super(console, true);
    }

    @Override
    int call(Weir weir) throws IOException {
      try (var log = weir.pond().log()) {
        if (!payload.equals("-")) {
          log.append(new Draft(tags, payload)).forEach(event -> console.print(event.id()));
          return Main.DONE;
        }
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var page = new ArrayList<Draft>();
        for (var line = in.readLine(); line != null; line = in.readLine()) {
          page.add(new Draft(tags, line));
          if (page.size() == PAGE || !in.ready()) {
            log.append(page).forEach(event -> console.print(event.id()));
            page.clear();
          }
        }
        log.append(page).forEach(event -> console.print(event.id()));
      }
      return Main.DONE;
    }
  }

  @Command(name = "tail", description = "Prints events as they come, a JSON object a line.")
  static final class Tail extends Query {
    Tail(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) throws InterruptedException {
      weir.pond()
          .tail(
              where(),
              event -> {
                console.print(EventLine.write(event));
                console.out().flush();
              });
      return Main.DONE;
    }
  }

  @Command(
      name = "import",
      description = "Takes over events of other nodes, as export writes them.")
  static final class Import extends StoreCommand {
    @Parameters(index = "0", paramLabel = "FILE", description = "The file; -: stdin.")
    private String file;

    Import(Console console) {
      super(console, true);
    }

    @Override
    int call(Weir weir) throws IOException {
      var events = new ArrayList<Event>();
      try (var in =
          file.equals("-")
              ? new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
              : Files.newBufferedReader(existing(file))) {
        int number = 0;
        for (var line = in.readLine(); line != null; line = in.readLine()) {
          number++;
          if (!line.isBlank()) {
            try {
              events.add(EventLine.read(line));
            } catch (BadEventException e) {
              throw new BadEventException(
                  "%s, line %d: %s".formatted(file, number, e.getMessage()), e);
            }
          }
        }
      }
      var result = weir.pond().ingest(events);
      console.note(
          "%,d events are new, %,d were here already".formatted(result.added(), result.known()));
      result.refused().forEach(refused -> console.note("put aside: " + refused.why()));
      result.missing().forEach(missing -> console.note("missing before others: " + missing));
      return result.refused().isEmpty() && result.missing().isEmpty() ? Main.DONE : Main.FAILED;
    }

    private static Path existing(String file) {
      var path = Path.of(file);
      if (!Files.isReadable(path)) {
        throw new CommandException("there is no file " + file + ", or it cannot be read");
      }
      return path;
    }
  }

  @Command(name = "export", description = "Writes events to a file, a JSON object a line.")
  static final class Export extends StoreCommand {
    @Parameters(index = "0", paramLabel = "FILE", description = "The file; -: stdout.")
    private String file;

    Export(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) throws IOException {
      if (file.equals("-")) {
        weir.pond().events(Where.allEvents(), -1, event -> console.print(EventLine.write(event)));
        return Main.DONE;
      }
      try (BufferedWriter out = Files.newBufferedWriter(Path.of(file))) {
        weir.pond()
            .events(
                Where.allEvents(),
                -1,
                event -> {
                  try {
                    out.write(EventLine.write(event));
                    out.write('\n');
                  } catch (IOException e) {
                    throw new CommandException(file + " cannot be written: " + e.getMessage());
                  }
                });
      }
      return Main.DONE;
    }
  }
}
