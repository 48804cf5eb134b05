package dev.weir.app;

import dev.weir.app.internal.Disturbance;
import dev.weir.engine.Job;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The folder in which a program is run as a process, perhaps several times: the current folder of
 * that process, with its store and what it writes. One thread.
 */
final class TortureRun {

  private static final int LAST_WORDS = 10;

  private final Path folder;
  private final List<String> command;
  private Instant begun = Instant.EPOCH;

  TortureRun(Path folder, RunOptions options, List<String> weir) {
    this.folder = folder.toAbsolutePath().normalize();
    this.command = new ArrayList<>(weir);
    command.addAll(options.arguments());
    command.addAll(List.of("--store", "sqlite:" + store(), "--quiet"));
  }

  /** Makes a file or folder of the current folder be in this one under the same path. */
  void link(Path path) throws IOException {
    if (path.isAbsolute() || path.normalize().startsWith("..")) {
      throw new CommandException(
          path + " is not within the current folder; --link takes what is, by its relative path");
    }
    var link = folder.resolve(path.normalize());
    if (!Files.isSymbolicLink(link)) {
      makeRoom(path);
      Files.createSymbolicLink(link, path.toAbsolutePath().normalize());
    }
  }

  /** Makes the folder that a file is to be in. */
  void makeRoom(Path path) throws IOException {
    Files.createDirectories(folder.resolve(path.normalize()).getParent());
  }

  Path store() {
    return folder.resolve(".weir").resolve("state.db");
  }

  String storeUrl() {
    return "sqlite:" + store();
  }

  /** What the store holds of the job, as of its last commit. */
  Optional<Job> job(String name) {
    if (!Files.exists(store())) {
      return Optional.empty();
    }
    try (var weir = Weir.open(storeUrl(), Clock.systemUTC())) {
      return weir.jobs().stream().filter(job -> job.name().equals(name)).findFirst();
    }
  }

  /** How many milliseconds the last process took to begin its work. */
  long beginning(String job) {
    return job(job).map(j -> Duration.between(begun, j.started()).toMillis()).orElse(0L);
  }

  /** The lines of a file that the program wrote; none where it wrote no file. */
  List<String> lines(Path path) {
    try {
      var file = folder.resolve(path.normalize());
      // Every byte is a character of this: what is no text is compared too.
      return Files.exists(file) ? Files.readAllLines(file, StandardCharsets.ISO_8859_1) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The last lines that the program and Weir printed. */
  String lastWords() {
    try {
      var lines = Files.readString(log(), StandardCharsets.UTF_8).lines().toList();
      return String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_WORDS), lines.size()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path log() {
    return folder.resolve("weir.log");
  }

  /** What has happened to the operators of its processes, as they have noted it. */
  List<Disturbance.Planned> happened() {
    return lines(Disturbance.NOTES).stream().map(Disturbance.Planned::parse).toList();
  }

  /** Starts the program, or lets it go on. */
  Running begin() {
    return begin(List.of());
  }

  /** The same, with something that is to happen to its operators. */
  Running begin(List<Disturbance.Planned> disturbance) {
    try {
      Files.createDirectories(store().getParent());
      var builder =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.appendTo(log().toFile()));
      if (!disturbance.isEmpty()) {
        builder.environment().put(Disturbance.VARIABLE, Disturbance.text(disturbance));
      }
      begun = Clock.systemUTC().instant();
      long started = System.nanoTime();
      var process = builder.start();
      process.getOutputStream().close();
      return new Running(process, started);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A process that runs the program. */
  static final class Running {
    private final Process process;
    private final long started;

    private Running(Process process, long started) {
      this.process = process;
      this.started = started;
    }

    Duration age() {
      return Duration.ofNanos(System.nanoTime() - started);
    }

    /** Waits until so long after the start; whether it still runs then. */
    boolean lives(long millis) throws InterruptedException {
      try {
        long rest = TimeUnit.MILLISECONDS.toNanos(millis) - age().toNanos();
        return !process.waitFor(Math.max(0, rest), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        kill();
        throw e;
      }
    }

    /** Waits for its end; its exit status. */
    int end() throws InterruptedException {
      try {
        return process.waitFor();
      } catch (InterruptedException e) {
        kill();
        throw e;
      }
    }

    /**
     * Kills one of its runners, if it has any; whether it did.
     *
     * @param which which of them, as a share of their number, less than 1
     */
    boolean killRunner(double which) {
      var runners = process.descendants().sorted().toList();
      return !runners.isEmpty() && runners.get((int) (which * runners.size())).destroyForcibly();
    }

    /** Kills it and its runners, as {@code kill -9} of their group does. */
    void kill() {
      var all = new ArrayList<>(process.descendants().toList());
      all.add(0, process.toHandle());
      all.forEach(ProcessHandle::destroyForcibly);
      all.forEach(handle -> handle.onExit().join());
    }
  }
}
