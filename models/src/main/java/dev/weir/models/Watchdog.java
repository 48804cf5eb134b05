package dev.weir.models;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Sees that the runners of a {@link Crew} answer within their time limit, and shows the figures of
 * the moment, in a thread of its own.
 *
 * <p>A runner that is overdue is asked where it is. The run fails when it has said so, or has not
 * said it in a while.
 */
final class Watchdog {

  /** How long a runner that is overdue may take to say where it is. */
  private static final long STACK_NANOS = 2_000_000_000L;

  private static final long LONGEST_PERIOD = 1000;

  private final Crew crew;
  private final RunnerTroubles troubles;
  private final Duration limit;
  private final LongSupplier nanoClock;
  private final Thread thread = new Thread(this::watch);

  /** What it waits for: not the crew's lock, on which it would wake with every frame. */
  private final CountDownLatch ending = new CountDownLatch(1);

  Watchdog(Crew crew, RunnerTroubles troubles, Duration limit, LongSupplier nanoClock) {
    this.crew = crew;
    this.troubles = troubles;
    this.limit = limit;
    this.nanoClock = nanoClock;
  }

  void start(String name) {
    thread.setName("weir-watch-" + name);
    thread.setDaemon(true);
    thread.start();
  }

  /** Has its thread end, which is returned to be waited for. */
  Thread end() {
    ending.countDown();
    return thread;
  }

  private void watch() {
    long period = Math.max(1, Math.min(LONGEST_PERIOD, limit.toMillis() / 4));
    try {
      while (!ending.await(period, TimeUnit.MILLISECONDS)) {
        check();
        crew.showGauges();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Looks once whether a runner is overdue. */
  void check() {
    Throwable hung = null;
    synchronized (crew.lock) {
      long now = nanoClock.getAsLong();
      for (var runner : crew.runners) {
        long owing = runner.owing(now);
        if (owing <= limit.toNanos()) {
          runner.askedWhere = -1;
          runner.stack = null;
        } else if (runner.askedWhere < 0) {
          runner.askedWhere = now;
          runner.askWhere();
        } else if (runner.stack != null || now - runner.askedWhere > STACK_NANOS) {
          hung = troubles.hung(runner, owing, limit);
        }
      }
    }
    if (hung != null) {
      crew.fail(hung);
    }
  }
}
