package dev.weir.models;

import dev.weir.graph.Batch;
import dev.weir.graph.Control;
import dev.weir.graph.Json;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.Rejection;
import dev.weir.graph.StateTable;
import dev.weir.state.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Runs one operator on the thread of the test; the tables outlive a run. */
final class FakeEngine implements OperatorContext {

  /** Rows by key; {@code committed} is what a resumed run finds. */
  static final class Table implements StateTable {
    private final int keyLength;
    final Map<Row, Row> rows = new HashMap<>();
    int puts;

    Table(int keyLength) {
      this.keyLength = keyLength;
    }

    @Override
    public Row get(Row key) {
      return rows.get(key);
    }

    @Override
    public void put(Row row) {
      puts++;
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

  final Map<String, Table> tables = new HashMap<>();

  /** What came out of port 0, control records too. */
  final List<Object> outputs = new ArrayList<>();

  /** What came out of the other ports. */
  final Map<Integer, List<Object>> others = new TreeMap<>();

  final List<Rejection> rejections = new CopyOnWriteArrayList<>();
  final List<String> log = new CopyOnWriteArrayList<>();
  final Map<String, Object> gauges = new ConcurrentHashMap<>();
  private final Operator operator;
  private final Start start;
  private volatile boolean woken;
  private volatile boolean enough;
  private volatile Throwable failure;
  private final Map<Integer, Long> nexts = new HashMap<>();
  private long next = 1;
  private long epoch;

  FakeEngine(Operator operator, Start start, Map<String, Table> tables) {
    this.operator = operator;
    this.start = start;
    this.tables.putAll(tables);
  }

  static FakeEngine fresh(Operator operator) {
    return new FakeEngine(operator, Start.FRESH, Map.of());
  }

  FakeEngine begin() throws Exception {
    operator.open(this);
    operator.begin(this::emit);
    return this;
  }

  void send(Object... records) throws Exception {
    operator.process(0, Batch.of(next, records), this::emit);
    next += records.length;
    drain();
  }

  /** Sends records and ends their epoch: what they make fail is told by one or the other. */
  void sendAndCommit(Object... records) throws Exception {
    send(records);
    barrier();
  }

  /** Records of another input port than 0. */
  void sendTo(int port, Object... records) throws Exception {
    long first = nexts.merge(port, (long) records.length, Long::sum) - records.length + 1;
    operator.process(port, Batch.of(first, records), this::emit);
    drain();
  }

  void control(int port, Control control) throws Exception {
    operator.process(port, Batch.of(0, control), this::emit);
    drain();
  }

  void drain() throws Exception {
    if (woken) {
      woken = false;
      operator.drain(this::emit);
    }
  }

  void barrier() throws Exception {
    operator.barrier(++epoch, this::emit);
    operator.complete(epoch);
  }

  /** Nothing more comes by this port, while others may go on. */
  void endPort(int port) throws Exception {
    operator.ended(port, this::emit);
    drain();
  }

  /** Calls the operator until it has said that it takes no more. */
  void awaitEnough() throws Exception {
    while (!enough) {
      operator.barrier(++epoch, this::emit);
      drain();
    }
  }

  void end() throws Exception {
    operator.end(this::emit);
    barrier();
  }

  Throwable failure() {
    return failure;
  }

  /** The cells as the tables hold them. */
  Map<String, Object> cells() {
    var cells = new TreeMap<String, Object>();
    tables.get("cell").rows.values().forEach(r -> cells.put(r.text(0), Json.parse(r.text(1))));
    return cells;
  }

  /** A pool as the tables hold it. */
  Map<String, Object> pool(String name) {
    var keys = new TreeMap<String, Object>();
    for (var row : tables.get("pool").rows.values()) {
      if (row.text(0).equals(name)) {
        keys.put(row.text(1), Json.parse(row.text(2)));
      }
    }
    return keys;
  }

  private void emit(int port, Batch batch) {
    (port == 0 ? outputs : others.computeIfAbsent(port, p -> new ArrayList<>()))
        .addAll(batch.records());
  }

  @Override
  public String name() {
    return "model";
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
    woken = true;
  }

  @Override
  public void enough() {
    enough = true;
  }

  @Override
  public void fail(Throwable cause) {
    failure = cause;
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
  public void gauge(String name, Object value) {
    gauges.put(name, value);
  }
}
