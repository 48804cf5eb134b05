package dev.weir.operators.internal;

import dev.weir.runners.FromRunner;
import dev.weir.runners.Runner;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What a script has said and the operator has not yet read. A script that says more than is read
 * has to wait. Thread-safe.
 */
public final class Post implements Runner.Listener {

  private static final int CAPACITY = 64;

  private final Deque<List<?>> messages = new ArrayDeque<>();
  private final Runnable wake;
  private final Consumer<String> log;
  private boolean reading;
  private boolean closed;

  /**
   * An empty one.
   *
   * @param wake is called when there is something while nobody reads
   */
  public Post(Runnable wake, Consumer<String> log) {
    this.wake = wake;
    this.log = log;
  }

  @Override
  public void heard(FromRunner message) {
    if (message instanceof FromRunner.Said said) {
      add(said.message());
    } else if (message instanceof FromRunner.Exited exited) {
      add(List.of("exited", exited.how()));
    }
  }

  @Override
  public void printed(String line) {
    log.accept(line);
  }

  private void add(List<?> message) {
    boolean unseen;
    synchronized (this) {
      boolean interrupted = false;
      while (messages.size() >= CAPACITY && !closed) {
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      messages.add(message);
      notifyAll();
      unseen = !reading && !closed;
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    if (unseen) {
      wake.run();
    }
  }

  /** The next message; null when there is none within this time. */
  public synchronized List<?> take(long millis) throws InterruptedException {
    reading = true;
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (messages.isEmpty()) {
      long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
      if (left <= 0) {
        return null;
      }
      wait(left);
    }
    return poll();
  }

  /** The next message, or null when there is none. */
  public synchronized List<?> poll() {
    var message = messages.poll();
    notifyAll();
    return message;
  }

  /** Nobody reads for now. */
  public void rest() {
    boolean unseen;
    synchronized (this) {
      reading = false;
      unseen = !messages.isEmpty() && !closed;
    }
    if (unseen) {
      wake.run();
    }
  }

  /** Nobody reads any more; who waits goes on. */
  public synchronized void close() {
    closed = true;
    notifyAll();
  }
}
