package dev.weir.app;

import dev.weir.engine.Jobs;
import dev.weir.engine.RunControl;
import dev.weir.engine.RunFailedException;
import dev.weir.engine.RunListener;
import dev.weir.graph.Batch;
import dev.weir.graph.Control;
import dev.weir.graph.Graph;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.Json;
import dev.weir.graph.Rejection;
import dev.weir.graph.Sink;
import dev.weir.graph.SourceContext;
import dev.weir.models.Model;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import dev.weir.state.WeirException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Tests a model, in any language: runs it on some records as they come, and again with a snapshot
 * taken, restored and gone on from after every record. Whatever a model keeps in cells and pools,
 * the two are alike; what it keeps elsewhere shows as a difference.
 *
 * <pre>{@code
 * var report = ModelCheck.of(Path.of("model.java")).records(1, 2, 3).run();
 * assertEquals(List.of(), report.differences());
 * assertEquals(List.of(1L, 3L, 6L), report.outputs(1));
 * }</pre>
 *
 * <p>Both are real runs, with runners of their own, in a store in memory. The second starts its
 * runners anew for each record. Immutable.
 */
public final class ModelCheck {

  /** More would take minutes, and show no more. */
  private static final int MOST_RECORDS = 1000;

  private final Path file;
  private final List<Batch> input;
  private final Optional<List<Object>> expected;
  private final boolean restore;

  private ModelCheck(
      Path file, List<Batch> input, Optional<List<Object>> expected, boolean restore) {
    this.file = file;
    this.input = input;
    this.expected = expected;
    this.restore = restore;
  }

  /** Of the model in this file, without records. */
  public static ModelCheck of(Path file) {
    return new ModelCheck(file, List.of(), Optional.empty(), true);
  }

  /**
   * On these records, for the model's input slot.
   *
   * @param values JSON values as Java objects
   * @throws dev.weir.graph.BadJsonException when they are none
   */
  public ModelCheck records(Object... values) {
    var batches = new ArrayList<Batch>();
    for (var value : normal(Arrays.asList(values))) {
      batches.add(Batch.of(batches.size() + 1, value));
    }
    return new ModelCheck(file, batches, expected, restore);
  }

  /**
   * On the records of a stream, which is read now, to its end.
   *
   * @throws CommandException when it has none, too many, or bad ones
   */
  public ModelCheck stream(String stream) throws Exception {
    return new ModelCheck(file, read(stream), expected, restore);
  }

  /** Knowing what slot 1 should put out. */
  public ModelCheck expecting(List<Object> outputs) {
    return new ModelCheck(file, input, Optional.of(normal(outputs)), restore);
  }

  /** Undisturbed only, without the run that restores. */
  public ModelCheck withoutRestore() {
    return new ModelCheck(file, input, expected, false);
  }

  /**
   * What a model did.
   *
   * @param outputs its outputs by slot, as JSON values
   * @param cells its cells at the end, as JSON values
   * @param pools its pools at the end
   * @param rejected records dropped and why, a line each
   * @param printed what it printed, a line each
   */
  public record Outcome(
      Map<Integer, List<Object>> outputs,
      Map<String, Object> cells,
      Map<String, Map<String, Object>> pools,
      List<String> rejected,
      List<String> printed) {

    /** The outputs of a slot. */
    public List<Object> outputs(int slot) {
      return outputs.getOrDefault(slot, List.of());
    }

    private Map<String, Object> toJson() {
      var json = new LinkedHashMap<String, Object>();
      var bySlot = new LinkedHashMap<String, Object>();
      outputs.forEach((slot, list) -> bySlot.put(slot.toString(), list));
      json.put("outputs", bySlot);
      json.put("cells", cells);
      json.put("pools", pools);
      json.put("rejected", rejected);
      json.put("printed", printed);
      return json;
    }

    private static Outcome begun() {
      return new Outcome(
          Collections.synchronizedMap(new TreeMap<>()),
          new TreeMap<>(),
          new TreeMap<>(),
          Collections.synchronizedList(new ArrayList<>()),
          Collections.synchronizedList(new ArrayList<>()));
    }
  }

  /**
   * What was found.
   *
   * @param records how many records the model was given
   * @param plain what it did undisturbed
   * @param restored what it did with a restore after every record, if that was tried
   * @param differences what is not as it should be, a line each; none if all is well
   */
  public record Report(
      long records, Outcome plain, Optional<Outcome> restored, List<String> differences) {

    /** The outputs of a slot, undisturbed. */
    public List<Object> outputs(int slot) {
      return plain.outputs(slot);
    }

    /** As a JSON value. */
    public Map<String, Object> toJson() {
      var json = new LinkedHashMap<String, Object>();
      json.put("records", records);
      json.put("differences", differences);
      json.put("plain", plain.toJson());
      json.put("restored", restored.map(Outcome::toJson).orElse(null));
      return json;
    }

    /** A few lines for people. */
    @Override
    public String toString() {
      long outputs = plain.outputs().values().stream().mapToLong(List::size).sum();
      var lines = new ArrayList<String>();
      lines.add(records + " records, " + outputs + " outputs");
      lines.addAll(differences);
      if (differences.isEmpty() && restored.isPresent()) {
        lines.add("the same with a snapshot taken and restored after every record");
      }
      return String.join("\n", lines);
    }
  }

  /**
   * Tests the model.
   *
   * @throws WeirException when it cannot be loaded, or fails undisturbed
   */
  public Report run() throws InterruptedException {
    var program = program();
    var differences = new ArrayList<String>();
    var plain = Outcome.begun();
    try (var store = Stores.open("memory:", Clock.systemUTC())) {
      run(program, store, plain, input.size());
      keepState(store, plain);
    }
    expected.ifPresent(e -> differ(e, plain.outputs(1), differences));
    Optional<Outcome> restored = Optional.empty();
    if (restore) {
      var outcome = Outcome.begun();
      try (var store = Stores.open("memory:", Clock.systemUTC())) {
        restored = Optional.of(outcome);
        restoring(program, store, outcome, differences);
        keepState(store, outcome);
      }
      differ(plain, outcome, differences);
    }
    long records = input.stream().filter(batch -> batch.control() == null).count();
    return new Report(records, plain, restored, differences);
  }

  private Program program() {
    var standIns = new HashMap<Integer, String>();
    int inputs = 0;
    for (var slot : Model.load(file).slots()) {
      inputs += slot.input() ? 1 : 0;
      standIns.put(slot.number(), slot.input() ? "inline:" : "discard:");
    }
    if (inputs != 1) {
      throw new CommandException(
          file
              + " has "
              + inputs
              + " input slots; only a model with one can be tested, since between slots records"
              + " have no order");
    }
    return Program.load(RunOptions.of(file).withStreams(standIns));
  }

  private void restoring(Program program, Store store, Outcome outcome, List<String> differences)
      throws InterruptedException {
    for (int given = Math.min(1, input.size()); ; given++) {
      try {
        run(program, store, outcome, given);
      } catch (RunFailedException e) {
        differences.add(
            "restored after record " + (given - 1) + ", it fails at the next: " + e.getMessage());
        return;
      }
      if (given == input.size()) {
        return;
      }
      Rehearsal.snapshotAndRestore(store);
    }
  }

  /** Runs until so many records are given; if there are more, it is left there, without end(). */
  private void run(Program program, Store store, Outcome outcome, int until)
      throws InterruptedException {
    var control = new RunControl();
    Rehearsal.run(
        store,
        rehearsed(program.graph(), outcome, until, control),
        Rehearsal.LONG,
        0,
        control,
        new Listener(outcome));
  }

  /** The model's graph with other streams. */
  private Graph rehearsed(Graph graph, Outcome outcome, int until, RunControl control) {
    return graph.replacing(
        (name, node) -> {
          if (node instanceof Node.SourceNode) {
            return new Node.SourceNode(
                "records", () -> new Rehearsal.Records(input, until, false, control), true);
          }
          if (node instanceof Node.SinkNode) {
            int slot = 2 * graph.into(name).get(0).outPort() + 1;
            var list = outcome.outputs().computeIfAbsent(slot, s -> new ArrayList<>());
            return new Node.SinkNode(
                "outputs", () -> new Rehearsal.Kept(list, () -> {}), Sink.Kind.TRANSACTIONAL);
          }
          return node;
        });
  }

  private static void keepState(Store store, Outcome outcome) {
    var jobs = new Jobs(store);
    jobs.rows(Rehearsal.JOB, StateCommands.CELL)
        .forEach(row -> outcome.cells().put(row.text(1), Json.parse(row.text(2))));
    jobs.rows(Rehearsal.JOB, StateCommands.POOL)
        .forEach(
            row ->
                outcome
                    .pools()
                    .computeIfAbsent(row.text(1), pool -> new TreeMap<>())
                    .put(row.text(2), Json.parse(row.text(3))));
  }

  /** Values as they are when they have come through a stream. */
  private static List<Object> normal(List<Object> values) {
    var normal = new ArrayList<Object>();
    values.forEach(value -> normal.add(Json.parse(Json.toText(value))));
    return normal;
  }

  /** All records of a stream, a batch each. */
  static List<Batch> read(String stream) throws Exception {
    var rejected = new ArrayList<String>();
    var batches = new ArrayList<Batch>();
    try (var source = NamedStreams.parse(stream).source().get()) {
      source.open(
          new SourceContext() {
            @Override
            public void reject(Rejection rejection) {
              rejected.add("record " + rejection.sequence() + ": " + rejection.message());
            }

            @Override
            public void warn(String message) {
              // That it cannot be replayed does not matter: it is read once.
            }
          },
          Optional.empty());
      for (var next = source.poll(MOST_RECORDS, Duration.ofSeconds(1));
          next.isPresent();
          next = source.poll(MOST_RECORDS, Duration.ofSeconds(1))) {
        if (next.get().control() != null && next.get().control().kind() == Control.Kind.END) {
          break;
        }
        for (int i = 0; i < next.get().size(); i++) {
          batches.add(next.get().slice(i, i + 1));
        }
        if (batches.size() > MOST_RECORDS) {
          throw new CommandException(
              "a test takes at most " + MOST_RECORDS + " records; " + stream + " has more");
        }
      }
    }
    if (!rejected.isEmpty()) {
      throw new CommandException(stream + " is no good for a test: " + rejected.get(0));
    }
    if (batches.isEmpty()) {
      throw new CommandException(stream + " holds no records; a test needs some");
    }
    return batches;
  }

  private static void differ(Outcome plain, Outcome restored, List<String> differences) {
    var slots = new TreeSet<>(plain.outputs().keySet());
    slots.addAll(restored.outputs().keySet());
    for (int slot : slots) {
      var one = plain.outputs(slot);
      var other = restored.outputs(slot);
      Rehearsal.firstDifference(one, other)
          .ifPresent(
              at ->
                  differences.add(
                      "output "
                          + (at + 1)
                          + " of slot "
                          + slot
                          + " is "
                          + Rehearsal.shown(one, at)
                          + " undisturbed, and "
                          + Rehearsal.shown(other, at)
                          + " when restored after every record"));
    }
    differ("cell ", plain.cells(), restored.cells(), differences);
    var pools = new TreeSet<>(plain.pools().keySet());
    pools.addAll(restored.pools().keySet());
    pools.forEach(
        pool ->
            differ(
                "pool " + pool + ", key ",
                plain.pools().getOrDefault(pool, Map.of()),
                restored.pools().getOrDefault(pool, Map.of()),
                differences));
  }

  private static void differ(
      String what, Map<String, Object> plain, Map<String, Object> restored, List<String> found) {
    var names = new TreeSet<>(plain.keySet());
    names.addAll(restored.keySet());
    for (var name : names) {
      if (!Objects.equals(text(plain.get(name)), text(restored.get(name)))) {
        found.add(
            what
                + name
                + " ends as "
                + text(plain.get(name))
                + " undisturbed, and as "
                + text(restored.get(name))
                + " when restored after every record");
      }
    }
  }

  /** What is expected of slot 1 and what came; numbers are equal if their values are. */
  private static void differ(List<Object> expected, List<Object> came, List<String> differences) {
    for (int i = 0; i < Math.max(expected.size(), came.size()); i++) {
      if (i >= expected.size() || i >= came.size() || !same(expected.get(i), came.get(i))) {
        differences.add(
            "output "
                + (i + 1)
                + " is "
                + Rehearsal.shown(came, i)
                + ", expected is "
                + Rehearsal.shown(expected, i));
        return;
      }
    }
  }

  private static boolean same(Object one, Object other) {
    if (one instanceof Number && other instanceof Number) {
      return new BigDecimal(one.toString()).compareTo(new BigDecimal(other.toString())) == 0;
    }
    if (one instanceof List<?> a && other instanceof List<?> b) {
      return a.size() == b.size()
          && IntStream.range(0, a.size()).allMatch(i -> same(a.get(i), b.get(i)));
    }
    if (one instanceof Map<?, ?> a && other instanceof Map<?, ?> b) {
      return a.keySet().equals(b.keySet())
          && a.keySet().stream().allMatch(key -> same(a.get(key), b.get(key)));
    }
    return Objects.equals(one, other);
  }

  private static String text(Object value) {
    return Json.toText(value);
  }

  private record Listener(Outcome outcome) implements RunListener {
    @Override
    public void printed(String node, String line) {
      outcome.printed().add(line);
    }

    @Override
    public void rejected(String node, Rejection rejection) {
      outcome
          .rejected()
          .add(
              (rejection.sequence() > 0 ? "record " + rejection.sequence() : "an output")
                  + ": "
                  + rejection.message()
                  + ": "
                  + rejection.record());
    }
  }
}
