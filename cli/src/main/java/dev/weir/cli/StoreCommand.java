package dev.weir.cli;

import dev.weir.app.Weir;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/** A command about a store. */
abstract class StoreCommand implements Callable<Integer> {

  final Console console;
  private final boolean creates;

  @Mixin private StoreOption store;

  StoreCommand(Console console) {
    this(console, false);
  }

  /** With {@code creates}, the store is created where there is none. */
  StoreCommand(Console console, boolean creates) {
    this.console = console;
    this.creates = creates;
  }

  @Override
  public final Integer call() throws Exception {
    try (var weir = creates ? store.open() : store.openExisting()) {
      return call(weir);
    }
  }

  /** The command itself; its exit status. */
  abstract int call(Weir weir) throws Exception;
}
