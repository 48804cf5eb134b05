package dev.weir.engine;

import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.Graph;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.Sink;
import dev.weir.graph.SinkContext;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import dev.weir.graph.StateTable;
import dev.weir.graph.TransientFailureException;
import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Nodes for tests: real ones, small, whose moments of failure a test can choose. */
final class Fixtures {

  private Fixtures() {}

  /** Fails once after so many steps; then never again. */
  static final class Bomb {
    private final AtomicLong steps;
    private final boolean passing;

    Bomb(long steps) {
      this(steps, true);
    }

    /**
     * @param passing whether the failure is one that may pass
     */
    Bomb(long steps, boolean passing) {
      this.steps = new AtomicLong(steps);
      this.passing = passing;
    }

    void step(String where) {
      if (steps.getAndDecrement() == 0) {
        if (!passing) {
          throw new IllegalStateException("the test breaks it in " + where);
        }
        throw new TransientFailureException("the test lets it fail in " + where);
      }
    }
  }

  /** Gives 1 to n; a permit of {@code gate} is one batch. */
  static class Numbers implements Source {
    private final long n;
    private final int batch;
    private final Optional<Semaphore> gate;
    private final Bomb bomb;
    private long given;

    Numbers(long n, int batch, Optional<Semaphore> gate, Bomb bomb) {
      this.n = n;
      this.batch = batch;
      this.gate = gate;
      this.bomb = bomb;
    }

    @Override
    public void open(SourceContext context, Optional<Map<String, Object>> position) {
      given = position.map(p -> (Long) p.get("given")).orElse(0L);
    }

    @Override
    public Optional<Batch> poll(int max, Duration patience) throws InterruptedException {
      bomb.step("a source");
      if (given == n) {
        return Optional.empty();
      }
      if (gate.isPresent() && !gate.get().tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        return Optional.of(Batch.of(given + 1));
      }
      int size = (int) Math.min(Math.min(batch, max), n - given);
      var records = new Object[size];
      for (int i = 0; i < size; i++) {
        records[i] = given + 1 + i;
      }
      var next = Batch.of(given + 1, records);
      given += size;
      return Optional.of(next);
    }

    /** How many it has given, those before its position included. */
    final long given() {
      return given;
    }

    @Override
    public Map<String, Object> position() {
      return Map.of("given", given);
    }

    @Override
    public boolean replayable() {
      return true;
    }

    @Override
    public void close() {}
  }

  /** Adds what it gets to a cell of its table, and emits the sum so far for each record. */
  static final class Sum implements Operator {
    private final Bomb bomb;
    private final boolean beginEmits;
    private StateTable table;
    private long emitted;

    Sum(Bomb bomb, boolean beginEmits) {
      this.bomb = bomb;
      this.beginEmits = beginEmits;
    }

    static final StateTable.Schema SCHEMA =
        new StateTable.Schema(
            "sum",
            List.of(Column.of("name", ColumnType.TEXT), Column.of("value", ColumnType.INTEGER)),
            1,
            List.of());

    @Override
    public void open(OperatorContext context) {
      table = context.table(SCHEMA);
      bomb.step("open");
    }

    @Override
    public void begin(Emitter out) throws InterruptedException {
      if (beginEmits) {
        out.emit(0, Batch.of(1, -1L));
      }
    }

    @Override
    public void process(int port, Batch batch, Emitter out) throws InterruptedException {
      var outputs = new Object[batch.size()];
      for (int i = 0; i < batch.size(); i++) {
        bomb.step("process");
        long sum = value() + (Long) batch.get(i);
        table.put(Row.of("sum", sum));
        outputs[i] = sum;
      }
      out.emit(0, Batch.of(emitted + 1, outputs));
      emitted += outputs.length;
    }

    @Override
    public void barrier(long epoch, Emitter out) {
      bomb.step("barrier");
    }

    @Override
    public void complete(long epoch) {
      bomb.step("complete");
    }

    @Override
    public void end(Emitter out) throws InterruptedException {
      bomb.step("end");
      out.emit(0, Batch.of(1, -2L));
    }

    private long value() {
      var row = table.get(Row.of("sum"));
      return row == null ? 0 : row.integer(1);
    }

    @Override
    public void close() {}
  }

  /** Passes records on. */
  static class Pass implements Operator {
    @Override
    public void open(OperatorContext context) {}

    @Override
    public void process(int port, Batch batch, Emitter out) throws InterruptedException {
      out.emit(0, batch);
    }

    @Override
    public void close() {}
  }

  /** Counts the records of each input port in a table. */
  static final class CountPorts implements Operator {
    private StateTable table;

    @Override
    public void open(OperatorContext context) {
      table =
          context.table(
              new StateTable.Schema(
                  "ports",
                  List.of(
                      Column.of("port", ColumnType.INTEGER), Column.of("n", ColumnType.INTEGER)),
                  1,
                  List.of()));
    }

    @Override
    public void process(int port, Batch batch, Emitter out) throws InterruptedException {
      var row = table.get(Row.of((long) port));
      table.put(Row.of((long) port, (row == null ? 0 : row.integer(1)) + batch.size()));
      out.emit(0, batch);
    }

    @Override
    public void close() {}
  }

  /** Tells how many records port 0 had when it ended, and takes no more then. */
  static final class EndOfPorts implements Operator {
    private OperatorContext context;
    private long records;

    @Override
    public void open(OperatorContext context) {
      this.context = context;
    }

    @Override
    public void process(int port, Batch batch, Emitter out) {
      if (port == 0) {
        records += batch.size();
      }
    }

    @Override
    public void ended(int port, Emitter out) throws InterruptedException {
      if (port == 0) {
        out.emit(0, Batch.of(1, new Object[] {records}));
        context.enough();
      }
    }

    @Override
    public void end(Emitter out) throws InterruptedException {
      out.emit(0, Batch.of(2, new Object[] {"end"}));
    }

    @Override
    public void close() {}
  }

  /** A transactional sink over a list that outlives it, as a file does. */
  static class ListSink implements Sink {
    private final List<Object> file;
    private final Bomb bomb;

    ListSink(List<Object> file, Bomb bomb) {
      this.file = file;
      this.bomb = bomb;
    }

    @Override
    public void open(SinkContext context, Optional<Map<String, Object>> committed)
        throws InterruptedException {
      long length = committed.map(p -> (Long) p.get("length")).orElse(0L);
      synchronized (file) {
        file.subList((int) length, file.size()).clear();
      }
    }

    @Override
    public void write(Batch batch) {
      bomb.step("a sink");
      synchronized (file) {
        file.addAll(batch.records());
      }
    }

    @Override
    public Map<String, Object> flush(long epoch) {
      bomb.step("flush");
      synchronized (file) {
        return Map.of("length", (long) file.size());
      }
    }

    @Override
    public Kind kind() {
      return Kind.TRANSACTIONAL;
    }

    @Override
    public void close() {}
  }

  /** A run that fails is the last. */
  static final Recovery NO_RETRY = new Recovery(0, Duration.ZERO, Duration.ofHours(1));

  /** A job of short epochs whose first failure is its last. */
  static JobSpec spec(Graph graph) {
    return spec(graph, NO_RETRY);
  }

  static JobSpec spec(Graph graph, Recovery recovery) {
    return spec(graph, Duration.ofMillis(1), recovery);
  }

  static JobSpec spec(Graph graph, Duration epoch, Recovery recovery) {
    return new JobSpec(
        "job", graph, "program", "v1", Map.of(), epoch, SnapshotPolicy.NONE, recovery);
  }

  /** Numbers that tell how many they have given. */
  static Source counted(long n, int batch, AtomicLong given) {
    return new Numbers(n, batch, Optional.empty(), new Bomb(-1)) {
      @Override
      public Optional<Batch> poll(int max, Duration patience) throws InterruptedException {
        var next = super.poll(max, patience);
        given.set(given());
        return next;
      }
    };
  }

  static List<Object> sums(long n) {
    var sums = new ArrayList<Object>();
    long sum = 0;
    for (long i = 1; i <= n; i++) {
      sum += i;
      sums.add(sum);
    }
    sums.add(-2L);
    return sums;
  }
}
