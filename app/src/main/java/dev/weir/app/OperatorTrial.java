package dev.weir.app;

import dev.weir.engine.Engine;
import dev.weir.engine.JobSpec;
import dev.weir.engine.Jobs;
import dev.weir.engine.Recovery;
import dev.weir.engine.RunControl;
import dev.weir.engine.RunListener;
import dev.weir.engine.SnapshotPolicy;
import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.Graph;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.Sink;
import dev.weir.graph.SinkContext;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import dev.weir.graph.TransientFailureException;
import dev.weir.state.ColumnType;
import dev.weir.state.Snapshot;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import dev.weir.state.Table;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An operator run alone on some records, by the engine: a source gives them one by one, a dealer
 * hands each to its port, and a sink at each output keeps what comes. Used for one run.
 */
final class OperatorTrial {

  private static final String JOB = "test";
  private static final String DEAL = "deal";
  private static final String NODE = "operator";
  private static final Duration LONG = Duration.ofHours(1);

  /**
   * What came of a run.
   *
   * @param outputs by number of the port
   * @param state the rows of its tables as lines, sorted; without tables that hold bytes, in which
   *     the same may be written in several ways
   */
  record Outcome(Map<Integer, List<Object>> outputs, List<String> state) {}

  private final OperatorCheck.Subject subject;
  private final List<OperatorCheck.Given> input;
  private final Map<Integer, List<Object>> outputs = new TreeMap<>();

  /** What was asked of the sinks: an uneven one fails, where they are to. */
  private final AtomicInteger writes = new AtomicInteger();

  private boolean together;

  /** Whether each record is committed before the next one is given. */
  private boolean epochs;

  private boolean failing;

  OperatorTrial(OperatorCheck.Subject subject, List<OperatorCheck.Given> input) {
    this.subject = subject;
    this.input = input;
    this.epochs = subject.inputs().size() > 1;
    subject.outputs().values().forEach(port -> outputs.put(port, new ArrayList<>()));
  }

  /** One by one; in one epoch, if there is one input. */
  Outcome run() throws InterruptedException {
    try (var store = Stores.open("memory:", Clock.systemUTC())) {
      run(store, input.size());
      return new Outcome(outputs, state(store));
    }
  }

  Outcome withEpochs() throws InterruptedException {
    epochs = true;
    return run();
  }

  Outcome inBatches() throws InterruptedException {
    together = true;
    return run();
  }

  Outcome refusing() throws InterruptedException {
    epochs = true;
    failing = true;
    return run();
  }

  /** With a snapshot taken and restored after every record. */
  Outcome restoring() throws InterruptedException {
    try (var store = Stores.open("memory:", Clock.systemUTC())) {
      var jobs = new Jobs(store);
      for (int given = Math.min(1, input.size()); given < input.size(); given++) {
        run(store, given);
        var job = jobs.find(JOB).orElseThrow();
        var snapshot = jobs.takeSnapshot(job, Snapshot.Why.MANUAL).orElseThrow();
        jobs.restore(JOB, snapshot, true);
      }
      run(store, input.size());
      return new Outcome(outputs, state(store));
    }
  }

  /** Runs until so many records are given; if there are more, it is left there. */
  private void run(Store store, int until) throws InterruptedException {
    var control = new RunControl();
    var graph = Graph.builder();
    graph.node("records", new Node.SourceNode("records", () -> new Records(until, control), true));
    graph.node(DEAL, new Node.OperatorNode(DEAL, Dealer::new, true));
    graph.connect("records", DEAL);
    graph.node(NODE, subject.node().get());
    subject.inputs().values().forEach(port -> graph.connect(DEAL, port, NODE, port));
    subject
        .outputs()
        .values()
        .forEach(
            port -> {
              var name = "output" + port;
              graph.node(
                  name,
                  new Node.SinkNode(
                      name, () -> new Kept(outputs.get(port)), Sink.Kind.TRANSACTIONAL));
              graph.connect(NODE, port, name, 0);
            });
    var spec =
        new JobSpec(
            JOB,
            graph.build(),
            "test",
            "",
            Map.of(),
            epochs ? Duration.ofNanos(1) : LONG,
            SnapshotPolicy.NONE,
            new Recovery(failing ? Integer.MAX_VALUE : 0, Duration.ZERO, LONG));
    new Engine(store, Clock.systemUTC(), System::nanoTime)
        .run(spec, false, control, new RunListener() {});
  }

  private static List<String> state(Store store) {
    var lines = new ArrayList<String>();
    try (var cut = store.read()) {
      for (var table : store.tables()) {
        boolean readable =
            table.columns().stream().noneMatch(column -> column.type() == ColumnType.BYTES);
        if (table.role() == Table.Role.STATE && readable) {
          try (var rows = cut.scan(table, JOB, NODE)) {
            rows.forEachRemaining(row -> lines.add(table.name() + " " + row.without(2)));
          }
        }
      }
    }
    lines.sort(null);
    return lines;
  }

  /** Gives records up to one; then ends, or where there are more asks that the run be left. */
  private final class Records implements Source {
    private final int until;
    private final RunControl control;
    private int given;
    private boolean committed = true;

    Records(int until, RunControl control) {
      this.until = until;
      this.control = control;
    }

    @Override
    public void open(SourceContext context, Optional<Map<String, Object>> position) {
      given = position.map(p -> ((Long) p.get("given")).intValue()).orElse(0);
    }

    @Override
    public Optional<Batch> poll(int max, Duration patience) throws InterruptedException {
      if (given < until && (committed || !epochs)) {
        committed = false;
        int from = given;
        given = together ? until : given + 1;
        return Optional.of(Batch.of(from + 1, input.subList(from, given).toArray()));
      }
      if (given == input.size() && (committed || !epochs)) {
        return Optional.empty();
      }
      if (given == until && until < input.size()) {
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

  /** Hands each record to its port; those that follow each other at one port together. */
  private static final class Dealer implements Operator {

    @Override
    public void open(OperatorContext context) {}

    @Override
    public void process(int port, Batch batch, Emitter out) throws InterruptedException {
      for (int from = 0; from < batch.size(); ) {
        int to = from;
        int target = given(batch, from).port();
        var values = new ArrayList<Object>();
        for (; to < batch.size() && given(batch, to).port() == target; to++) {
          values.add(given(batch, to).value());
        }
        out.emit(target, Batch.of(batch.sequence(from), values.toArray()));
        from = to;
      }
    }

    private static OperatorCheck.Given given(Batch batch, int i) {
      return (OperatorCheck.Given) batch.get(i);
    }

    @Override
    public void close() {}
  }

  /** Keeps outputs in a list; of what was not committed, nothing. */
  private final class Kept implements Sink {
    private final List<Object> list;

    Kept(List<Object> list) {
      this.list = list;
    }

    @Override
    public void open(SinkContext context, Optional<Map<String, Object>> committed) {
      int length = committed.map(p -> ((Long) p.get("length")).intValue()).orElse(0);
      list.subList(length, list.size()).clear();
    }

    @Override
    public void write(Batch batch) {
      if (failing && writes.incrementAndGet() % 2 == 1) {
        throw new TransientFailureException("the output fails every other time");
      }
      list.addAll(batch.records());
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
