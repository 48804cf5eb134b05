package dev.weir.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext.Start;
import dev.weir.runners.Python;
import dev.weir.runners.PythonRunner;
import dev.weir.runners.PythonSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Models in the user's own Python. */
@Timeout(120)
class PythonModelTest {

  private static final String CELL =
      """
      # fastscore.input: int
      # fastscore.output: int

      import fastscore

      def begin():
          fastscore.cells('counter').set(0)

      def action(x):
          counter = fastscore.cells('counter')
          counter.update(lambda y: x + y)
          yield counter.value
      """;

  private static final String POOL =
      """
      # fastscore.input: int
      # fastscore.output: int

      import fastscore

      def begin():
          fastscore.pools('counter').set('x', 0)

      def action(v):
          counter = fastscore.pools('counter')
          counter.update('x', lambda x: x + 1)
          yield counter.get('x')
      """;

  private static final String SNAPSHOT =
      """
      # fastscore.input: int
      # fastscore.output: int
      # fastscore.snapshots: eof

      import fastscore

      def begin():
          cell = fastscore.cells('sum')
          if cell.value == None:
              cell.set(0)

      def action(datum):
        cell = fastscore.cells('sum')
        cell.update(lambda x: x + datum)
        yield cell.value
      """;

  private static Python python;

  @TempDir Path folder;
  private final List<Operator> opened = new ArrayList<>();

  @BeforeAll
  static void find() {
    python = Python.find(System.getenv());
  }

  @AfterEach
  void close() throws Exception {
    for (var operator : opened) {
      operator.close();
    }
    assertThat(ProcessHandle.current().children().filter(ProcessHandle::isAlive)).isEmpty();
    // The threads that saw the processes end may be about to end themselves.
    for (var thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("weir-")) {
        thread.join();
      }
    }
  }

  private Operator operator(String source, ModelOptions options) throws IOException {
    var model = Model.load(Files.writeString(folder.resolve("model.py"), source));
    var spec = new PythonSpec(python, model.file());
    var operator =
        model.operator(options, (number, listener) -> PythonRunner.start(spec, listener)).get();
    opened.add(operator);
    return operator;
  }

  private FakeEngine run(String source, ModelOptions options) throws Exception {
    return FakeEngine.fresh(operator(source, options)).begin();
  }

  @Test
  void theCellModel() throws Exception {
    var engine = run(CELL, ModelOptions.DEFAULT);
    engine.send(1L, 2L, 3L);
    engine.end();
    assertThat(engine.outputs).containsExactly(1L, 3L, 6L);
    assertThat(engine.cells()).isEqualTo(Map.of("counter", 6L));
  }

  @Test
  void thePoolModel() throws Exception {
    var engine = run(POOL, ModelOptions.DEFAULT);
    engine.send(5L, 5L, 5L);
    engine.end();
    assertThat(engine.outputs).containsExactly(1L, 2L, 3L);
    assertThat(engine.pool("counter")).isEqualTo(Map.of("x", 3L));
  }

  @Test
  void theSnapshotModelGoesOnFromWhatWasRestored() throws Exception {
    var first = run(SNAPSHOT, ModelOptions.DEFAULT);
    first.send(1L, 2L, 3L);
    first.end();
    var operator = operator(SNAPSHOT, ModelOptions.DEFAULT);
    var second = new FakeEngine(operator, Start.RESTORED, first.tables).begin();
    second.send(4L, 5L);
    second.end();
    assertThat(second.outputs).containsExactly(10L, 15L);
  }

  @Test
  void aResumedRunKeepsItsStateThoughBeginResetsIt() throws Exception {
    var first = run(CELL, ModelOptions.DEFAULT.withRunners(2));
    first.send(1L, 2L, 3L);
    first.barrier();
    var operator = operator(CELL, ModelOptions.DEFAULT.withRunners(2));
    var second = new FakeEngine(operator, Start.RESUMED, first.tables).begin();
    second.send(4L);
    second.end();
    assertThat(second.outputs).containsExactly(10L);
  }

  @Test
  void fourRunnersAndScalingLoseNoUpdate() throws Exception {
    var operator = operator(CELL, ModelOptions.DEFAULT.withRunners(4));
    var engine = FakeEngine.fresh(operator).begin();
    var ones = new Object[1000];
    Arrays.fill(ones, 1L);
    long[] wanted = {4, 2, 6, 1, 3};
    for (int i = 0; i < 200; i++) {
      if (i % 40 == 20) {
        operator.request("scale", Map.of("runners", wanted[i / 40]));
      }
      engine.send(ones.clone());
      if (i % 25 == 24) {
        engine.barrier();
        assertThat(engine.cells()).isEqualTo(Map.of("counter", 1000L * (i + 1)));
      }
    }
    engine.end();
    assertThat(engine.cells()).isEqualTo(Map.of("counter", 200_000L));
    assertThat(engine.outputs).hasSize(200_000);
  }

  @Test
  void theKeysOfAPoolAreCountedExactlyByFour() throws Exception {
    var engine =
        run(
            """
            import weir
            pool = weir.pools('p')
            def action(x):
                pool.update(str(x % 10), lambda n: (n or 0) + 1)
                if x % 1000 == 0:
                    pool.update('sizes', lambda s: len(pool))
            """,
            ModelOptions.DEFAULT.withRunners(4));
    for (long i = 0; i < 20; i++) {
      engine.send(LongStream.range(i * 1000, (i + 1) * 1000).boxed().toArray());
    }
    engine.end();
    var counts = engine.pool("p");
    assertThat((Long) counts.remove("sizes")).isBetween(0L, 11L);
    assertThat(counts).hasSize(10).allSatisfy((k, v) -> assertThat(v).isEqualTo(2000L));
  }

  @Test
  void crossingNestedUpdatesAreADeadlockErrorInOneOfThem() throws Exception {
    var engine =
        run(
            """
            import os, time, weir
            folder = os.path.dirname(__file__)
            def in_update(first):
                return os.path.join(folder, str(first))
            def action(first):
                one, other = 'ab' if first else 'ba'
                def nested(x):
                    open(in_update(first), 'w').close()
                    while not os.path.exists(in_update(not first)):
                        time.sleep(0.001)
                    weir.cells(other).update(lambda y: 1)
                    return 2
                weir.cells(one).update(nested)
            """,
            ModelOptions.DEFAULT.withRunners(2));
    engine.send(true);
    assertThatThrownBy(() -> engine.sendAndCommit(false))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("DeadlockError: runner ")
        .hasMessageContaining("waits for cell 'a', which runner ")
        .hasMessageContaining("waits for cell 'b', which runner ");
  }

  @Test
  void anExceptionIsToldWithRecordAndTraceback() throws Exception {
    var engine = run("def action(x):\n    yield 1 / (x - 3)\n", ModelOptions.DEFAULT);
    assertThatThrownBy(() -> engine.sendAndCommit(1L, 2L, 3L))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("action() failed at record 3 of slot 0: ZeroDivisionError")
        .hasMessageContaining("the record: 3")
        .hasMessageContaining("model.py\", line 2");
  }

  @Test
  void aKilledRunnerIsReported() throws Exception {
    var engine =
        run(
            """
            import os, signal
            def action(x):
                print('bye', x, flush=True)
                os.kill(os.getpid(), signal.SIGKILL)
            """,
            ModelOptions.DEFAULT);
    assertThatThrownBy(() -> engine.sendAndCommit(7L))
        .isInstanceOf(RunnerLostException.class)
        .hasMessageContaining("runner 1 (pid ")
        .hasMessageContaining("signal 9")
        .hasMessageContaining("it was working on record 1 of slot 0: 7")
        .hasMessageContaining("bye 7");
  }

  @Test
  void aModelThatCannotBeLoadedSaysWhere() throws Exception {
    var operator = operator("def action(x:\n", ModelOptions.DEFAULT);
    assertThatThrownBy(() -> FakeEngine.fresh(operator).begin())
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("model model.py cannot be loaded: ")
        .hasMessageContaining("SyntaxError");
  }

  @Test
  void outputsOfSeveralRunnersAreInOrderIfAsked() throws Exception {
    var engine =
        run("def action(x):\n    yield x\n", ModelOptions.DEFAULT.withRunners(3).withOrdered(true));
    for (long i = 0; i < 50; i++) {
      engine.send(LongStream.range(i * 100, (i + 1) * 100).boxed().toArray());
    }
    engine.end();
    var sorted = new ArrayList<>(engine.outputs);
    sorted.sort((x, y) -> Long.compare((Long) x, (Long) y));
    assertThat(engine.outputs).hasSize(5000).isEqualTo(sorted);
    assertThat(Collections.max(engine.outputs, (x, y) -> Long.compare((Long) x, (Long) y)))
        .isEqualTo(4999L);
  }
}
