package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixtures.PostgresServer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From table through a model to table, with a real Postgres and with SQLite. */
class JdbcTest {

  private static final int KILLS =
      Integer.getInteger("weir.kills", Boolean.getBoolean("weir.long") ? 200 : 10);

  private static final String MODEL =
      """
      import weir

      def action(row):
          total = weir.cells('total').update(lambda t: (t or 0) + row['x'])
          yield {'id': row['id'], 'total': total}
      """;

  private static PostgresServer postgres;

  @TempDir private Path folder;
  private Cli cli;
  private int rows;

  @BeforeAll
  static void start() {
    postgres = PostgresServer.start();
  }

  @AfterAll
  static void stop() {
    postgres.close();
  }

  @BeforeEach
  void tables() throws SQLException {
    cli = new Cli(folder);
    cli.write("total.py", MODEL);
    postgres.execute(
        "drop table if exists source",
        "drop table if exists result",
        "create table source (id bigint primary key, x integer not null)",
        "create table result (n serial primary key, id bigint, total bigint)");
  }

  private void insert(int n) throws SQLException {
    postgres.execute(
        "insert into source select i, i %% 1000 from generate_series(%d, %d) i"
            .formatted(rows + 1, rows + n));
    rows += n;
  }

  private long results() throws SQLException {
    return numbers("select count(*) from result").get(0);
  }

  private List<Long> numbers(String sql) throws SQLException {
    try (var connection = postgres.connect();
        var statement = connection.createStatement();
        var result = statement.executeQuery(sql)) {
      var numbers = new ArrayList<Long>();
      while (result.next()) {
        numbers.add(result.getLong(1));
      }
      return numbers;
    }
  }

  private String[] run() {
    return new String[] {
      "run",
      "total.py",
      "-i",
      postgres.url() + "?table=source&key=id&follow=true&interval=0.02",
      "-o",
      postgres.url() + "?table=result",
      "--epoch",
      "50ms"
    };
  }

  @Test
  void killedAnywhereEveryResultIsThereOnce() throws Exception {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    System.out.println("seed " + seed);
    var random = new Random(seed);
    for (int kill = 0; kill < KILLS; kill++) {
      insert(1 + random.nextInt(5000));
      long before = results();
      var running = cli.start(run());
      if (kill % 3 == 0) {
        Thread.sleep(random.nextInt(1500));
      } else {
        while (running.alive() && results() == before) {
          Thread.sleep(Cli.POLL_MILLIS);
        }
        insert(1 + random.nextInt(5000));
        Thread.sleep(random.nextInt(200));
      }
      assertThat(running.alive()).as("seed %d\n%s", seed, running.err()).isTrue();
      running.killGroup();
      running.process().waitFor();
    }
    insert(1000);
    var last = cli.start(run());
    while (last.alive() && results() < rows) {
      Thread.sleep(10);
    }
    cli.weir("job", "stop", "total").ok();
    assertThat(last.end().ok().err()).contains("goes on from epoch");
    var expected = new ArrayList<Long>();
    long total = 0;
    for (int id = 1; id <= rows; id++) {
      total += id % 1000;
      expected.add(total);
    }
    assertThat(numbers("select total from result order by n"))
        .as("seed %d", seed)
        .isEqualTo(expected);
    assertThat(cli.weir("cell", "get", "total", "total").ok().out()).isEqualTo(total + "\n");
  }

  @Test
  void aTableOfTheStoresOwnDatabaseIsWrittenToo() throws Exception {
    cli.weir("run", "total.py", "-i", "inline:{\"id\":1,\"x\":2}", "-o", "discard:").ok();
    cli.sh("sqlite3 .weir/state.db 'create table result (id integer primary key, total integer)'");
    var run =
        new String[] {
          "run",
          "total.py",
          "-i",
          "inline:{\"id\":1,\"x\":2},{\"id\":2,\"x\":3}",
          "-o",
          "jdbc:sqlite:.weir/state.db?table=result&key=id"
        };
    cli.weir(run).ok();
    cli.weir(run).ok();
    assertThat(cli.sh("sqlite3 .weir/state.db 'select * from result'").out())
        .isEqualTo("1|2\n2|5\n");
  }

  @Test
  void whatDoesNotFitIsSaid() throws Exception {
    var result =
        cli.weir(
            "run",
            "total.py",
            "-i",
            "inline:{\"id\":1,\"x\":2}",
            "-o",
            postgres.url() + "?table=nowhere");
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err()).contains("has no table nowhere").doesNotContain("\tat ");
    postgres.execute("alter table result rename total to sum");
    result =
        cli.weir(
                "run",
                "total.py",
                "-i",
                "inline:{\"id\":1,\"x\":2}",
                "-o",
                postgres.url() + "?table=result")
            .ok();
    assertThat(result.err()).contains("has no column total; it has n, id, sum");
    assertThat(results()).isZero();
  }
}
