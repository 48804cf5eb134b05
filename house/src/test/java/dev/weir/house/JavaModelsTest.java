package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models in Java, as a user runs them. */
class JavaModelsTest {

  private static final String SNAPSHOT =
      """
      // fastscore.input: int
      // fastscore.output: int
      // fastscore.snapshots: eof

      import weir.Cell;
      import weir.Model;

      public class Sum extends Model {
        final Cell<Long> sum = cell("sum", Long.class, 0L);

        long action(long x) {
          return sum.update(y -> y + x);
        }
      }
      """;

  private static final int KILLS = 5;

  @TempDir Path folder;
  private Cli cli;

  @BeforeEach
  void model() {
    cli = new Cli(folder);
    cli.write("sum.java", SNAPSHOT);
  }

  @Test
  void aSnapshotOfOneLanguageIsRestoredByTheOther() {
    cli.seed("snapshot.py");
    assertThat(cli.weir("run", "snapshot.py", "-i", "inline:1,2,3", "--name", "s").ok().lines())
        .containsExactly("1", "3", "6");
    cli.weir("snapshot", "restore", "s").ok();
    assertThat(cli.weir("run", "sum.java", "-i", "inline:4,5", "--name", "s").ok().lines())
        .containsExactly("10", "15");
    cli.weir("snapshot", "restore", "s").ok();
    assertThat(cli.weir("run", "snapshot.py", "-i", "inline:6", "--name", "s").ok().lines())
        .containsExactly("21");
  }

  @Test
  void whatAModelPrintsIsNotAmongItsRecords() {
    cli.write(
        "talk.java",
        "class Talk { long action(long x) { System.out.println(\"got \" + x); return x; } }");
    var result = cli.weir("run", "talk.java", "-i", "range:1..3").ok();
    assertThat(result.lines()).containsExactly("1", "2", "3");
    assertThat(result.err()).contains("got 1").contains("got 3");
  }

  @Test
  void compileErrorsAreStatusOneWithFileAndLine() {
    cli.write("bad.java", "class Bad {\n  long action(long x) {\n    return y;\n  }\n}\n");
    for (var command : new String[] {"run", "check"}) {
      var result = cli.weir(command, "bad.java");
      assertThat(result.status()).isNotZero();
      assertThat(result.err())
          .contains("bad.java:3: cannot find symbol")
          .contains("return y;")
          .doesNotContain("Exception");
    }
  }

  @Test
  void checkTellsFunctionsAndWhatIsLost() {
    cli.write(
        "lost.java", "class Lost { long n; long action(long x, int slot) { return n += x; } }");
    assertThat(cli.weir("check", "lost.java").ok().out())
        .contains("Java model")
        .contains("action (action takes the record and its slot)")
        .contains("field 'n' is of one runner and does not survive it");
  }

  @Test
  void aRecordThatDoesNotFitIsToldWithItsNumber() {
    cli.write(
        "flights.java",
        """
        class Flights {
          record Flight(String carrier, double delay) {}
          double action(Flight f) { return f.delay(); }
        }
        """);
    var result =
        cli.weir(
            "run", "flights.java", "-i", "inline:{\"carrier\":\"A\",\"delay\":1},{\"delay\":2}");
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err())
        .contains("record 2")
        .contains("the record has no 'carrier', which Flight wants; it has delay");
  }

  @Test
  void crashAnywhereAndResumeEqualsNeverCrashed() throws Exception {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    var random = new Random(seed);
    String[] run = {
      "run", "sum.java", "-i", "range:1..300000", "-o", "out.jsonl", "--epoch", "50ms"
    };
    cli.weir("run", "sum.java", "-i", "range:1..300000", "-o", "calm.jsonl", "--store", "memory:")
        .ok();
    long length = Files.size(cli.file("calm.jsonl")) * 4 / 5;
    var moments = random.longs(KILLS, 1, length).sorted().toArray();
    for (long moment : moments) {
      var running = cli.start(run);
      running.reaches(() -> cli.size("out.jsonl") >= moment);
      running.killGroup();
      running.process().waitFor();
    }
    cli.weir(run).ok();
    assertThat(Files.mismatch(cli.file("calm.jsonl"), cli.file("out.jsonl")))
        .as("seed %d", seed)
        .isEqualTo(-1);
    assertThat(cli.weir("cell", "get", "sum", "sum").ok().out()).isEqualTo("45000150000\n");
  }

  @Test
  void runnersThatShareACellCountExactly() {
    cli.weir("run", "sum.java", "-i", "range:1..2000000", "-o", "discard:", "-n", "4").ok();
    assertThat(cli.weir("cell", "get", "sum", "sum").ok().out()).isEqualTo("2000001000000\n");
  }
}
