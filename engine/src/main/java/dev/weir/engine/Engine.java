package dev.weir.engine;

import dev.weir.engine.internal.Outboxes;
import dev.weir.engine.internal.Run;
import dev.weir.engine.internal.Threads;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.OperatorContext.Start;
import dev.weir.state.Store;
import dev.weir.state.WeirException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Executes graphs in this process: a thread for each node, bounded queues between them, one commit
 * per epoch that holds state, source positions and sink positions together.
 *
 * <p>Write-behind: at barrier N the changed rows and positions are frozen, and epoch N+1 runs while
 * the store commits N. At most one commit is outstanding. A failed run falls back to the last
 * commit.
 *
 * <p>Thread-safe; each {@link #run} works on its caller's thread until the job ends.
 */
public final class Engine {

  private final Store store;
  private final Clock clock;
  private final LongSupplier nanos;
  private final Threads threads;

  public Engine(Store store, Clock clock, LongSupplier nanos) {
    this(store, clock, nanos, Threads.REAL);
  }

  /** An engine whose threads and waits are another's. */
  Engine(Store store, Clock clock, LongSupplier nanos, Threads threads) {
    this.store = store;
    this.clock = clock;
    this.nanos = nanos;
    this.threads = threads;
  }

  /**
   * Runs a job until its input ends or somebody ends it, trying again by its recovery policy. The
   * first thing done is to take a snapshot that the job's last run still owes.
   *
   * @param fresh start over, even where the job could go on or a snapshot was restored
   * @return how the job stands
   * @throws RunFailedException when it failed for good; the store is at the last commit
   * @throws WeirException when it cannot go on because its sources or sinks differ
   */
  public JobStatus run(JobSpec spec, boolean fresh, RunControl control, RunListener listener)
      throws InterruptedException {
    var jobs = new Jobs(store);
    jobs.takeOwed(spec.name()).ifPresent(listener::snapshot);
    var failures = spec.recovery().counter();
    boolean first = true;
    for (int attempt = 1; ; attempt++) {
      var before = jobs.find(spec.name());
      boolean over = fresh && first;
      var start = start(before, over);
      if (start == Start.RESUMED && spec.recovery().fromStart()) {
        over = true;
        start = Start.FRESH;
        if (first) {
          listener.warn(
              "job '"
                  + spec.name()
                  + "' begins again at the start: its graph keeps no epochs to go on from");
        }
      }
      if (attempt == 1 && !over && before.filter(job -> job.epoch() == 0).isPresent()) {
        listener.warn(
            "job '"
                + spec.name()
                + "' begins at the start: its last run failed before it had committed anything");
      }
      if (start == Start.RESUMED) {
        checkSameStreams(spec, before.get());
        if (first) {
          tellOfOtherNodes(spec, before.get(), listener);
        }
        if (first && !before.get().version().equals(spec.version())) {
          listener.warn(
              spec.program()
                  + " has changed since epoch "
                  + before.get().epoch()
                  + " was committed; it goes on with the state as it was");
        }
      }
      long began = nanos.getAsLong();
      boolean ended = start == Start.FRESH && !over;
      if (ended && before.isPresent() && Outboxes.anyLeft(store, spec.name())) {
        new Run(store, spec, start, before, clock, nanos, listener, control, threads).deliver();
        listener.warn(
            "job '"
                + spec.name()
                + "' had ended, but was cut off before all that it had committed was written; now"
                + " it is. Run it again to start afresh");
        return before.get().status();
      }
      var run = new Run(store, spec, start, before, clock, nanos, listener, control, threads);
      try {
        return run.execute(attempt, failures.failures());
      } catch (RunFailedException failure) {
        var end = run.committedEnd();
        if (end.isPresent() && !Outboxes.anyLeft(store, spec.name())) {
          // It failed between its last commit and its end: done again, all would be there twice.
          listener.warn(failure.getMessage() + " (all is committed)");
          jobs.takeOwed(spec.name()).ifPresent(listener::snapshot);
          return end.get();
        }
        if (!failure.worthRetrying()) {
          throw failure;
        }
        var ran = Duration.ofNanos(nanos.getAsLong() - began);
        var delay = failures.failed(ran);
        if (delay.isEmpty()) {
          throw new RunFailedException(
              failure.getMessage()
                  + "\ngiven up after "
                  + failures.failures()
                  + (failures.failures() == 1 ? " failure" : " failures in a row")
                  + (spec.recovery().fromStart()
                      ? "; run again, the job begins at the start"
                      : run.committed() == 0
                          ? "; nothing is committed yet"
                          : "; the job can be resumed from epoch " + run.committed()),
              failure,
              false);
        }
        listener.warn(
            failure.getMessage()
                + "\ntrying again from "
                + (run.committed() == 0 || spec.recovery().fromStart()
                    ? "the start"
                    : "epoch " + run.committed())
                + " in "
                + delay.get().toMillis()
                + " ms (failure "
                + failures.failures()
                + ", "
                + spec.recovery().retries()
                + " allowed in a row)");
        if (control.await(delay.get())) {
          throw failure;
        }
        first = first && !run.hasCommitted();
      }
    }
  }

  /** What the job's next run begins with. */
  static Start start(Optional<Job> job, boolean fresh) {
    if (fresh || job.isEmpty() || job.get().epoch() == 0) {
      return Start.FRESH;
    }
    if (job.get().status() == JobStatus.RESTORED) {
      return Start.RESTORED;
    }
    return job.get().status().resumable() ? Start.RESUMED : Start.FRESH;
  }

  /** An operator that is gone has left its state; one that is new has none. */
  private static void tellOfOtherNodes(JobSpec spec, Job job, RunListener listener) {
    var going = "it goes on from epoch " + job.epoch();
    var now = spec.graph().nodes().keySet();
    for (var node : job.nodes().keySet()) {
      if (!now.contains(node)) {
        listener.warn(node + ": " + going + " without this node, whose state is left as it is");
      }
    }
    for (var node : now) {
      if (!job.nodes().isEmpty() && !job.nodes().containsKey(node)) {
        listener.warn(node + ": " + going + " with this node, which is new and has no state");
      }
    }
  }

  private static void checkSameStreams(JobSpec spec, Job job) {
    var now = spec.nodes();
    for (var node : job.positions().keySet()) {
      if (!now.containsKey(node)) {
        throw differs(spec, job, node, "gone");
      }
    }
    for (var entry : spec.graph().nodes().entrySet()) {
      var before = job.nodes().get(entry.getKey());
      if (entry.getValue() instanceof Node.OperatorNode || before == null) {
        continue;
      }
      if (!before.equals(now.get(entry.getKey()))) {
        throw differs(spec, job, entry.getKey(), now.get(entry.getKey()));
      }
    }
  }

  private static WeirException differs(JobSpec spec, Job job, String node, String now) {
    return new WeirException(
        "job '"
            + spec.name()
            + "' was not finished and would go on from epoch "
            + job.epoch()
            + ", but its "
            + node
            + " was "
            + job.nodes().getOrDefault(node, "there")
            + " and is now "
            + now
            + "\n  to go on, give the same one again"
            + "\n  to start over, add --fresh"
            + "\n  to keep the state and begin with the new stream, take and restore a snapshot:"
            + "\n    weir snapshot take "
            + spec.name()
            + " && weir snapshot restore "
            + spec.name()
            + "\n  to run both, give this one another name with --name");
  }
}
