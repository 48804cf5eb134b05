package dev.weir.engine.internal;

import dev.weir.engine.Recovery;
import dev.weir.engine.RunListener;
import dev.weir.graph.FencedException;
import dev.weir.graph.OperatorContext.Start;
import dev.weir.graph.OutboxSink;
import dev.weir.graph.TransientFailureException;
import dev.weir.state.Commit;
import dev.weir.state.SupersededException;
import dev.weir.state.WeirException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Carries committed epochs of one sink to its target, one after another, on a thread of its own.
 *
 * <p>Invariants: an epoch is sent only when it is committed, and only when the target's number is
 * lower; what the target has is deleted from the store by the next commit. A target that does not
 * answer is tried again for as long as the sink has patience.
 *
 * <p>{@link #recover} is called before {@link #launch}, by the thread that launches. The methods
 * that say so may be called by any thread.
 */
final class Courier {

  /** How long to wait at least before a target is tried again. */
  private static final Duration DELAY = Duration.ofMillis(10);

  private final String node;
  private final OutboxSink sink;
  private final Context context;

  private OutboxSink.Target target;
  private OptionalLong published = OptionalLong.empty();

  private Threads.Worker worker;

  /** Guards what follows. */
  private final Lock lock;

  private final Condition changed;

  private final Deque<Parcel> waiting = new ArrayDeque<>();

  /** How many pieces each epoch has that the target has got and the store still holds. */
  private final SortedMap<Long, Integer> delivered = new TreeMap<>();

  private boolean uncommitted;
  private boolean closed;

  /**
   * What a courier needs to know of its run.
   *
   * @param name the claim's name
   * @param run the number of the run
   * @param committed the last committed epoch of the store
   * @param start how the run begins
   * @param owned whether the run still owns the job, by the store
   */
  record Context(
      String job,
      String name,
      long run,
      long committed,
      Start start,
      Recovery recovery,
      RunListener listener,
      WaitingQueue<Event> events,
      LongSupplier nanos,
      Threads threads,
      BooleanSupplier owned) {}

  /** The output of one epoch. */
  private record Parcel(long epoch, List<byte[]> pieces) {}

  Courier(String node, OutboxSink sink, Context context) {
    this.node = node;
    this.sink = sink;
    this.context = context;
    this.lock = context.threads().lock();
    this.changed = lock.newCondition();
  }

  /**
   * Connects to the target, fencing off older runs, and sends what a run before this one committed
   * and did not send.
   *
   * @param left the pieces of the epochs that are still in the store
   */
  void recover(SortedMap<Long, List<byte[]>> left) throws Exception {
    retrying(
        () -> {
          connect();
          if (compare(left.keySet())) {
            for (var epoch : left.entrySet()) {
              publish(epoch.getKey(), epoch.getValue());
            }
          }
        });
    lock.lock();
    try {
      left.forEach((epoch, pieces) -> delivered.put(epoch, pieces.size()));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Compares what the target says with what the store says.
   *
   * @return whether the epochs that are left can be sent; false when they are given up
   */
  private boolean compare(Set<Long> left) throws Exception {
    long committed = context.committed();
    boolean unknown = published.isEmpty() && !left.isEmpty();
    if (unknown) {
      var trouble =
          "the target no longer says which epoch of job '"
              + context.job()
              + "' was the last that it got, so nobody knows whether it has those that were"
              + " committed just before a crash: "
              + left;
      if (context.start() != Start.FRESH) {
        throw new WeirException(
            trouble + "\n  to leave the target as it is and start over, add --fresh");
      }
      context.listener().warn(node + ": " + trouble);
    }
    if (published.isPresent() && published.getAsLong() > committed) {
      var trouble =
          "the target has epoch "
              + published.getAsLong()
              + " of job '"
              + context.job()
              + "', but the store is at epoch "
              + committed
              + ": the store was put back to an older copy";
      if (context.start() == Start.RESUMED) {
        throw new WeirException(
            trouble
                + ". What was done since would be done again, and shown twice;"
                + "\n  to start over, add --fresh");
      }
      context.listener().warn(node + ": " + trouble);
      published = OptionalLong.empty();
    }
    if (published.isEmpty()) {
      target.declare(committed);
      published = OptionalLong.of(committed);
    }
    return !unknown;
  }

  void launch() {
    worker = context.threads().start("weir-" + context.job() + "-" + node + "-outbox", this::work);
  }

  /** The output of an epoch goes into a commit; {@link #send} follows. Any thread. */
  void expect() {
    lock.lock();
    try {
      uncommitted = true;
    } finally {
      lock.unlock();
    }
  }

  /** The epoch is committed: sends it soon. Any thread. */
  void send(long epoch, List<byte[]> pieces) {
    lock.lock();
    try {
      uncommitted = false;
      waiting.add(new Parcel(epoch, pieces));
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until all is committed and at most one epoch waits to be sent. Any thread. */
  void awaitRoom() throws InterruptedException {
    lock.lock();
    try {
      while ((uncommitted || waiting.size() > 1) && !closed) {
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Adds the deletion of what the target has. Any thread. */
  void settle(Commit.Builder commit) {
    lock.lock();
    try {
      delivered.forEach(
          (epoch, pieces) -> Outboxes.delete(commit, context.job(), node, epoch, pieces));
      delivered.clear();
    } finally {
      lock.unlock();
    }
  }

  /** Stops sending, wherever it is. */
  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    boolean ended = worker == null;
    while (!ended) {
      worker.interrupt();
      try {
        worker.join();
        ended = true;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    disconnect();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void work() {
    try {
      for (var next = next(); next != null; next = next()) {
        var parcel = next;
        retrying(
            () -> {
              connect();
              publish(parcel.epoch(), parcel.pieces());
            });
        lock.lock();
        try {
          waiting.poll();
          delivered.put(parcel.epoch(), parcel.pieces().size());
          changed.signalAll();
        } finally {
          lock.unlock();
        }
        context.events().add(new Event.Published(node, parcel.epoch()));
      }
    } catch (InterruptedException e) {
      // It is closed: what waits is in the store.
    } catch (Throwable failure) {
      context.events().add(new Event.Failed(node, failure));
    }
  }

  private Parcel next() throws InterruptedException {
    lock.lock();
    try {
      while (waiting.isEmpty() && !closed) {
        changed.await();
      }
      return closed ? null : waiting.peek();
    } finally {
      lock.unlock();
    }
  }

  private void connect() throws Exception {
    if (target == null) {
      if (!context.owned().getAsBoolean()) {
        throw new SupersededException(
            "another run of job '"
                + context.job()
                + "' has taken over: this one publishes no more");
      }
      target = sink.connect(new OutboxSink.Claim(context.name(), context.run()));
      published = target.published();
    }
  }

  private void publish(long epoch, List<byte[]> pieces) throws Exception {
    if (published.isEmpty() || published.getAsLong() < epoch) {
      target.publish(epoch, pieces);
      published = OptionalLong.of(epoch);
    }
  }

  private interface Attempt {
    void make() throws Exception;
  }

  private void retrying(Attempt attempt) throws Exception {
    long began = context.nanos().getAsLong();
    long warned = Long.MIN_VALUE;
    while (true) {
      try {
        attempt.make();
        return;
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception failure) {
        disconnect();
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        var told = fencing(failure);
        long now = context.nanos().getAsLong();
        long patience = sink.patience().toNanos();
        if (!(told instanceof TransientFailureException) || now - began >= patience) {
          throw told;
        }
        if (warned == Long.MIN_VALUE || now - warned >= TimeUnit.SECONDS.toNanos(10)) {
          warned = now;
          context
              .listener()
              .warn(
                  node
                      + ": "
                      + told.getMessage()
                      + "; trying again for "
                      + TimeUnit.NANOSECONDS.toSeconds(began + patience - now)
                      + " s");
        }
        var delay = context.recovery().delay();
        context.threads().sleep((delay.compareTo(DELAY) < 0 ? DELAY : delay).toNanos());
      }
    }
  }

  /**
   * Who owns the job is decided in the store. Where that is still this run, the target has fenced
   * it for a reason of its own, such as a transaction that took too long.
   */
  private Exception fencing(Exception failure) {
    if (!(failure instanceof FencedException)) {
      return failure;
    }
    return context.owned().getAsBoolean()
        ? new TransientFailureException(failure.getMessage(), failure)
        : new SupersededException(failure.getMessage());
  }

  private void disconnect() {
    if (target != null) {
      try {
        target.close();
      } catch (Exception ignored) {
        // What was published is counted by the target, whatever closing says.
      }
      target = null;
    }
  }
}
