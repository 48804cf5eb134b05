package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.Fixtures.Bomb;
import dev.weir.engine.Fixtures.ListSink;
import dev.weir.engine.Fixtures.Numbers;
import dev.weir.engine.Fixtures.Sum;
import dev.weir.graph.BadGraphException;
import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.Graph;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.Partitioning;
import dev.weir.graph.Sink;
import dev.weir.graph.StateTable;
import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Row;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Operators in several instances, each with its share of the records and of the state. */
class ReplicasTest {

  private static final Bomb NONE = new Bomb(-1);
  private static final int KEYS = 23;
  private static final Partitioning BY_KEY =
      Partitioning.byKey("the number modulo " + KEYS, (port, record) -> (Long) record % KEYS);

  private final Store store = Stores.open("memory:", Clock.systemUTC());
  private final List<Object> file = new ArrayList<>();

  @AfterEach
  void close() {
    store.close();
  }

  /** Says which replica got a record. */
  private static final class Whose implements Operator {
    private OperatorContext context;

    @Override
    public void open(OperatorContext context) {
      this.context = context;
    }

    @Override
    public void process(int port, Batch batch, Emitter out) throws InterruptedException {
      for (int i = 0; i < batch.size(); i++) {
        out.emit(
            0,
            Batch.of(
                i + 1,
                context.name()
                    + context.replica()
                    + "/"
                    + context.replicas()
                    + ":"
                    + batch.get(i)));
      }
    }

    @Override
    public void close() {}
  }

  /** Keeps the sum of each key, and emits [key, sum so far] for each record. */
  private static final class SumByKey implements Operator {
    private final Bomb bomb;
    private StateTable table;

    SumByKey(Bomb bomb) {
      this.bomb = bomb;
    }

    @Override
    public void open(OperatorContext context) {
      table = context.keyedTable(schema("sums"));
    }

    @Override
    public void process(int port, Batch batch, Emitter out) throws InterruptedException {
      var outputs = new Object[batch.size()];
      for (int i = 0; i < batch.size(); i++) {
        bomb.step("process");
        long number = (Long) batch.get(i);
        var row = table.get(Row.of(number % KEYS));
        long sum = (row == null ? 0 : row.integer(1)) + number;
        table.put(Row.of(number % KEYS, sum));
        outputs[i] = List.of(number % KEYS, sum);
      }
      out.emit(0, Batch.of(1, outputs));
    }

    @Override
    public void close() {}
  }

  private static StateTable.Schema schema(String name) {
    return new StateTable.Schema(
        name,
        List.of(Column.of("number", ColumnType.INTEGER), Column.of("sum", ColumnType.INTEGER)),
        1,
        List.of());
  }

  private Graph graph(
      long n,
      Optional<Semaphore> gate,
      Supplier<? extends Operator> operator,
      int replicas,
      Partitioning partitioning) {
    return Graph.builder()
        .node("in", new Node.SourceNode("numbers", () -> new Numbers(n, 9, gate, NONE), true))
        .node(
            "middle",
            new Node.OperatorNode("middle", operator, true).replicated(replicas, partitioning))
        .node(
            "out",
            new Node.SinkNode("list", () -> new ListSink(file, NONE), Sink.Kind.TRANSACTIONAL))
        .connect("in", "middle")
        .connect("middle", "out")
        .build();
  }

  private JobStatus run(Graph graph, boolean fresh, RunControl control)
      throws InterruptedException {
    var spec = Fixtures.spec(graph);
    return new Engine(store, Clock.systemUTC(), System::nanoTime)
        .run(spec, fresh, control, new RunListener() {});
  }

  private JobStatus run(Graph graph, boolean fresh) throws InterruptedException {
    return run(graph, fresh, new RunControl());
  }

  @Test
  @DisplayName("12, 71: nine records are dealt to three replicas in turn, which know who they are")
  void recordsAreDealtInTurn() throws InterruptedException {
    run(graph(9, Optional.empty(), Whose::new, 3, Partitioning.ROUND_ROBIN), true);
    assertThat(file).hasSize(9);
    for (int replica = 0; replica < 3; replica++) {
      var start = "middle" + replica + "/3:";
      assertThat(file).filteredOn(text -> text.toString().startsWith(start)).hasSize(3);
    }
  }

  @Test
  @DisplayName("12: replicas of an operator say what they counted, together and each")
  @SuppressWarnings("unchecked")
  void figuresAreOfTheNodeAndOfEachReplica() throws InterruptedException {
    run(graph(900, Optional.empty(), Whose::new, 3, Partitioning.ROUND_ROBIN), true);
    var nodes =
        (Map<String, Object>) new Jobs(store).find("job").orElseThrow().stats().get("nodes");
    var middle = (Map<String, Object>) nodes.get("middle");
    assertThat(middle).containsEntry("in", 900L).containsEntry("out", 900L);
    var replicas = (Map<String, Map<String, Object>>) middle.get("replicas");
    assertThat(replicas).containsOnlyKeys("0", "1", "2");
    assertThat(replicas.values()).allSatisfy(r -> assertThat(r).containsEntry("in", 300L));
  }

  @Test
  void stateByKeySurvivesFailuresAndOtherNumbersOfReplicas() throws InterruptedException {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    var random = new Random(seed);
    for (int round = 0; round < 12; round++) {
      file.clear();
      long n = random.nextLong(1, 1001);
      boolean fresh = true;
      for (var done = false; !done; fresh = false) {
        var bomb = new Bomb(random.nextInt(1200));
        int replicas = random.nextInt(1, 6);
        try {
          run(graph(n, Optional.empty(), () -> new SumByKey(bomb), replicas, BY_KEY), fresh);
          done = true;
        } catch (RunFailedException expected) {
          // Goes on with another number of replicas.
        }
      }
      checkSums(n, "seed %d, round %d".formatted(seed, round));
    }
  }

  /** The sums so far of every key are those of its numbers in order, each once. */
  private void checkSums(long n, String what) {
    var expected = new HashMap<Long, List<Long>>();
    for (long i = 1; i <= n; i++) {
      var sums = expected.computeIfAbsent(i % KEYS, key -> new ArrayList<>());
      sums.add((sums.isEmpty() ? 0 : sums.get(sums.size() - 1)) + i);
    }
    var seen = new HashMap<Long, List<Long>>();
    for (var output : file) {
      var pair = (List<?>) output;
      seen.computeIfAbsent((Long) pair.get(0), key -> new ArrayList<>()).add((Long) pair.get(1));
    }
    assertThat(seen).as(what).isEqualTo(expected);
    var kept = new HashMap<Long, Long>();
    // The operator and the key group come first.
    new Jobs(store).rows("job", "sums").forEach(row -> kept.put(row.integer(2), row.integer(3)));
    expected.forEach(
        (key, sums) -> assertThat(kept).as(what).containsEntry(key, sums.get(sums.size() - 1)));
    assertThat(kept).as(what).hasSameSizeAs(expected);
  }

  @Test
  void aTableOfTheWholeOperatorIsRefusedWithTheWayOut() {
    assertThatThrownBy(
            () ->
                run(
                    graph(
                        5,
                        Optional.empty(),
                        () -> new Sum(NONE, false),
                        2,
                        Partitioning.ROUND_ROBIN),
                    true))
        .isInstanceOf(RunFailedException.class)
        .hasMessageContaining("middle has 2 replicas")
        .hasMessageContaining("declare it as a keyed table");
  }

  @Test
  void aRowOfAnotherReplicasKeyIsRefused() {
    assertThatThrownBy(
            () ->
                run(
                    graph(
                        100,
                        Optional.empty(),
                        () -> new SumByKey(NONE),
                        2,
                        Partitioning.ROUND_ROBIN),
                    true))
        .isInstanceOf(RunFailedException.class)
        .hasMessageContaining("whose records go to another replica");
  }

  @Test
  void recordsAreDealtByAField() {
    var by = (Partitioning.ByKey) Partitioning.byField("customer.id");
    assertThat(by.key().of(0, Map.of("customer", Map.of("id", 7L)))).isEqualTo(7L);
    assertThat(by.key().of(0, Map.of("customer", 1L))).isNull();
    assertThat(by.describe()).isEqualTo("customer.id");
  }

  @Test
  void numbersOfReplicasAndNamesLikeThoseOfReplicasAreRefused() {
    assertThatThrownBy(() -> graph(5, Optional.empty(), Whose::new, 129, Partitioning.ROUND_ROBIN))
        .isInstanceOf(BadGraphException.class)
        .hasMessageContaining("1 to 128");
    assertThatThrownBy(() -> Graph.builder().node("a#1", null))
        .isInstanceOf(BadGraphException.class)
        .hasMessageContaining("a#1");
  }
}
