package dev.weir.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext.Start;
import dev.weir.runners.JavaProgram;
import dev.weir.runners.JavaRunner;
import dev.weir.runners.Python;
import dev.weir.runners.PythonRunner;
import dev.weir.runners.PythonSpec;
import dev.weir.runners.RunnerHungException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Models in Java, the seeds' among them. */
@Timeout(120)
class JavaModelTest {

  private static final String CELL =
      """
      // fastscore.input: int
      // fastscore.output: int

      import weir.Cell;
      import weir.Model;

      class Counter extends Model {
        final Cell<Long> counter = cell("counter", Long.class);
        void begin() { counter.set(0L); }
        long action(long x) { return counter.update(y -> x + y); }
      }
      """;

  private static final String POOL =
      """
      // fastscore.input: int
      // fastscore.output: int

      import weir.Model;
      import weir.Pool;

      class Counter extends Model {
        final Pool<Long> counter = pool("counter", Long.class);
        void begin() { counter.set("x", 0L); }
        long action(long v) {
          counter.update("x", x -> x + 1);
          return counter.get("x");
        }
      }
      """;

  private static final String SNAPSHOT =
      """
      // fastscore.input: int
      // fastscore.output: int
      // fastscore.snapshots: eof

      import weir.Cell;
      import weir.Model;

      class Sum extends Model {
        final Cell<Long> sum = cell("sum", Long.class);
        void begin() {
          if (sum.get() == null) {
            sum.set(0L);
          }
        }
        long action(long x) { return sum.update(y -> y + x); }
      }
      """;

  private static final String SNAPSHOT_IN_PYTHON =
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

  @TempDir Path folder;
  private final List<Operator> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (var operator : opened) {
      operator.close();
    }
    for (var thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("weir-")) {
        thread.join(10_000);
        assertThat(thread.isAlive()).as(thread.getName()).isFalse();
      }
    }
  }

  private Operator operator(String source, ModelOptions options) throws IOException {
    var model = Model.load(Files.writeString(folder.resolve("model.java"), source));
    var program = JavaProgram.of(model.program(model.file(), options.goOn()));
    return opened(
        model.operator(options, (number, listener) -> JavaRunner.start(program, listener)).get());
  }

  private Operator python(String source) throws IOException {
    var model = Model.load(Files.writeString(folder.resolve("model.py"), source));
    var spec = new PythonSpec(Python.find(System.getenv()), model.file());
    return opened(
        model
            .operator(
                ModelOptions.DEFAULT, (number, listener) -> PythonRunner.start(spec, listener))
            .get());
  }

  private Operator opened(Operator operator) {
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
  void theSnapshotModelGoesOnFromWhatEitherLanguageLeft() throws Exception {
    var first = FakeEngine.fresh(python(SNAPSHOT_IN_PYTHON)).begin();
    first.send(1L, 2L, 3L);
    first.end();
    var second =
        new FakeEngine(operator(SNAPSHOT, ModelOptions.DEFAULT), Start.RESTORED, first.tables)
            .begin();
    second.send(4L, 5L);
    second.end();
    assertThat(second.outputs).containsExactly(10L, 15L);
    var third = new FakeEngine(python(SNAPSHOT_IN_PYTHON), Start.RESTORED, second.tables).begin();
    third.send(6L);
    third.end();
    assertThat(third.outputs).containsExactly(21L);
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
            import weir.*;
            class M extends Model {
              final Pool<Long> pool = pool("p", Long.class, 0L);
              void action(long x) {
                pool.update("" + x % 10, n -> n + 1);
                if (x % 1000 == 0) {
                  pool.update("sizes", s -> (long) pool.size());
                }
              }
            }
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
  void crossingNestedUpdatesAreADeadlockExceptionInOneOfThem() throws Exception {
    var engine =
        run(
            """
            import java.nio.file.*;
            import weir.*;
            class M extends Model {
              void action(boolean first) {
                cell(first ? "a" : "b", Long.class).update(x -> {
                  try {
                    Files.createFile(Path.of("FOLDER", "" + first));
                    while (!Files.exists(Path.of("FOLDER", "" + !first))) {
                      Thread.sleep(1);
                    }
                  } catch (Exception e) {
                    throw new IllegalStateException(e);
                  }
                  cell(first ? "b" : "a", Long.class).update(y -> 1L);
                  return 2L;
                });
              }
            }
            """
                .replace("FOLDER", folder.toString()),
            ModelOptions.DEFAULT.withRunners(2));
    engine.send(true);
    assertThatThrownBy(() -> engine.sendAndCommit(false))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("DeadlockException: runner ")
        .hasMessageContaining("waits for cell 'a', which runner ")
        .hasMessageContaining("waits for cell 'b', which runner ");
  }

  @Test
  void anExceptionIsToldWithRecordAndTrace() throws Exception {
    var engine =
        run(
            "class M {\n  long action(long x) {\n    return 1 / (x - 3);\n  }\n}",
            ModelOptions.DEFAULT);
    assertThatThrownBy(() -> engine.sendAndCommit(1L, 2L, 3L))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(
            "action() failed at record 3 of slot 0: ArithmeticException: / by zero")
        .hasMessageContaining("the record: 3")
        .hasMessageContaining("model.java:3): return 1 / (x - 3);");
  }

  @Test
  void aModelThatCannotBeCompiledSaysWhere() throws Exception {
    var operator =
        operator("class M {\n  int action(int x) { return y; }\n}", ModelOptions.DEFAULT);
    assertThatThrownBy(() -> FakeEngine.fresh(operator).begin())
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("model model.java cannot be loaded: ")
        .hasMessageContaining("model.java:2: cannot find symbol");
  }

  @Test
  void aRunnerThatHangsIsTold() throws Exception {
    var engine =
        run(
            "class M { void action(long x) throws Exception { while (true) { Thread.sleep(5); } } }",
            ModelOptions.DEFAULT.withTimeLimit(Duration.ofSeconds(2))); // to compile in, too
    assertThatThrownBy(() -> engine.sendAndCommit(1L))
        .isInstanceOf(RunnerHungException.class)
        .hasMessageContaining("its time limit is 2 s")
        .hasMessageContaining("at M.action");
  }
}
