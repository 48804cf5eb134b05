package dev.weir.engine.internal;

import dev.weir.graph.OperatorContext.Start;
import dev.weir.graph.OutboxSink;
import dev.weir.graph.Sink;
import dev.weir.graph.TableSink;
import dev.weir.state.Row;
import dev.weir.state.Table;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Supplier;

/** Executes a sink. */
final class SinkTask extends ReceivingTask {

  /** The output of an epoch should not become larger than this: then the epoch ends early. */
  private static final long LARGEST_OUTPUT = 16 << 20;

  private final Sink sink;
  private final Optional<Map<String, Object>> position;
  private final Courier courier;
  private final Supplier<SortedMap<Long, List<byte[]>>> left;
  private boolean full;

  /** Where the rows of a {@link TableSink} go, and those that a restored snapshot left there. */
  private Table table;

  private final Map<Row, Row> gone = new HashMap<>();

  /** Whether rows were handed over whose commit is still to come. */
  private boolean undurable;

  /**
   * @param courier null for a sink without an outbox
   * @param left the output that earlier runs left for the courier
   */
  SinkTask(
      String name,
      Sink sink,
      Optional<Map<String, Object>> position,
      Courier courier,
      Supplier<SortedMap<Long, List<byte[]>>> left,
      int inputs,
      long passed,
      Counts counts,
      Surroundings run) {
    super(name, name, inputs, 8, passed, counts, run);
    this.sink = sink;
    this.position = position;
    this.courier = courier;
    this.left = left;
  }

  @Override
  void open() throws Exception {
    if (courier != null) {
      courier.recover(left.get());
      courier.launch();
    }
    if (sink instanceof TableSink rows) {
      table = JobTables.ofOperator(rows.schema(), false);
      run.store().declare(table);
      if (run.start() == Start.RESTORED) {
        forgetRestored();
      }
    }
    sink.open(this, position);
  }

  /** The streams of a run from a restored snapshot start afresh, and so do the rows of a sink. */
  private void forgetRestored() {
    try (var cut = run.store().read();
        var rows = cut.scan(table, run.job(), name)) {
      rows.forEachRemaining(row -> gone.put(row.without(2).first(table.keyLength() - 2), null));
    }
  }

  /** A command: the epoch is durable. */
  void complete(long epoch) throws Exception {
    undurable = undurable && epoch < epoch() - 1;
    sink.complete(epoch);
  }

  @Override
  void records(Message.Records records) throws Exception {
    if (sink instanceof OutboxSink outbox && outbox.pending() >= LARGEST_OUTPUT) {
      if (!full) {
        full = true;
        announce(new Event.Full(name));
      }
      courier.awaitRoom();
    } else if (sink instanceof TableSink rows && rows.pending() >= LARGEST_OUTPUT) {
      if (!full) {
        full = true;
        announce(new Event.Full(name));
      }
      while (undurable && !leaving()) {
        mailbox.awaitCommand().run();
      }
    }
    sink.write(records.batch());
    emitRejections();
    if (records.batch().control() == null) {
      counts.out(records.batch().size());
    }
  }

  @Override
  void barrier(long epoch, boolean last) throws Exception {
    var flushed = sink.flush(epoch);
    emitRejections();
    var output = sink instanceof OutboxSink outbox ? outbox.take() : List.<byte[]>of();
    if (!output.isEmpty()) {
      courier.expect();
    }
    full = false;
    announce(
        new Event.Passed(name, epoch, new Event.Contribution(flushed, rows(), output, figures())));
  }

  /** The rows of the epoch, if the sink has any. */
  private List<HotTable.Frozen> rows() {
    if (!(sink instanceof TableSink rows)) {
      return List.of();
    }
    undurable = true;
    var changes = new HashMap<>(gone);
    changes.putAll(rows.take());
    gone.clear();
    var target = table;
    return List.of(
        (commit, job, operator) ->
            changes.forEach(
                (key, row) -> {
                  if (row == null) {
                    commit.delete(target, key.after(job, operator));
                  } else {
                    commit.put(target, row.after(job, operator));
                  }
                }));
  }

  @Override
  void dry(int port) {}

  @Override
  void end() {}

  @Override
  void woken() {}

  @Override
  void close() throws Exception {
    if (courier != null) {
      courier.close();
    }
    sink.close();
  }
}
