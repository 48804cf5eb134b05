package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.Fixtures.Bomb;
import dev.weir.engine.Fixtures.ListSink;
import dev.weir.engine.Fixtures.Numbers;
import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.Graph;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.Rejection;
import dev.weir.graph.Sink;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What can be seen of a run: while it runs, whether it commits or not, and afterwards. */
class FiguresTest {

  private static final Bomb NONE = new Bomb(-1);
  private static final long SECOND = 1_000_000_000L;

  private final Store store = Stores.open("memory:", Clock.systemUTC());
  private final List<Object> file = new ArrayList<>();
  private final List<Object> twice = new ArrayList<>();
  private final AtomicLong nanos = new AtomicLong(1000 * SECOND);
  private final RunControl control = new RunControl();

  @AfterEach
  void close() {
    store.close();
  }

  /** Emits even numbers at port 0 and 1, rejects odd ones; takes a permit for each batch. */
  private static final class Sieve implements Operator {
    private final Semaphore gate;
    private OperatorContext context;

    Sieve(Semaphore gate) {
      this.gate = gate;
    }

    @Override
    public void open(OperatorContext context) {
      this.context = context;
    }

    @Override
    public void process(int port, Batch batch, Emitter out) throws InterruptedException {
      gate.acquire();
      var even = new ArrayList<Object>();
      for (int i = 0; i < batch.size(); i++) {
        if ((Long) batch.get(i) % 2 == 0) {
          even.add(batch.get(i));
        } else {
          context.reject(
              new Rejection(
                  Rejection.Reason.SCHEMA,
                  2 * port,
                  batch.sequence(i),
                  "",
                  null,
                  "it is odd",
                  null));
        }
      }
      out.emit(0, Batch.of(1, even.toArray()));
      out.emit(1, Batch.of(1, even.toArray()));
    }

    @Override
    public void close() {}
  }

  private Graph graph(long n, Semaphore source, Semaphore sieve) {
    return Graph.builder()
        .node(
            "in",
            new Node.SourceNode(
                "numbers", () -> new Numbers(n, 10, Optional.of(source), NONE), true))
        .node("sieve", new Node.OperatorNode("sieve", () -> new Sieve(sieve), true))
        .node("out", sink(file))
        .node("twice", sink(twice))
        .connect("in", 0, "sieve", 1)
        .connect("sieve", 0, "out", 0)
        .connect("sieve", 1, "twice", 0)
        .connect("sieve", 1, "twice", 0)
        .build();
  }

  private static Node sink(List<Object> file) {
    return new Node.SinkNode("list", () -> new ListSink(file, NONE), Sink.Kind.TRANSACTIONAL);
  }

  private CompletableFuture<JobStatus> start(Graph graph) {
    var spec = Fixtures.spec(graph, Duration.ofHours(1), Fixtures.NO_RETRY);
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return new Engine(store, Clock.systemUTC(), nanos::get)
                .run(spec, false, control, new RunListener() {});
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        },
        task -> new Thread(task).start());
  }

  /** Asks until the figures are as they must become, once the run has made its first commit. */
  private Object await(CompletableFuture<?> running, Predicate<Object> expected)
      throws InterruptedException {
    var jobs = new Jobs(store);
    while (jobs.find("job").isEmpty()) {
      Thread.onSpinWait();
    }
    while (true) {
      var figures =
          new Requests(store, Clock.systemUTC())
              .ask(
                  "job",
                  Requests.FIGURES,
                  Map.of(),
                  Duration.ofMinutes(1),
                  () -> !running.isDone());
      if (expected.test(figures)) {
        return figures;
      }
    }
  }

  /** What is found in a JSON value by names and indexes. */
  private static Object at(Object json, Object... path) {
    for (var step : path) {
      json = json instanceof List<?> list ? list.get((Integer) step) : ((Map<?, ?>) json).get(step);
    }
    return json;
  }

  private Object committed(Object... path) {
    return at(new Jobs(store).find("job").orElseThrow().stats(), path);
  }

  @Test
  void areLiveThoughNothingIsCommitted() throws InterruptedException {
    var source = new Semaphore(3);
    var running = start(graph(1000, source, new Semaphore(1000)));
    var figures = await(running, f -> at(f, "nodes", "twice", "out").equals(30L));
    assertThat(at(figures, "run", "epoch")).isEqualTo(1L);
    assertThat(at(figures, "run", "doing")).isEqualTo("running");
    nanos.addAndGet(2 * SECOND);
    figures = await(running, f -> true);
    assertThat(at(figures, "nodes", "in", "in-rate")).isEqualTo(15.0);
    assertThat(at(figures, "nodes", "sieve", "out-rate")).isEqualTo(15.0);
    assertThat(at(figures, "nodes", "sieve", "inputs"))
        .isEqualTo(
            Map.of("1", Map.of("records", 30L, "rejected", Map.of("schema", 15L), "rate", 15.0)));
    assertThat(at(figures, "nodes", "sieve", "outputs"))
        .isEqualTo(
            Map.of(
                "0", Map.of("records", 15L, "rate", 7.5),
                "1", Map.of("records", 15L, "rate", 7.5)));
    assertThat(at(figures, "run", "uncommitted-ms")).isEqualTo(2000L);
    assertThat(at(figures, "run", "seconds")).isEqualTo(2L);
    assertThat(at(figures, "run", "commit", "count")).isEqualTo(1L);
    assertThat(committed("nodes", "sieve", "in")).as("as of the only commit").isEqualTo(0L);
    nanos.addAndGet(5 * SECOND);
    await(running, f -> true);
    nanos.addAndGet(5 * SECOND);
    figures = await(running, f -> true);
    assertThat(at(figures, "nodes", "in", "in-rate")).as("it has stood still").isEqualTo(0.0);
    control.interrupt();
    running.join();
  }

  @Test
  void showHowFullTheQueuesAre() throws InterruptedException {
    var sieve = new Semaphore(0);
    var running = start(graph(1000, new Semaphore(1000), sieve));
    var figures = await(running, f -> at(f, "edges", 0, "queued").equals(4L));
    assertThat(at(figures, "edges", 0))
        .isEqualTo(
            Map.of(
                "from",
                "in",
                "out-port",
                0L,
                "to",
                "sieve",
                "in-port",
                1L,
                "records",
                at(figures, "edges", 0, "records"),
                "rate",
                0.0,
                "queued",
                4L,
                "bytes",
                at(figures, "edges", 0, "bytes"),
                "room",
                4L));
    assertThat((Long) at(figures, "edges", 0, "bytes")).isPositive();
    sieve.release(1000);
    assertThat(running.join()).isEqualTo(JobStatus.FINISHED);
  }

  @Test
  void goOnFromTheLastCommit() throws InterruptedException {
    var source = new Semaphore(3);
    var running = start(graph(100, source, new Semaphore(1000)));
    await(running, f -> at(f, "nodes", "twice", "out").equals(30L));
    control.interrupt();
    running.join();
    assertThat(committed("nodes", "sieve", "inputs", "1", "rejected", "schema")).isEqualTo(15L);
    source.release(1000);
    new Engine(store, Clock.systemUTC(), nanos::get)
        .run(
            Fixtures.spec(
                graph(100, source, new Semaphore(1000)), Duration.ofHours(1), Recovery.DEFAULT),
            false,
            new RunControl(),
            new RunListener() {});
    assertThat(committed("nodes", "in", "in")).isEqualTo(100L);
    assertThat(committed("nodes", "sieve", "inputs", "1"))
        .isEqualTo(Map.of("records", 100L, "rejected", Map.of("schema", 50L)));
    assertThat(committed("nodes", "sieve", "rejected")).isEqualTo(Map.of("schema", 50L));
    assertThat(committed("nodes", "sieve", "outputs", "1", "records")).isEqualTo(50L);
    assertThat(committed("nodes", "out", "out")).isEqualTo(50L);
    assertThat((Long) committed("nodes", "twice", "alignment", "count"))
        .as("each barrier comes in twice")
        .isPositive();
  }
}
