package dev.weir.operators;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A clock that can ring, for timers. Thread-safe. */
public interface Alarm extends AutoCloseable {

  /** The time, from any beginning; goes steadily. */
  long nanos();

  /** Runs something short after a time, on a thread of its own. */
  void ring(long delayNanos, Runnable action);

  @Override
  void close();

  /** The real one. */
  static Alarm system() {
    return new Alarm() {
      private ScheduledThreadPoolExecutor bell;

      @Override
      public long nanos() {
        return System.nanoTime();
      }

      @Override
      public synchronized void ring(long delayNanos, Runnable action) {
        if (bell == null) {
          bell =
              new ScheduledThreadPoolExecutor(
                  1,
                  work -> {
                    var thread = new Thread(work, "weir-timers");
                    thread.setDaemon(true);
                    return thread;
                  });
        }
        var unused = bell.schedule(action, delayNanos, TimeUnit.NANOSECONDS);
      }

      @Override
      public synchronized void close() {
        if (bell != null) {
          bell.shutdownNow();
        }
      }
    };
  }
}
