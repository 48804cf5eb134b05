package dev.weir.runners.internal.jvm;

import java.io.PrintStream;

/**
 * What a model's {@code System.out} and {@code System.err} are. Each {@link Loader} has this class
 * anew, so that what a model prints goes to the log of its own runner.
 */
public final class Console {

  public static final PrintStream out = Loader.printer(Console.class);
  public static final PrintStream err = out;

  private Console() {}
}
