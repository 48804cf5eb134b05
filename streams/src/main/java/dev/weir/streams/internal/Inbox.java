package dev.weir.streams.internal;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Records that were sent to a listener and not yet read. It outlives the sources that read it, one
 * after the other, so that a run that starts again in this process loses none of them. Thread-safe.
 */
final class Inbox {

  /** When more bytes than these wait, senders wait too. */
  private static final long FULL = 16 << 20;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Item> waiting = new ArrayDeque<>();
  private long bytes;
  private boolean open;
  private boolean ended;

  private record Item(Object record, long bytes) {}

  /** What became of records that were offered. */
  enum Answer {
    TAKEN,
    FULL,
    NOT_READ,
    ENDED
  }

  /**
   * Puts records behind what waits: all or none, and nothing comes between them.
   *
   * @param bytes how large they are together
   */
  Answer offer(List<Object> records, long bytes, Duration patience) throws InterruptedException {
    long nanos = patience.toNanos();
    lock.lockInterruptibly();
    try {
      while (open && !ended && this.bytes > FULL) {
        if (nanos <= 0) {
          return Answer.FULL;
        }
        nanos = changed.awaitNanos(nanos);
      }
      if (ended || !open) {
        return ended ? Answer.ENDED : Answer.NOT_READ;
      }
      for (int i = 0; i < records.size(); i++) {
        long share = i == 0 ? bytes : 0;
        waiting.add(new Item(records.get(i), share));
        this.bytes += share;
      }
      changed.signalAll();
      return Answer.TAKEN;
    } finally {
      lock.unlock();
    }
  }

  /** The next records, in a list of their own; waits for the first one. */
  List<Object> take(int max, Duration patience) throws InterruptedException {
    long nanos = patience.toNanos();
    lock.lockInterruptibly();
    try {
      while (waiting.isEmpty() && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
      var taken = new ArrayList<Object>();
      while (taken.size() < max && !waiting.isEmpty()) {
        if (waiting.peek().record() instanceof dev.weir.graph.Control && !taken.isEmpty()) {
          break;
        }
        var item = waiting.remove();
        taken.add(item.record());
        bytes -= item.bytes();
        if (item.record() instanceof dev.weir.graph.Control) {
          break;
        }
      }
      changed.signalAll();
      return taken;
    } finally {
      lock.unlock();
    }
  }

  void open() {
    set(true, false);
  }

  /** Nobody reads for now. */
  void close() {
    set(false, ended);
  }

  /** The stream has ended: nothing is taken any more. */
  void end() {
    set(open, true);
  }

  private void set(boolean open, boolean ended) {
    lock.lock();
    try {
      this.open = open;
      this.ended = ended;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** For tests: waits until so many records are there. */
  void awaitSize(int size) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (waiting.size() < size) {
        if (!changed.await(30, TimeUnit.SECONDS)) {
          throw new IllegalStateException(waiting.size() + " records wait");
        }
      }
    } finally {
      lock.unlock();
    }
  }
}
