package dev.weir.app;

import dev.weir.engine.Engine;
import dev.weir.engine.JobSpec;
import dev.weir.engine.Jobs;
import dev.weir.engine.Recovery;
import dev.weir.engine.RunControl;
import dev.weir.engine.RunListener;
import dev.weir.engine.SnapshotPolicy;
import dev.weir.graph.Batch;
import dev.weir.graph.Graph;
import dev.weir.graph.Json;
import dev.weir.graph.Sink;
import dev.weir.graph.SinkContext;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import dev.weir.state.Snapshot;
import dev.weir.state.Store;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A job run by the engine on records that are given, in parts if that is wanted, with its outputs
 * kept: what the tests of models and of operators share.
 */
final class Rehearsal {

  static final String JOB = "test";
  static final Duration LONG = Duration.ofHours(1);

  private Rehearsal() {}

  /** Runs a graph until its records are given, or its control is interrupted. */
  static void run(
      Store store,
      Graph graph,
      Duration epoch,
      int retries,
      RunControl control,
      RunListener listener)
      throws InterruptedException {
    var spec =
        new JobSpec(
            JOB,
            graph,
            "test",
            "",
            Map.of(),
            epoch,
            SnapshotPolicy.NONE,
            new Recovery(retries, Duration.ZERO, LONG));
    new Engine(store, Clock.systemUTC(), System::nanoTime).run(spec, false, control, listener);
  }

  /** Takes a snapshot of what a run has left; the next one goes on from that. */
  static void snapshotAndRestore(Store store) {
    var jobs = new Jobs(store);
    var snapshot =
        jobs.takeSnapshot(jobs.find(JOB).orElseThrow(), Snapshot.Why.MANUAL).orElseThrow();
    jobs.restore(JOB, snapshot, true);
  }

  /** The first place at which two lists of JSON values differ; empty if they do not. */
  static Optional<Integer> firstDifference(List<Object> one, List<Object> other) {
    for (int i = 0; i < Math.max(one.size(), other.size()); i++) {
      if (i >= one.size() || i >= other.size() || !text(one.get(i)).equals(text(other.get(i)))) {
        return Optional.of(i);
      }
    }
    return Optional.empty();
  }

  /** A value of a list for people, who may ask for one that is not there. */
  static String shown(List<Object> values, int at) {
    return at < values.size() ? text(values.get(at)) : "missing";
  }

  private static String text(Object value) {
    return Json.toText(value);
  }

  /**
   * Gives batches up to one; then ends, or where there are more asks that the run be left. Each may
   * have to be committed before the next.
   */
  static final class Records implements Source {
    private final List<Batch> all;
    private final int until;
    private final boolean epochs;
    private final RunControl control;
    private int given;
    private boolean committed = true;

    Records(List<Batch> all, int until, boolean epochs, RunControl control) {
      this.all = all;
      this.until = until;
      this.epochs = epochs;
      this.control = control;
    }

    @Override
    public void open(SourceContext context, Optional<Map<String, Object>> position) {
      given = position.map(p -> ((Long) p.get("given")).intValue()).orElse(0);
    }

    @Override
    public Optional<Batch> poll(int max, Duration patience) throws InterruptedException {
      boolean ready = committed || !epochs;
      if (given < until && ready) {
        committed = false;
        return Optional.of(all.get(given++));
      }
      if (given == all.size() && ready) {
        return Optional.empty();
      }
      if (given == until && until < all.size()) {
        control.interrupt();
      }
      Thread.sleep(1);
      return Optional.of(Batch.of(given + 1));
    }

    @Override
    public void committed(Map<String, Object> position) {
      committed = true;
    }

    @Override
    public Map<String, Object> position() {
      return Map.of("given", (long) given);
    }

    @Override
    public boolean replayable() {
      return true;
    }

    @Override
    public void close() {}
  }

  /**
   * Keeps outputs in a list; of what was not committed, nothing.
   *
   * @param before done before each batch is taken
   */
  record Kept(List<Object> list, Runnable before) implements Sink {

    @Override
    public void open(SinkContext context, Optional<Map<String, Object>> committed) {
      int length = committed.map(p -> ((Long) p.get("length")).intValue()).orElse(0);
      list.subList(length, list.size()).clear();
    }

    @Override
    public void write(Batch batch) {
      before.run();
      if (batch.control() == null) {
        list.addAll(batch.records());
      } else {
        list.add(Map.of("$weir", batch.control().kind().word()));
      }
    }

    @Override
    public Map<String, Object> flush(long epoch) {
      return Map.of("length", (long) list.size());
    }

    @Override
    public Kind kind() {
      return Kind.TRANSACTIONAL;
    }

    @Override
    public void close() {}
  }
}
