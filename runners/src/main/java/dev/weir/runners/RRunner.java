package dev.weir.runners;

import dev.weir.runners.internal.ChildProcess;
import dev.weir.runners.internal.Outlines;
import dev.weir.runners.internal.RMessages;
import dev.weir.runners.internal.RReader;
import dev.weir.runners.internal.RSources;
import java.io.IOException;

/**
 * A child process of R that runs a program. What is said of {@link PythonRunner} holds here too,
 * with two differences.
 *
 * <p>R has no threads. A recall or a {@link ToRunner.Where} is heard while the program waits for
 * records or a lease, and between two records; one that is busy with a record answers afterwards.
 *
 * <p>A second process, which does nothing but wait, ends a busy R when this process has died.
 */
public final class RRunner {

  private RRunner() {}

  /**
   * Starts a runner; returns at once.
   *
   * @throws RunnerException when R cannot be started
   */
  public static Runner start(RSpec spec, Runner.Listener listener) {
    var process = launch(spec);
    try {
      var guard = new ProcessBuilder(RSources.guard(process.pid())).start();
      var unused = process.onExit().thenRun(guard::destroyForcibly);
    } catch (IOException e) {
      process.destroyForcibly();
      throw new RunnerException("sh could not be started: " + e.getMessage() + ".", e);
    }
    return ChildProcess.start(
        "r", process, RSources.firstWords(spec.program(), false), new RMessages(), listener);
  }

  /**
   * Looks at a program without running any of it.
   *
   * @throws RunnerException when R cannot be started
   */
  public static Outline inspect(RSpec spec) {
    var frame =
        ChildProcess.ask(
            launch(spec),
            RSources.firstWords(spec.program(), true),
            spec.r().executable() + " could not read " + spec.file());
    return Outlines.read(RReader.list(frame));
  }

  private static Process launch(RSpec spec) {
    try {
      var builder =
          new ProcessBuilder(RSources.command(spec.r().executable(), spec.program().file()));
      return builder.start();
    } catch (IOException e) {
      throw new RunnerException(
          "R could not be started: " + e.getMessage() + ". Set WEIR_R to the R to use.", e);
    }
  }
}
