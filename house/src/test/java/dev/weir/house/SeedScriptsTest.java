package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The scripts of examples/scripts under kill -9 at random moments: their tables are those of a run
 * that nothing disturbed.
 */
class SeedScriptsTest {

  private static final int KILLS =
      Integer.getInteger("weir.kills", Boolean.getBoolean("weir.long") ? 50 : 3);
  private static final int ROWS = Boolean.getBoolean("weir.long") ? 10_000 : 1_000;

  @TempDir Path folder;
  private final long seed = Long.getLong("weir.seed", System.nanoTime());
  private final Random random = new Random(seed);

  @BeforeEach
  void sayTheSeed() {
    System.out.println("-Dweir.seed=" + seed);
  }

  @Test
  @DisplayName("cases 53, 61: generator and idempotent writer")
  void upserts() throws Exception {
    compare("upsert", "test");
  }

  @Test
  @DisplayName("cases 64, 65: write-ahead log")
  void logs() throws Exception {
    compare("wal", "test2");
  }

  private void compare(String graph, String table) throws Exception {
    var calm = tables("calm");
    calm.weir("run", graph + ".yaml").ok();
    var killed = tables("killed");
    kill(killed, graph, table);
    assertThat(killed.weir("run", graph + ".yaml").ok().err()).contains("goes on from epoch");

    assertThat(rows(calm, table)).hasSize(ROWS);
    assertThat(rows(killed, table)).as("seed %d", seed).isEqualTo(rows(calm, table));
    for (var each : List.of(calm, killed)) {
      assertThat(query(each, "select count(*) from wal")).as("seed %d", seed).containsExactly("0");
    }
  }

  /**
   * Most kills are spread over what is written, every fifth is at a random time after the start,
   * which may be before anything was read.
   */
  private void kill(Cli cli, String graph, String table) throws Exception {
    var moments = random.longs(KILLS, 0, ROWS * 4 / 5).sorted().toArray();
    for (int kill = 1; kill <= KILLS; kill++) {
      long before = count(cli, table);
      var running = cli.start("run", graph + ".yaml");
      if (kill % 5 == 0) {
        Thread.sleep(random.nextInt(1500));
      } else {
        long moment = moments[kill - 1];
        boolean begun = false;
        for (long count = before; running.alive() && !(begun && count >= moment); ) {
          Thread.sleep(Cli.POLL_MILLIS);
          count = count(cli, table);
          begun |= count > before || running.err().contains("goes on");
        }
      }
      assertThat(running.alive())
          .as("seed %d: kill %d came too late\n%s", seed, kill, running.err())
          .isTrue();
      running.killGroup();
      running.process().waitFor();
    }
  }

  /** A folder with the scripts, and the tables as they are before the first run. */
  private Cli tables(String name) throws IOException {
    var cli = new Cli(Files.createDirectory(folder.resolve(name)));
    try (var files = Files.list(Cli.HOME.resolve("examples/scripts"))) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, cli.file(file.getFileName().toString()));
      }
    }
    cli.sh("$WEIR_PYTHON tables.py " + ROWS).ok();
    return cli;
  }

  private static long count(Cli cli, String table) throws SQLException {
    return Long.parseLong(query(cli, "select count(*) from " + table).get(0));
  }

  private static List<String> rows(Cli cli, String table) throws SQLException {
    return query(cli, "select x || ' ' || y || ' ' || z from " + table + " order by x");
  }

  private static List<String> query(Cli cli, String query) throws SQLException {
    var rows = new ArrayList<String>();
    try (var connection =
            DriverManager.getConnection(
                "jdbc:sqlite:" + cli.file("target.db") + "?busy_timeout=60000");
        var statement = connection.createStatement();
        var results = statement.executeQuery(query)) {
      while (results.next()) {
        rows.add(results.getString(1));
      }
    }
    return rows;
  }
}
