package dev.weir.engine.internal;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;

/** A queue without bounds, whose reader can wait. Thread-safe. */
final class WaitingQueue<T> {

  private final Lock lock;
  private final Condition something;
  private final Deque<T> queue = new ArrayDeque<>();

  WaitingQueue(Threads threads) {
    this.lock = threads.lock();
    this.something = lock.newCondition();
  }

  void add(T element) {
    lock.lock();
    try {
      queue.add(element);
      something.signal();
    } finally {
      lock.unlock();
    }
  }

  /** The next element, or null if there is none. */
  T poll() {
    lock.lock();
    try {
      return queue.poll();
    } finally {
      lock.unlock();
    }
  }

  /** The next element, or null if none comes in this time. */
  T poll(long nanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = nanos;
      while (queue.isEmpty() && left > 0) {
        left = something.awaitNanos(left);
      }
      return queue.poll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the next element. */
  T take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (queue.isEmpty()) {
        something.await();
      }
      return queue.poll();
    } finally {
      lock.unlock();
    }
  }
}
