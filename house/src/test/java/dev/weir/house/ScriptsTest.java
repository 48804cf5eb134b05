package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Graphs with Python operators, as a user runs them. */
class ScriptsTest {

  private static final int RECORDS = 200_000;

  @TempDir Path folder;
  private Cli cli;

  @BeforeEach
  void counter() {
    cli = new Cli(folder);
    cli.seed("counter.py");
  }

  private void graph(String source) {
    cli.write(
        "count.yaml",
        """
        nodes:
          letters: {type: source, stream: "%s"}
          count: {type: python, file: counter.py}
          counts: {type: sink, stream: counts.jsonl}
        connections: [letters -> count -> counts]
        epoch: 50ms
        """
            .formatted(source));
  }

  @Test
  @DisplayName("case 8: the seed's script counts a, b, c")
  void counts() {
    graph("inline:\\\"a\\\",\\\"b\\\",\\\"c\\\"");
    assertThat(cli.weir("check", "count.yaml").ok().out())
        .contains("counter.py (Python operator, stateful)")
        .contains("exactly-once");
    var run = cli.weir("run", "count.yaml").ok();
    assertThat(cli.read("counts.jsonl")).isEqualTo("\"1\"\n\"2\"\n\"3\"\n");
    assertThat(run.err()).contains("epoch 1 is completed!!!");
  }

  @Test
  @DisplayName("cases 50, 53, 58: killed and run again, it goes on from the last epoch")
  void goesOn() throws Exception {
    graph("range:1.." + RECORDS);
    for (int kill = 1; kill <= 3; kill++) {
      var running = cli.start("run", "count.yaml");
      while (running.alive() && !(begun(running, kill) && size() > kill * 150_000L)) {
        Thread.sleep(1); // leaves the cores to what is tested
      }
      assertThat(running.alive()).as("kill %d came too late\n%s", kill, running.err()).isTrue();
      running.killGroup();
      running.process().waitFor();
    }
    assertThat(cli.weir("run", "count.yaml").ok().err()).contains("goes on from epoch");
    assertThat(cli.read("counts.jsonl").lines())
        .containsExactlyElementsOf(
            LongStream.rangeClosed(1, RECORDS).mapToObj(n -> "\"" + n + "\"").toList());
  }

  /** What the last run wrote beyond its commit is there until the next has begun. */
  private static boolean begun(Cli.Running running, int kill) {
    return kill == 1 || running.err().contains("goes on");
  }

  private long size() throws Exception {
    var out = cli.file("counts.jsonl");
    return Files.exists(out) ? Files.size(out) : 0;
  }
}
