package dev.weir.engine.internal;

import dev.weir.engine.Requests.Request;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.StateTable;
import dev.weir.state.WeirException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Executes an operator, and keeps its tables. */
final class OperatorTask extends ReceivingTask implements OperatorContext {

  /** The figure of an operator that has asked that the job ends: it is committed with the rest. */
  static final String STOPPING = "stopping";

  private final int replica;
  private final int replicas;
  private final Operator operator;
  private final List<HotTable> tables = new ArrayList<>();
  private boolean open;
  private boolean wokenEarly;
  private boolean begun;
  private boolean over;

  /** Grows whenever something happens that no record of an input caused. */
  private final LongAdder ownChanges = new LongAdder();

  /** Rows of each table as of the last barrier. */
  private volatile Map<String, Object> rows = Map.of();

  OperatorTask(
      String node,
      int replica,
      int replicas,
      Operator operator,
      int inputs,
      long passed,
      Counts counts,
      Surroundings run) {
    super(replicas == 1 ? node : node + "#" + replica, node, inputs, 4, passed, counts, run);
    this.replica = replica;
    this.replicas = replicas;
    this.operator = operator;
  }

  @Override
  void open() throws Exception {
    operator.open(this);
    open = true;
    countRows();
  }

  /** A command: run before the first record. */
  void begin() throws Exception {
    operator.begin(outlets);
    emitRejections();
    begun = true;
    if (wokenEarly) {
      mailbox.wake();
    }
    announce(new Event.Begun(name));
  }

  /** A command: the epoch is durable. */
  void complete(long epoch) throws Exception {
    operator.complete(epoch);
  }

  /** A command: answer somebody's request. */
  void request(Request request) throws Exception {
    Event.Answered answer;
    try {
      var value = operator.request(request.verb(), request.arguments());
      answer = new Event.Answered(request.id(), epoch(), true, value);
    } catch (WeirException refusal) {
      answer = new Event.Answered(request.id(), epoch(), false, refusal.getMessage());
    }
    announce(answer);
  }

  @Override
  void records(Message.Records records) throws Exception {
    operator.process(records.port(), records.batch(), outlets);
    emitRejections();
  }

  @Override
  void barrier(long epoch, boolean last) throws Exception {
    over = last;
    operator.barrier(epoch, outlets);
    emitRejections();
    var frozen = tables.stream().map(HotTable::freeze).toList();
    countRows();
    announce(new Event.Passed(name, epoch, new Event.Contribution(null, frozen, figures())));
  }

  @Override
  void dry(int port) throws Exception {
    operator.ended(port, outlets);
    emitRejections();
  }

  @Override
  void end() throws Exception {
    operator.end(outlets);
    emitRejections();
  }

  @Override
  void woken() throws Exception {
    wokenEarly |= !begun;
    if (!begun || over) {
      return;
    }
    long emitted = counts.out();
    operator.drain(outlets);
    emitRejections();
    if (inputs == 0 || counts.out() != emitted || tables.stream().anyMatch(HotTable::changed)) {
      changed();
    }
  }

  /** Grows whenever something happens that no record of an input caused. Any thread. */
  long ownChanges() {
    return ownChanges.sum();
  }

  /** Records that have come into the graph here. Any thread. */
  long generated() {
    return inputs == 0 ? counts.out() : 0;
  }

  @Override
  void close() throws Exception {
    operator.close();
  }

  /** Rows of state in memory, as of the last barrier. */
  long rows() {
    return rows.values().stream().mapToLong(n -> (Long) n).sum();
  }

  private void countRows() {
    var counted = new LinkedHashMap<String, Object>();
    tables.forEach(table -> counted.put(table.table().name(), (long) table.size()));
    rows = counted;
  }

  @Override
  Map<String, Object> figures() {
    var figures = super.figures();
    if (!rows.isEmpty()) {
      figures.put("rows", rows);
    }
    return figures;
  }

  @Override
  public String name() {
    return node;
  }

  @Override
  public int replicas() {
    return replicas;
  }

  @Override
  public int replica() {
    return replica;
  }

  @Override
  public String job() {
    return run.job();
  }

  @Override
  public Start start() {
    return run.start();
  }

  @Override
  public StateTable table(StateTable.Schema schema) {
    if (replicas > 1) {
      throw new WeirException(
          node
              + " has "
              + replicas
              + " replicas, but its table '"
              + schema.name()
              + "' belongs to the operator as a whole; declare it as a keyed table, so that each"
              + " replica has the rows of its keys, or run one replica");
    }
    return declare(HotTable.whole(schema));
  }

  @Override
  public StateTable keyedTable(StateTable.Schema schema) {
    return declare(HotTable.keyed(schema, replica, replicas));
  }

  private StateTable declare(HotTable hot) {
    if (open) {
      throw new IllegalStateException(name + ": tables are declared while open() runs");
    }
    run.store().declare(hot.table());
    if (run.start() != Start.FRESH) {
      try (var cut = run.store().read()) {
        hot.load(cut, run.job(), node);
      }
    }
    tables.add(hot);
    return hot;
  }

  @Override
  public void wake() {
    mailbox.wake();
  }

  @Override
  public void changed() {
    ownChanges.increment();
  }

  @Override
  public void finish() {
    if (inputs > 0) {
      throw new IllegalStateException(
          name + ": its inputs say when it ends; only an operator without any may finish");
    }
    announce(new Event.Ended(name));
  }

  @Override
  public void enough() {
    announce(new Event.Enough(name));
  }

  @Override
  public void stop() {
    counts.gauge(STOPPING, true);
    announce(new Event.Stopped(name));
  }

  @Override
  public void fail(Throwable failure) {
    announce(new Event.Failed(name, failure));
  }

  @Override
  public void log(String line) {
    run.listener().printed(name, line);
  }

  @Override
  public void gauge(String gauge, Object value) {
    counts.gauge(gauge, value);
  }
}
