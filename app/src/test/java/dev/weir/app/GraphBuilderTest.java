package dev.weir.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.JobStatus;
import dev.weir.engine.RunControl;
import dev.weir.engine.RunListener;
import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.Graph.Node.OwnOutput;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.Ports;
import dev.weir.graph.StateTable;
import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A graph made, run and looked at from Java. */
class GraphBuilderTest {

  @TempDir Path folder;

  /** Adds up what comes, and keeps the total in a table. Odd and even totals leave apart. */
  static final class Total implements Operator {
    private StateTable totals;

    @Override
    public Ports ports() {
      return Ports.in("in").out("odd", "even").typed("in", "long");
    }

    @Override
    public void open(OperatorContext context) {
      totals =
          context.table(
              new StateTable.Schema(
                  "total",
                  List.of(
                      Column.of("name", ColumnType.TEXT), Column.of("total", ColumnType.INTEGER)),
                  1,
                  List.of()));
    }

    @Override
    public void process(int port, Batch batch, Emitter out) throws InterruptedException {
      for (int i = 0; i < batch.size(); i++) {
        var row = totals.get(Row.of("all"));
        long total = (row == null ? 0 : row.integer(1)) + (Long) batch.get(i);
        totals.put(Row.of("all", total));
        out.emit(total % 2 == 0 ? 1 : 0, Batch.of(batch.sequence(i), total));
      }
    }

    @Override
    public void close() {}
  }

  @Test
  void aGraphIsRunFromAPlainMain() throws Exception {
    var odd = folder.resolve("odd.jsonl");
    var even = folder.resolve("even.jsonl");
    var program =
        GraphBuilder.named("totals")
            .source("numbers", "range:1..8")
            .operator("total", Total::new)
            .sink("odd", odd.toString())
            .sink("even", even.toString())
            .connect("numbers -> total", "total.odd -> odd", "total.even -> even")
            .build();
    try (var weir = Weir.open("sqlite:" + folder.resolve("state.db"), Clock.systemUTC())) {
      var status = weir.run(program, false, new RunControl(), new RunListener() {});
      assertThat(status).isEqualTo(JobStatus.FINISHED);
      assertThat(weir.inspect("totals").get("guarantees").toString())
          .contains("odd=exactly-once", "even=exactly-once");
      assertThatThrownBy(() -> weir.optionsToResume("totals"))
          .hasMessageContaining("nothing to resume");
    }
    assertThat(Files.readAllLines(odd)).containsExactly("1", "3", "15", "21");
    assertThat(Files.readAllLines(even)).containsExactly("6", "10", "28", "36");
  }

  @Test
  void whatDoesNotFitIsSaidAtOnce() {
    var builder =
        GraphBuilder.named("wrong")
            .source("numbers", "range:1..8")
            .operator("total", Total::new)
            .sink("out", "discard:")
            .connect("numbers -> total", "total -> out", "total.ood -> out", "nmbers -> out");
    assertThatThrownBy(builder::build)
        .isInstanceOf(BadProgramException.class)
        .hasMessageContainingAll(
            "graph wrong: 'total' has several outputs; say which: total.odd, total.even",
            "no output 'ood'; did you mean 'odd'?",
            "no node 'nmbers'; did you mean 'numbers'?");
    assertThatThrownBy(
            () -> GraphBuilder.named("twice").sink("x", "discard:").source("x", "-").build())
        .hasMessageContaining("two nodes are named 'x'");
  }

  /** Counts to a number that its configuration says, and ends. */
  private static final String COUNTER =
      """
      import dev.weir.graph.*;
      import java.util.Map;

      class Counter implements Operator {
        private final long to;
        private OperatorContext context;

        Counter(Map<String, Object> config) {
          to = (Long) config.get("to");
        }

        public Ports ports() {
          return Ports.in().out("out").generating(Graph.Node.OwnOutput.UNREPLAYABLE);
        }

        public void open(OperatorContext context) {
          this.context = context;
        }

        public void begin(Emitter out) throws Exception {
          System.out.println("counting to " + to);
          for (long i = 1; i <= to; i++) {
            out.emit(0, Batch.of(i, i));
          }
          context.finish();
        }

        public void process(int port, Batch batch, Emitter out) {}

        public void close() {}
      }
      """;

  private Program counting(String source) throws IOException {
    Files.writeString(folder.resolve("Counter.java"), source);
    var graph =
        """
        nodes:
          counter: {type: java, file: Counter.java, config: {to: 3}}
          out: {type: sink, stream: "%s"}
        connections: [counter -> out]
        """;
    return Weir.load(
        RunOptions.of(
            Files.writeString(
                folder.resolve("count.yaml"), graph.formatted(folder.resolve("out.jsonl")))));
  }

  @Test
  void aJavaFileMayHoldAnOperator() throws Exception {
    var printed = new ArrayList<String>();
    try (var weir = Weir.open("memory:", Clock.systemUTC())) {
      weir.run(
          counting(COUNTER),
          false,
          new RunControl(),
          new RunListener() {
            @Override
            public void printed(String node, String line) {
              printed.add(node + ": " + line);
            }
          });
    }
    assertThat(Files.readAllLines(folder.resolve("out.jsonl"))).containsExactly("1", "2", "3");
    assertThat(printed).containsExactly("counter: counting to 3");
  }

  @Test
  void itsMistakesAreToldByLine() throws Exception {
    assertThatThrownBy(() -> counting(COUNTER.replace("long to", "lung to")))
        .isInstanceOf(BadProgramException.class)
        .hasMessageContaining("Counter.java:5: cannot find symbol")
        .hasMessageContaining("count.yaml:2:");
    assertThatThrownBy(() -> counting(COUNTER.replace("\"to\"", "\"too\"")))
        .hasMessageContaining("Counter.java:9: the constructor of Counter failed");
    assertThatThrownBy(
            () ->
                counting(
                    COUNTER
                        .replace("Map<String, Object> config", "int n")
                        .replace("(Long) config.get(\"to\")", "n")))
        .hasMessageContaining("no constructor that takes a Map<String, Object>");
    var failing = counting(COUNTER.replace("context.finish();", "out.emit(0, null);"));
    try (var weir = Weir.open("memory:", Clock.systemUTC())) {
      assertThatThrownBy(() -> weir.run(failing, false, new RunControl(), new RunListener() {}))
          .hasMessageContaining("Counter.java:25: java.lang.NullPointerException");
    }
  }

  @Test
  void anOperatorThatGeneratesIsASourceForTheGuarantee() throws Exception {
    assertThat(counting(COUNTER).about().get("guarantees").toString()).contains("at-most-once");
    assertThat(counting(COUNTER.replace("UNREPLAYABLE", "REPLAYABLE")).about().get("guarantees"))
        .asString()
        .contains("exactly-once");
    assertThat(OwnOutput.values()).hasSize(3);
  }
}
