package dev.weir.engine;

import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.FencedException;
import dev.weir.graph.Graph;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.Graph.Node.OwnOutput;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.OutboxSink;
import dev.weir.graph.Partitioning;
import dev.weir.graph.Sink;
import dev.weir.graph.SinkContext;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import dev.weir.graph.StateTable;
import dev.weir.graph.TableSink;
import dev.weir.graph.TransientFailureException;
import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Row;
import dev.weir.state.Store;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;

/**
 * A random graph, what its sinks have got, and what they and the state must hold by the positions
 * of its sources. Records are numbers that occur once in the whole graph; what an operator emits
 * for a record does not depend on others, so that the content of every connection follows from what
 * was given, whatever the order.
 */
final class SimulatedGraph {

  static final String JOB = "job";
  private static final long MARK = 1_000_000;

  /** What an operator of a simulated graph does. */
  private enum Work {
    /** Passes on. */
    PASS,
    /** Odd numbers out of port 1, even ones out of port 0. */
    SPLIT,
    /** Everything twice. */
    TWICE,
    /** Passes on when woken, or else at the barrier. */
    LATER,
    /** Counts in a table of its own, passes on, and emits a mark of its own at the end. */
    COUNT,
    /** Counts by key, in replicas; passes on. */
    KEYED,
    /** Has no inputs, gives numbers, keeps how many. */
    GIVE
  }

  private record Input(String from, int outPort, int inPort) {}

  /** What a sink can do about what was not committed. */
  private enum Ending {
    /** Cuts it back. */
    CUT(Sink.Kind.TRANSACTIONAL),
    /** Never gets it. */
    OUTBOX(Sink.Kind.TRANSACTIONAL),
    /** Has it in the store's own commit. */
    ROWS(Sink.Kind.TRANSACTIONAL),
    /** Nothing. */
    PLAIN(Sink.Kind.PLAIN);

    private final Sink.Kind kind;

    Ending(Sink.Kind kind) {
      this.kind = kind;
    }
  }

  private record Part(String name, int number, List<Input> inputs, Work work, Ending ending) {}

  private final Random random;
  private final Store store;
  private final List<Part> sources = new ArrayList<>();
  private final List<Part> operators = new ArrayList<>();
  private final List<Part> sinks = new ArrayList<>();
  private final Map<String, Integer> sizes = new LinkedHashMap<>();
  private final Map<String, Outside> targets = new LinkedHashMap<>();

  /** Of the run that is under way. */
  private Simulation now;

  private long stepsToFailure;
  private boolean failurePasses;

  SimulatedGraph(Random random, Store store) {
    this.random = random;
    this.store = store;
    int number = 0;
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      sources.add(new Part("source" + number, number++, List.of(), null, null));
    }
    for (int i = random.nextInt(0, 6); i > 0; i--) {
      var work = Work.values()[random.nextInt(Work.values().length)];
      var inputs = work == Work.GIVE ? List.<Input>of() : inputs();
      operators.add(
          new Part(
              work.name().toLowerCase(java.util.Locale.ROOT) + number,
              number++,
              inputs,
              work,
              null));
    }
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      var ending = Ending.values()[random.nextInt(Ending.values().length)];
      sinks.add(new Part("sink" + number, number++, inputs(), null, ending));
    }
    for (var part : sources) {
      sizes.put(part.name, random.nextInt(0, 40));
    }
    for (var part : operators) {
      sizes.put(part.name, random.nextInt(0, 20));
    }
    sinks.forEach(sink -> targets.put(sink.name, new Outside()));
  }

  private List<Input> inputs() {
    var from = new ArrayList<Part>(sources);
    from.addAll(operators);
    var inputs = new ArrayList<Input>();
    for (int i = Math.max(1, random.nextInt(4) - 1); i > 0; i--) {
      // Late ones are likelier: chains and diamonds.
      var part = from.get(Math.max(random.nextInt(from.size()), random.nextInt(from.size())));
      inputs.add(new Input(part.name, part.work == Work.SPLIT ? random.nextInt(2) : 0, i));
    }
    return inputs;
  }

  /**
   * The graph for a run, with as many replicas as chance will have it.
   *
   * @param failsAfter how many callbacks it takes until one throws; negative for never
   */
  Graph build(Simulation simulation, long failsAfter, boolean passing) {
    now = simulation;
    stepsToFailure = failsAfter;
    failurePasses = passing;
    var graph = Graph.builder();
    for (var part : sources) {
      int batch = random.nextInt(1, 6);
      graph.node(part.name, new Node.SourceNode(part.name, () -> new Numbers(part, batch), true));
    }
    for (var part : operators) {
      var node = new Node.OperatorNode(part.name, () -> new Callbacks(part), true);
      if (part.work == Work.GIVE) {
        node = node.with(OwnOutput.REPLAYABLE);
      } else if (part.work == Work.KEYED) {
        node =
            node.replicated(
                random.nextInt(1, 4), Partitioning.byKey("key", (port, record) -> key(record)));
      } else if (part.work == Work.PASS) {
        node = node.replicated(random.nextInt(1, 3), Partitioning.ROUND_ROBIN);
      }
      graph.node(part.name, node);
    }
    for (var part : sinks) {
      var target = targets.get(part.name);
      graph.node(
          part.name,
          new Node.SinkNode(
              part.name,
              () ->
                  switch (part.ending) {
                    case OUTBOX -> new Outbox(target);
                    case ROWS -> new Rows();
                    case CUT, PLAIN -> new Written(target, part.ending == Ending.CUT);
                  },
              part.ending.kind));
    }
    for (var part : parts()) {
      part.inputs.forEach(i -> graph.connect(i.from, i.outPort, part.name, i.inPort));
    }
    return graph.build();
  }

  private List<Part> parts() {
    var parts = new ArrayList<>(operators);
    parts.addAll(sinks);
    return parts;
  }

  private static long key(Object record) {
    return (Long) record % 7;
  }

  @Override
  public String toString() {
    var text = new StringBuilder();
    sizes.forEach((name, size) -> text.append(name).append(" of ").append(size).append('\n'));
    for (var part : parts()) {
      text.append(part.name).append(' ').append(part.ending == null ? "" : part.ending);
      text.append(" from ").append(part.inputs).append('\n');
    }
    return text.toString();
  }

  // What must be

  /**
   * Checks that state, positions and sinks are those of one cut, the last commit.
   *
   * @param whole whether everything must have been given
   * @param disturbed whether any run was cut off
   * @return what is wrong; empty when all is well
   */
  Optional<String> wrong(boolean whole, boolean disturbed) {
    var job = new Jobs(store).find(JOB);
    boolean ended = job.isPresent() && job.get().status() == JobStatus.FINISHED;
    var flows = new LinkedHashMap<String, Map<Long, Long>>();
    for (var part : sources) {
      long given = job.map(j -> number(j.positions().get(part.name), "given")).orElse(0L);
      if (whole && given != sizes.get(part.name)) {
        return Optional.of(part.name + " gave " + given + " of " + sizes.get(part.name));
      }
      flows.put(part.name + ".0", numbers(part, given));
    }
    for (var part : operators) {
      var in = incoming(part, flows);
      if (part.work == Work.GIVE) {
        long given = counted(part).getOrDefault(0L, 0L);
        if (whole && given != sizes.get(part.name)) {
          return Optional.of(part.name + " gave " + given + " of " + sizes.get(part.name));
        }
        in = numbers(part, given);
      } else if (part.work == Work.COUNT || part.work == Work.KEYED) {
        var expected = new TreeMap<Long, Long>();
        in.forEach((record, n) -> expected.merge(group(part, record), n, Long::sum));
        var counted = counted(part);
        if (!counted.equals(expected)) {
          return Optional.of(
              part.name + " has counted " + counted + ", but the positions say " + expected);
        }
      }
      outgoing(part, in, ended, flows);
    }
    for (var part : sinks) {
      var expected = incoming(part, flows);
      var target = targets.get(part.name);
      long length = job.map(j -> number(j.positions().get(part.name), "length")).orElse(0L);
      if (length > target.records.size()) {
        return Optional.of(
            part.name + " has " + target.records.size() + " records, and committed " + length);
      }
      var held =
          switch (part.ending) {
            case CUT -> counts(target.records.subList(0, (int) length));
            case OUTBOX -> withOutbox(part, target);
            case ROWS -> rows(part);
            case PLAIN -> counts(target.records);
          };
      boolean mayHoldMore = part.ending == Ending.PLAIN && disturbed;
      boolean right = mayHoldMore ? holdsAll(held, expected) : held.equals(expected);
      if (!right && (part.ending != Ending.PLAIN || ended)) {
        return Optional.of(part.name + " holds " + held + ", but the positions say " + expected);
      }
    }
    return Optional.empty();
  }

  private static boolean holdsAll(Map<Long, Long> held, Map<Long, Long> expected) {
    return expected.entrySet().stream()
        .allMatch(entry -> held.getOrDefault(entry.getKey(), 0L) >= entry.getValue());
  }

  private static Map<Long, Long> counts(List<Long> records) {
    var counts = new TreeMap<Long, Long>();
    records.forEach(record -> counts.merge(record, 1L, Long::sum));
    return counts;
  }

  /** What a target has, and what it has not got yet. */
  private Map<Long, Long> withOutbox(Part part, Outside target) {
    var all = new ArrayList<>(target.records);
    for (var row : new Jobs(store).rows(JOB, "weir_outbox")) {
      if (row.text(0).equals(part.name) && row.integer(1) > target.epoch.orElse(0)) {
        all.addAll(decoded(row.bytes(3)));
      }
    }
    return counts(all);
  }

  private Map<Long, Long> rows(Part part) {
    return counts(
        new Jobs(store)
            .rows(JOB, "records").stream()
                .filter(row -> row.text(0).equals(part.name))
                .map(row -> row.integer(2))
                .toList());
  }

  private static List<Long> decoded(byte[] piece) {
    return new String(piece, StandardCharsets.UTF_8).lines().map(Long::valueOf).toList();
  }

  private static long group(Part part, long record) {
    return part.work == Work.KEYED ? key(record) : 0;
  }

  private static Map<Long, Long> numbers(Part part, long given) {
    var numbers = new TreeMap<Long, Long>();
    for (long i = 0; i < given; i++) {
      numbers.put(part.number * 1000L + i, 1L);
    }
    return numbers;
  }

  private static Map<Long, Long> incoming(Part part, Map<String, Map<Long, Long>> flows) {
    var in = new TreeMap<Long, Long>();
    for (var input : part.inputs) {
      flows
          .getOrDefault(input.from + "." + input.outPort, Map.of())
          .forEach((record, n) -> in.merge(record, n, Long::sum));
    }
    return in;
  }

  private static void outgoing(
      Part part, Map<Long, Long> in, boolean ended, Map<String, Map<Long, Long>> flows) {
    for (int port = 0; port < 2; port++) {
      var out = new TreeMap<Long, Long>();
      for (var entry : in.entrySet()) {
        if (part.work != Work.SPLIT || entry.getKey() % 2 == port) {
          out.put(entry.getKey(), entry.getValue() * (part.work == Work.TWICE ? 2 : 1));
        }
      }
      if (part.work == Work.COUNT && ended) {
        out.put(MARK + part.number, 1L);
      }
      flows.put(part.name + "." + port, out);
    }
  }

  private Map<Long, Long> counted(Part part) {
    var counted = new TreeMap<Long, Long>();
    int skip = part.work == Work.KEYED ? 2 : 1;
    for (var row : new Jobs(store).rows(JOB, table(part))) {
      if (row.text(0).equals(part.name)) {
        counted.put(row.integer(skip), row.integer(skip + 1));
      }
    }
    return counted;
  }

  private static String table(Part part) {
    return part.work == Work.KEYED ? "by_key" : "whole";
  }

  private static long number(Object position, String name) {
    return position instanceof Map<?, ?> map && map.get(name) instanceof Long n ? n : 0;
  }

  // What happens

  /** Every callback comes here: it may crash, give way to others, or fail. */
  private void callback() {
    now.point();
    if (stepsToFailure-- == 0) {
      if (failurePasses) {
        throw new TransientFailureException("the test lets it fail");
      }
      throw new IllegalStateException("the test breaks it");
    }
  }

  /** Sees that nothing of one node overlaps, and that its epochs come one after another. */
  private class Life {
    private boolean inside;
    private long epoch = store.position(JOB).map(Store.Position::position).orElse(0L);

    void enter() {
      if (inside) {
        throw new AssertionError("two callbacks overlap");
      }
      inside = true;
      try {
        callback();
      } catch (RuntimeException | Error e) {
        inside = false;
        throw e;
      }
    }

    void leave() {
      now.point();
      inside = false;
    }

    void epoch(long next) {
      if (next != epoch + 1) {
        throw new AssertionError("after the barrier of epoch " + epoch + " comes that of " + next);
      }
      epoch = next;
    }

    void durable(long durable) {
      if (durable > store.position(JOB).orElseThrow().position()) {
        throw new AssertionError("epoch " + durable + " is complete and not durable");
      }
    }
  }

  private final class Numbers extends Life implements Source {
    private final Part part;
    private final int batch;
    private long given;

    Numbers(Part part, int batch) {
      this.part = part;
      this.batch = batch;
    }

    @Override
    public void open(SourceContext context, Optional<Map<String, Object>> position) {
      given = position.map(p -> (Long) p.get("given")).orElse(0L);
    }

    @Override
    public Optional<Batch> poll(int max, Duration patience) throws InterruptedException {
      enter();
      int size = (int) Math.min(batch, sizes.get(part.name) - given);
      var records = new Object[size];
      for (int i = 0; i < size; i++) {
        records[i] = part.number * 1000L + given + i;
      }
      given += size;
      leave();
      return size == 0 ? Optional.empty() : Optional.of(Batch.of(given - size + 1, records));
    }

    @Override
    public Map<String, Object> position() {
      return Map.of("given", given);
    }

    @Override
    public void committed(Map<String, Object> position) {
      enter();
      leave();
    }

    @Override
    public boolean replayable() {
      return true;
    }

    @Override
    public void close() {}
  }

  private final class Callbacks extends Life implements Operator {
    private final Part part;
    private final List<Object> waiting = new ArrayList<>();
    private OperatorContext context;
    private StateTable table;

    Callbacks(Part part) {
      this.part = part;
    }

    @Override
    public void open(OperatorContext opened) {
      context = opened;
      var schema =
          new StateTable.Schema(
              table(part),
              List.of(Column.of("key", ColumnType.INTEGER), Column.of("n", ColumnType.INTEGER)),
              1,
              List.of());
      if (part.work == Work.KEYED) {
        table = context.keyedTable(schema);
      } else if (part.work == Work.COUNT || part.work == Work.GIVE) {
        table = context.table(schema);
      }
      if (part.work == Work.GIVE) {
        context.wake();
      }
    }

    private void count(long group, long more) {
      var row = table.get(Row.of(group));
      table.put(Row.of(group, (row == null ? 0 : row.integer(1)) + more));
    }

    @Override
    public void process(int port, Batch batch, Emitter out) throws InterruptedException {
      enter();
      for (var record : batch.records()) {
        if (table != null) {
          count(group(part, (Long) record), 1);
        }
        switch (part.work) {
          case SPLIT -> out.emit((int) ((Long) record % 2), Batch.of(1, record));
          case TWICE -> out.emit(0, Batch.of(1, record, record));
          case LATER -> {
            waiting.add(record);
            context.wake();
          }
          default -> out.emit(0, Batch.of(1, record));
        }
      }
      leave();
    }

    @Override
    public void drain(Emitter out) throws InterruptedException {
      enter();
      emitWaiting(out);
      if (part.work == Work.GIVE) {
        var row = table.get(Row.of(0L));
        long given = row == null ? 0 : row.integer(1);
        if (given < sizes.get(part.name)) {
          count(0, 1);
          out.emit(0, Batch.of(given + 1, part.number * 1000L + given));
          context.wake();
        } else {
          context.finish();
        }
      }
      leave();
    }

    private void emitWaiting(Emitter out) throws InterruptedException {
      if (!waiting.isEmpty()) {
        out.emit(0, Batch.of(1, waiting.toArray()));
        waiting.clear();
      }
    }

    @Override
    public void barrier(long next, Emitter out) throws InterruptedException {
      enter();
      epoch(next);
      emitWaiting(out);
      leave();
    }

    @Override
    public void complete(long epoch) {
      enter();
      durable(epoch);
      leave();
    }

    @Override
    public void end(Emitter out) throws InterruptedException {
      enter();
      emitWaiting(out);
      if (part.work == Work.COUNT) {
        out.emit(0, Batch.of(1, MARK + part.number));
        out.emit(1, Batch.of(1, MARK + part.number));
      }
      leave();
    }

    @Override
    public void close() {}
  }

  /** What is outside of the process. */
  private static final class Outside {
    private final List<Long> records = new ArrayList<>();
    private OptionalLong epoch = OptionalLong.empty();
    private long run;
  }

  /** Writes at once. */
  private final class Written extends Life implements Sink {
    private final Outside target;
    private final boolean cuts;

    Written(Outside target, boolean cuts) {
      this.target = target;
      this.cuts = cuts;
    }

    @Override
    public void open(SinkContext context, Optional<Map<String, Object>> committed) {
      enter();
      if (cuts) {
        long length = committed.map(p -> (Long) p.get("length")).orElse(0L);
        target.records.subList((int) length, target.records.size()).clear();
      }
      leave();
    }

    @Override
    public void write(Batch batch) {
      enter();
      batch.records().forEach(record -> target.records.add((Long) record));
      leave();
    }

    @Override
    public Map<String, Object> flush(long next) {
      enter();
      epoch(next);
      leave();
      return Map.of("length", (long) target.records.size());
    }

    @Override
    public void complete(long epoch) {
      enter();
      durable(epoch);
      leave();
    }

    @Override
    public Sink.Kind kind() {
      return cuts ? Sink.Kind.TRANSACTIONAL : Sink.Kind.PLAIN;
    }

    @Override
    public void close() {}
  }

  /** Rows in the store. */
  private final class Rows extends Life implements TableSink {
    private Map<Row, Row> changed = new HashMap<>();
    private long records;

    @Override
    public StateTable.Schema schema() {
      return new StateTable.Schema(
          "records",
          List.of(Column.of("number", ColumnType.INTEGER), Column.of("record", ColumnType.INTEGER)),
          1,
          List.of());
    }

    @Override
    public void open(SinkContext context, Optional<Map<String, Object>> committed) {
      enter();
      records = committed.map(p -> (Long) p.get("records")).orElse(0L);
      leave();
    }

    @Override
    public void write(Batch batch) {
      enter();
      for (var record : batch.records()) {
        records++;
        changed.put(Row.of(records), Row.of(records, record));
      }
      leave();
    }

    @Override
    public Map<String, Object> flush(long next) {
      enter();
      epoch(next);
      leave();
      return Map.of("records", records);
    }

    @Override
    public Map<Row, Row> take() {
      var taken = changed;
      changed = new HashMap<>();
      return taken;
    }

    @Override
    public long pending() {
      return random.nextInt(4) == 0 ? Long.MAX_VALUE : 0;
    }

    @Override
    public void complete(long epoch) {
      enter();
      durable(epoch);
      leave();
    }

    @Override
    public void close() {}
  }

  /** Publishes by epoch. */
  private final class Outbox extends Life implements OutboxSink {
    private final Outside target;
    private final StringBuilder pending = new StringBuilder();

    Outbox(Outside target) {
      this.target = target;
    }

    @Override
    public void open(SinkContext context, Optional<Map<String, Object>> committed) {
      enter();
      leave();
    }

    @Override
    public void write(Batch batch) {
      enter();
      batch.records().forEach(record -> pending.append(record).append('\n'));
      leave();
    }

    @Override
    public Map<String, Object> flush(long next) {
      enter();
      epoch(next);
      leave();
      return Map.of();
    }

    @Override
    public List<byte[]> take() {
      var pieces =
          pending.isEmpty()
              ? List.<byte[]>of()
              : List.of(pending.toString().getBytes(StandardCharsets.UTF_8));
      pending.setLength(0);
      return pieces;
    }

    @Override
    public long pending() {
      return pending.length();
    }

    @Override
    public Duration patience() {
      return Duration.ofDays(1);
    }

    @Override
    public OutboxSink.Target connect(Claim claim) {
      away();
      if (claim.run() < target.run) {
        throw new FencedException("run " + target.run + " has come", null);
      }
      target.run = claim.run();
      return new Far(claim.run());
    }

    @Override
    public void close() {}

    private void away() {
      now.point();
      if (random.nextInt(8) == 0) {
        throw new TransientFailureException("the target is away");
      }
    }

    private final class Far implements OutboxSink.Target {
      private final long run;

      Far(long run) {
        this.run = run;
      }

      @Override
      public OptionalLong published() {
        away();
        return target.epoch;
      }

      @Override
      public void declare(long epoch) {
        away();
        target.epoch = OptionalLong.of(epoch);
      }

      @Override
      public void publish(long epoch, List<byte[]> pieces) {
        away();
        if (run != target.run) {
          throw new FencedException("run " + target.run + " has come", null);
        }
        if (epoch <= target.epoch.orElseThrow()) {
          throw new AssertionError("epoch " + epoch + " is published twice");
        }
        if (epoch > store.position(JOB).orElseThrow().position()) {
          throw new AssertionError("epoch " + epoch + " is published and not durable");
        }
        pieces.forEach(piece -> target.records.addAll(decoded(piece)));
        target.epoch = OptionalLong.of(epoch);
        away();
      }

      @Override
      public void close() {}
    }
  }
}
