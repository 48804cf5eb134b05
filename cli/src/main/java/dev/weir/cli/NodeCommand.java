package dev.weir.cli;

import dev.weir.app.CommandException;
import dev.weir.app.Weir;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code weir node}. */
@Command(
    name = "node",
    description = "Exchanges events with other nodes.",
    subcommands = {NodeCommand.Show.class, NodeCommand.Sync.class, NodeCommand.Serve.class},
    synopsisSubcommandLabel = "COMMAND")
final class NodeCommand extends Group {

  private static final String VARIABLE = "WEIR_TOKEN";

  /** A command that needs the secret of a node. */
  abstract static class TokenCommand extends StoreCommand {
    @Option(
        names = "--token-file",
        paramLabel = "FILE",
        description =
            "Where the secret of the nodes stands (default: the variable " + VARIABLE + ").")
    private Path file;

    TokenCommand(Console console) {
      super(console, true);
    }

    String token() {
      String token;
      try {
        token = file == null ? System.getenv(VARIABLE) : Files.readString(file).strip();
      } catch (IOException e) {
        throw new CommandException("the secret in %s cannot be read".formatted(file));
      }
      if (token == null || token.isEmpty()) {
        throw new CommandException(
            "nodes know each other by a secret: set "
                + VARIABLE
                + ", or name a file with --token-file");
      }
      return token;
    }
  }

  @Command(name = "show", description = "Shows who this node is and how far it knows each stream.")
  static final class Show extends StoreCommand {
    Show(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      try (var log = weir.pond().log()) {
        console.print("node " + log.node());
        console.table(
            List.of("STREAM", "LAST OFFSET"),
            log.present().byStream().entrySet().stream()
                .map(e -> List.of(e.getKey(), e.getValue().toString()))
                .toList());
        log.quarantined().forEach(refused -> console.note("put aside: " + refused.why()));
      }
      return Main.DONE;
    }
  }

  @Command(
      name = "sync",
      description = {
        "Exchanges events with a node, both ways.",
        "URL: http://HOST:PORT of a node that serves; kafka://HOST:PORT/TOPIC, where nodes leave events for each"
            + " other; or a store that nodes share, such as postgres://USER@HOST/DATABASE?schema=NAME."
      })
  static final class Sync extends TokenCommand {
    @Parameters(index = "0", paramLabel = "URL", description = "Such as http://host:4454.")
    private String url;

    Sync(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) {
      var result =
          weir.pond().sync(url, this::token, strange -> console.note("passed over: " + strange));
      console.note("%,d events received, %,d sent".formatted(result.received(), result.sent()));
      result.refused().forEach(refused -> console.note("put aside: " + refused.why()));
      return result.refused().isEmpty() ? Main.DONE : Main.FAILED;
    }
  }

  @Command(name = "serve", description = "Lets other nodes exchange events, until Ctrl-C.")
  static final class Serve extends TokenCommand {
    @Option(
        names = "--host",
        paramLabel = "HOST",
        defaultValue = "",
        description = "The address to listen on (default: loopback only).")
    private String host;

    @Option(
        names = "--port",
        paramLabel = "PORT",
        defaultValue = "4454",
        description = "The port (default: ${DEFAULT-VALUE}; 0: a free one).")
    private int port;

    Serve(Console console) {
      super(console);
    }

    @Override
    int call(Weir weir) throws InterruptedException {
      try (var server = weir.pond().serve(host, port, token())) {
        console.note("listening on port " + server.port());
        Thread.sleep(Long.MAX_VALUE);
      }
      return Main.DONE;
    }
  }
}
