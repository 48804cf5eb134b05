package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code weir compat} says what a run then does. */
class CompatTest {

  private static final String SUMS =
      """
      import dev.weir.graph.*;
      import dev.weir.state.*;
      import java.util.List;

      class Sums implements Operator {
        private StateTable sums;

        @Override
        public void open(OperatorContext context) {
          sums = context.table(new StateTable.Schema("sums",
              List.of(Column.of("name", ColumnType.TEXT), Column.of("sum", ColumnType.INTEGER)%s), 1, List.of()));
        }

        @Override
        public void process(int port, Batch batch, Emitter out) throws InterruptedException {
          for (int i = 0; i < batch.size(); i++) {
            var row = sums.get(Row.of("all"));
            long sum = (row == null ? 0 : row.integer(1)) + (Long) batch.get(i);
            sums.put(Row.of("all", sum%s));
            out.emit(0, Batch.of(batch.sequence(i), sum));
          }
        }

        @Override
        public void close() {}
      }
      """;

  private static final String GRAPH =
      """
      nodes:
        numbers: {type: source, stream: "inline:1,2,3"}
        sums: {type: java, file: Sums.java}
        %s: {type: model, file: count.py}
        out: {type: sink, stream: "-"}
      connections: [numbers -> sums -> %s -> out]
      snapshots: eof
      """;

  @TempDir Path folder;
  private Cli cli;
  private String snapshot;

  @BeforeEach
  void aSnapshot() {
    cli = new Cli(folder);
    cli.write("Sums.java", SUMS.formatted("", ""));
    cli.write(
        "count.py",
        "import weir\ndef action(x):\n    yield weir.cells('n').update(lambda n: (n or 0) + x)\n");
    cli.write("graph.yaml", GRAPH.formatted("count", "count"));
    assertThat(cli.weir("run", "graph.yaml").ok().lines()).containsExactly("1", "4", "10");
    snapshot = cli.weir("snapshot", "list", "graph").ok().lines().get(1).split(" ", 2)[0];
  }

  @Test
  void theSameProgramGoesOn() {
    var same = cli.weir("compat", "graph.yaml", "--with", snapshot).ok();
    assertThat(same.lines().stream().map(line -> line.strip().replaceAll(" +", " ")))
        .containsExactly("OPERATOR TABLE VERDICT ROWS", "sums sums same 1", "count cell same 1");
    assertThat(same.err()).contains("the program will start with the state of " + snapshot);
    cli.weir("snapshot", "restore", "graph", snapshot).ok();
    assertThat(cli.weir("run", "graph.yaml").ok().lines()).containsExactly("17", "26", "38");
  }

  @Test
  void columnsThatMayBeNullMigrate() {
    cli.write(
        "Sums.java",
        SUMS.formatted(
            ", new Column(\"last\", ColumnType.INTEGER, true)", ", (Long) batch.get(i)"));
    var wider = cli.weir("compat", "graph.yaml", "--with", snapshot).ok();
    assertThat(wider.out().replaceAll(" +", " "))
        .contains("sums sums migrates 1 column last (INTEGER) is new; null where it was not there");
    cli.weir("snapshot", "restore", "graph", snapshot).ok();
    assertThat(cli.weir("run", "graph.yaml").ok().lines()).containsExactly("17", "26", "38");
    // The table is wider now than the snapshot's.
    assertThat(cli.weir("compat", "graph.yaml", "--with", snapshot).ok().out())
        .contains("migrates");
    cli.weir("snapshot", "restore", "graph", snapshot).ok();
    assertThat(cli.weir("run", "graph.yaml").ok().lines()).containsExactly("17", "26", "38");
    cli.write("Sums.java", SUMS.formatted("", ""));
    assertThat(cli.weir("run", "graph.yaml").err())
        .contains("column last is gone from the program");
  }

  @Test
  void anotherNameAndOtherColumnsAreSaid() {
    cli.write("Sums.java", SUMS.formatted(", Column.of(\"last\", ColumnType.INTEGER)", ", sum"));
    cli.write("graph.yaml", GRAPH.formatted("counts", "counts"));
    var other = cli.weir("compat", "graph.yaml", "--with", snapshot.substring(0, 4));
    assertThat(other.status()).isEqualTo(1);
    assertThat(other.out().replaceAll(" +", " "))
        .contains("sums sums refused 1 column last (INTEGER) is new; give the new table another")
        .contains("counts cell new 0")
        .contains("count cell dropped 1 there is no operator of this name; did you mean 'counts'?");
    cli.weir("snapshot", "restore", "graph", snapshot).ok();
    var run = cli.weir("run", "graph.yaml", "--without", "count");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains("table sums").contains("last");
    var json = cli.weir("compat", "graph.yaml", "--with", snapshot, "--json");
    assertThat(json.out())
        .contains("{\"operator\":\"sums\",\"table\":\"sums\",\"verdict\":\"refused\"");
  }
}
