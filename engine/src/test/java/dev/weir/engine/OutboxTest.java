package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.Fixtures.Bomb;
import dev.weir.engine.Fixtures.Numbers;
import dev.weir.engine.Fixtures.Sum;
import dev.weir.graph.Batch;
import dev.weir.graph.FencedException;
import dev.weir.graph.Graph;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.OutboxSink;
import dev.weir.graph.Sink;
import dev.weir.graph.SinkContext;
import dev.weir.graph.TransientFailureException;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import dev.weir.state.SupersededException;
import dev.weir.state.WeirException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OutboxTest {

  private static final Bomb NONE = new Bomb(-1);

  private final Store store = Stores.open("memory:", Clock.systemUTC());
  private final Far far = new Far();
  private final List<String> warnings = new ArrayList<>();

  @AfterEach
  void close() {
    store.close();
  }

  /** What a target keeps: it outlives runs and stores. */
  private static final class Far {
    final List<Object> records = new ArrayList<>();
    final Map<String, Long> epochs = new HashMap<>();
    final Map<String, Long> runs = new HashMap<>();
    Semaphore open = new Semaphore(Integer.MAX_VALUE / 2);
    boolean away;
    boolean refusesTheEnd;
  }

  private static final class FarSink implements OutboxSink {
    private final Far far;
    private final Bomb bomb;
    private final Duration patience;
    private final List<byte[]> pieces = new ArrayList<>();

    FarSink(Far far, Bomb bomb, Duration patience) {
      this.far = far;
      this.bomb = bomb;
      this.patience = patience;
    }

    @Override
    public void open(SinkContext context, Optional<Map<String, Object>> committed) {}

    @Override
    public void write(Batch batch) {
      bomb.step("write");
      batch.records().forEach(r -> pieces.add(r.toString().getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public Map<String, Object> flush(long epoch) {
      return Map.of("epoch", epoch);
    }

    @Override
    public List<byte[]> take() {
      var taken = List.copyOf(pieces);
      pieces.clear();
      return taken;
    }

    @Override
    public long pending() {
      return pieces.size() * (1L << 20); // as if a record had a megabyte
    }

    @Override
    public Duration patience() {
      return patience;
    }

    @Override
    public Target connect(Claim claim) {
      bomb.step("connect");
      synchronized (far) {
        if (far.away) {
          throw new TransientFailureException("the target is away");
        }
        if (far.runs.getOrDefault(claim.name(), 0L) > claim.run()) {
          throw new FencedException("a newer run writes there", null);
        }
        far.runs.put(claim.name(), claim.run());
      }
      return new FarTarget(far, bomb, claim);
    }

    @Override
    public void close() {}
  }

  private record FarTarget(Far far, Bomb bomb, OutboxSink.Claim claim)
      implements OutboxSink.Target {

    @Override
    public OptionalLong published() {
      synchronized (far) {
        var epoch = far.epochs.get(claim.name());
        return epoch == null ? OptionalLong.empty() : OptionalLong.of(epoch);
      }
    }

    @Override
    public void declare(long epoch) {
      synchronized (far) {
        far.epochs.put(claim.name(), epoch);
      }
    }

    @Override
    public void publish(long epoch, List<byte[]> pieces) throws InterruptedException {
      bomb.step("publish");
      far.open.acquire();
      synchronized (far) {
        boolean end =
            new String(pieces.get(pieces.size() - 1), StandardCharsets.UTF_8).equals("-2");
        if (far.away || (end && far.refusesTheEnd)) {
          throw new TransientFailureException("the target is away");
        }
        if (far.runs.get(claim.name()) != claim.run()) {
          throw new FencedException("a newer run writes there", null);
        }
        assertThat(far.epochs.get(claim.name())).isLessThan(epoch);
        pieces.forEach(p -> far.records.add(Long.valueOf(new String(p, StandardCharsets.UTF_8))));
        far.epochs.put(claim.name(), epoch);
      }
      bomb.step("answer");
    }

    @Override
    public void close() {}
  }

  private Graph graph(long n, Optional<Semaphore> gate, Bomb bomb) {
    return graph(n, gate, bomb, "far", Duration.ofMinutes(1));
  }

  private Graph graph(long n, Optional<Semaphore> gate, Bomb bomb, String name, Duration patience) {
    return Graph.builder()
        .node("in", new Node.SourceNode("numbers", () -> new Numbers(n, 10, gate, bomb), true))
        .node("sum", new Node.OperatorNode("sum", () -> new Sum(bomb, false), true))
        .node(
            "out",
            new Node.SinkNode(
                name,
                (Supplier<Sink>) () -> new FarSink(far, bomb, patience),
                Sink.Kind.TRANSACTIONAL))
        .connect("in", "sum")
        .connect("sum", "out")
        .build();
  }

  private JobStatus run(Store in, Graph graph, boolean fresh, RunControl control)
      throws InterruptedException {
    var spec = Fixtures.spec(graph);
    return new Engine(in, Clock.systemUTC(), System::nanoTime)
        .run(
            spec,
            fresh,
            control,
            new RunListener() {
              @Override
              public void warn(String message) {
                synchronized (warnings) {
                  warnings.add(message);
                }
              }
            });
  }

  private JobStatus run(Graph graph) throws InterruptedException {
    return run(store, graph, false, new RunControl());
  }

  private CompletableFuture<JobStatus> start(Graph graph, RunControl control) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return run(store, graph, false, control);
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        },
        task -> new Thread(task).start());
  }

  private long rows() {
    return new Jobs(store).rows("job", "weir_outbox").size();
  }

  private long epochs() {
    return new Jobs(store)
        .rows("job", "weir_outbox").stream().map(row -> row.integer(1)).distinct().count();
  }

  private List<Object> published() {
    synchronized (far) {
      return List.copyOf(far.records);
    }
  }

  @Test
  void everyEpochIsPublishedOnceAndTheOutboxIsEmptyAtTheEnd() throws InterruptedException {
    assertThat(run(graph(1000, Optional.empty(), NONE))).isEqualTo(JobStatus.FINISHED);
    assertThat(far.records).isEqualTo(Fixtures.sums(1000));
    assertThat(rows()).isZero();
    assertThat(run(graph(3, Optional.empty(), NONE))).isEqualTo(JobStatus.FINISHED);
    assertThat(far.records).hasSize(1001 + 4);
  }

  @Test
  void failingAnywhereAndResumingEqualsNeverFailing() throws InterruptedException {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    var random = new Random(seed);
    for (int round = 0; round < 60; round++) {
      far.records.clear();
      long n = random.nextLong(1, 301);
      var bomb = new Bomb(random.nextInt(400), random.nextBoolean());
      var graph = graph(n, Optional.empty(), bomb);
      try {
        run(store, graph, true, new RunControl());
      } catch (RunFailedException expected) {
        run(graph);
      }
      assertThat(far.records).as("seed %d, round %d", seed, round).isEqualTo(Fixtures.sums(n));
      assertThat(rows()).as("seed %d, round %d", seed, round).isZero();
    }
  }

  @Test
  void aTargetThatIsAwayIsWaitedForAndTheOutboxStaysSmall() throws Exception {
    far.open = new Semaphore(2);
    var running = start(graph(5000, Optional.empty(), NONE), new RunControl());
    long most = 0;
    for (int i = 0; i < 300; i++) {
      most = Math.max(most, epochs());
      Thread.sleep(1);
    }
    assertThat(running).isNotDone();
    assertThat(most).isBetween(1L, 3L);
    far.open.release(Integer.MAX_VALUE / 2);
    assertThat(running.join()).isEqualTo(JobStatus.FINISHED);
    assertThat(far.records).isEqualTo(Fixtures.sums(5000));
  }

  @Test
  void aTargetThatStaysAwayFailsTheRunWhichThenGoesOnRight() throws Exception {
    var gate = new Semaphore(3);
    var graph = graph(100, Optional.of(gate), NONE, "far", Duration.ofMillis(30));
    var running = start(graph, new RunControl());
    while (published().size() < 30) {
      Thread.onSpinWait();
    }
    synchronized (far) {
      far.away = true;
    }
    gate.release(100);
    assertThatThrownBy(running::join).hasRootCauseInstanceOf(TransientFailureException.class);
    assertThat(warnings).anyMatch(w -> w.contains("the target is away; trying again for"));
    assertThatThrownBy(() -> run(graph)).hasMessageContaining("the target is away");
    far.away = false;
    assertThat(run(graph)).isEqualTo(JobStatus.FINISHED);
    assertThat(far.records).isEqualTo(Fixtures.sums(100));
  }

  @Test
  void aJobThatEndedBeforeAllWasWrittenWritesTheRestAndRunsNothing() throws Exception {
    far.refusesTheEnd = true;
    var patient = graph(50, Optional.empty(), NONE, "far", Duration.ZERO);
    assertThatThrownBy(() -> run(patient)).hasMessageContaining("the target is away");
    assertThat(new Jobs(store).find("job").orElseThrow().status()).isEqualTo(JobStatus.FINISHED);
    assertThatThrownBy(() -> run(patient)).hasMessageContaining("the target is away");
    far.refusesTheEnd = false;

    var other = graph(50, Optional.empty(), NONE, "elsewhere", Duration.ZERO);
    assertThatThrownBy(() -> run(other))
        .hasMessageContaining("written to far")
        .hasMessageContaining("--fresh");
    assertThat(run(patient)).isEqualTo(JobStatus.FINISHED);
    assertThat(far.records).isEqualTo(Fixtures.sums(50));
    assertThat(warnings).anyMatch(w -> w.contains("Run it again to start afresh"));
    run(patient);
    assertThat(far.records).hasSize(2 * 51);
  }

  @Test
  void aRunThatIsSupersededCannotPublish() throws Exception {
    far.open = new Semaphore(0);
    var gate = new Semaphore(3);
    var running = start(graph(100, Optional.of(gate), NONE), new RunControl());
    while (rows() == 0) {
      Thread.onSpinWait();
    }
    try (var newer = store.claim("job")) {
      synchronized (far) {
        far.runs.replaceAll((name, run) -> newer.run());
      }
      far.open.release(1000);
      assertThatThrownBy(running::join).hasRootCauseInstanceOf(SupersededException.class);
    }
    assertThat(far.records).isEmpty();
    assertThat(run(graph(100, Optional.empty(), NONE))).isEqualTo(JobStatus.FINISHED);
    assertThat(far.records).isEqualTo(Fixtures.sums(100));
  }

  @Test
  void aStoreThatWasPutBackIsNoticed() throws Exception {
    var gate = new Semaphore(3);
    var control = new RunControl();
    var running = start(graph(100, Optional.of(gate), NONE), control);
    while (published().size() < 30) {
      Thread.onSpinWait();
    }
    control.interrupt();
    running.join();
    far.epochs.replaceAll((name, epoch) -> epoch + 5);
    assertThatThrownBy(() -> run(graph(100, Optional.empty(), NONE)))
        .isInstanceOf(WeirException.class)
        .hasMessageContaining("put back");
    far.records.clear();
    run(store, graph(100, Optional.empty(), NONE), true, new RunControl());
    assertThat(far.records).isEqualTo(Fixtures.sums(100));
  }

  @Test
  void anotherStoreWithAJobOfTheSameNameIsAnotherJob() throws Exception {
    run(graph(10, Optional.empty(), NONE));
    try (var second = Stores.open("memory:", Clock.systemUTC())) {
      run(second, graph(10, Optional.empty(), NONE), false, new RunControl());
    }
    assertThat(far.records).hasSize(22);
    assertThat(far.epochs).hasSize(2);
  }
}
