package dev.weir.app.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.Graph;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.TransientFailureException;
import dev.weir.state.WeirException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DisturbanceTest {

  @TempDir Path folder;
  private final List<Long> taken = new ArrayList<>();

  private Operator operator(Graph graph, String name) {
    return ((Node.OperatorNode) graph.nodes().get(name)).operator().get();
  }

  private Graph line() {
    var node = new Node.OperatorNode("taking", Taking::new, true);
    return Graph.builder()
        .node("a", node.with(Node.OwnOutput.REPLAYABLE))
        .node("b", node)
        .connect("a", "b")
        .build();
  }

  @Test
  void eachFaultHappensOnceAndIsNoted() throws Exception {
    var age = new AtomicLong();
    var notes = folder.resolve("notes");
    var disturbed = Disturbance.parse("fail b 100,slow b 200 1", notes, age::get).in(line());
    var a = operator(disturbed, "a");
    var b = operator(disturbed, "b");
    b.process(0, Batch.of(1, 1L), null);
    age.set(100);
    a.process(0, Batch.of(1, 2L), null);
    assertThatThrownBy(() -> b.process(0, Batch.of(1, 3L), null))
        .isInstanceOf(TransientFailureException.class)
        .hasMessage("weir torture lets b fail");
    b.process(0, Batch.of(1, 3L), null);
    age.set(1000);
    b.process(0, Batch.of(1, 4L), null);
    assertThat(taken).containsExactly(1L, 2L, 3L, 4L);
    assertThat(Files.readAllLines(notes)).containsExactly("fail b 100", "slow b 200 1");
    assertThat(disturbed.connections()).isEqualTo(line().connections());
  }

  @Test
  void nobodyElseSetsTheVariable() {
    assertThat(Disturbance.asked(Map.of())).isEmpty();
    assertThatThrownBy(() -> Disturbance.asked(Map.of(Disturbance.VARIABLE, "1")))
        .isInstanceOf(WeirException.class)
        .hasMessageContaining("unset it");
  }

  private final class Taking implements Operator {

    @Override
    public void open(OperatorContext context) {}

    @Override
    public void process(int port, Batch batch, Emitter out) {
      taken.add((Long) batch.get(0));
    }

    @Override
    public void close() {}
  }
}
