package dev.weir.operators;

import dev.weir.graph.Batch;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.Receipt;
import dev.weir.graph.Rejection;
import dev.weir.graph.StateTable;
import dev.weir.operators.Script.Port;
import dev.weir.runners.Python;
import dev.weir.state.Row;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Runs one script on the thread of the test, with a real child; tables outlive a run. */
final class Stage implements OperatorContext, AutoCloseable {

  static final Python PYTHON = Python.find(System.getenv());
  private static final long PATIENCE_SECONDS = 30;

  /** A clock that stands still until it is moved. */
  static final class StillAlarm implements Alarm {
    private long now;
    private final Map<Runnable, Long> rings = new LinkedHashMap<>();

    @Override
    public synchronized long nanos() {
      return now;
    }

    @Override
    public synchronized void ring(long delayNanos, Runnable action) {
      if (delayNanos == 0) {
        action.run();
      } else {
        rings.put(action, now + delayNanos);
      }
    }

    synchronized void pass(double seconds) {
      now += (long) (seconds * 1e9);
      rings.entrySet().removeIf(ring -> ring.getValue() <= now && rung(ring.getKey()));
    }

    private static boolean rung(Runnable action) {
      action.run();
      return true;
    }

    @Override
    public void close() {}
  }

  private static final class Table implements StateTable {
    private final int keyLength;
    private final Map<Row, Row> rows = new HashMap<>();

    Table(int keyLength) {
      this.keyLength = keyLength;
    }

    @Override
    public Row get(Row key) {
      return rows.get(key);
    }

    @Override
    public void put(Row row) {
      rows.put(row.first(keyLength), row);
    }

    @Override
    public void delete(Row key) {
      rows.remove(key);
    }

    @Override
    public void forEach(Consumer<Row> action) {
      rows.values().forEach(action);
    }

    @Override
    public int size() {
      return rows.size();
    }
  }

  final StillAlarm alarm = new StillAlarm();
  final ScriptOperator operator;

  /** What came out, by the port's name. */
  final Map<String, List<Object>> out = new LinkedHashMap<>();

  final List<String> log = new CopyOnWriteArrayList<>();
  final List<Rejection> rejections = new ArrayList<>();

  /** How each message that is sent on is processed; may refuse it. */
  Consumer<Receipts> receiver = sent -> {};

  boolean finished;
  private final Map<String, Table> tables = new HashMap<>();
  private final Semaphore wakes = new Semaphore(0);
  private final Script script;
  private final Start start;
  private final Map<Integer, Long> next = new HashMap<>();
  private long epoch;

  /** A batch that was sent, and its receipt. */
  record Receipts(String port, Batch batch, Receipt receipt) {}

  Stage(Script script, Start start, Stage before) {
    this.script = script;
    this.start = start;
    this.operator = new ScriptOperator(PYTHON, script, alarm);
    script.outputs().forEach(port -> out.put(port.name(), new ArrayList<>()));
    if (before != null) {
      before.tables.forEach(
          (name, table) -> {
            var copy = new Table(table.keyLength);
            table.rows.values().forEach(copy::put);
            tables.put(name, copy);
          });
      epoch = before.epoch;
    }
  }

  static Script script(String text) {
    return Script.of(
        Path.of("script.py"), text, List.of(Port.of("input")), List.of(Port.of("output")));
  }

  /** Starts a script with ports input and output. */
  static Stage of(String text) throws Exception {
    return of(script(text));
  }

  static Stage of(Script script) throws Exception {
    return new Stage(script, Start.FRESH, null).begin();
  }

  /** The same script in a new process, going on from the last barrier. */
  Stage resumed() throws Exception {
    close();
    return new Stage(script, Start.RESUMED, this).begin();
  }

  Stage begin() throws Exception {
    try {
      operator.open(this);
      operator.begin(this::emit);
      return this;
    } catch (Exception e) {
      operator.close();
      throw e;
    }
  }

  Stage send(Object... records) throws Exception {
    return sendTo(0, records);
  }

  Stage sendTo(int port, Object... records) throws Exception {
    return sendFrom(port, null, records);
  }

  Stage sendWith(Receipt receipt, Object... records) throws Exception {
    return sendFrom(0, receipt, records);
  }

  private Stage sendFrom(int port, Receipt receipt, Object[] records) throws Exception {
    long first = next.merge(port, (long) records.length, Long::sum) - records.length + 1;
    operator.process(port, Batch.of(first, records).with(receipt), this::emit);
    return this;
  }

  Stage barrier() throws Exception {
    operator.barrier(++epoch, this::emit);
    return this;
  }

  Stage complete() throws Exception {
    operator.complete(epoch);
    return this;
  }

  /** Does what is due, without waiting. */
  Stage drain() throws Exception {
    wakes.drainPermits();
    operator.drain(this::emit);
    return this;
  }

  /** Waits to be woken until this is so. */
  Stage until(java.util.function.BooleanSupplier done) throws Exception {
    while (!done.getAsBoolean()) {
      if (!wakes.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("nothing happens; so far: " + out + ", log: " + log);
      }
      drain();
    }
    return this;
  }

  Stage end() throws Exception {
    operator.end(this::emit);
    return this;
  }

  List<Object> output() {
    return out.get("output");
  }

  private void emit(int port, Batch batch) {
    var name = script.outputs().get(port).name();
    out.get(name).addAll(batch.records());
    if (batch.receipt() != null) {
      receiver.accept(new Receipts(name, batch, batch.receipt()));
      batch.receipt().processed(batch);
    }
  }

  @Override
  public String name() {
    return "node";
  }

  @Override
  public String job() {
    return "job";
  }

  @Override
  public Start start() {
    return start;
  }

  @Override
  public StateTable table(StateTable.Schema schema) {
    return tables.computeIfAbsent(schema.name(), n -> new Table(schema.keyLength()));
  }

  @Override
  public void wake() {
    wakes.release();
  }

  @Override
  public void changed() {}

  @Override
  public void finish() {
    finished = true;
  }

  @Override
  public void fail(Throwable cause) {
    throw new AssertionError(cause);
  }

  @Override
  public void reject(Rejection rejection) {
    rejections.add(rejection);
  }

  @Override
  public void log(String line) {
    log.add(line);
  }

  @Override
  public void gauge(String name, Object value) {}

  @Override
  public void close() throws Exception {
    operator.close();
  }
}
