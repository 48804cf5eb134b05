package dev.weir.engine.internal;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Where a run has its threads, locks and waits from: the machine's, or those of a simulation that
 * runs one thread at a time and chooses which. Everything in a run that waits does so through this.
 *
 * <p>Thread-safe.
 */
public interface Threads {

  /** Those of the machine. */
  Threads REAL = new Real();

  /** A lock that can be waited for interruptibly, with conditions. */
  Lock lock();

  /** Begins to do something, on a thread of its own that does not keep the process alive. */
  Worker start(String name, Runnable work);

  void sleep(long nanos) throws InterruptedException;

  /** A thread that was started. */
  interface Worker {
    void interrupt();

    /** Waits until it has ended. */
    void join() throws InterruptedException;

    /** Waits until it has ended, but not longer than this; says whether it has. */
    boolean join(long nanos) throws InterruptedException;
  }

  /** See {@link #REAL}. */
  final class Real implements Threads {
    private Real() {}

    @Override
    public Lock lock() {
      return new ReentrantLock();
    }

    @Override
    public Worker start(String name, Runnable work) {
      var thread = new Thread(work, name);
      thread.setDaemon(true);
      thread.start();
      return new Worker() {
        @Override
        public void interrupt() {
          thread.interrupt();
        }

        @Override
        public void join() throws InterruptedException {
          thread.join();
        }

        @Override
        public boolean join(long nanos) throws InterruptedException {
          TimeUnit.NANOSECONDS.timedJoin(thread, nanos);
          return !thread.isAlive();
        }
      };
    }

    @Override
    public void sleep(long nanos) throws InterruptedException {
      TimeUnit.NANOSECONDS.sleep(nanos);
    }
  }
}
