package dev.weir.runners.internal.jvm;

import dev.weir.runners.Item;
import dev.weir.runners.ToRunner;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What was said to a runner and not yet heard by it. A recall is here twice: in the order of the
 * messages, and among those that may be served out of order.
 *
 * <p>Thread-safe; one thread takes.
 */
public final class Inbox {

  /** What {@link #take} gives. */
  sealed interface Mail {}

  /** Any message but a recall. */
  record Letter(ToRunner message) implements Mail {}

  /** A recall and when it came. Each is another one, even for the same item. */
  static final class Recall implements Mail {
    final Item item;
    final long nanos;

    Recall(Item item, long nanos) {
      this.item = item;
      this.nanos = nanos;
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition something = lock.newCondition();
  private final Deque<Mail> mail = new ArrayDeque<>();
  private final List<Recall> recalls = new ArrayList<>();
  private boolean closed;

  /** Whether there is a recall, or the inbox is closed: a cheap look between two records. */
  private volatile boolean urgent;

  public void put(ToRunner message) {
    lock.lock();
    try {
      if (message instanceof ToRunner.Recall recall) {
        var kept = new Recall(recall.item(), System.nanoTime());
        recalls.add(kept);
        mail.add(kept);
        urgent = true;
      } else {
        mail.add(new Letter(message));
      }
      something.signal();
    } finally {
      lock.unlock();
    }
  }

  /** From now on nothing more is taken. */
  public void close() {
    lock.lock();
    try {
      closed = true;
      urgent = true;
      something.signal();
    } finally {
      lock.unlock();
    }
  }

  /**
   * The next message; waits for it.
   *
   * @throws Closed when the inbox is closed
   */
  Mail take() {
    lock.lock();
    try {
      while (!closed && mail.isEmpty()) {
        something.awaitUninterruptibly();
      }
      if (closed) {
        throw new Closed();
      }
      return mail.poll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the inbox is closed, whatever is said. */
  public void awaitClose() {
    while (true) {
      take();
    }
  }

  public boolean urgent() {
    return urgent;
  }

  /**
   * The recalls that are to be served, oldest first.
   *
   * @throws Closed when the inbox is closed
   */
  List<Recall> recalls() {
    lock.lock();
    try {
      if (closed) {
        throw new Closed();
      }
      return new ArrayList<>(recalls);
    } finally {
      lock.unlock();
    }
  }

  /** The recall is being served; false when it has been already. */
  boolean remove(Recall recall) {
    lock.lock();
    try {
      boolean there = recalls.remove(recall);
      urgent = closed || !recalls.isEmpty();
      return there;
    } finally {
      lock.unlock();
    }
  }

  /** The runner is to end. An error, so that a program that catches exceptions lets it through. */
  public static final class Closed extends Error {
    private static final long serialVersionUID = 1;

    Closed() {
      super("this runner is closed", null, false, false);
    }
  }
}
