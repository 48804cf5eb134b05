package dev.weir.runners;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.runners.internal.Executables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A Python interpreter: the user's own, with their packages.
 *
 * @param executable what is started
 */
public record Python(Path executable) {

  private static final String WAY_OUT =
      "Install it (on Debian or Ubuntu: apt-get install python3), or set WEIR_PYTHON to the"
          + " interpreter to use.";

  /**
   * Finds the interpreter that the user means: {@code WEIR_PYTHON}, else that of {@code
   * VIRTUAL_ENV}, else {@code python3} on {@code PATH}. One that turns out to be a script, as
   * version managers install, is run once to learn what it stands for, so that not every runner
   * pays for it.
   *
   * @throws RunnerException when there is none; says the way out
   */
  public static Python find(Map<String, String> environment) {
    var named = environment.getOrDefault("WEIR_PYTHON", "");
    if (!named.isBlank()) {
      var found =
          named.contains("/") ? Executables.at(named) : Executables.onPath(environment, named);
      if (found == null) {
        throw new RunnerException(
            "WEIR_PYTHON is " + named + ", which is not a program that can be run. " + WAY_OUT);
      }
      return resolved(found);
    }
    var virtual = environment.getOrDefault("VIRTUAL_ENV", "");
    if (!virtual.isBlank()) {
      var found = Executables.at(virtual + "/bin/python");
      if (found != null) {
        return new Python(found);
      }
    }
    var found = Executables.onPath(environment, "python3");
    if (found == null) {
      throw new RunnerException("There is no python3 on the PATH. " + WAY_OUT);
    }
    return resolved(found);
  }

  private static Python resolved(Path found) {
    try (var in = Files.newInputStream(found)) {
      if (in.read() != '#' || in.read() != '!') {
        return new Python(found);
      }
    } catch (IOException e) {
      return new Python(found); // may be run though not read
    }
    try {
      var command = List.of(found.toString(), "-c", "import sys; sys.stdout.write(sys.executable)");
      var process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      process.getOutputStream().close();
      var said = new String(process.getInputStream().readNBytes(8192), UTF_8);
      if (process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0) {
        var real = Executables.at(said);
        return new Python(real == null ? found : real);
      }
      process.destroyForcibly();
      throw new RunnerException(found + " does not run: it ended without a word. " + WAY_OUT);
    } catch (IOException e) {
      throw new RunnerException(found + " does not run: " + e.getMessage() + ". " + WAY_OUT, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RunnerException("Interrupted while asking " + found + " for its interpreter.", e);
    }
  }
}
