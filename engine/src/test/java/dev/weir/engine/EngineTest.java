package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.Fixtures.Bomb;
import dev.weir.engine.Fixtures.CountPorts;
import dev.weir.engine.Fixtures.EndOfPorts;
import dev.weir.engine.Fixtures.ListSink;
import dev.weir.engine.Fixtures.Numbers;
import dev.weir.engine.Fixtures.Pass;
import dev.weir.engine.Fixtures.Sum;
import dev.weir.graph.BadRequestException;
import dev.weir.graph.Batch;
import dev.weir.graph.Graph;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.OperatorContext.Start;
import dev.weir.graph.Rejection;
import dev.weir.graph.Sink;
import dev.weir.graph.SinkContext;
import dev.weir.state.Row;
import dev.weir.state.Snapshot;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import dev.weir.state.WeirException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EngineTest {

  private static final Bomb NONE = new Bomb(-1);

  private final Store store = Stores.open("memory:", Clock.systemUTC());
  private final List<Object> file = new ArrayList<>();

  @AfterEach
  void close() {
    store.close();
  }

  private Graph line(long n, Optional<Semaphore> gate, Bomb bomb, boolean beginEmits) {
    return Graph.builder()
        .node("in", new Node.SourceNode("numbers", () -> new Numbers(n, 10, gate, bomb), true))
        .node("sum", new Node.OperatorNode("sum", () -> new Sum(bomb, beginEmits), true))
        .node(
            "out",
            new Node.SinkNode("list", () -> new ListSink(file, bomb), Sink.Kind.TRANSACTIONAL))
        .connect("in", "sum")
        .connect("sum", "out")
        .build();
  }

  private JobSpec spec(Graph graph, SnapshotPolicy snapshots, Recovery recovery) {
    return new JobSpec(
        "job", graph, "program", "v1", Map.of("a", 1L), Duration.ofMillis(1), snapshots, recovery);
  }

  private JobSpec spec(Graph graph) {
    return spec(graph, SnapshotPolicy.NONE, new Recovery(0, Duration.ZERO, Duration.ofHours(1)));
  }

  private JobStatus run(JobSpec spec) throws InterruptedException {
    return run(spec, false);
  }

  private JobStatus run(JobSpec spec, boolean fresh) throws InterruptedException {
    return new Engine(store, Clock.systemUTC(), System::nanoTime)
        .run(spec, fresh, new RunControl(), new RunListener() {});
  }

  private Job job() {
    return new Jobs(store).find("job").orElseThrow();
  }

  private long sum() {
    var rows = new Jobs(store).rows("job", "sum");
    assertThat(rows).hasSize(1);
    return rows.get(0).integer(2);
  }

  @Test
  void runsToTheEndAndCommitsStateAndPositionsTogether() throws InterruptedException {
    assertThat(run(spec(line(1000, Optional.empty(), NONE, false)))).isEqualTo(JobStatus.FINISHED);
    assertThat(file).isEqualTo(Fixtures.sums(1000));
    assertThat(sum()).isEqualTo(500500);
    assertThat(job().positions())
        .isEqualTo(Map.of("in", Map.of("given", 1000L), "out", Map.of("length", 1001L)));
    assertThat(job().status()).isEqualTo(JobStatus.FINISHED);
    assertThat(job().options()).isEqualTo(Map.of("a", 1L));
  }

  @Test
  void anOperatorHearsOfTheEndOfOneInputWhileAnotherGoesOn() throws InterruptedException {
    var graph =
        Graph.builder()
            .node("a", numbers(3, Optional.empty()))
            .node("b", numbers(2, Optional.empty()))
            .node("endless", numbers(Long.MAX_VALUE, Optional.empty()))
            .node("ports", new Node.OperatorNode("ports", EndOfPorts::new, true))
            .node(
                "out",
                new Node.SinkNode("list", () -> new ListSink(file, NONE), Sink.Kind.TRANSACTIONAL))
            .connect("a", 0, "ports", 0)
            .connect("b", 0, "ports", 0)
            .connect("endless", 0, "ports", 1)
            .connect("ports", "out")
            .build();
    assertThat(run(spec(graph))).isEqualTo(JobStatus.FINISHED);
    assertThat(file).as("told once, after the last record of either").containsExactly(5L, "end");
  }

  @Test
  void aRunCanBeInterruptedWhileATargetIsAway() throws InterruptedException {
    var control = new RunControl();
    var away =
        new ListSink(file, NONE) {
          @Override
          public void open(SinkContext context, Optional<Map<String, Object>> committed)
              throws InterruptedException {
            control.interrupt();
            new CountDownLatch(1).await();
          }
        };
    var graph =
        Graph.builder()
            .node("a", numbers(2, Optional.empty()))
            .node("out", new Node.SinkNode("list", () -> away, Sink.Kind.TRANSACTIONAL))
            .connect("a", "out")
            .build();
    var status =
        new Engine(store, Clock.systemUTC(), System::nanoTime)
            .run(spec(graph), false, control, new RunListener() {});
    assertThat(status).isEqualTo(JobStatus.INTERRUPTED);
    assertThat(new Jobs(store).find("job")).isEmpty();
  }

  @Test
  void aFailureBehindTheLastCommitDoesNotDoTheJobAgain() throws InterruptedException {
    var opened = new AtomicInteger();
    var graph =
        Graph.builder()
            .node("a", numbers(20, Optional.empty()))
            .node("out", new Node.SinkNode("list", () -> failsWhenDone(opened), Sink.Kind.PLAIN))
            .connect("a", "out")
            .build();
    var warnings = new ArrayList<String>();
    var retrying = new Recovery(3, Duration.ZERO, Duration.ofHours(1));
    var status =
        new Engine(store, Clock.systemUTC(), System::nanoTime)
            .run(
                spec(graph, SnapshotPolicy.NONE, retrying),
                false,
                new RunControl(),
                new RunListener() {
                  @Override
                  public void warn(String message) {
                    warnings.add(message);
                  }
                });
    assertThat(status).isEqualTo(JobStatus.FINISHED);
    assertThat(job().status()).isEqualTo(JobStatus.FINISHED);
    assertThat(file).hasSize(20);
    assertThat(opened).hasValue(1);
    assertThat(warnings).singleElement().asString().contains("gone", "(all is committed)");
  }

  /** A sink that fails when it hears of the last commit. */
  private ListSink failsWhenDone(AtomicInteger opened) {
    return new ListSink(file, NONE) {
      @Override
      public void open(SinkContext context, Optional<Map<String, Object>> committed)
          throws InterruptedException {
        opened.incrementAndGet();
        super.open(context, committed);
      }

      @Override
      public void complete(long epoch) {
        if (job().status() == JobStatus.FINISHED) {
          throw new IllegalStateException("the target is gone");
        }
      }
    };
  }

  @Test
  void whatASinkRejectsGoesWhereItIsConnected() throws InterruptedException {
    var rejects = new ArrayList<Object>();
    var picky =
        new ListSink(file, NONE) {
          private SinkContext context;

          @Override
          public void open(SinkContext context, Optional<Map<String, Object>> committed)
              throws InterruptedException {
            this.context = context;
            super.open(context, committed);
          }

          @Override
          public void write(Batch batch) {
            context.reject(
                new Rejection(Rejection.Reason.ENCODING, batch.sequence(0), "first", "no"));
            super.write(batch.slice(1, batch.size()));
          }
        };
    var graph =
        Graph.builder()
            .node("a", numbers(20, Optional.empty()))
            .node("out", new Node.SinkNode("list", () -> picky, Sink.Kind.TRANSACTIONAL))
            .node(
                "bad",
                new Node.SinkNode(
                    "bad", () -> new ListSink(rejects, NONE), Sink.Kind.TRANSACTIONAL))
            .connect("a", "out")
            .connect("out", Rejection.Reason.REJECTS, "bad", 0)
            .build();
    assertThat(run(spec(graph))).isEqualTo(JobStatus.FINISHED);
    assertThat(file).hasSize(18);
    assertThat(rejects).hasSize(2).allMatch(r -> r.toString().contains("node=out"));
  }

  @Test
  void whatOthersStillWantIsNotEnded() throws InterruptedException {
    var graph =
        Graph.builder()
            .node("a", numbers(2, Optional.empty()))
            .node("b", numbers(2000, Optional.empty()))
            .node("ports", new Node.OperatorNode("ports", EndOfPorts::new, true))
            .node("pass", new Node.OperatorNode("pass", Pass::new, true))
            .node(
                "out",
                new Node.SinkNode("list", () -> new ListSink(file, NONE), Sink.Kind.TRANSACTIONAL))
            .connect("a", 0, "ports", 0)
            .connect("b", 0, "ports", 1)
            .connect("b", "pass")
            .connect("pass", "out")
            .build();
    assertThat(run(spec(graph))).isEqualTo(JobStatus.FINISHED);
    assertThat(file).hasSize(2000);
  }

  private static Node.SourceNode numbers(long n, Optional<Semaphore> gate) {
    return new Node.SourceNode("numbers", () -> new Numbers(n, 10, gate, NONE), true);
  }

  @Test
  void aFinishedJobStartsAfreshAndReplacesItsStateInItsFirstCommit() throws InterruptedException {
    run(spec(line(1000, Optional.empty(), NONE, false)));
    run(spec(line(3, Optional.empty(), NONE, false)));
    assertThat(file).isEqualTo(Fixtures.sums(3));
    assertThat(sum()).isEqualTo(6);

    assertThatThrownBy(() -> run(spec(line(9, Optional.empty(), new Bomb(0), false))))
        .isInstanceOf(RunFailedException.class);
    assertThat(sum()).as("a run that commits nothing leaves the old state").isEqualTo(6);
  }

  @Test
  void whatBeginEmitsIsCommittedInTheFirstEpochAndNotAgainOnResume() throws InterruptedException {
    var gate = new Semaphore(5);
    var control = new RunControl();
    var running = start(spec(line(100, Optional.of(gate), NONE, true)), control);
    awaitSum(50 * 51 / 2);
    control.interrupt();
    assertThat(running.join()).isEqualTo(JobStatus.INTERRUPTED);
    gate.release(100);
    // The Sum of these tests emits in begin() whenever it is asked, so a resumed run shows that it
    // was.
    run(spec(line(100, Optional.of(gate), NONE, false)));
    var expected = new ArrayList<Object>(List.of(-1L));
    expected.addAll(Fixtures.sums(100));
    assertThat(file).isEqualTo(expected);
  }

  @Test
  void failingAnywhereAndResumingEqualsNeverFailing() throws InterruptedException {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    var random = new Random(seed);
    for (int round = 0; round < 60; round++) {
      file.clear();
      long n = random.nextLong(1, 301);
      var bomb = new Bomb(random.nextInt(400));
      var graph = line(n, Optional.empty(), bomb, false);
      try {
        run(spec(graph), true);
      } catch (RunFailedException expected) {
        run(spec(graph));
      }
      assertThat(file).as("seed %d, round %d", seed, round).isEqualTo(Fixtures.sums(n));
      assertThat(sum()).isEqualTo(n * (n + 1) / 2);
    }
  }

  @Test
  void failuresAreTriedAgainByThePolicy() throws InterruptedException {
    var started = new ArrayList<Start>();
    var graph = line(500, Optional.empty(), new Bomb(300), false);
    var recovery = new Recovery(3, Duration.ZERO, Duration.ofHours(1));
    new Engine(store, Clock.systemUTC(), System::nanoTime)
        .run(
            spec(graph, SnapshotPolicy.NONE, recovery),
            false,
            new RunControl(),
            new RunListener() {
              @Override
              public void started(long run, Start start, long epoch, int attempt) {
                started.add(start);
              }
            });
    assertThat(file).isEqualTo(Fixtures.sums(500));
    assertThat(started).hasSize(2);
  }

  @Test
  void aDiamondIsCutConsistently() throws InterruptedException {
    var graph =
        Graph.builder()
            .node(
                "in",
                new Node.SourceNode(
                    "numbers", () -> new Numbers(20_000, 7, Optional.empty(), NONE), true))
            .node("left", new Node.OperatorNode("pass", Pass::new, true))
            .node("right", new Node.OperatorNode("pass", Pass::new, true))
            .node("join", new Node.OperatorNode("count", CountPorts::new, true))
            .node(
                "out",
                new Node.SinkNode("list", () -> new ListSink(file, NONE), Sink.Kind.TRANSACTIONAL))
            .connect("in", "left")
            .connect("in", "right")
            .connect("left", 0, "join", 0)
            .connect("right", 0, "join", 1)
            .connect("join", "out")
            .build();
    var done = new CompletableFuture<Void>();
    var watcher =
        CompletableFuture.supplyAsync(
            () -> {
              int cuts = 0;
              var jobs = new Jobs(store);
              while (!done.isDone()) {
                var rows = jobs.rows("job", "ports");
                if (rows.size() == 2) {
                  assertThat(rows.get(0).integer(2)).isEqualTo(rows.get(1).integer(2));
                  cuts++;
                }
              }
              return cuts;
            });
    run(spec(graph));
    done.complete(null);
    watcher.join();
    assertThat(file).hasSize(40_000);
    assertThat(new Jobs(store).rows("job", "ports"))
        .containsExactly(Row.of("join", 0L, 20_000L), Row.of("join", 1L, 20_000L));
  }

  @Test
  void pauseLeavesASnapshotAndResumeGoesOn() throws Exception {
    var gate = new Semaphore(3);
    var running = start(spec(line(100, Optional.of(gate), NONE, false)), new RunControl());
    awaitSum(30 * 31 / 2);
    var id = ask(running, "pause", Map.of());
    assertThat(running.join()).isEqualTo(JobStatus.PAUSED);
    assertThat(store.snapshots().find((String) id).why()).isEqualTo(Snapshot.Why.PAUSE);
    gate.release(100);
    assertThat(run(spec(line(100, Optional.of(gate), NONE, false)))).isEqualTo(JobStatus.FINISHED);
    assertThat(file).isEqualTo(Fixtures.sums(100));
  }

  @Test
  void stopEndsTheInput() throws Exception {
    var gate = new Semaphore(3);
    var running = start(spec(line(100, Optional.of(gate), NONE, false)), new RunControl());
    awaitSum(30 * 31 / 2);
    ask(running, "stop", Map.of());
    assertThat(running.join()).isEqualTo(JobStatus.STOPPED);
    assertThat(file).isEqualTo(Fixtures.sums(30));
  }

  @Test
  void snapshotsOfARunningJobAreCutsOfItsCommits() throws Exception {
    var gate = new Semaphore(3);
    var running = start(spec(line(100, Optional.of(gate), NONE, false)), new RunControl());
    awaitSum(30 * 31 / 2);
    var first = (String) ask(running, "snapshot", Map.of());
    gate.release(7);
    running.join();
    try (var contents = store.snapshots().open(first);
        var rows = contents.rows(contents.tables().get(0))) {
      assertThat(rows.next()).isEqualTo(Row.of("sum", "sum", 465L));
    }
    var restored = new Jobs(store).restore("job", store.snapshots().find(first), false);
    assertThat(restored).as("a finished job leaves nothing to keep").isEmpty();
    run(spec(line(2, Optional.empty(), NONE, false)));
    assertThat(file).isEqualTo(List.of(466L, 468L, -2L));
  }

  @Test
  void restoringWithPositionsGoesOnFromThem() throws Exception {
    var gate = new Semaphore(3);
    var running = start(spec(line(100, Optional.of(gate), NONE, false)), new RunControl());
    awaitSum(30 * 31 / 2);
    var id = (String) ask(running, "snapshot", Map.of());
    gate.release(20);
    running.join();
    assertThat(sum()).isEqualTo(5050);
    new Jobs(store).restore("job", store.snapshots().find(id), true);
    assertThat(sum()).isEqualTo(465);
    run(spec(line(100, Optional.empty(), NONE, false)));
    assertThat(file).isEqualTo(Fixtures.sums(100));
    assertThat(sum()).isEqualTo(5050);
  }

  @Test
  void theSnapshotAtTheEndIsTakenAndOwedUntilItIs() throws InterruptedException {
    run(
        spec(
            line(5, Optional.empty(), NONE, false),
            new SnapshotPolicy(true, Optional.empty(), 1),
            Recovery.DEFAULT));
    assertThat(store.snapshots().list("job")).hasSize(1);
    assertThat(job().owed()).isEmpty();
    run(
        spec(
            line(6, Optional.empty(), NONE, false),
            new SnapshotPolicy(true, Optional.empty(), 1),
            Recovery.DEFAULT));
    assertThat(store.snapshots().list("job")).as("keep 1").hasSize(1);
    assertThat(store.snapshots().list("job").get(0).why()).isEqualTo(Snapshot.Why.EOF);
  }

  @Test
  void aRequestThatNobodyKnowsIsRefusedAndTheRunGoesOn() throws Exception {
    var gate = new Semaphore(3);
    var running = start(spec(line(100, Optional.of(gate), NONE, false)), new RunControl());
    awaitSum(30 * 31 / 2);
    assertThatThrownBy(() -> ask(running, "dance", Map.of()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("dance");
    assertThatThrownBy(() -> ask(running, "scale", Map.of("runners", 2L)))
        .hasMessageContaining("only a model has a number of runners");
    gate.release(100);
    assertThat(running.join()).isEqualTo(JobStatus.FINISHED);
  }

  @Test
  void aRunThatHasBeenSupersededCannotCommit() throws Exception {
    var gate = new Semaphore(3);
    var running = start(spec(line(100, Optional.of(gate), NONE, false)), new RunControl());
    awaitSum(30 * 31 / 2);
    store.claim("job").close();
    gate.release(100);
    assertThatThrownBy(running::join).hasRootCauseInstanceOf(WeirException.class);
    assertThat(sum()).isEqualTo(465);
  }

  @Test
  void otherStreamsAreRefusedOnResume() throws Exception {
    var gate = new Semaphore(3);
    var control = new RunControl();
    var running = start(spec(line(100, Optional.of(gate), NONE, false)), control);
    awaitSum(30 * 31 / 2);
    control.interrupt();
    running.join();
    var other =
        Graph.builder()
            .node(
                "in",
                new Node.SourceNode(
                    "other numbers", () -> new Numbers(5, 1, Optional.empty(), NONE), true))
            .node(
                "out",
                new Node.SinkNode("list", () -> new ListSink(file, NONE), Sink.Kind.TRANSACTIONAL))
            .connect("in", "out")
            .build();
    assertThatThrownBy(() -> run(spec(other)))
        .isInstanceOf(WeirException.class)
        .hasMessageContaining("was numbers and is now other numbers")
        .hasMessageContaining("--fresh");
    assertThat(run(spec(other), true)).isEqualTo(JobStatus.FINISHED);
  }

  private CompletableFuture<JobStatus> start(JobSpec spec, RunControl control) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return new Engine(store, Clock.systemUTC(), System::nanoTime)
                .run(spec, false, control, new RunListener() {});
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        },
        task -> new Thread(task).start());
  }

  private Object ask(CompletableFuture<?> running, String verb, Map<String, Object> arguments)
      throws InterruptedException {
    return new Requests(store, Clock.systemUTC())
        .ask("job", verb, arguments, Duration.ofMinutes(1), () -> !running.isDone());
  }

  /** Waits until the committed sum is this. */
  private void awaitSum(long sum) {
    var jobs = new Jobs(store);
    while (jobs.rows("job", "sum").stream().noneMatch(row -> row.integer(2) == sum)) {
      Thread.onSpinWait();
    }
  }
}
