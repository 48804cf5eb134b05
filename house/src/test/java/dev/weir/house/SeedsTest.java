package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The models that people bring from FastScore run byte for byte as they are. */
class SeedsTest {

  @TempDir Path folder;
  private Cli cli;

  @BeforeEach
  void seeds() {
    cli = new Cli(folder);
    cli.seed("cell.py");
    cli.seed("pool.py");
    cli.seed("snapshot.py");
  }

  @Test
  void theCellModelIsARunningSum() {
    assertThat(cli.weir("run", "cell.py", "--input", "inline:1,2,3").ok().lines())
        .containsExactly("1", "3", "6");
  }

  @Test
  void thePoolModelCounts() {
    assertThat(cli.weir("run", "pool.py", "--input", "inline:5,5,5").ok().lines())
        .containsExactly("1", "2", "3");
  }

  @Test
  void theSnapshotModelGoesOnFromARestoredSnapshotForOneRun() {
    assertThat(cli.weir("run", "snapshot.py", "--input", "inline:1,2,3").ok().lines())
        .containsExactly("1", "3", "6");
    assertThat(cli.weir("snapshot", "list", "snapshot", "--json").ok().out())
        .contains("\"why\":\"eof\"")
        .containsOnlyOnce("\"id\"");
    cli.weir("snapshot", "restore", "snapshot").ok();
    assertThat(cli.weir("run", "snapshot.py", "--input", "inline:4,5").ok().lines())
        .containsExactly("10", "15");
    assertThat(cli.weir("run", "snapshot.py", "--input", "inline:4,5").ok().lines())
        .containsExactly("4", "9");
  }

  @Test
  void stateIsReadableRowsForAnySqlClient() {
    cli.weir("run", "cell.py", "--input", "inline:1,2,3").ok();
    cli.weir("run", "pool.py", "--input", "inline:5,5,5").ok();
    assertThat(
            cli.sh("sqlite3 .weir/state.db 'select job, operator, name, value from cell'")
                .ok()
                .lines())
        .containsExactly("cell|model|counter|6");
    assertThat(
            cli.sh("sqlite3 .weir/state.db 'select job, pool, key, value from pool'").ok().lines())
        .containsExactly("pool|counter|x|3");
    assertThat(cli.weir("cell", "get", "cell", "counter").ok().out()).isEqualTo("6\n");
    assertThat(cli.weir("pool", "get", "pool", "counter", "x").ok().out()).isEqualTo("3\n");
  }

  @Test
  void recordsComeFromAPipeAndGoIntoOne() {
    assertThat(cli.weirFed("1\n2\n3\n", "run", "cell.py").ok().lines())
        .containsExactly("1", "3", "6");
  }

  @Test
  void theModelsInR() {
    cli.seed("cell.R");
    cli.seed("pool.R");
    assertThat(cli.weir("run", "cell.R", "--input", "inline:1,2,3").ok().lines())
        .containsExactly("1", "3", "6");
    assertThat(cli.weir("run", "pool.R", "--input", "inline:5,5,5").ok().lines())
        .containsExactly("1", "2", "3");
    assertThat(cli.weir("cell", "get", "cell", "counter").ok().out()).isEqualTo("6\n");
  }

  /** The same job as a Python and as an R model: what one leaves the other goes on from. */
  @Test
  void stateGoesFromOneLanguageToAnother() {
    cli.seed("snapshot.R");
    assertThat(run("snapshot.R", "inline:1,2,3")).containsExactly("1", "3", "6");
    assertThat(cli.weir("cell", "get", "snapshot", "sum").ok().out()).isEqualTo("6\n");
    cli.weir("snapshot", "restore", "snapshot").ok();
    assertThat(run("snapshot.py", "inline:4,5")).containsExactly("10", "15");
    cli.weir("snapshot", "restore", "snapshot").ok();
    assertThat(run("snapshot.R", "inline:1,1")).containsExactly("16", "17");
    cli.weir("snapshot", "restore", "snapshot").ok();
    assertThat(run("snapshot.R", "inline:5")).containsExactly("22");
  }

  @Test
  void severalRunnersInRLoseNoUpdate() {
    cli.seed("cell.R");
    // begin() of every runner sets the counter before the first record.
    var ones = "1\n".repeat(20_000);
    cli.write("ones.jsonl", ones);
    cli.weir("run", "cell.R", "--input", "ones.jsonl", "--output", "out.jsonl", "--runners", "3")
        .ok();
    assertThat(cli.weir("cell", "get", "cell", "counter").ok().out()).isEqualTo("20000\n");
  }

  private java.util.List<String> run(String model, String input) {
    return cli.weir("run", model, "--input", input, "--name", "snapshot").ok().lines();
  }
}
