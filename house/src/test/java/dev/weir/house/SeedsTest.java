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
}
