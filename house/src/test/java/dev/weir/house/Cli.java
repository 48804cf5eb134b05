package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Runs {@code ./weir} as a user would: a process of its own, in a folder of its own. */
final class Cli {

  static final Path HOME = Path.of("").toAbsolutePath().getParent();
  private static final long MINUTES = 10;

  /** How often is looked whether something has happened: leaves the cores to what is tested. */
  static final long POLL_MILLIS = 5;

  /** Most commands are short: compiling them well would take longer than they do. */
  private static final String QUICK_START = "-XX:TieredStopAtLevel=1";

  /** The interpreter itself: what stands for it on the PATH may be a script that takes long. */
  private static final String PYTHON = python();

  private final Path folder;
  private final Map<String, String> environment;

  Cli(Path folder) {
    this(folder, Map.of());
  }

  Cli(Path folder, Map<String, String> environment) {
    this.folder = folder;
    this.environment = environment;
  }

  private static String python() {
    try {
      var process =
          new ProcessBuilder("python3", "-c", "import sys; print(sys.executable)").start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How a command ended and what it printed. */
  record Result(int status, String out, String err) {
    List<String> lines() {
      return out.lines().toList();
    }

    Result ok() {
      if (status != 0) {
        throw new AssertionError("exit status " + status + "\n" + out + "\n" + err);
      }
      return this;
    }
  }

  Path folder() {
    return folder;
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  /** Writes a file of the folder. */
  Path write(String name, String content) {
    try {
      return Files.writeString(file(name), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String read(String name) {
    try {
      return Files.readString(file(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The bytes of a file; none where there is no such file. */
  long size(String name) {
    try {
      return Files.exists(file(name)) ? Files.size(file(name)) : 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Copies one of the seeds' models into the folder. */
  void seed(String name) {
    try (var in = Cli.class.getResourceAsStream("/seeds/" + name)) {
      Files.write(file(name), in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs {@code weir} to its end. */
  Result weir(String... args) {
    return start(args).end();
  }

  /** Runs {@code weir} and feeds it. */
  Result weirFed(String input, String... args) {
    var running = start(args);
    try (var stdin = running.process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException ignored) {
      // It ended before it had read all.
    }
    return running.end();
  }

  /** Runs a shell command in the folder, with {@code weir} on the path. */
  Result sh(String command) {
    return start(List.of("bash", "-c", command)).end();
  }

  /** Starts {@code weir} in a process group of its own. */
  Running start(String... args) {
    // Whoever runs the tests in the background may have had SIGINT ignored, which children inherit.
    var command =
        new ArrayList<>(
            List.of("env", "--default-signal=INT", "setsid", HOME.resolve("weir").toString()));
    command.addAll(List.of(args));
    return start(command);
  }

  private Running start(List<String> command) {
    try {
      var out = Files.createTempFile("weir-test", ".out");
      var err = Files.createTempFile("weir-test", ".err");
      var builder =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      builder.environment().putIfAbsent("WEIR_PYTHON", PYTHON);
      builder.environment().putIfAbsent("WEIR_OPTS", QUICK_START);
      builder.environment().putAll(environment);
      builder.environment().merge("PATH", HOME.toString(), (path, home) -> home + ":" + path);
      return new Running(builder.start(), out, err);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A command that runs. */
  static final class Running {
    private final Process process;
    private final Path out;
    private final Path err;

    private Running(Process process, Path out, Path err) {
      this.process = process;
      this.out = out;
      this.err = err;
    }

    Process process() {
      return process;
    }

    boolean alive() {
      return process.isAlive();
    }

    String err() {
      return text(err);
    }

    String out() {
      return text(out);
    }

    /** Waits for something that happens while it runs. */
    void until(BooleanSupplier condition) {
      assertThat(reaches(condition)).as(err()).isTrue();
    }

    /** Waits for something that happens while it runs, or for its end; whether it happened. */
    boolean reaches(BooleanSupplier condition) {
      try {
        while (!condition.getAsBoolean()) {
          if (!alive()) {
            return condition.getAsBoolean();
          }
          Thread.sleep(POLL_MILLIS);
        }
        return true;
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    /** Kills the whole process group, as {@code kill -9} does. */
    void killGroup() {
      signal("-9", "-" + process.pid());
    }

    void signal(String signal, String target) {
      try {
        new ProcessBuilder("kill", signal, "--", target).start().waitFor();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    /** Process ids of its Python runners. */
    List<Long> runners() {
      return process
          .descendants()
          .filter(p -> p.info().command().filter(c -> c.contains("python")).isPresent())
          .map(ProcessHandle::pid)
          .toList();
    }

    Result end() {
      try {
        if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
          killGroup();
          throw new AssertionError("still running after " + MINUTES + " minutes\n" + text(err));
        }
        var result = new Result(process.exitValue(), text(out), text(err));
        Files.delete(out);
        Files.delete(err);
        return result;
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static String text(Path file) {
      try {
        return Files.readString(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
