package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.Fixtures.Bomb;
import dev.weir.engine.Fixtures.Numbers;
import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.EpochTarget;
import dev.weir.graph.FencedException;
import dev.weir.graph.Graph;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.OutboxSink.Claim;
import dev.weir.graph.Outboxed;
import dev.weir.graph.Sink;
import dev.weir.graph.TransientFailureException;
import dev.weir.state.Commit;
import dev.weir.state.Snapshot;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import dev.weir.state.Table;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A sink that a user makes of a target of their own. */
class OwnSinksTest {

  private final Store store = Stores.open("memory:", Clock.systemUTC());
  private final List<Object> got = new ArrayList<>();

  @AfterEach
  void close() {
    store.close();
  }

  /** As a database would be: records and the epoch change together, and a run number fences. */
  private final class Database implements EpochTarget {
    private final Map<String, Long> runs = new HashMap<>();
    private final Map<String, Long> epochs = new HashMap<>();
    private final Random random;

    Database(long seed) {
      this.random = new Random(seed);
    }

    @Override
    public synchronized Connection connect(Claim claim) {
      if (runs.merge(claim.name(), claim.run(), Math::max) > claim.run()) {
        throw new FencedException("a newer run has come", null);
      }
      return new Connection() {
        @Override
        public OptionalLong published() {
          return read(claim);
        }

        @Override
        public void declare(long epoch) {
          write(claim, epoch, List.of());
        }

        @Override
        public void publish(long epoch, List<Object> records) {
          write(claim, epoch, records);
        }

        @Override
        public void close() {}
      };
    }

    private synchronized OptionalLong read(Claim claim) {
      var epoch = epochs.get(claim.name());
      return epoch == null ? OptionalLong.empty() : OptionalLong.of(epoch);
    }

    private synchronized void write(Claim claim, long epoch, List<Object> records) {
      if (runs.get(claim.name()) != claim.run()) {
        throw new FencedException("a newer run has come", null);
      }
      failNowAndThen();
      got.addAll(records);
      epochs.put(claim.name(), epoch);
      failNowAndThen();
    }

    private void failNowAndThen() {
      if (random.nextInt(6) == 0) {
        throw new TransientFailureException("the database does not answer");
      }
    }
  }

  /** Makes objects of numbers, with everything in them that could break a line. */
  private static Object object(long number) {
    return Map.of("number", number, "text", "a\nb\u2028\"c\\" + number, "list", List.of(1L, 0.5));
  }

  private record Objects(Bomb bomb) implements Operator {
    @Override
    public void open(OperatorContext context) {}

    @Override
    public void process(int port, Batch batch, Emitter out) throws InterruptedException {
      bomb.step("process");
      var objects = new Object[batch.size()];
      for (int i = 0; i < objects.length; i++) {
        objects[i] = object((Long) batch.get(i));
      }
      out.emit(0, Batch.of(batch.sequence(0), objects));
    }

    @Override
    public void close() {}
  }

  private Graph graph(long n, Bomb bomb, EpochTarget target) {
    return Graph.builder()
        .node(
            "in",
            new Node.SourceNode("numbers", () -> new Numbers(n, 10, Optional.empty(), bomb), true))
        .node("objects", new Node.OperatorNode("objects", () -> new Objects(bomb), true))
        .node(
            "out",
            new Node.SinkNode(
                "a database",
                () -> new Outboxed(target, Duration.ofMinutes(1)),
                Sink.Kind.TRANSACTIONAL))
        .connect("in", "objects")
        .connect("objects", "out")
        .build();
  }

  private void run(Graph graph, boolean fresh) throws InterruptedException {
    var spec = Fixtures.spec(graph);
    new Engine(store, Clock.systemUTC(), System::nanoTime)
        .run(spec, fresh, new RunControl(), new RunListener() {});
  }

  private static List<Object> objects(long n) {
    var objects = new ArrayList<>();
    for (long i = 1; i <= n; i++) {
      objects.add(object(i));
    }
    return objects;
  }

  @Test
  void aTargetOfOnesOwnGetsEveryRecordOnce() throws InterruptedException {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    var random = new Random(seed);
    var target = new Database(seed);
    for (int round = 0; round < 20; round++) {
      got.clear();
      long n = random.nextLong(1, 201);
      var graph = graph(n, new Bomb(random.nextInt(60)), target);
      try {
        run(graph, true);
      } catch (RunFailedException expected) {
        run(graph, false);
      }
      assertThat(got).as("seed %d, round %d", seed, round).isEqualTo(objects(n));
    }
  }

  @Test
  void whatWaitsInTheOutboxAndWillBeMadeAgainIsDropped() throws InterruptedException {
    var target = new Database(1);
    run(graph(20, new Bomb(-1), target), true);
    var jobs = new Jobs(store);
    var snapshot =
        jobs.takeSnapshot(jobs.find("job").orElseThrow(), Snapshot.Why.MANUAL).orElseThrow();
    long epoch = snapshot.position();
    store.commit(
        Commit.builder()
            .put(outbox(), "job", "out", epoch, 0L, new byte[] {'1'})
            .put(outbox(), "job", "out", epoch + 1, 0L, new byte[] {'2'})
            .build());
    jobs.restore("job", snapshot, true);
    assertThat(jobs.rows("job", "weir_outbox"))
        .extracting(row -> row.integer(1))
        .containsExactly(epoch);
  }

  private Table outbox() {
    return store.tables().stream()
        .filter(table -> table.name().equals("weir_outbox"))
        .findFirst()
        .orElseThrow();
  }
}
