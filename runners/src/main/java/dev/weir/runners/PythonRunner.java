package dev.weir.runners;

import dev.weir.runners.internal.ChildProcess;
import dev.weir.runners.internal.MarshalReader;
import dev.weir.runners.internal.Messages;
import dev.weir.runners.internal.Outlines;
import dev.weir.runners.internal.PythonSources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A child process of CPython that runs a program.
 *
 * <p>{@link FromRunner.Ready} or {@link FromRunner.Failed} is heard when the program is loaded;
 * messages may be sent before. {@link FromRunner.Exited} is always heard, once, after everything
 * else, perhaps after {@link Runner#close} has returned. The process ends when its standard input
 * does, so it does not outlive this one.
 *
 * <p>Everything that the program and the libraries in it print, on standard output or error, is
 * told to the listener by the line; a program that prints faster than the listener takes has to
 * wait.
 */
public final class PythonRunner {

  private PythonRunner() {}

  /**
   * Starts a runner; returns at once.
   *
   * @throws RunnerException when the interpreter cannot be started
   */
  public static Runner start(PythonSpec spec, Runner.Listener listener) {
    var firstWords = PythonSources.firstWords(spec.program(), false);
    return ChildProcess.start(
        "python", launch(spec.python(), spec.file()), firstWords, new Messages(), listener);
  }

  /**
   * Looks at a program without running any of it.
   *
   * @throws RunnerException when the interpreter cannot be started
   */
  public static Outline inspect(PythonSpec spec) {
    var frame =
        ChildProcess.ask(
            launch(spec.python(), spec.file()),
            PythonSources.firstWords(spec.program(), true),
            spec.python().executable() + " could not read " + spec.file());
    return Outlines.read((List<?>) MarshalReader.read(frame));
  }

  /** Starts an interpreter that runs a file of the user's. */
  static Process launch(Python python, Path file) {
    try {
      return new ProcessBuilder(PythonSources.command(python.executable(), file)).start();
    } catch (IOException e) {
      throw new RunnerException(
          "Python could not be started: "
              + e.getMessage()
              + ". Set WEIR_PYTHON to the interpreter to use.",
          e);
    }
  }
}
