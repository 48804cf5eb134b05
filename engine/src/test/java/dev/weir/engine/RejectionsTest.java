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
import dev.weir.graph.SourceContext;
import dev.weir.state.Stores;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Records that cannot be used go where their ports are connected, in the epoch of their own. */
class RejectionsTest {

  private final List<Object> file = new ArrayList<>();
  private final List<Object> letters = new ArrayList<>();

  /** Numbers that also rejects one record a batch. */
  private static final class Rejecting extends Numbers {
    private SourceContext context;

    Rejecting(long n, Bomb bomb) {
      super(n, 10, Optional.empty(), bomb);
    }

    @Override
    public void open(SourceContext given, Optional<Map<String, Object>> position) {
      context = given;
      super.open(given, position);
    }

    @Override
    public Optional<Batch> poll(int max, Duration patience) throws InterruptedException {
      var batch = super.poll(max, patience);
      batch.ifPresent(
          b ->
              context.reject(
                  new Rejection(Rejection.Reason.ENCODING, b.sequence(0), "?", "no number")));
      return batch;
    }
  }

  /** Passes even numbers on, and raises at odd ones. */
  private static final class Evens implements Operator {
    private OperatorContext context;

    @Override
    public void open(OperatorContext given) {
      context = given;
    }

    @Override
    public void process(int port, Batch batch, Emitter out) throws InterruptedException {
      for (int i = 0; i < batch.size(); i++) {
        var value = batch.get(i);
        if ((Long) value % 2 == 0) {
          out.emit(0, Batch.of(batch.sequence(i), value));
        } else {
          context.reject(
              new Rejection(
                  Rejection.Reason.RAISED, 0, batch.sequence(i), "odd", value, "odd", "line 1"));
        }
      }
    }

    @Override
    public void close() {}
  }

  private Graph graph(long n, Bomb bomb) {
    var none = new Bomb(-1);
    return Graph.builder()
        .node("in", new Node.SourceNode("numbers", () -> new Rejecting(n, bomb), true))
        .node("evens", new Node.OperatorNode("evens", Evens::new, true))
        .node(
            "out",
            new Node.SinkNode("out", () -> new ListSink(file, none), Sink.Kind.TRANSACTIONAL))
        .node(
            "letters",
            new Node.SinkNode("l", () -> new ListSink(letters, none), Sink.Kind.TRANSACTIONAL))
        .connect("in", "evens")
        .connect("evens", "out")
        .connect("in", Rejection.Reason.REJECTS, "letters", 0)
        .connect("evens", Rejection.Reason.DEAD_LETTERS, "letters", 0)
        .build();
  }

  @Test
  void everyRejectionIsThereOnceAfterCrashes() throws Exception {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    var random = new Random(seed);
    for (int round = 0; round < 10; round++) {
      file.clear();
      letters.clear();
      try (var store = Stores.open("memory:", Clock.systemUTC())) {
        var spec =
            Fixtures.spec(
                graph(400, new Bomb(random.nextInt(45))),
                new Recovery(3, Duration.ZERO, Duration.ofHours(1)));
        new Engine(store, Clock.systemUTC(), System::nanoTime)
            .run(spec, false, new RunControl(), new RunListener() {});
      }
      assertThat(file)
          .as("-Dweir.seed=%d", seed)
          .isEqualTo(LongStream.rangeClosed(1, 200).map(i -> 2 * i).boxed().toList());
      assertThat(sequences("encoding"))
          .as("-Dweir.seed=%d", seed)
          .isEqualTo(LongStream.range(0, 40).map(i -> 10 * i + 1).boxed().toList());
      assertThat(sequences("raised"))
          .as("-Dweir.seed=%d", seed)
          .isEqualTo(LongStream.range(0, 200).map(i -> 2 * i + 1).boxed().toList());
    }
    assertThat(letters)
        .contains(
            Map.of(
                "node",
                "evens",
                "slot",
                0L,
                "sequence",
                3L,
                "record",
                3L,
                "reason",
                "raised",
                "message",
                "odd",
                "trace",
                "line 1"));
  }

  private List<Long> sequences(String reason) {
    return letters.stream()
        .map(letter -> (Map<?, ?>) letter)
        .filter(letter -> letter.get("reason").equals(reason))
        .map(letter -> (Long) letter.get("sequence"))
        .toList();
  }
}
