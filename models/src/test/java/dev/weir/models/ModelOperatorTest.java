package dev.weir.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.OperatorContext.Start;
import dev.weir.graph.Rejection;
import dev.weir.runners.Item;
import dev.weir.runners.RunnerHungException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ModelOperatorTest {

  private static final Slots INTS = slots(SchemaCheck.primitive("int"));
  private static final Slots ANY = slots(null);

  /** The cell model of the manual, with or without a guard around its begin. */
  private record Sum(boolean guarded) implements FakeRunner.Program {
    @Override
    public void begin(FakeRunner.Api api) throws Exception {
      if (!guarded || api.cell("sum") == null) {
        api.set("sum", 0L);
      }
    }

    @Override
    public void action(FakeRunner.Api api, Object value, long sequence) throws Exception {
      api.update("sum", y -> (Long) y + (Long) value);
      api.emit(api.cell("sum"));
    }
  }

  private final List<ModelOperator> opened = new ArrayList<>();

  @AfterEach
  void nothingIsLeft() {
    opened.forEach(ModelOperator::close);
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("fake-runner") || name.startsWith("weir-"));
  }

  private ModelOperator operator(Slots schemas, ModelOptions options, RunnerFactory factory) {
    var operator = new ModelOperator("model.py", schemas, options, factory, System::nanoTime);
    opened.add(operator);
    return operator;
  }

  private static Slots slots(SchemaCheck check) {
    return new Slots(
        List.of(new Slots.Slot(0, check, false), new Slots.Slot(1, check, false)), true);
  }

  private static Object[] longs(long from, long to) {
    return LongStream.range(from, to).boxed().toArray();
  }

  @Test
  void theCellModelSums() throws Exception {
    var engine =
        FakeEngine.fresh(operator(INTS, ModelOptions.DEFAULT, FakeRunner.of(new Sum(false))));
    engine.begin();
    engine.send(1L, 2L, 3L);
    engine.end();
    assertThat(engine.outputs).containsExactly(1L, 3L, 6L);
    assertThat(engine.cells()).isEqualTo(Map.of("sum", 6L));
  }

  @Test
  void aGuardedBeginGoesOnFromARestoredSnapshotAndAnUnguardedOneResets() throws Exception {
    var first =
        FakeEngine.fresh(operator(INTS, ModelOptions.DEFAULT, FakeRunner.of(new Sum(true))));
    first.begin();
    first.send(1L, 2L, 3L);
    first.end();
    for (boolean guarded : new boolean[] {true, false}) {
      var operator = operator(INTS, ModelOptions.DEFAULT, FakeRunner.of(new Sum(guarded)));
      var engine = new FakeEngine(operator, Start.RESTORED, Map.copyOf(first.tables)).begin();
      engine.send(4L, 5L);
      engine.drain();
      engine.end();
      assertThat(engine.outputs).isEqualTo(guarded ? List.of(10L, 15L) : List.of(4L, 9L));
      first.tables.get("cell").put(dev.weir.state.Row.of("sum", "6"));
    }
  }

  @Test
  void onResumeWhatBeginWritesAndEmitsIsThrownAway() throws Exception {
    var program =
        new FakeRunner.Program() {
          @Override
          public void begin(FakeRunner.Api api) throws Exception {
            api.set("sum", 100L);
            api.emit(api.cell("sum"));
          }

          @Override
          public void action(FakeRunner.Api api, Object value, long sequence) throws Exception {
            api.emit(api.update("sum", y -> (Long) y + (Long) value));
          }
        };
    var first = FakeEngine.fresh(operator(INTS, ModelOptions.DEFAULT, FakeRunner.of(program)));
    first.begin();
    first.send(1L);
    first.barrier();
    assertThat(first.outputs).containsExactly(100L, 101L);
    var operator = operator(INTS, ModelOptions.DEFAULT.withRunners(3), FakeRunner.of(program));
    var second = new FakeEngine(operator, Start.RESUMED, first.tables).begin();
    second.send(1L);
    second.end();
    assertThat(second.outputs).containsExactly(102L);
  }

  @Test
  void severalRunnersAddExactlyAndEveryBarrierIsACut() throws Exception {
    var engine =
        FakeEngine.fresh(
            operator(
                ANY,
                ModelOptions.DEFAULT.withRunners(4),
                FakeRunner.of(
                    (api, value, sequence) -> {
                      api.update("count", y -> y == null ? 1L : (Long) y + 1);
                      api.update(
                          Item.key("by", "k" + (Long) value % 7),
                          y -> y == null ? 1L : (Long) y + 1);
                    })));
    engine.begin();
    long sent = 0;
    for (int epoch = 0; epoch < 20; epoch++) {
      for (int i = 0; i < 5; i++) {
        engine.send(longs(sent, sent + 100));
        sent += 100;
      }
      engine.barrier();
      assertThat(engine.cells()).isEqualTo(Map.of("count", sent));
      assertThat(engine.pool("by").values().stream().mapToLong(v -> (Long) v).sum())
          .isEqualTo(sent);
    }
    assertThat((Long) engine.gauges.get("lease-hand-overs")).isPositive();
  }

  @Test
  void oneRunnerAsksOnceForEachCellAndPool() throws Exception {
    var grants = new AtomicInteger();
    RunnerFactory factory =
        (number, listener) -> {
          var inner =
              new FakeRunner(
                  number,
                  (api, value, sequence) -> {
                    api.update("c", y -> value);
                    api.update(Item.key("p", "k" + value), y -> value);
                  },
                  listener);
          return new CountingGrants(inner, grants);
        };
    var engine = FakeEngine.fresh(operator(ANY, ModelOptions.DEFAULT, factory)).begin();
    engine.send(longs(0, 1000));
    engine.barrier();
    engine.send(longs(1000, 2000));
    engine.barrier();
    assertThat(grants).hasValue(2);
    assertThat(engine.pool("p")).hasSize(2000);
  }

  private record CountingGrants(FakeRunner inner, AtomicInteger grants)
      implements dev.weir.runners.Runner {
    @Override
    public void send(dev.weir.runners.ToRunner message) {
      if (message instanceof dev.weir.runners.ToRunner.Grant) {
        grants.incrementAndGet();
      }
      inner.send(message);
    }

    @Override
    public long pid() {
      return inner.pid();
    }

    @Override
    public long memory() {
      return inner.memory();
    }

    @Override
    public void close() {
      inner.close();
    }

    @Override
    public void kill() {
      inner.kill();
    }
  }

  @Test
  void onlyWhatChangedIsWritten() throws Exception {
    var engine =
        FakeEngine.fresh(
                operator(
                    ANY,
                    ModelOptions.DEFAULT,
                    FakeRunner.of(
                        (api, value, sequence) -> {
                          if ((Long) value < 0) {
                            api.delete("p", "k" + -(Long) value);
                          } else {
                            api.update(Item.key("p", "k" + value), y -> value);
                          }
                        })))
            .begin();
    engine.send(longs(0, 100));
    engine.barrier();
    assertThat(engine.tables.get("pool").puts).isEqualTo(100);
    engine.send(7L, 7L, -8L);
    engine.barrier();
    assertThat(engine.tables.get("pool").puts).isEqualTo(101);
    assertThat(engine.pool("p")).hasSize(99).doesNotContainKey("k8");
    engine.send(8L);
    engine.barrier();
    assertThat(engine.pool("p")).hasSize(100).containsEntry("k8", 8L);
  }

  @Test
  void recordsThatDoNotMatchAreReportedAndTheFlowGoesOn() throws Exception {
    var engine =
        FakeEngine.fresh(
                operator(
                    INTS,
                    ModelOptions.DEFAULT,
                    FakeRunner.of(
                        (api, value, sequence) ->
                            api.emit((Long) value == 4 ? (Object) "four" : value))))
            .begin();
    engine.send(1L, "fastscore", List.of(), 3_000_000_000L, 3L, 4L);
    engine.end();
    assertThat(engine.outputs).containsExactly(1L, 3L);
    assertThat(engine.rejections)
        .containsExactly(
            rejection(
                Rejection.Reason.SCHEMA, 0, 2, "fastscore", "Int expected, not \"fastscore\""),
            rejection(Rejection.Reason.SCHEMA, 0, 3, List.of(), "Int expected, not []"),
            rejection(
                Rejection.Reason.SCHEMA,
                0,
                4,
                3_000_000_000L,
                "Int expected, not 3000000000; an Avro int has 32 bits, use long"),
            rejection(Rejection.Reason.OUTPUT_SCHEMA, 1, 0, "four", "Int expected, not \"four\""));
  }

  private static Rejection rejection(
      Rejection.Reason reason, int slot, long sequence, Object value, String message) {
    return new Rejection(reason, slot, sequence, SchemaCheck.shown(value), value, message, null);
  }

  @Test
  void aModelSeesTheSequenceNumbersOfTheStream() throws Exception {
    var engine =
        FakeEngine.fresh(
                operator(
                    INTS,
                    ModelOptions.DEFAULT,
                    FakeRunner.of((api, value, sequence) -> api.emit(sequence))))
            .begin();
    engine.send(1L, "x", 1L);
    engine.send(1L);
    engine.send("x", 1L, 1L);
    engine.end();
    assertThat(engine.outputs).containsExactly(1L, 3L, 4L, 6L, 7L);
  }

  @Test
  void withOneRunnerAndIfAskedWithSeveralOutputsAreInOrder() throws Exception {
    for (int runners : new int[] {1, 4}) {
      var engine =
          FakeEngine.fresh(
                  operator(
                      ANY,
                      ModelOptions.DEFAULT.withRunners(runners).withOrdered(true),
                      FakeRunner.of((api, value, sequence) -> api.emit(value))))
              .begin();
      for (long i = 0; i < 200; i++) {
        engine.send(longs(i * 50, (i + 1) * 50));
      }
      engine.end();
      assertThat(engine.outputs).containsExactly(longs(0, 10_000));
    }
  }

  @Test
  void anOrderedStreamDoesNotRunAwayFromASlowRecord() throws Exception {
    var slow = new CountDownLatch(1);
    var done = new AtomicLong();
    var engine =
        FakeEngine.fresh(
                operator(
                    ANY,
                    ModelOptions.DEFAULT.withRunners(2).withOrdered(true),
                    FakeRunner.of(
                        (api, value, sequence) -> {
                          if ((Long) value == 0) {
                            slow.await();
                          }
                          api.emit(value);
                          done.incrementAndGet();
                        })))
            .begin();
    var enough = new AtomicBoolean();
    var sent = new AtomicLong();
    var sender =
        new Thread(
            () -> {
              try {
                while (!enough.get()) {
                  long from = sent.getAndAdd(10_000);
                  engine.send(longs(from, from + 10_000));
                }
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    sender.start();
    // It has to wait, however much fits: until then no output may have passed the slow one.
    while (sender.getState() != Thread.State.WAITING) {
      assertThat(sender.isAlive()).isTrue();
      Thread.onSpinWait();
    }
    enough.set(true);
    assertThat(engine.outputs).isEmpty();
    slow.countDown();
    sender.join();
    engine.end();
    assertThat(engine.outputs).containsExactly(longs(0, sent.get()));
  }

  @Test
  void beginAndEndRunInEveryRunnerInTurnAndTheirOutputsCount() throws Exception {
    var running = new AtomicInteger();
    var most = new AtomicInteger();
    var program =
        new FakeRunner.Program() {
          @Override
          public void begin(FakeRunner.Api api) throws Exception {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            api.update("begun", y -> y == null ? 1L : (Long) y + 1);
            api.emit("begin " + api.runner());
            running.decrementAndGet();
          }

          @Override
          public void action(FakeRunner.Api api, Object value, long sequence) {}

          @Override
          public void end(FakeRunner.Api api) throws Exception {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            api.update("ended", y -> y == null ? 1L : (Long) y + 1);
            api.emit("end " + api.runner());
            running.decrementAndGet();
          }
        };
    var engine =
        FakeEngine.fresh(operator(ANY, ModelOptions.DEFAULT.withRunners(3), FakeRunner.of(program)))
            .begin();
    engine.send(longs(0, 100));
    engine.end();
    assertThat(engine.outputs)
        .containsExactly("begin 1", "begin 2", "begin 3", "end 1", "end 2", "end 3");
    assertThat(most).hasValue(1);
    assertThat(engine.cells()).isEqualTo(Map.of("begun", 3L, "ended", 3L));
  }

  @Test
  void anExceptionInTheModelIsToldWithItsRecord() throws Exception {
    var engine =
        FakeEngine.fresh(
                operator(
                    ANY,
                    ModelOptions.DEFAULT,
                    FakeRunner.of(
                        (api, value, sequence) -> {
                          if (value.equals(Map.of("x", 5L))) {
                            throw new IllegalStateException("no fives");
                          }
                        })))
            .begin();
    assertThatThrownBy(() -> engine.sendAndCommit(1L, Map.of("x", 5L), 3L))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            """
            model model.py: action() failed at record 2 of slot 0: IllegalStateException: no fives
              the record: {"x":5}
              at line 1""");
    while (engine.failure() == null) {
      Thread.onSpinWait();
    }
    assertThat(engine.failure()).isInstanceOf(ModelException.class);
  }

  @Test
  void aRunnerThatDiesFailsTheRunAndSaysWhatItWasDoing() throws Exception {
    var engine =
        FakeEngine.fresh(
                operator(
                    ANY,
                    ModelOptions.DEFAULT,
                    FakeRunner.of(
                        (api, value, sequence) -> {
                          api.print("working on " + value);
                          if ((Long) value == 3) {
                            api.die("exit status 3");
                          }
                        })))
            .begin();
    engine.send(1L);
    engine.barrier();
    assertThatThrownBy(() -> engine.sendAndCommit(3L))
        .isInstanceOf(RunnerLostException.class)
        .hasMessage(
            """
            runner 1 (pid 1001) of model model.py is lost: exit status 3
              it was working on record 2 of slot 0: 3
              the last lines that it printed:
                working on 1
                working on 3""");
    assertThat(engine.log).containsExactly("working on 1", "working on 3");
  }

  @Test
  void aRunnerThatHangsIsReportedWithItsStackWithinTheTimeLimit() throws Exception {
    var now = new AtomicLong();
    var hanging = new CountDownLatch(1);
    var operator =
        new ModelOperator(
            "model.py",
            ANY,
            ModelOptions.DEFAULT.withTimeLimit(Duration.ofSeconds(10)).withRunners(2),
            FakeRunner.of(
                (api, value, sequence) -> {
                  api.update(
                      "c",
                      y -> {
                        if (value.equals("hang")) {
                          hanging.countDown();
                          hang();
                        }
                        return value;
                      });
                }),
            now::get);
    opened.add(operator);
    var engine = FakeEngine.fresh(operator).begin();
    engine.send("hang");
    hanging.await();
    // The second one waits for the cell that the first one updates, and is not to blame.
    engine.send("wait");
    do {
      operator.crew.showGauges();
    } while (!engine.gauges.get("runners").toString().contains("waiting for cell 'c'"));
    now.addAndGet(Duration.ofSeconds(9).toNanos());
    operator.crew.watchdog.check();
    operator.crew.watchdog.check();
    assertThat(engine.failure()).isNull();
    now.addAndGet(Duration.ofSeconds(2).toNanos());
    do {
      operator.crew.watchdog.check();
    } while (engine.failure() == null);
    assertThat(engine.failure())
        .isInstanceOf(RunnerHungException.class)
        .hasMessageContaining("runner 1 (pid 1001) of model model.py has not answered for 11 s")
        .hasMessageContaining("its time limit is 10 s")
        .hasMessageContaining("ModelOperatorTest.hang")
        .hasMessageContaining("record 1");
    assertThatThrownBy(engine::barrier).isInstanceOf(RunnerHungException.class);
  }

  private static void hang() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void scalesWhileRecordsFlowAndLosesNothing() throws Exception {
    var working = ConcurrentHashMap.<Long>newKeySet();
    var operator =
        operator(
            INTS,
            ModelOptions.DEFAULT,
            FakeRunner.of(
                new FakeRunner.Program() {
                  @Override
                  public void begin(FakeRunner.Api api) throws Exception {
                    api.set("sum", 0L);
                  }

                  @Override
                  public void action(FakeRunner.Api api, Object value, long sequence)
                      throws Exception {
                    working.add(api.runner());
                    api.update("sum", y -> (Long) y + 1);
                    api.update(Item.key("p", "k" + sequence % 50), y -> sequence);
                    api.emit(value);
                  }
                }));
    var engine = FakeEngine.fresh(operator).begin();
    int[] wanted = {3, 1, 6, 2, 4, 1, 5};
    long sent = 0;
    for (int n : wanted) {
      operator.request("scale", Map.of("runners", (long) n));
      // Until all the wanted runners have had a record, there is more to do.
      do {
        engine.send(longs(sent, sent + 500));
        sent += 500;
        engine.drain();
        if (sent % 4000 == 0) {
          engine.barrier();
          assertThat(engine.cells()).isEqualTo(Map.of("sum", sent));
        }
      } while (!(runners(engine) == n && isWorking(engine)));
    }
    engine.end();
    assertThat(engine.cells()).isEqualTo(Map.of("sum", sent));
    Collections.sort(engine.outputs, (a, b) -> Long.compare((Long) a, (Long) b));
    assertThat(engine.outputs).containsExactly(longs(0, sent));
    assertThat(working).hasSizeGreaterThanOrEqualTo(3);
  }

  private static int runners(FakeEngine engine) {
    return ((List<?>) engine.gauges.get("runners")).size();
  }

  private static boolean isWorking(FakeEngine engine) {
    return ((List<?>) engine.gauges.get("runners"))
        .stream().noneMatch(r -> ((Map<?, ?>) r).get("state").equals("starting"));
  }

  @Test
  void aRunnerThatCannotBeStartedFailsTheOpening() {
    var operator =
        operator(
            ANY,
            ModelOptions.DEFAULT,
            (number, listener) -> {
              throw new dev.weir.runners.RunnerException("no python3 on the PATH");
            });
    assertThatThrownBy(() -> FakeEngine.fresh(operator).begin())
        .isInstanceOf(RunnerLostException.class)
        .hasMessage("runner 1 of model model.py: no python3 on the PATH");
  }

  @Test
  void crossingNestedUpdatesAreFoundAndNamed() throws Exception {
    var inA = new CountDownLatch(1);
    var inB = new CountDownLatch(1);
    var engine =
        FakeEngine.fresh(
                operator(
                    ANY,
                    ModelOptions.DEFAULT.withRunners(2),
                    FakeRunner.of(
                        (api, value, sequence) -> {
                          boolean first = value.equals("first");
                          api.update(
                              first ? "a" : "b",
                              y -> {
                                try {
                                  (first ? inA : inB).countDown();
                                  (first ? inB : inA).await();
                                  return api.update(first ? "b" : "a", z -> 1L);
                                } catch (InterruptedException e) {
                                  throw new IllegalStateException(e);
                                }
                              });
                        })))
            .begin();
    engine.send("first");
    assertThatThrownBy(() -> engine.sendAndCommit("second"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("Deadlock: runner ")
        .hasMessageMatching(
            "(?s).*runner (1 waits for cell 'b', which runner 2 is updating; runner 2 waits for cell"
                + " 'a', which runner 1 is updating|2 waits for cell 'a', which runner 1 is updating;"
                + " runner 1 waits for cell 'b', which runner 2 is updating).*");
  }
}
