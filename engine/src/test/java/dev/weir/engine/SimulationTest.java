package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.state.Store;
import dev.weir.state.Stores;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Random graphs under random failures, on a machine that runs one thread at a time by a seed:
 * {@code -Dweir.seed=N} does one seed again, step by step the same.
 */
class SimulationTest {

  private static final Recovery RECOVERY = new Recovery(2, Duration.ZERO, Duration.ofDays(1));

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
