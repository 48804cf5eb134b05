package dev.weir.cli;

import dev.weir.app.CommandException;
import dev.weir.app.Weir;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import picocli.CommandLine.Option;

/** The store of a command. */
final class StoreOption {

  static final String DEFAULT = "sqlite:.weir/state.db";

  @Option(
      names = "--store",
      paramLabel = "URL",
      defaultValue = DEFAULT,
      description =
          "Where state is kept: memory:, sqlite:PATH, postgres://USER:PASSWORD@HOST:PORT/DB (default: ${DEFAULT-VALUE}).")
  private String url;

  /** Opens the store, creating it if needed. */
  Weir open() {
    return Weir.open(url, Clock.systemUTC());
  }

  /** Opens a store that must be there: a command that only asks creates nothing. */
  Weir openExisting() {
    if (url.equals("memory:")) {
      throw new CommandException(
          "a memory: store ends with its run; this command needs one that lasts");
    }
    if (url.startsWith("sqlite:") && !Files.exists(Path.of(url.substring("sqlite:".length())))) {
      throw new CommandException(
          "there is no store " + url + " here; run a program first, or name a store with --store");
    }
    return open();
  }
}
