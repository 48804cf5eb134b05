package dev.weir.runners;

import dev.weir.runners.internal.Frames;
import dev.weir.runners.internal.Lines;
import dev.weir.runners.internal.MarshalReader;
import dev.weir.runners.internal.MarshalWriter;
import dev.weir.runners.internal.Messages;
import dev.weir.runners.internal.PythonSources;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A child process of CPython that runs a program.
 *
 * <p>{@link FromRunner.Ready} or {@link FromRunner.Failed} is heard when the program is loaded;
 * messages may be sent before. {@link FromRunner.Exited} is always heard, once, after everything
 * else, perhaps after {@link #close} has returned. The process ends when its standard input does,
 * so it does not outlive this one.
 *
 * <p>Everything that the program and the libraries in it print, on standard output or error, is
 * told to the listener by the line; a program that prints faster than the listener takes has to
 * wait.
 */
public final class PythonRunner implements Runner {

  private static final long POLITENESS_MILLIS = 1000;
  private static final int KEPT_BUFFER = 1 << 22;

  private final Process process;
  private final OutputStream out;
  private final Listener listener;
  private final Messages messages = new Messages();
  // Guards writing: out, messages and buffer.
  private final ReentrantLock writing = new ReentrantLock();
  private MarshalWriter buffer = new MarshalWriter(1 << 16);
  // Guards telling: the listener hears from one thread at a time, and nothing after Exited.
  private final Object telling = new Object();
  private boolean over;
  private volatile String broken;
  private final Thread frames;
  private final Thread lines;
  private final Thread watcher;

  private PythonRunner(Process process, Listener listener) {
    this.process = process;
    this.out = process.getOutputStream();
    this.listener = listener;
    frames = daemon("frames", this::readFrames);
    lines = daemon("lines", this::readLines);
    watcher = daemon("watcher", this::watch);
  }

  /**
   * Starts a runner; returns at once.
   *
   * @throws RunnerException when the interpreter cannot be started
   */
  public static PythonRunner start(PythonSpec spec, Listener listener) {
    var runner = new PythonRunner(launch(spec), listener);
    runner.frames.start();
    runner.lines.start();
    runner.watcher.start();
    runner.writing.lock();
    try {
      runner.out.write(PythonSources.firstWords(spec.program(), false));
      runner.out.flush();
    } catch (IOException e) {
      // It has died already, which the listener hears.
    } finally {
      runner.writing.unlock();
    }
    return runner;
  }

  /**
   * Looks at a program without running any of it.
   *
   * @throws RunnerException when the interpreter cannot be started
   */
  public static PythonOutline inspect(PythonSpec spec) {
    var process = launch(spec);
    var complaints = new StringBuilder();
    var lines =
        new Thread(
            () ->
                Lines.read(process.getErrorStream(), line -> complaints.append(line).append('\n')));
    lines.start();
    try {
      try (var out = process.getOutputStream()) {
        out.write(PythonSources.firstWords(spec.program(), true));
      }
      var frame = Frames.read(process.getInputStream());
      if (frame != null) {
        return outline((List<?>) MarshalReader.read(frame));
      }
    } catch (IOException e) {
      complaints.append(e.getMessage());
    } finally {
      process.destroyForcibly();
    }
    joinFully(lines);
    throw new RunnerException(
        spec.python().executable() + " could not read " + spec.file() + ":\n" + complaints);
  }

  private static PythonOutline outline(List<?> parts) {
    return switch ((String) parts.get(0)) {
      case "outline" ->
          new PythonOutline(
              names(parts.get(1)),
              number(parts.get(2)),
              names(parts.get(3)),
              ((List<?>) parts.get(4)).stream().map(PythonRunner::variable).toList(),
              Optional.empty());
      case "bad" ->
          new PythonOutline(
              Set.of(),
              0,
              Set.of(),
              List.of(),
              Optional.of(
                  new PythonOutline.Problem(
                      number(parts.get(1)), (String) parts.get(2), (String) parts.get(3))));
      case "failed" -> throw new RunnerException(parts.get(4) + ".\n" + parts.get(5));
      default ->
          throw new RunnerException("The interpreter said " + parts.get(0) + " for an outline.");
    };
  }

  private static PythonOutline.Variable variable(Object part) {
    var pair = (List<?>) part;
    return new PythonOutline.Variable((String) pair.get(0), number(pair.get(1)));
  }

  private static Set<String> names(Object part) {
    var names = new LinkedHashSet<String>();
    ((List<?>) part).forEach(name -> names.add((String) name));
    return names;
  }

  private static int number(Object part) {
    return Math.toIntExact((Long) part);
  }

  private static Process launch(PythonSpec spec) {
    var python = spec.python().executable();
    try {
      return new ProcessBuilder(PythonSources.command(python, spec.file())).start();
    } catch (IOException e) {
      throw new RunnerException(
          "Python could not be started: "
              + e.getMessage()
              + ". Set WEIR_PYTHON to the interpreter to use.",
          e);
    }
  }

  private Thread daemon(String what, Runnable work) {
    var thread = new Thread(work, "weir-python-" + process.pid() + "-" + what);
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public void send(ToRunner message) {
    writing.lock();
    try {
      messages.write(message, buffer.reset(Integer.BYTES));
      Frames.putLength(buffer.buffer(), 0, buffer.size() - Integer.BYTES);
      out.write(buffer.buffer(), 0, buffer.size());
      out.flush();
    } catch (IOException e) {
      // It has died, which the listener hears.
    } finally {
      if (buffer.size() > KEPT_BUFFER) {
        buffer = new MarshalWriter(1 << 16);
      }
      writing.unlock();
    }
  }

  private void readFrames() {
    try (var in = process.getInputStream()) {
      for (var frame = Frames.read(in); frame != null; frame = Frames.read(in)) {
        tell(Messages.read(frame));
      }
    } catch (EOFException e) {
      // It died in the middle of a message, which the watcher sees.
    } catch (IOException e) {
      // The pipe was closed on our side.
    } catch (RuntimeException e) {
      broken = e.getMessage();
    }
    // Without its pipe it is of no use, whatever it does.
    if (!waited(POLITENESS_MILLIS)) {
      process.destroyForcibly();
    }
  }

  private void readLines() {
    try {
      Lines.read(process.getErrorStream(), this::tellLine);
    } catch (RuntimeException e) {
      // Nobody reads on: the program would wait for ever.
      broken = e.getMessage();
      process.destroyForcibly();
    }
  }

  private void watch() {
    int status = exitStatus();
    // Both end with the process, unless it left children that hold the pipes open.
    join(frames, POLITENESS_MILLIS);
    join(lines, POLITENESS_MILLIS);
    synchronized (telling) {
      over = true;
      listener.heard(new FromRunner.Exited(status, how(status)));
    }
  }

  private String how(int status) {
    var how =
        status > 128 && status <= 192
            ? "killed by signal " + (status - 128)
            : "exit status " + status;
    return broken == null ? how : broken + " (" + how + ")";
  }

  private void tell(FromRunner message) {
    synchronized (telling) {
      if (!over) {
        listener.heard(message);
      }
    }
  }

  private void tellLine(String line) {
    synchronized (telling) {
      if (!over) {
        listener.printed(line);
      }
    }
  }

  @Override
  public long pid() {
    return process.pid();
  }

  @Override
  public long memory() {
    try {
      for (var line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
      }
    } catch (IOException | RuntimeException e) {
      // Not Linux, or gone.
    }
    return -1;
  }

  @Override
  public void close() {
    if (tryToCloseInput()) {
      waited(POLITENESS_MILLIS);
    }
    kill();
  }

  /** Not possible while a message is stuck in the pipe. */
  private boolean tryToCloseInput() {
    try {
      if (!writing.tryLock(POLITENESS_MILLIS, TimeUnit.MILLISECONDS)) {
        return false;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    try {
      out.close();
    } catch (IOException e) {
      // It has gone.
    } finally {
      writing.unlock();
    }
    return true;
  }

  @Override
  public void kill() {
    var others = process.descendants().toList();
    process.destroyForcibly();
    others.forEach(ProcessHandle::destroyForcibly);
    exitStatus();
  }

  private boolean waited(long millis) {
    try {
      return process.waitFor(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private int exitStatus() {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return process.waitFor();
        } catch (InterruptedException e) {
          interrupted = true; // a process that is being killed does not keep anyone long
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void join(Thread thread, long millis) {
    try {
      thread.join(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void joinFully(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
