package dev.weir.engine;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Asks a run of this process to end in order. Thread-safe. */
public final class RunControl {

  private final CountDownLatch asked = new CountDownLatch(1);

  /** Finish the epoch, commit, and end so that the job can be resumed. */
  public void interrupt() {
    asked.countDown();
  }

  public boolean interrupted() {
    return asked.getCount() == 0;
  }

  /** Waits, unless and until the run is asked to end. */
  boolean await(Duration time) throws InterruptedException {
    return asked.await(time.toNanos(), TimeUnit.NANOSECONDS);
  }
}
