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
import dev.weir.graph.Graph.Node;
import dev.weir.graph.Json;
import dev.weir.graph.Sink;
import dev.weir.graph.SinkContext;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import dev.weir.models.Model;
import dev.weir.models.ModelOptions;
import dev.weir.state.Snapshot;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import dev.weir.state.WeirException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Tests that a model, in any language, keeps all its state where Weir finds it: runs it on some
 * records once as they come, and once with a snapshot taken and restored after each of them, by a
 * new runner. What differs was kept in a variable of the model's own.
 *
 * <pre>{@code
 * var report = ModelCheck.of(Path.of("model.java")).records(1, 2, 3).run();
 * assertEquals(List.of(), report.differences());
 * assertEquals(List.of(1L, 3L, 6L), report.outputs(1));
 * }</pre>
 *
 * <p>Immutable. Runs in memory; a model in Python or R needs its interpreter.
 */
public final class ModelCheck {

  private static final String JOB = "check";
  private static final String INPUT = "input";
  private static final String MODEL = "model";
  private static final Duration WITHOUT_BARRIERS = Duration.ofDays(1);
  private static final long NAP_NANOS = 1_000_000;

  private final Path file;
  private final List<Object> records;

  private ModelCheck(Path file, List<Object> records) {
    this.file = file;
    this.records = records;
  }

  /** Of the model in this file, without records. */
  public static ModelCheck of(Path file) {
    return new ModelCheck(file, List.of());
  }

  /**
   * With these records more, for the model's input slot.
   *
   * @param values JSON values as Java objects
   * @throws dev.weir.graph.BadJsonException when they are none
   */
  public ModelCheck records(Object... values) {
    var all = new ArrayList<>(records);
    Arrays.stream(values).map(value -> Json.parse(Json.toText(value))).forEach(all::add);
    return new ModelCheck(file, all);
  }

  /**
   * What the model did.
   *
   * @param calm in one run
   * @param restored in a run for each record
   */
  public record Report(Outcome calm, Outcome restored) {

    /** What is not the same, a line each; empty when the model is sound. */
    public List<String> differences() {
      var lines = new ArrayList<String>();
      var slots = new LinkedHashSet<>(calm.outputs().keySet());
      slots.addAll(restored.outputs().keySet());
      for (int slot : slots) {
        compare(slot, calm.outputs(slot), restored.outputs(slot), lines);
      }
      var items = new LinkedHashSet<>(calm.state().keySet());
      items.addAll(restored.state().keySet());
      for (var item : items) {
        var one = calm.state().getOrDefault(item, "absent");
        var other = restored.state().getOrDefault(item, "absent");
        if (!one.equals(other)) {
          lines.add(differs(item, one, other));
        }
      }
      return lines;
    }

    private static void compare(
        int slot, List<Object> one, List<Object> other, List<String> lines) {
      for (int i = 0; i < Math.max(one.size(), other.size()); i++) {
        var calm = i < one.size() ? Json.toText(one.get(i)) : "absent";
        var restored = i < other.size() ? Json.toText(other.get(i)) : "absent";
        if (!calm.equals(restored)) {
          lines.add(differs("output " + (i + 1) + " of slot " + slot, calm, restored));
        }
      }
    }

    private static String differs(String what, String calm, String restored) {
      return what + " is " + calm + ", and " + restored + " with a restore after every record";
    }

    /** The outputs of a slot, in one run. */
    public List<Object> outputs(int slot) {
      return calm.outputs(slot);
    }

    /** Several lines for people. */
    @Override
    public String toString() {
      var lines = differences();
      return lines.isEmpty()
          ? "the same with and without a restore after every record"
          : String.join("\n", lines);
    }
  }

  /**
   * What came of a model.
   *
   * @param outputs the records put out by slot
   * @param state the values of cells and keys, as JSON text, by {@code cell 'c'} and {@code key 'k'
   *     of pool 'p'}
   */
  public record Outcome(Map<Integer, List<Object>> outputs, Map<String, String> state) {
    public List<Object> outputs(int slot) {
      return outputs.getOrDefault(slot, List.of());
    }
  }

  /**
   * Runs the model both ways.
   *
   * @throws WeirException when it cannot be loaded, or fails
   */
  public Report run() throws InterruptedException {
    return new Report(outcome(false), outcome(true));
  }

  private Outcome outcome(boolean restoring) throws InterruptedException {
    var model = Model.load(file);
    var inputs = model.slots().stream().filter(Model.Slot::input).toList();
    if (inputs.size() != 1) {
      throw new WeirException(
          file + " has " + inputs.size() + " input slots; only a model with one can be checked");
    }
    var runners =
        LanguageRuntime.of(model.language(), System.getenv()).runners(model.program(file, false));
    var outputs = new TreeMap<Integer, List<Object>>();
    try (var store = Stores.open("memory:", Clock.systemUTC())) {
      for (int given = restoring ? Math.min(1, records.size()) : records.size(); ; given++) {
        var control = new RunControl();
        int until = given;
        var graph =
            Graph.builder()
                .node(
                    INPUT,
                    new Node.SourceNode(INPUT, () -> new Given(records, until, control), true))
                .node(
                    MODEL,
                    new Node.OperatorNode(
                        MODEL, model.operator(ModelOptions.DEFAULT, runners), true))
                .connect(INPUT, 0, MODEL, inputs.get(0).number() / 2);
        for (var slot : model.slots()) {
          if (!slot.input()) {
            var kept = outputs.computeIfAbsent(slot.number(), n -> new ArrayList<>());
            var node = "output " + slot.number();
            graph
                .node(node, new Node.SinkNode(node, () -> new Kept(kept), Sink.Kind.IDEMPOTENT))
                .connect(MODEL, slot.number() / 2, node, 0);
          }
        }
        run(store, graph.build(), model.version(), control);
        if (until == records.size()) {
          return new Outcome(outputs, state(store));
        }
        restore(store);
      }
    }
  }

  private void run(Store store, Graph graph, String version, RunControl control)
      throws InterruptedException {
    new Engine(store, Clock.systemUTC(), System::nanoTime)
        .run(
            new JobSpec(
                JOB,
                graph,
                file.toString(),
                version,
                Map.of(),
                WITHOUT_BARRIERS,
                SnapshotPolicy.NONE,
                new Recovery(0, Duration.ZERO, Duration.ZERO)),
            false,
            control,
            new RunListener() {});
  }

  /** Takes a snapshot, and makes it what the next run goes on from. */
  private static void restore(Store store) {
    var jobs = new Jobs(store);
    var job = jobs.find(JOB).orElseThrow();
    var snapshot =
        jobs.takeSnapshot(job, Snapshot.Why.MANUAL)
            .orElseThrow(() -> new IllegalStateException("nothing was committed"));
    jobs.restore(JOB, snapshot, true);
  }

  private static Map<String, String> state(Store store) {
    var jobs = new Jobs(store);
    var state = new TreeMap<String, String>();
    jobs.rows(JOB, StateCommands.CELL)
        .forEach(row -> state.put("cell '" + row.text(1) + "'", row.text(2)));
    jobs.rows(JOB, StateCommands.POOL)
        .forEach(
            row ->
                state.put("key '" + row.text(2) + "' of pool '" + row.text(1) + "'", row.text(3)));
    return state;
  }

  /** Gives the records up to some number; then ends, or has the run ended where there are more. */
  private static final class Given implements Source {
    private final List<Object> records;
    private final int until;
    private final RunControl control;
    private int done;

    Given(List<Object> records, int until, RunControl control) {
      this.records = records;
      this.until = until;
      this.control = control;
    }

    @Override
    public void open(SourceContext context, Optional<Map<String, Object>> position) {
      done = position.map(p -> ((Long) p.get("records")).intValue()).orElse(0);
    }

    @Override
    public Optional<Batch> poll(int max, Duration patience) {
      if (done == records.size()) {
        return Optional.empty();
      }
      if (done == until) {
        control.interrupt();
        LockSupport.parkNanos(NAP_NANOS);
        return Optional.of(Batch.of(done + 1));
      }
      var batch = Batch.of(done + 1, records.get(done));
      done++;
      return Optional.of(batch);
    }

    @Override
    public Map<String, Object> position() {
      return Map.of("records", (long) done);
    }

    @Override
    public boolean replayable() {
      return true;
    }

    @Override
    public void close() {}
  }

  /** Keeps what is put out. */
  private static final class Kept implements Sink {
    private final List<Object> records;

    Kept(List<Object> records) {
      this.records = records;
    }

    @Override
    public void open(SinkContext context, Optional<Map<String, Object>> committed) {}

    @Override
    public void write(Batch batch) {
      var control = batch.control();
      records.addAll(
          control == null ? batch.records() : List.of(Map.of("$weir", control.kind().word())));
    }

    @Override
    public Map<String, Object> flush(long epoch) {
      return Map.of();
    }

    @Override
    public Kind kind() {
      return Kind.IDEMPOTENT;
    }

    @Override
    public void close() {}
  }
}
