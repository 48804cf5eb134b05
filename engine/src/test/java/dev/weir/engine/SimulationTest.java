package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.BadGraphException;
import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.Graph;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.Sink;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Random graphs under random failures, on a machine that runs one thread at a time by a seed:
 * {@code -Dweir.seed=N} does one seed again, step by step the same.
 */
class SimulationTest {

  private static final Recovery RECOVERY = new Recovery(2, Duration.ZERO, Duration.ofDays(1));

  private static final Fixtures.Bomb NONE = new Fixtures.Bomb(-1);

  /** Disturbed runs of one job at most; then one that is left alone. */
  private static final int DISTURBED = 3;

  @Test
  @DisplayName("36, 37, 38, 39, 61, 62, 64-66, 70: any graph, failing and crashing anywhere")
  void anyGraphIsCutConsistentlyWhateverHappens() throws InterruptedException {
    var given = Long.getLong("weir.seed");
    long first = given == null ? System.nanoTime() : given;
    int seeds = given == null ? Integer.getInteger("weir.seeds", 2000) : 1;
    for (long seed = first; seed < first + seeds; seed++) {
      simulate(seed);
    }
  }

  @Test
  void oneSeedIsOneCourseOfEvents() throws InterruptedException {
    for (long seed = 1; seed < 20; seed++) {
      assertThat(simulate(seed)).isEqualTo(simulate(seed));
    }
  }

  @Test
  @DisplayName("an operator that asks for the next wake-up in each still hears its inputs")
  void wakeUpsAreFair() throws InterruptedException {
    for (long seed = 1; seed <= 20; seed++) {
      var restless =
          new Fixtures.Pass() {
            private OperatorContext context;
            private int alone;

            @Override
            public void open(OperatorContext opened) {
              context = opened;
              context.wake();
            }

            @Override
            public void process(int port, Batch batch, Emitter out) throws InterruptedException {
              super.process(port, batch, out);
              alone = 0;
            }

            @Override
            public void drain(Emitter out) {
              context.wake();
              alone++;
            }
          };
      var file = new ArrayList<Object>();
      var process = run(seed, simulation -> line(200, () -> restless, file));
      assertThat(process.failure).isNull();
      assertThat(file).isEqualTo(LongStream.rangeClosed(1, 200).boxed().toList());
      assertThat(restless.alone).as("it has been woken, too").isPositive();
    }
  }

  @Test
  @DisplayName("case 72: a slow receiver holds its sender back, and a cycle is refused")
  void backPressure() throws InterruptedException {
    // What may wait: four batches, one that is sent and one that is taken, of ten records each.
    int most = 6 * 10;
    var given = new AtomicLong();
    var farthest = new AtomicLong();
    var file = new ArrayList<Object>();
    var process =
        run(
            7,
            simulation ->
                Graph.builder()
                    .node(
                        "in",
                        new Node.SourceNode(
                            "numbers", () -> Fixtures.counted(2000, 10, given), true))
                    .node(
                        "slow",
                        new Node.OperatorNode(
                            "slow",
                            () ->
                                new Fixtures.Pass() {
                                  @Override
                                  public void process(int port, Batch batch, Emitter out)
                                      throws InterruptedException {
                                    simulation.sleep(1_000_000_000);
                                    farthest.accumulateAndGet(
                                        given.get() - (Long) batch.get(0), Math::max);
                                    super.process(port, batch, out);
                                  }
                                },
                            true))
                    .node(
                        "out",
                        new Node.SinkNode(
                            "list",
                            () -> new Fixtures.ListSink(file, NONE),
                            Sink.Kind.TRANSACTIONAL))
                    .connect("in", "slow")
                    .connect("slow", "out")
                    .build());
    assertThat(process.failure).isNull();
    assertThat(file).hasSize(2000);
    assertThat(farthest).hasValueBetween(30, most);

    var pass = new Node.OperatorNode("pass", Fixtures.Pass::new, true);
    var crossing =
        Graph.builder()
            .node("a", new Node.SourceNode("numbers", () -> Fixtures.counted(2, 1, given), true))
            .node("b", pass)
            .node("c", pass)
            .connect("a", "b")
            .connect("b", "c")
            .connect("c", "b");
    assertThatThrownBy(crossing::build)
        .isInstanceOf(BadGraphException.class)
        .hasMessageContaining("b")
        .hasMessageContaining("c");
  }

  private static Graph line(long n, Supplier<? extends Operator> operator, List<Object> file) {
    return Graph.builder()
        .node(
            "in",
            new Node.SourceNode(
                "numbers", () -> new Fixtures.Numbers(n, 10, Optional.empty(), NONE), true))
        .node("operator", new Node.OperatorNode("operator", operator, true))
        .node(
            "out",
            new Node.SinkNode(
                "list", () -> new Fixtures.ListSink(file, NONE), Sink.Kind.TRANSACTIONAL))
        .connect("in", "operator")
        .connect("operator", "out")
        .build();
  }

  private static Running run(long seed, Function<Simulation, Graph> graph)
      throws InterruptedException {
    var clock = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
    try (var store = Stores.open("memory:", clock)) {
      var simulation = new Simulation(seed, Long.MAX_VALUE);
      var spec = Fixtures.spec(graph.apply(simulation), Duration.ofSeconds(5), Fixtures.NO_RETRY);
      var process = new Running(simulation, store, clock, spec, new RunControl());
      simulation.run(process);
      return process;
    }
  }

  /** Returns how many steps the runs of the job took. */
  private static long simulate(long seed) throws InterruptedException {
    var random = new Random(seed);
    var clock = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
    long steps = 0;
    try (var store = Stores.open("memory:", clock)) {
      var graph = new SimulatedGraph(random, store);
      boolean disturbed = false;
      for (int run = 0; !finished(store); run++) {
        boolean disturb = run < DISTURBED && random.nextInt(5) > 0;
        long crash = disturb && random.nextBoolean() ? random.nextLong(3000) : Long.MAX_VALUE;
        long failure = disturb && random.nextBoolean() ? random.nextInt(300) : -1;
        var simulation = new Simulation(random.nextLong(), crash);
        var control = new RunControl();
        if (disturb && random.nextInt(3) == 0) {
          simulation.at(random.nextLong(3000), control::interrupt);
        }
        var spec =
            new JobSpec(
                SimulatedGraph.JOB,
                graph.build(simulation, failure, random.nextBoolean()),
                "program",
                "v1",
                Map.of(),
                Duration.ofMillis(random.nextInt(1, 30)),
                SnapshotPolicy.NONE,
                RECOVERY);
        var where = "seed %d, run %d%n%s".formatted(seed, run, graph);
        var process = new Running(simulation, store, clock, spec, control);
        simulation.run(process);
        steps += simulation.steps();
        disturbed |= disturb;
        if (process.failure != null && isWrong(process.failure, disturb)) {
          throw new AssertionError(where, process.failure);
        }
        assertThat(graph.wrong(finished(store), disturbed)).as(where).isEmpty();
        if (!disturb) {
          assertThat(finished(store)).as(where).isTrue();
        }
      }
    }
    return steps;
  }

  private static boolean isWrong(Throwable failure, boolean disturbed) {
    return !disturbed
        || !(failure instanceof RunFailedException)
        || !failure.getMessage().contains("the test");
  }

  /** Whether the job has ended and its sinks have everything. */
  private static boolean finished(Store store) {
    var jobs = new Jobs(store);
    return jobs.find(SimulatedGraph.JOB).filter(j -> j.status() == JobStatus.FINISHED).isPresent()
        && jobs.rows(SimulatedGraph.JOB, "weir_outbox").isEmpty();
  }

  /** What a simulated process does. */
  private static final class Running implements Runnable {
    private final Simulation simulation;
    private final Store store;
    private final Clock clock;
    private final JobSpec spec;
    private final RunControl control;
    private Throwable failure;

    Running(Simulation simulation, Store store, Clock clock, JobSpec spec, RunControl control) {
      this.simulation = simulation;
      this.store = store;
      this.clock = clock;
      this.spec = spec;
      this.control = control;
    }

    @Override
    public void run() {
      try {
        new Engine(simulation.guarded(store), clock, simulation::nanos, simulation)
            .run(spec, false, control, new RunListener() {});
      } catch (RuntimeException | InterruptedException e) {
        failure = e;
      }
    }
  }
}
