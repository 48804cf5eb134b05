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
import dev.weir.graph.Graph.Node.OwnOutput;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.Sink;
import dev.weir.graph.StateTable;
import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Row;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Operators that emit of their own accord, and operators that end the job. */
class GeneratorTest {

  private static final Bomb NONE = new Bomb(-1);

  private final Store store = Stores.open("memory:", Clock.systemUTC());
  private final List<Object> file = new ArrayList<>();

  @AfterEach
  void close() {
    store.close();
  }

  /** Emits in begin and says that this was all. */
  private static final class Prestart implements Operator {
    private OperatorContext context;

    @Override
    public void open(OperatorContext context) {
      this.context = context;
      context.wake();
    }

    @Override
    public void begin(Emitter out) throws InterruptedException {
      for (long i = 0; i < 3; i++) {
        out.emit(0, Batch.of(i + 1, i));
      }
    }

    @Override
    public void process(int port, Batch batch, Emitter out) {}

    @Override
    public void drain(Emitter out) throws InterruptedException {
      out.emit(0, Batch.of(4, "drained"));
      context.finish();
    }

    @Override
    public void end(Emitter out) throws InterruptedException {
      out.emit(0, Batch.of(5, "end"));
    }

    @Override
    public void close() {}
  }

  /** Emits 1 to n, one at each wake-up, and keeps how far it is. */
  private static final class Ticker implements Operator {
    private final long n;
    private final Bomb bomb;
    private OperatorContext context;
    private StateTable table;

    Ticker(long n, Bomb bomb) {
      this.n = n;
      this.bomb = bomb;
    }

    @Override
    public void open(OperatorContext context) {
      this.context = context;
      table =
          context.table(
              new StateTable.Schema(
                  "ticks",
                  List.of(
                      Column.of("name", ColumnType.TEXT), Column.of("value", ColumnType.INTEGER)),
                  1,
                  List.of()));
      context.wake();
    }

    @Override
    public void process(int port, Batch batch, Emitter out) {}

    @Override
    public void drain(Emitter out) throws InterruptedException {
      bomb.step("drain");
      var row = table.get(Row.of("ticks"));
      long done = row == null ? 0 : row.integer(1);
      if (done == n) {
        context.finish();
        return;
      }
      table.put(Row.of("ticks", done + 1));
      out.emit(0, Batch.of(done + 1, done + 1));
      context.wake();
    }

    @Override
    public void close() {}
  }

  /** Asks that the job ends when the barrier comes before which it saw a number; passes all on. */
  private static final class Terminator implements Operator {
    private final long number;
    private final boolean atBarrier;
    private final Bomb bomb;
    private OperatorContext context;
    private boolean seen;

    Terminator(long number, boolean atBarrier, Bomb bomb) {
      this.number = number;
      this.atBarrier = atBarrier;
      this.bomb = bomb;
    }

    @Override
    public void open(OperatorContext context) {
      this.context = context;
    }

    @Override
    public void process(int port, Batch batch, Emitter out) throws InterruptedException {
      out.emit(0, batch);
      seen |= batch.records().contains(number);
      if (seen && !atBarrier) {
        context.stop();
      }
    }

    @Override
    public void barrier(long epoch, Emitter out) {
      if (seen) {
        bomb.step("barrier");
        context.stop();
      }
    }

    @Override
    public void close() {}
  }

  private Graph graph(Node first, Supplier<? extends Operator> second) {
    return Graph.builder()
        .node("first", first)
        .node("second", new Node.OperatorNode("second", second, true))
        .node(
            "out",
            new Node.SinkNode("list", () -> new ListSink(file, NONE), Sink.Kind.TRANSACTIONAL))
        .connect("first", "second")
        .connect("second", "out")
        .build();
  }

  private static Node generator(Supplier<? extends Operator> operator) {
    return new Node.OperatorNode("generator", operator, true).with(OwnOutput.REPLAYABLE);
  }

  private static Node numbers(long n, Optional<Semaphore> gate) {
    return new Node.SourceNode("numbers", () -> new Numbers(n, 10, gate, NONE), true);
  }

  private JobStatus run(Graph graph, boolean fresh) throws InterruptedException {
    return run(graph, fresh, new RunControl());
  }

  private JobStatus run(Graph graph, boolean fresh, RunControl control)
      throws InterruptedException {
    var spec = Fixtures.spec(graph);
    return new Engine(store, Clock.systemUTC(), System::nanoTime)
        .run(spec, fresh, control, new RunListener() {});
  }

  @Test
  @DisplayName("2: what is published in prestart comes first, and comes once")
  void whatBeginEmitsComesFirst() throws InterruptedException {
    var graph = graph(generator(Prestart::new), Fixtures.Pass::new);
    assertThat(run(graph, true)).isEqualTo(JobStatus.FINISHED);
    assertThat(file).isEqualTo(List.of(0L, 1L, 2L, "drained", "end"));
  }

  @Test
  @DisplayName("53: a generator with state, failing anywhere, equals one that never fails")
  void failingAnywhereEqualsNeverFailing() throws InterruptedException {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    var random = new Random(seed);
    for (int round = 0; round < 30; round++) {
      file.clear();
      long n = random.nextLong(1, 301);
      var bomb = new Bomb(random.nextInt(700));
      var graph = graph(generator(() -> new Ticker(n, bomb)), () -> new Sum(bomb, false));
      try {
        run(graph, true);
      } catch (RunFailedException expected) {
        run(graph, false);
      }
      assertThat(file).as("seed %d, round %d", seed, round).isEqualTo(Fixtures.sums(n));
    }
  }

  @Test
  void anEndlessGeneratorIsInterruptedAndGoesOn() throws Exception {
    var control = new RunControl();
    var many = new CountDownLatch(1000);
    var graph =
        graph(
            generator(() -> new Ticker(Long.MAX_VALUE, NONE)),
            () ->
                new Operator() {
                  @Override
                  public void open(OperatorContext context) {}

                  @Override
                  public void process(int port, Batch batch, Emitter out)
                      throws InterruptedException {
                    out.emit(port, batch);
                    many.countDown();
                    if (many.getCount() == 0) {
                      control.interrupt();
                    }
                  }

                  @Override
                  public void close() {}
                });
    assertThat(run(graph, true, control)).isEqualTo(JobStatus.INTERRUPTED);
    int before = file.size();
    assertThat(before).isGreaterThanOrEqualTo(1000);
    var again = new RunControl();
    again.interrupt();
    assertThat(run(graph, false, again)).isEqualTo(JobStatus.INTERRUPTED);
    for (int i = 0; i < file.size(); i++) {
      assertThat(file.get(i)).isEqualTo(i + 1L);
    }
  }

  @Test
  @DisplayName("57: an operator that asks for the end ends the job in order")
  void anOperatorEndsTheJob() throws InterruptedException {
    var gate = new Semaphore(3);
    var graph = graph(numbers(1000, Optional.of(gate)), () -> new Terminator(25, false, NONE));
    assertThat(run(graph, true)).isEqualTo(JobStatus.FINISHED);
    assertThat(file).hasSize(30);
  }

  @Test
  @DisplayName("57: an end that was asked for and committed holds after a crash")
  void anEndThatWasAskedForIsNotForgotten() throws InterruptedException {
    var gate = new Semaphore(3);
    var graph =
        graph(numbers(1000, Optional.of(gate)), () -> new Terminator(25, true, new Bomb(1)));
    assertThatThrownBy(() -> run(graph, true)).isInstanceOf(RunFailedException.class);
    assertThat(file).hasSize(30);
    var control = new RunControl();
    assertThat(run(graph, false, control))
        .as("no permit is left, so only the end that was asked for can end it")
        .isEqualTo(JobStatus.FINISHED);
    assertThat(file).hasSize(30);
  }

  @Test
  void onlyAnOperatorWithoutInputsMayFinish() {
    var graph =
        graph(
            numbers(5, Optional.empty()),
            () ->
                new Operator() {
                  @Override
                  public void open(OperatorContext context) {
                    context.finish();
                  }

                  @Override
                  public void process(int port, Batch batch, Emitter out) {}

                  @Override
                  public void close() {}
                });
    assertThatThrownBy(() -> run(graph, true))
        .isInstanceOf(RunFailedException.class)
        .hasMessageContaining("only an operator without any may finish");
  }

  @Test
  void anOperatorWithoutInputsThatEmitsNothingOfItsOwnIsRefused() {
    assertThatThrownBy(
            () -> graph(new Node.OperatorNode("none", Prestart::new, true), Prestart::new))
        .isInstanceOf(BadGraphException.class)
        .hasMessageContaining("nothing is connected to the input of 'first'");
  }
}
