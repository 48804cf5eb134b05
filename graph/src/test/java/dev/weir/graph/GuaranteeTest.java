package dev.weir.graph;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.graph.Graph.Node;
import dev.weir.graph.Graph.Node.OwnOutput;
import dev.weir.graph.Guarantee.Level;
import dev.weir.graph.Sink.Kind;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The delivery table: source, operators and sink say together how often a record appears. */
class GuaranteeTest {

  private static Node source(boolean replayable) {
    return new Node.SourceNode("s", () -> null, replayable);
  }

  private static Node.OperatorNode operator(boolean deterministic) {
    return new Node.OperatorNode("o", () -> null, deterministic);
  }

  private static Node sink(Kind kind) {
    return new Node.SinkNode("k", () -> null, kind);
  }

  private static Guarantee line(Node source, Node operator, Kind kind) {
    return Guarantee.of(
            Graph.builder()
                .node("in", source)
                .node("op", operator)
                .node("out", sink(kind))
                .connect("in", "op")
                .connect("op", "out")
                .build())
        .get("out");
  }

  @Test
  void ofALine() {
    assertThat(line(source(true), operator(true), Kind.TRANSACTIONAL).level())
        .isEqualTo(Level.EXACTLY_ONCE);
    assertThat(line(source(true), operator(false), Kind.TRANSACTIONAL).level())
        .isEqualTo(Level.EXACTLY_ONCE);
    assertThat(line(source(true), operator(true), Kind.IDEMPOTENT).level())
        .isEqualTo(Level.EXACTLY_ONCE);
    assertThat(line(source(true), operator(true), Kind.PLAIN).level())
        .isEqualTo(Level.AT_LEAST_ONCE);
    for (var kind : Kind.values()) {
      assertThat(line(source(false), operator(true), kind).level()).isEqualTo(Level.AT_MOST_ONCE);
    }
  }

  @Test
  void anIdempotentSinkNeedsTheSameAgain() {
    var graph =
        Graph.builder()
            .node("in", source(true))
            .node("op", operator(false))
            .node("out", sink(Kind.IDEMPOTENT))
            .connect("in", "op")
            .connect("op", "out")
            .build();
    var guarantee = Guarantee.of(graph, node -> Optional.of("it asks the time")).get("out");
    assertThat(guarantee.level()).isEqualTo(Level.AT_LEAST_ONCE);
    assertThat(guarantee.reason()).startsWith("operator 'op' (it asks the time) may give other");
    assertThat(
            line(
                    source(true),
                    operator(true).replicated(2, Partitioning.ROUND_ROBIN),
                    Kind.IDEMPOTENT)
                .level())
        .isEqualTo(Level.AT_LEAST_ONCE);
  }

  @Test
  void eachSinkGoesByWhatLeadsToIt() {
    var graph =
        Graph.builder()
            .node("file", source(true))
            .node("socket", source(false))
            .node("generator", operator(true).with(OwnOutput.REPLAYABLE))
            .node("dice", operator(true).with(OwnOutput.UNREPLAYABLE))
            .node("a", sink(Kind.TRANSACTIONAL))
            .node("b", sink(Kind.TRANSACTIONAL))
            .node("c", sink(Kind.TRANSACTIONAL))
            .node("d", sink(Kind.PLAIN))
            .connect("file", "a")
            .connect("generator", "a")
            .connect("socket", "b")
            .connect("file", "b")
            .connect("dice", "c")
            .connect("socket", "d")
            .connect("file", "d")
            .build();
    var of = Guarantee.of(graph);
    assertThat(Map.of("a", of.get("a").level(), "b", of.get("b").level(), "c", of.get("c").level()))
        .isEqualTo(
            Map.of("a", Level.EXACTLY_ONCE, "b", Level.AT_MOST_ONCE, "c", Level.AT_MOST_ONCE));
    assertThat(of.get("d").level()).isEqualTo(Level.NONE);
    assertThat(of.get("d").reason()).contains("'socket'", "'file' may be there twice", "sink 'd'");
  }
}
