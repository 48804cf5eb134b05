package dev.weir.engine.internal;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * How fast a count grows: over the last five seconds, or since the beginning where that is less.
 * Whoever holds it tells it the count now and then, at least once a second. For one thread.
 */
final class Rate {

  private static final long WINDOW = TimeUnit.SECONDS.toNanos(5);
  private static final long STEP = TimeUnit.SECONDS.toNanos(1);

  private record Sample(long nanos, long count) {}

  private final Deque<Sample> samples = new ArrayDeque<>();

  Rate(long nanos, long count) {
    samples.add(new Sample(nanos, count));
  }

  /** Takes note of the count, unless it did so within the last second. */
  void sample(long nanos, long count) {
    if (nanos - samples.getLast().nanos() >= STEP) {
      samples.addLast(new Sample(nanos, count));
      forget(nanos);
    }
  }

  /** The growth a second, given the count now. */
  double perSecond(long nanos, long count) {
    forget(nanos);
    var base = samples.getFirst();
    long time = nanos - base.nanos();
    return time <= 0 ? 0 : Math.round((count - base.count()) * (double) STEP / time * 10) / 10.0;
  }

  /** Keeps one sample that is as old as the window, to measure from. */
  private void forget(long nanos) {
    while (samples.size() > 1) {
      var oldest = samples.removeFirst();
      if (nanos - samples.getFirst().nanos() < WINDOW) {
        samples.addFirst(oldest);
        return;
      }
    }
  }
}
