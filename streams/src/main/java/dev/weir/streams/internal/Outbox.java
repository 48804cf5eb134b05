package dev.weir.streams.internal;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Messages that wait to be fetched from a listener, numbered from 1. Whoever fetches takes what
 * nobody has taken; whoever follows gets what comes from then on, and that counts as taken too.
 * Thread-safe.
 *
 * <p>Invariant: {@code kept} are the messages {@code first} to {@code next - 1}; those up to {@code
 * taken} were given to somebody.
 */
final class Outbox {

  /** When more bytes than these wait, the job waits too. */
  private static final long FULL = 16 << 20;

  /** So many bytes of taken messages are kept for those who follow. */
  private static final long KEPT = 1 << 20;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<byte[]> kept = new ArrayDeque<>();
  private long first = 1;
  private long next = 1;
  private long taken;
  private long keptBytes;
  private long takenBytes;
  private boolean ended;
  private boolean endSeen;
  private boolean read;

  /** Some messages, the first of which has the number {@code first}. */
  record Messages(long first, List<byte[]> messages, boolean ended) {}

  void put(byte[] message) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (keptBytes - takenBytes > FULL) {
        changed.await();
      }
      kept.add(message);
      keptBytes += message.length;
      next++;
      while (keptBytes > KEPT && first <= taken) {
        var gone = kept.remove();
        keptBytes -= gone.length;
        takenBytes -= gone.length;
        first++;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Takes what nobody has taken; waits for the first message. */
  Messages take(int max, Duration patience) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      return read(taken, max, patience);
    } finally {
      lock.unlock();
    }
  }

  /** The messages behind number {@code after}, or behind those that were taken. */
  Messages follow(long after, int max, Duration patience) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      return read(after < 0 ? taken : after, max, patience);
    } finally {
      lock.unlock();
    }
  }

  private Messages read(long after, int max, Duration patience) throws InterruptedException {
    read = true;
    long nanos = patience.toNanos();
    while (next - 1 <= after && !ended && nanos > 0) {
      nanos = changed.awaitNanos(nanos);
    }
    var messages = new ArrayList<byte[]>();
    long from = Math.max(after + 1, first);
    long number = first;
    for (var each : kept) {
      if (number >= from && messages.size() < max) {
        messages.add(each);
        if (number > taken) {
          taken = number;
          takenBytes += each.length;
        }
      }
      number++;
    }
    boolean over = ended && from + messages.size() >= next;
    endSeen |= over && messages.isEmpty();
    changed.signalAll();
    return new Messages(from, messages, over);
  }

  void open() {
    lock.lock();
    try {
      ended = false;
      endSeen = false;
    } finally {
      lock.unlock();
    }
  }

  /** No more will come. Waits until those who fetch have taken everything and know it. */
  void end(Duration patience) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      ended = true;
      changed.signalAll();
      long nanos = patience.toNanos();
      while ((taken < next - 1 || read) && !endSeen && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }
}
