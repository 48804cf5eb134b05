package dev.weir.app;

import dev.weir.engine.RunControl;
import dev.weir.engine.RunListener;
import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.Graph;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.Sink;
import dev.weir.graph.TransientFailureException;
import dev.weir.state.ColumnType;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import dev.weir.state.Table;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An operator run alone on some records: a source gives them one by one, a dealer hands each to its
 * port, and a sink at each output keeps what comes. Used for one run.
 */
final class OperatorTrial {

  private static final String DEAL = "deal";
  private static final String NODE = "operator";

  /**
   * What came of a run.
   *
   * @param outputs by number of the port
   * @param state the rows of its tables as lines, sorted; without tables that hold bytes, in which
   *     the same may be written in several ways
   */
  record Outcome(Map<Integer, List<Object>> outputs, List<String> state) {}

  private final OperatorCheck.Subject subject;
  private List<Batch> input = new ArrayList<>();
  private final Map<Integer, List<Object>> outputs = new TreeMap<>();

  /** What was asked of the sinks: an uneven one fails, where they are to. */
  private final AtomicInteger writes = new AtomicInteger();

  /** Whether each record is committed before the next one is given. */
  private boolean epochs;

  private boolean failing;

  OperatorTrial(OperatorCheck.Subject subject, List<OperatorCheck.Given> input) {
    this.subject = subject;
    input.forEach(given -> this.input.add(Batch.of(this.input.size() + 1, given)));
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
    input = List.of(Batch.of(1, input.stream().map(batch -> batch.get(0)).toArray()));
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
      for (int given = Math.min(1, input.size()); given < input.size(); given++) {
        run(store, given);
        Rehearsal.snapshotAndRestore(store);
      }
      run(store, input.size());
      return new Outcome(outputs, state(store));
    }
  }

  /** Runs until so many records are given; if there are more, it is left there. */
  private void run(Store store, int until) throws InterruptedException {
    var control = new RunControl();
    var graph = Graph.builder();
    graph.node(
        "records",
        new Node.SourceNode(
            "records", () -> new Rehearsal.Records(input, until, epochs, control), true));
    graph.node(DEAL, new Node.OperatorNode(DEAL, Dealer::new, true));
    graph.connect("records", DEAL);
    graph.node(NODE, subject.node());
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
                      name,
                      () -> new Rehearsal.Kept(outputs.get(port), this::failAtTimes),
                      Sink.Kind.TRANSACTIONAL));
              graph.connect(NODE, port, name, 0);
            });
    Rehearsal.run(
        store,
        graph.build(),
        epochs ? Duration.ofNanos(1) : Rehearsal.LONG,
        failing ? Integer.MAX_VALUE : 0,
        control,
        new RunListener() {});
  }

  private void failAtTimes() {
    if (failing && writes.incrementAndGet() % 2 == 1) {
      throw new TransientFailureException("the output fails every other time");
    }
  }

  private static List<String> state(Store store) {
    var lines = new ArrayList<String>();
    try (var cut = store.read()) {
      for (var table : store.tables()) {
        boolean readable =
            table.columns().stream().noneMatch(column -> column.type() == ColumnType.BYTES);
        if (table.role() == Table.Role.STATE && readable) {
          try (var rows = cut.scan(table, Rehearsal.JOB, NODE)) {
            rows.forEachRemaining(row -> lines.add(table.name() + " " + row.without(2)));
          }
        }
      }
    }
    lines.sort(null);
    return lines;
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
}
