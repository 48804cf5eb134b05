package dev.weir.cli;

import dev.weir.app.StateCommands.Entry;
import dev.weir.app.Weir;
import dev.weir.graph.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code weir pool}. */
@Command(
    name = "pool",
    description = "Reads and sets the pools of a job, as of its last commit.",
    subcommands = {
      PoolCommand.ListPool.class,
      PoolCommand.Get.class,
      PoolCommand.Set.class,
      PoolCommand.Delete.class
    },
    synopsisSubcommandLabel = "COMMAND")
final class PoolCommand extends Group {

  @Command(name = "list", description = "Lists the keys and values of a job's pool, or of all.")
  static final class ListPool extends StoreCommand {
    @Parameters(index = "0", paramLabel = "JOB", description = "The job.")
    private String job;

    @Parameters(
        index = "1",
        arity = "0..1",
        paramLabel = "POOL",
        description = "The pool: NAME or OPERATOR/NAME.")
    private String pool;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    ListPool(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      var entries = weir.state().pool(job, Optional.ofNullable(pool));
      if (json) {
        console.print(Json.toText(entries.stream().map(PoolCommand::json).toList()));
        return Main.DONE;
      }
      console.table(
          List.of("POOL", "KEY", "VALUE"),
          entries.stream()
              .map(e -> List.of(e.operator() + "/" + e.pool(), e.key(), e.value()))
              .toList());
      return Main.DONE;
    }
  }

  /** A command about one key. */
  abstract static class KeyCommand extends StoreCommand {
    @Parameters(index = "0", paramLabel = "JOB", description = "The job.")
    String job;

    @Parameters(index = "1", paramLabel = "POOL", description = "The pool: NAME or OPERATOR/NAME.")
    String pool;

    @Parameters(index = "2", paramLabel = "KEY", description = "The key.")
    String key;

    KeyCommand(Console console) {
      super(console);
    }
  }

  @Command(name = "get", description = "Prints the value of a key.")
  static final class Get extends KeyCommand {
    Get(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      console.print(weir.state().entry(job, pool, key).value());
      return Main.DONE;
    }
  }

  @Command(
      name = "set",
      description = "Sets a key; in a running job, in the epoch that is then committed.")
  static final class Set extends KeyCommand {
    @Parameters(index = "3", paramLabel = "VALUE", description = "A JSON value.")
    private String value;

    Set(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) throws InterruptedException {
      weir.state().setEntry(job, pool, key, value);
      return Main.DONE;
    }
  }

  @Command(name = "delete", description = "Deletes a key.")
  static final class Delete extends KeyCommand {
    Delete(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) throws InterruptedException {
      weir.state().deleteEntry(job, pool, key);
      return Main.DONE;
    }
  }

  private static Object json(Entry entry) {
    var json = new LinkedHashMap<String, Object>();
    json.put("operator", entry.operator());
    json.put("pool", entry.pool());
    json.put("key", entry.key());
    json.put("value", Json.parse(entry.value()));
    return json;
  }
}
