package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.Fixtures.Bomb;
import dev.weir.engine.Fixtures.ListSink;
import dev.weir.engine.Fixtures.Numbers;
import dev.weir.engine.Fixtures.Pass;
import dev.weir.engine.Fixtures.Sum;
import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.Graph;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.Sink;
import dev.weir.graph.SinkContext;
import dev.weir.graph.TransientFailureException;
import dev.weir.state.Snapshot;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is remembered from run to run, and what a job goes on from. */
class RestartTest {

  private static final Bomb NONE = new Bomb(-1);

  private final Store store = Stores.open("memory:", Clock.systemUTC());
  private final List<Object> file = new ArrayList<>();
  private final List<Object> second = new ArrayList<>();
  private final AtomicLong nanos = new AtomicLong();
  private LongSupplier time = System::nanoTime;
  private final List<String> warnings = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    store.close();
  }

  /** Each run fails after a time that a test says, on a clock that only this moves. */
  private final class FailsAfter implements Operator {
    private final Iterator<Integer> seconds;
    private final Optional<Semaphore> gate;

    /**
     * @param gate lets the first records in; opened once these are committed, before which nothing
     *     fails
     */
    FailsAfter(Iterator<Integer> seconds, Optional<Semaphore> gate) {
      this.seconds = seconds;
      this.gate = gate;
    }

    @Override
    public void open(OperatorContext context) {}

    @Override
    public void process(int port, Batch batch, Emitter out) throws InterruptedException {
      boolean committed = gate.isEmpty() || gate.get().availablePermits() > 0;
      if (committed && seconds.hasNext()) {
        nanos.addAndGet(Duration.ofSeconds(seconds.next()).toNanos());
        throw new TransientFailureException("the test breaks it");
      }
      out.emit(0, batch);
    }

    @Override
    public void complete(long epoch) {
      gate.ifPresent(closed -> closed.release(1_000));
    }

    @Override
    public void close() {}
  }

  /** What was written stays. */
  private final class PlainSink implements Sink {
    @Override
    public void open(SinkContext context, Optional<Map<String, Object>> committed) {}

    @Override
    public void write(Batch batch) {
      synchronized (second) {
        second.addAll(batch.records());
      }
    }

    @Override
    public Map<String, Object> flush(long epoch) {
      return Map.of();
    }

    @Override
    public Sink.Kind kind() {
      return Sink.Kind.PLAIN;
    }

    @Override
    public void close() {}
  }

  private Graph line(long n, Optional<Semaphore> gate, Supplier<? extends Operator> operator) {
    return Graph.builder()
        .node("in", new Node.SourceNode("numbers", () -> new Numbers(n, 10, gate, NONE), true))
        .node("middle", new Node.OperatorNode("middle", operator, true))
        .node(
            "out",
            new Node.SinkNode("list", () -> new ListSink(file, NONE), Sink.Kind.TRANSACTIONAL))
        .connect("in", "middle")
        .connect("middle", "out")
        .build();
  }

  private JobStatus run(Graph graph, Recovery recovery, boolean fresh) throws InterruptedException {
    var spec = Fixtures.spec(graph, recovery);
    var listener =
        new RunListener() {
          @Override
          public void warn(String message) {
            warnings.add(message);
          }
        };
    return new Engine(store, Clock.systemUTC(), time).run(spec, fresh, new RunControl(), listener);
  }

  private JobStatus run(Graph graph) throws InterruptedException {
    return run(graph, new Recovery(0, Duration.ZERO, Duration.ofHours(1)), false);
  }

  private List<JobRun> runs() {
    var runs = new ArrayList<>(new Jobs(store).runs("job"));
    java.util.Collections.reverse(runs);
    return runs;
  }

  @Test
  @DisplayName("54: the sequence of runs by the threshold, and a manual run afterwards (50, 55)")
  void theThresholdSequence() throws InterruptedException {
    time = nanos::get;
    var seconds = List.of(40, 20, 31, 20, 28, 15, 1).iterator();
    var gate = Optional.of(new Semaphore(1));
    var graph = line(20, gate, () -> new FailsAfter(seconds, gate));
    var recovery = new Recovery(3, Duration.ZERO, Duration.ofSeconds(30));
    assertThatThrownBy(() -> run(graph, recovery, false))
        .isInstanceOf(RunFailedException.class)
        .hasMessageContaining("given up");
    assertThat(runs()).extracting(JobRun::failures).isEqualTo(List.of(0, 0, 1, 0, 1, 2, 3));
    assertThat(runs()).extracting(JobRun::order).isEqualTo(List.of(0L, 1L, 2L, 3L, 4L, 5L, 6L));
    assertThat(runs()).extracting(JobRun::restart).containsOnly(runs().get(0).run());
    assertThat(runs()).extracting(JobRun::outcome).containsOnly(Optional.of(JobStatus.FAILED));
    assertThat(runs())
        .extracting(JobRun::kind)
        .startsWith(JobRun.Kind.NORMAL, JobRun.Kind.AUTOMATIC);
    assertThat(seconds.hasNext()).as("nobody tries again").isFalse();

    assertThat(run(graph, recovery, false)).isEqualTo(JobStatus.FINISHED);
    var last = runs().get(7);
    assertThat(last.kind()).isEqualTo(JobRun.Kind.MANUAL);
    assertThat(last.failures()).isZero();
    assertThat(last.restart()).isEqualTo(runs().get(0).run());
    assertThat(last.outcome()).contains(JobStatus.FINISHED);
    assertThat(last.ended()).isPresent();

    run(graph, recovery, false);
    assertThat(runs().get(8).restart()).as("it started over").isEqualTo(runs().get(8).run());
    assertThat(runs().get(8).order()).isZero();
    assertThat(runs().get(8).kind()).isEqualTo(JobRun.Kind.NORMAL);
  }

  @Test
  @DisplayName("55: a run is not tried again before the delay is over")
  void theDelayIsKept() throws InterruptedException {
    var seconds = List.of(1, 1).iterator();
    var recovery = new Recovery(3, Duration.ofMillis(30), Duration.ofHours(1));
    long began = System.nanoTime();
    run(
        line(10, Optional.empty(), () -> new FailsAfter(seconds, Optional.empty())),
        recovery,
        false);
    assertThat(System.nanoTime() - began).isGreaterThan(Duration.ofMillis(60).toNanos());
  }

  @Test
  @DisplayName("49: a barrier that fails aborts its epoch; the one before is kept")
  void aFailingBarrierKeepsTheEpochBefore() throws InterruptedException {
    var gate = new Semaphore(1);
    var calls = new AtomicInteger();
    Supplier<Operator> failing =
        () ->
            new Operator() {
              private final Sum sum = new Sum(NONE, false);
              private boolean full;

              @Override
              public void open(OperatorContext context) {
                sum.open(context);
              }

              @Override
              public void process(int port, Batch batch, Emitter out) throws InterruptedException {
                sum.process(port, batch, out);
                full = batch.get(0).equals(11L);
              }

              @Override
              public void barrier(long epoch, Emitter out) {
                if (full && calls.getAndIncrement() == 0) {
                  throw new IllegalStateException("cannot serialise");
                }
              }

              @Override
              public void complete(long epoch) {
                var rows = new Jobs(store).rows("job", "sum");
                if (!rows.isEmpty() && rows.get(0).integer(2) == 55) {
                  gate.release();
                }
              }

              @Override
              public void close() {}
            };
    assertThatThrownBy(() -> run(line(20, Optional.of(gate), failing)))
        .hasMessageContaining("cannot serialise");
    assertThat(new Jobs(store).rows("job", "sum").get(0).integer(2)).isEqualTo(55);
    gate.release(100);
    assertThat(run(line(20, Optional.of(gate), failing))).isEqualTo(JobStatus.FINISHED);
    assertThat(new Jobs(store).rows("job", "sum").get(0).integer(2)).isEqualTo(210);
    assertThat(file).isEqualTo(Fixtures.sums(20).subList(0, 20));
  }

  @Test
  @DisplayName("50, 51, 52, 65: what a run begins with, and that its last epoch is complete again")
  void theLastEpochIsAnnouncedAgainAfterTheStartAndBeforeTheRecords() throws InterruptedException {
    var calls = new CopyOnWriteArrayList<String>();
    var bomb = new Bomb(15);
    var gate = new Semaphore(1);
    Supplier<Operator> told =
        () ->
            new Operator() {
              @Override
              public void open(OperatorContext context) {
                calls.add("open " + context.start());
              }

              @Override
              public void begin(Emitter out) {
                calls.add("begin");
              }

              @Override
              public void process(int port, Batch batch, Emitter out) throws InterruptedException {
                for (int i = 0; i < batch.size(); i++) {
                  bomb.step("process");
                }
                out.emit(0, batch);
                calls.add("process");
              }

              @Override
              public void complete(long epoch) {
                calls.add("complete " + epoch);
                gate.release();
              }

              @Override
              public void close() {}
            };
    var epochs = new ArrayList<Long>();
    Supplier<Operator> opening =
        () -> {
          epochs.add(store.position("job").map(Store.Position::position).orElse(0L));
          return told.get();
        };
    assertThatThrownBy(() -> run(line(20, Optional.of(gate), opening)))
        .isInstanceOf(RunFailedException.class);
    assertThat(calls.get(0)).isEqualTo("open FRESH");
    assertThat(calls.get(1)).as("nothing is complete before anything ran").isEqualTo("begin");
    calls.clear();
    gate.release(100);
    run(line(20, Optional.of(gate), opening));
    assertThat(calls.subList(0, 3))
        .isEqualTo(List.of("open RESUMED", "begin", "complete " + epochs.get(1)));
  }

  @Test
  @DisplayName("resume from an older snapshot: several sources and sinks, and what comes twice")
  void anOlderSnapshotIsGoneOnFromAndWhatComesTwiceIsSaid() throws InterruptedException {
    var gate = new Semaphore(3);
    var graph = two(gate);
    var control = new RunControl();
    var spec = Fixtures.spec(graph);
    var running =
        java.util.concurrent.CompletableFuture.supplyAsync(
            () -> {
              try {
                return new Engine(store, Clock.systemUTC(), System::nanoTime)
                    .run(spec, false, control, new RunListener() {});
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            },
            task -> new Thread(task).start());
    while (new Jobs(store).find("job").filter(job -> committed(job) == 30).isEmpty()) {
      Thread.onSpinWait();
    }
    var id =
        (String)
            new Requests(store, Clock.systemUTC())
                .ask("job", "snapshot", Map.of(), Duration.ofMinutes(1), () -> !running.isDone());
    gate.release(3);
    while (new Jobs(store).find("job").filter(job -> committed(job) == 60).isEmpty()) {
      Thread.onSpinWait();
    }
    control.interrupt();
    assertThat(running.join()).isEqualTo(JobStatus.INTERRUPTED);
    assertThat(file).hasSize(60 + 45);

    var kept = new Jobs(store).restore("job", store.snapshots().find(id), true);
    assertThat(kept).map(Snapshot::why).contains(Snapshot.Why.RESTORE);
    gate.release(100);
    assertThat(run(two(gate))).isEqualTo(JobStatus.FINISHED);
    assertThat(file).as("a file is cut back").hasSize(100 + 45);
    assertThat(second).as("a plain sink is not").hasSize(100 + 45 + 30);
    assertThat(warnings)
        .filteredOn(warning -> warning.contains("comes a second time"))
        .hasSize(1)
        .allMatch(w -> w.startsWith("plain: ") && w.contains("snapshot " + id));
    assertThat(new Jobs(store).runs("job").get(0).kind()).isEqualTo(JobRun.Kind.MANUAL);
  }

  @SuppressWarnings("unchecked")
  private static long committed(Job job) {
    var position = (Map<String, Object>) job.positions().get("gated");
    return position == null ? 0 : (Long) position.get("given");
  }

  private Graph two(Semaphore gate) {
    return Graph.builder()
        .node(
            "gated",
            new Node.SourceNode(
                "numbers", () -> new Numbers(100, 10, Optional.of(gate), NONE), true))
        .node(
            "free",
            new Node.SourceNode("few", () -> new Numbers(45, 7, Optional.empty(), NONE), true))
        .node("middle", new Node.OperatorNode("middle", Pass::new, true))
        .node(
            "list",
            new Node.SinkNode("list", () -> new ListSink(file, NONE), Sink.Kind.TRANSACTIONAL))
        .node("plain", new Node.SinkNode("a pipe", PlainSink::new, Sink.Kind.PLAIN))
        .connect("gated", 0, "middle", 0)
        .connect("free", 0, "middle", 1)
        .connect("middle", "list")
        .connect("middle", "plain")
        .build();
  }

  @Test
  void aRunThatGoesOnFromASnapshotIsOfTheSameRestart() throws InterruptedException {
    var graph = line(5, Optional.empty(), Pass::new);
    run(graph);
    new Jobs(store).restore("job", take(), true);
    run(graph);
    assertThat(runs()).extracting(JobRun::order).isEqualTo(List.of(0L, 1L));
    assertThat(runs().get(1).epoch()).isGreaterThan(runs().get(0).epoch());
  }

  @Test
  @DisplayName("60: a graph that was edited: a stream that is gone is refused, an operator told of")
  void anEditedGraphIsRefusedOrTold() throws InterruptedException {
    run(line(100, Optional.empty(), Pass::new));
    new Jobs(store).restore("job", take(), true);
    assertThatThrownBy(() -> run(two(new Semaphore(0))))
        .hasMessageContaining("its in was numbers and is now gone")
        .hasMessageContaining("--fresh");
    var renamed =
        Graph.builder()
            .node(
                "in",
                new Node.SourceNode(
                    "numbers", () -> new Numbers(100, 10, Optional.empty(), NONE), true))
            .node("other", new Node.OperatorNode("other", Pass::new, true))
            .node(
                "out",
                new Node.SinkNode("list", () -> new ListSink(file, NONE), Sink.Kind.TRANSACTIONAL))
            .connect("in", "other")
            .connect("other", "out")
            .build();
    assertThat(run(renamed)).isEqualTo(JobStatus.FINISHED);
    assertThat(warnings)
        .anyMatch(w -> w.startsWith("middle: ") && w.contains("without this node"))
        .anyMatch(w -> w.startsWith("other: ") && w.contains("new and has no state"));
  }

  @Test
  @DisplayName("46: an epoch is longer than nothing and at most a day")
  void theLengthOfAnEpochIsChecked() {
    for (var good : List.of(Duration.ofSeconds(1), Duration.ofSeconds(86400))) {
      assertThat(spec(good).epoch()).isEqualTo(good);
    }
    for (var bad : List.of(Duration.ZERO, Duration.ofSeconds(-1), Duration.ofSeconds(86401))) {
      assertThatThrownBy(() -> spec(bad)).hasMessageContaining("at most 24 hours");
    }
  }

  private JobSpec spec(Duration epoch) {
    return Fixtures.spec(line(1, Optional.empty(), Pass::new), epoch, Recovery.DEFAULT);
  }

  private Snapshot take() {
    return new Jobs(store)
        .takeSnapshot(new Jobs(store).find("job").orElseThrow(), Snapshot.Why.MANUAL)
        .orElseThrow();
  }
}
