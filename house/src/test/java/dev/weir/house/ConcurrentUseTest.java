package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several processes over one store. */
class ConcurrentUseTest {

  @TempDir Path folder;
  private Cli cli;

  @BeforeEach
  void seeds() {
    cli = new Cli(folder);
    cli.seed("cell.py");
    cli.seed("pool.py");
  }

  @Test
  void aSecondRunOfTheSameJobIsRefusedAndReadersAreNot() throws IOException {
    var first = open("cell.py", "out.jsonl", "1\n2\n", "1\n3\n");
    var second = cli.weir("run", "cell.py", "-i", "inline:5", "-o", "other.jsonl");
    assertThat(second.status()).isEqualTo(2);
    assertThat(second.err())
        .contains("job 'cell' is running already (process " + first.process().pid() + ")")
        .contains("--name");
    assertThat(cli.file("other.jsonl")).doesNotExist();
    var restore = cli.weir("snapshot", "restore", "cell");
    assertThat(restore.status()).isEqualTo(2);

    assertThat(cli.weir("cell", "get", "cell", "counter").ok().out()).isEqualTo("3\n");
    assertThat(cli.weir("cell", "list", "cell").ok().out()).contains("model/counter");
    assertThat(cli.weir("pool", "list", "cell").ok().lines()).hasSize(1);
    assertThat(cli.weir("job", "list").ok().out()).contains("running");
    assertThat(cli.weir("job", "inspect", "cell", "--json").ok().out())
        .contains("\"process\":\"" + first.process().pid() + "\"");
    assertThat(cli.weir("snapshot", "list", "cell").ok().lines()).hasSize(1);
    assertThat(cli.weir("check", "cell.py", "-i", "inline:1").ok().out()).contains("guarantee");

    close(first);
    assertThat(cli.read("out.jsonl")).isEqualTo("1\n3\n");
  }

  @Test
  void twoJobsShareAStore() throws IOException {
    var numbers = new StringBuilder();
    for (int i = 0; i < 50_000; i++) {
      numbers.append("1\n");
    }
    cli.write("in.jsonl", numbers.toString());
    var one = cli.start("run", "cell.py", "-i", "in.jsonl", "-o", "a.jsonl", "--epoch", "20ms");
    var two = cli.start("run", "pool.py", "-i", "in.jsonl", "-o", "b.jsonl", "--epoch", "20ms");
    one.end().ok();
    two.end().ok();
    var expected = new StringBuilder();
    for (int i = 1; i <= 50_000; i++) {
      expected.append(i).append('\n');
    }
    assertThat(cli.read("a.jsonl").contentEquals(expected)).isTrue();
    assertThat(cli.read("b.jsonl").contentEquals(expected)).isTrue();
    assertThat(cli.weir("cell", "get", "cell", "counter").ok().out()).isEqualTo("50000\n");
    assertThat(cli.weir("pool", "get", "pool", "counter", "x").ok().out()).isEqualTo("50000\n");
    assertThat(cli.weir("cell", "list", "pool").ok().lines()).hasSize(1);
  }

  @Test
  void aStoreOfANewerFormatIsRefused() {
    cli.weir("run", "cell.py", "-i", "inline:1,2,3").ok();
    cli.sh("sqlite3 .weir/state.db \"update weir_meta set value = '99' where name = 'format'\"")
        .ok();
    for (var command :
        new String[][] {
          {"run", "cell.py", "-i", "inline:1"}, {"job", "list"}, {"cell", "get", "cell", "counter"}
        }) {
      var refused = cli.weir(command);
      assertThat(refused.status()).isEqualTo(1);
      assertThat(refused.err())
          .contains(".weir/state.db is a store of format 99, made by a newer version of Weir")
          .contains("Use the newer version, or another store");
    }
    assertThat(cli.sh("sqlite3 .weir/state.db 'select value from cell'").out()).isEqualTo("6\n");
  }

  /** The lock is a courtesy; what decides who may commit is the number of the run. */
  @Test
  void aRunWhoseLockFileIsLostIsSupersededByTheNext() throws IOException {
    var first = open("cell.py", "out.jsonl", "1\n2\n", "1\n3\n");
    Files.delete(cli.file(".weir/state.db-locks/cell"));
    cli.weir("run", "cell.py", "--fresh", "-i", "inline:10", "-o", "other.jsonl").ok();
    feed(first, "4\n");
    var superseded = first.end();
    assertThat(superseded.status()).isEqualTo(1);
    assertThat(superseded.err())
        .contains("run 1 of cell may not commit any more: run 2 has taken over")
        .doesNotContain("trying again");
    assertThat(cli.weir("cell", "get", "cell", "counter").ok().out()).isEqualTo("10\n");
    assertThat(cli.weir("job", "list").ok().out()).contains("finished");
    assertThat(cli.read("other.jsonl")).isEqualTo("10\n");
  }

  /** A run that has committed its first records and waits for more. */
  private Cli.Running open(String model, String output, String input, String expected)
      throws IOException {
    var running = cli.start("run", model, "-o", output, "--epoch", "20ms");
    feed(running, input);
    running.until(
        () ->
            Files.exists(cli.file(output))
                && cli.read(output).equals(expected)
                && cli.sh("sqlite3 .weir/state.db 'select value from cell'").out().equals("3\n"));
    return running;
  }

  private static void feed(Cli.Running running, String lines) throws IOException {
    var input = running.process().getOutputStream();
    input.write(lines.getBytes(StandardCharsets.UTF_8));
    input.flush();
  }

  private static void close(Cli.Running running) throws IOException {
    running.process().getOutputStream().close();
    running.end().ok();
  }
}
