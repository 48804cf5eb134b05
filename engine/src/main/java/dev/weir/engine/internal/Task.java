package dev.weir.engine.internal;

import dev.weir.engine.RunListener;
import dev.weir.graph.Batch;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.Rejection;
import dev.weir.graph.SinkContext;
import dev.weir.graph.SourceContext;
import dev.weir.state.Store;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;

/**
 * One node of a run, or one replica of it, and the thread that executes it. Everything of it
 * happens on that thread: open, callbacks, close.
 */
abstract class Task implements SourceContext, SinkContext {

  /** What all tasks of a run have in common. */
  record Surroundings(
      String job,
      OperatorContext.Start start,
      Store store,
      RunListener listener,
      WaitingQueue<Event> events,
      LongSupplier nanos,
      Threads threads) {}

  /** The node's name, and which replica of it this is where there are several: {@code sum#1}. */
  final String name;

  /** The node's name in the graph. */
  final String node;

  final Surroundings run;
  final Counts counts;
  final Mailbox mailbox;
  final Outlets outlets;
  private final ConcurrentLinkedQueue<Rejection> rejections = new ConcurrentLinkedQueue<>();
  private long rejected;
  private Threads.Worker worker;
  private boolean leaving;

  Task(String node, int inputs, int capacity, Counts counts, Surroundings run) {
    this(node, node, inputs, capacity, counts, run);
  }

  Task(String name, String node, int inputs, int capacity, Counts counts, Surroundings run) {
    this.name = name;
    this.node = node;
    this.run = run;
    this.counts = counts;
    this.mailbox = new Mailbox(inputs, capacity, run.threads());
    this.outlets = new Outlets(counts);
  }

  /** Opens the node, then works until {@link #leave}. */
  abstract void work() throws Exception;

  abstract void close() throws Exception;

  /** What it has counted, as a JSON value of the caller's own. May be called from any thread. */
  Map<String, Object> figures() {
    return counts.json();
  }

  final void launch() {
    worker = run.threads().start("weir-" + run.job() + "-" + name, this::execute);
  }

  /** Runs on the task's thread, between messages. */
  final void tell(Mailbox.Command command) {
    mailbox.command(command);
  }

  /** Lets {@link #work} end after the present command. On the task's thread. */
  final void leave() {
    leaving = true;
  }

  final boolean leaving() {
    return leaving;
  }

  final void interrupt() {
    if (worker != null) {
      worker.interrupt();
    }
  }

  final void join() throws InterruptedException {
    if (worker != null) {
      worker.join();
    }
  }

  final void announce(Event event) {
    run.events().add(event);
  }

  @Override
  public void reject(Rejection rejection) {
    counts.rejected(rejection);
    run.listener().rejected(name, rejection);
    if (outlets.connected(rejection.reason().port())) {
      rejections.add(rejection);
    }
  }

  /** Sends what was rejected since the last call to where that goes. On the task's thread. */
  final void emitRejections() throws InterruptedException {
    for (var next = rejections.poll(); next != null; next = rejections.poll()) {
      outlets.emit(next.reason().port(), Batch.of(++rejected, next.toJson(name)));
    }
  }

  @Override
  public void warn(String message) {
    run.listener().warn(name + ": " + message);
  }

  private void execute() {
    try {
      work();
    } catch (Throwable failure) {
      announce(new Event.Failed(name, failure));
    } finally {
      try {
        close();
      } catch (Throwable failure) {
        announce(new Event.Failed(name, failure));
      }
    }
  }
}
