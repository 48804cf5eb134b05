package dev.weir.runners.internal;

import dev.weir.runners.FromRunner;
import dev.weir.runners.Runner;
import dev.weir.runners.RunnerException;
import dev.weir.runners.ToRunner;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A runner that is a child process, whatever its language: frames of a {@link Dialect} go over its
 * standard input and output, what the program prints comes over its standard error.
 *
 * <p>{@link FromRunner.Exited} is always heard, once, after everything else, perhaps after {@link
 * #close} has returned. The process must end when its standard input does.
 */
public final class ChildProcess implements Runner {

  /** The form that messages have in a language. */
  public interface Dialect {

    /**
     * A message as a frame whose first {@code reserved} bytes are free; valid until the next one.
     * Never called by two threads at a time.
     *
     * @throws RunnerException when the message holds what the language cannot have
     */
    GrowingBuffer write(ToRunner message, int reserved);

    /**
     * The message that a frame is.
     *
     * @throws RunnerException when it is none
     */
    FromRunner read(byte[] frame);
  }

  private static final long POLITENESS_MILLIS = 1000;

  private final Process process;
  private final OutputStream out;
  private final Listener listener;
  private final Dialect dialect;
  private final String name;
  // Guards writing: out, and the dialect's.
  private final ReentrantLock writing = new ReentrantLock();
  // Guards telling: the listener hears from one thread at a time, and nothing after Exited.
  private final Object telling = new Object();
  private boolean over;
  private volatile String broken;
  private final Thread frames;
  private final Thread lines;
  private final Thread watcher;

  private ChildProcess(String language, Process process, Dialect dialect, Listener listener) {
    this.process = process;
    this.out = process.getOutputStream();
    this.dialect = dialect;
    this.listener = listener;
    name = "weir-" + language + "-" + process.pid() + "-";
    frames = daemon("frames", this::readFrames);
    lines = daemon("lines", this::readLines);
    watcher = daemon("watcher", this::watch);
  }

  /**
   * Makes a process that has just been started a runner; returns at once.
   *
   * @param firstWords what its standard input begins with
   */
  public static Runner start(
      String language, Process process, byte[] firstWords, Dialect dialect, Listener listener) {
    var runner = new ChildProcess(language, process, dialect, listener);
    runner.frames.start();
    runner.lines.start();
    runner.watcher.start();
    runner.writing.lock();
    try {
      runner.out.write(firstWords);
      runner.out.flush();
    } catch (IOException e) {
      // It has died already, which the listener hears.
    } finally {
      runner.writing.unlock();
    }
    return runner;
  }

  /**
   * The one frame that a process says in answer to its first words; ends the process.
   *
   * @param what the beginning of the message when it says none
   * @throws RunnerException when it says none
   */
  public static byte[] ask(Process process, byte[] firstWords, String what) {
    var complaints = new StringBuilder();
    var lines =
        new Thread(
            () ->
                Lines.read(process.getErrorStream(), line -> complaints.append(line).append('\n')));
    lines.start();
    try {
      try (var out = process.getOutputStream()) {
        out.write(firstWords);
      }
      var frame = Frames.read(process.getInputStream());
      if (frame != null) {
        return frame;
      }
    } catch (IOException e) {
      complaints.append(e.getMessage());
    } finally {
      process.destroyForcibly();
    }
    joinFully(lines);
    throw new RunnerException(what + ":\n" + complaints);
  }

  private Thread daemon(String what, Runnable work) {
    var thread = new Thread(work, name + what);
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public void send(ToRunner message) {
    writing.lock();
    try {
      var frame = dialect.write(message, Integer.BYTES);
      Frames.putLength(frame.buffer(), 0, frame.size() - Integer.BYTES);
      out.write(frame.buffer(), 0, frame.size());
      out.flush();
    } catch (IOException e) {
      // It has died, which the listener hears.
    } finally {
      writing.unlock();
    }
  }

  private void readFrames() {
    try (var in = process.getInputStream()) {
      for (var frame = Frames.read(in); frame != null; frame = Frames.read(in)) {
        tell(dialect.read(frame));
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
