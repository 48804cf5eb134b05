package dev.weir.engine.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;

/**
 * Where a task waits for everything that concerns it: commands, wake-ups, and messages from its
 * inputs.
 *
 * <p>Invariants: each input holds at most {@code capacity} messages, and no more bytes than its
 * share of the mailbox, but always one message; who adds one more waits; a held input (one whose
 * barrier has arrived before those of the others) gives nothing until it is released; commands come
 * first, then a wake-up, then the inputs in turn; between two wake-ups an input has its turn, so
 * that a task that always asks for the next one still hears its inputs.
 */
final class Mailbox {

  /** How many bytes all inputs together may hold, and how many each may at least. */
  private static final long MOST = 32L << 20;

  private static final long LEAST = 1L << 20;

  private final Lock lock;
  private final Condition something;
  private final Condition room;
  private final Deque<Command> commands = new ArrayDeque<>();
  private final List<Deque<Message>> inputs = new ArrayList<>();
  private final long[] bytes;
  private final long share;
  private final boolean[] held;
  private final int capacity;
  private boolean woken;

  /** Whether the last wake-up was given since any input had its turn. */
  private boolean inputsTurn;

  private int next;

  Mailbox(int inputCount, int capacity, Threads threads) {
    this.lock = threads.lock();
    this.something = lock.newCondition();
    this.room = lock.newCondition();
    for (int i = 0; i < inputCount; i++) {
      inputs.add(new ArrayDeque<>());
    }
    this.bytes = new long[inputCount];
    this.share = Math.max(LEAST, MOST / Math.max(1, inputCount));
    this.held = new boolean[inputCount];
    this.capacity = capacity;
  }

  /** What {@link #take} gives. */
  sealed interface Mail {}

  /** Something to do on the task's own thread, between messages. */
  non-sealed interface Command extends Mail {
    void run() throws Exception;
  }

  /** Somebody asked for a wake-up. */
  record Wake() implements Mail {}

  /** A message of an input. */
  record Delivery(int input, Message message) implements Mail {}

  void put(int input, Message message) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      var queue = inputs.get(input);
      while (queue.size() >= capacity
          || (!queue.isEmpty() && bytes[input] + message.bytes() > share)) {
        room.await();
      }
      queue.add(message);
      bytes[input] += message.bytes();
      something.signal();
    } finally {
      lock.unlock();
    }
  }

  void command(Command command) {
    lock.lock();
    try {
      commands.add(command);
      something.signal();
    } finally {
      lock.unlock();
    }
  }

  void wake() {
    lock.lock();
    try {
      if (!woken) {
        woken = true;
        something.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  Mail take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (true) {
        var mail = ready();
        if (mail != null) {
          return mail;
        }
        something.await();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a command, whatever else there is. */
  Command awaitCommand() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (commands.isEmpty()) {
        something.await();
      }
      return commands.poll();
    } finally {
      lock.unlock();
    }
  }

  /** A command if there is one; does not wait. */
  Command takeCommand() {
    lock.lock();
    try {
      return commands.poll();
    } finally {
      lock.unlock();
    }
  }

  /** Gives nothing more of this input until {@link #release}. */
  void hold(int input) {
    lock.lock();
    try {
      held[input] = true;
    } finally {
      lock.unlock();
    }
  }

  /** Gives messages of all inputs again. */
  void release() {
    lock.lock();
    try {
      java.util.Arrays.fill(held, false);
    } finally {
      lock.unlock();
    }
  }

  /** How many messages of an input wait. */
  int waiting(int input) {
    lock.lock();
    try {
      return inputs.get(input).size();
    } finally {
      lock.unlock();
    }
  }

  /** About how much memory the waiting messages of an input take. */
  long bytes(int input) {
    lock.lock();
    try {
      return bytes[input];
    } finally {
      lock.unlock();
    }
  }

  /** How many messages of an input can wait. */
  int capacity() {
    return capacity;
  }

  private Mail ready() {
    if (!commands.isEmpty()) {
      return commands.poll();
    }
    if (woken && !inputsTurn) {
      return wakeUp();
    }
    for (int i = 0; i < inputs.size(); i++) {
      int input = (next + i) % inputs.size();
      if (!held[input] && !inputs.get(input).isEmpty()) {
        var message = inputs.get(input).poll();
        bytes[input] -= message.bytes();
        room.signalAll();
        next = input + 1;
        inputsTurn = false;
        return new Delivery(input, message);
      }
    }
    return woken ? wakeUp() : null;
  }

  private Wake wakeUp() {
    woken = false;
    inputsTurn = true;
    return new Wake();
  }
}
