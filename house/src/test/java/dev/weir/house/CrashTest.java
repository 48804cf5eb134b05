package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Crash anywhere and resume equals never crashed: kill -9 of the whole process group, and of a
 * runner.
 */
class CrashTest {

  private static final int RECORDS = 200_000;

  /** Fewer where three runners take a cell from each other for every record. */
  private static final int SHARED_RECORDS = 30_000;

  /** Each is a start more; -Dweir.long=true makes them many. */
  private static final int KILLS = Boolean.getBoolean("weir.long") ? 25 : 7;

  private static final int PAGE = 4096;

  @TempDir Path folder;
  private Cli cli;
  private final long seed = Long.getLong("weir.seed", System.nanoTime());
  private final Random random = new Random(seed);

  /** Its outputs do not depend on the order of its inputs; a cell and a pool count. */
  private static final String UNORDERED =
      """
      # fastscore.input: int
      # fastscore.output: int
      import fastscore

      def action(x):
          fastscore.cells('count').update(lambda n: (n or 0) + 1)
          fastscore.pools('digits').update(str(x % 10), lambda n: (n or 0) + 1)
          yield x * 2
      """;

  @BeforeEach
  void makeFolder() {
    cli = new Cli(folder);
  }

  private void input(int records) {
    cli.write(
        "in.jsonl",
        IntStream.range(0, records).mapToObj(i -> i % 1000 + "\n").collect(Collectors.joining()));
  }

  @Test
  void oneRunnerGivesTheSameFileByteForByte() throws Exception {
    input(RECORDS);
    cli.seed("cell.py");
    cli.weir(
            "run",
            "cell.py",
            "-i",
            "in.jsonl",
            "-o",
            "calm.jsonl",
            "--store",
            "sqlite:calm.db",
            "-q")
        .ok();
    killed("cell.py", 1);
    assertThat(Files.mismatch(cli.file("calm.jsonl"), cli.file("out.jsonl")))
        .as("seed %d", seed)
        .isEqualTo(-1);
    assertThat(cli.weir("cell", "get", "cell", "counter").ok().out())
        .isEqualTo(
            cli.weir("cell", "get", "cell", "counter", "--store", "sqlite:calm.db").ok().out());
    nothingLeftOver();
  }

  @Test
  void threeRunnersGiveTheSameRecordsAndState() throws Exception {
    input(SHARED_RECORDS);
    cli.write("unordered.py", UNORDERED);
    killed("unordered.py", 3, "--snapshots", "100ms", "--keep", "3");
    var outputs = Files.readAllLines(cli.file("out.jsonl"));
    var expected =
        IntStream.range(0, SHARED_RECORDS).mapToObj(i -> Integer.toString(i % 1000 * 2)).toList();
    assertThat(sorted(outputs)).as("seed %d", seed).isEqualTo(sorted(expected));
    assertThat(cli.weir("cell", "get", "unordered", "count").ok().out())
        .isEqualTo(SHARED_RECORDS + "\n");
    assertThat(cli.weir("pool", "list", "unordered", "digits").ok().lines())
        .hasSize(1 + 10)
        .filteredOn(line -> line.endsWith(" " + SHARED_RECORDS / 10))
        .hasSize(10);
    assertThat(cli.weir("snapshot", "verify", "unordered").ok().lines())
        .hasSizeBetween(1, 3)
        .allMatch(line -> line.endsWith("sound"));
    nothingLeftOver();
  }

  @Test
  void aRunnerThatIsKilledIsRecoveredByPolicy() throws Exception {
    input(RECORDS);
    cli.seed("cell.py");
    cli.weir(
            "run",
            "cell.py",
            "-i",
            "in.jsonl",
            "-o",
            "calm.jsonl",
            "--store",
            "sqlite:calm.db",
            "-q")
        .ok();
    var running = cli.start(run("cell.py", 1, "--retries", "100", "--retry-delay", "10ms"));
    int kills = 0;
    while (kills < 3
        && running.reaches(() -> cli.size("out.jsonl") > 0 && !running.runners().isEmpty())) {
      var runners = running.runners();
      if (!runners.isEmpty()) {
        Thread.sleep(random.nextInt(150));
        running.signal("-9", Long.toString(runners.get(0)));
        kills++;
      }
    }
    var result = running.end().ok();
    assertThat(result.err()).contains("killed by signal 9").contains("trying again");
    assertThat(Files.mismatch(cli.file("calm.jsonl"), cli.file("out.jsonl")))
        .as("seed %d", seed)
        .isEqualTo(-1);
  }

  /**
   * Runs the model and kills its process group at random moments: most of them spread over the
   * output, every fifth one at a random time after the start, which may be before anything was
   * read.
   */
  private void killed(String model, int runners, String... more) throws Exception {
    long length = length(model, runners);
    var moments = random.longs(KILLS, 0, length).sorted().toArray();
    for (int kill = 0; kill < KILLS; kill++) {
      long before = cli.size("out.jsonl");
      var running = cli.start(run(model, runners, more));
      if (kill % 5 == 0) {
        Thread.sleep(random.nextInt(500));
      } else {
        boolean begun = false;
        while (running.alive() && !(begun && cli.size("out.jsonl") >= moments[kill])) {
          // What the last run wrote beyond its commit is still there until this one has begun.
          begun |= cli.size("out.jsonl") != before || running.err().contains("goes on");
          Thread.sleep(Cli.POLL_MILLIS);
        }
      }
      assertThat(running.alive())
          .as("seed %d: kill %d came too late\n%s", seed, kill, running.err())
          .isTrue();
      running.killGroup();
      running.process().waitFor();
      wholeLines();
    }
    var last = cli.weir(run(model, runners, more)).ok();
    assertThat(last.err()).contains("goes on from epoch");
  }

  /** The length of the output up to which a run is surely still busy when it gets there. */
  private long length(String model, int runners) {
    cli.weir(
            "run",
            model,
            "-i",
            "in.jsonl",
            "-o",
            "whole.jsonl",
            "--store",
            "memory:",
            "-q",
            "-n",
            "" + runners)
        .ok();
    try {
      long length = Files.size(cli.file("whole.jsonl"));
      Files.delete(cli.file("whole.jsonl"));
      return length * 4 / 5;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String[] run(String model, int runners, String... more) {
    var args =
        List.of(
            "run",
            model,
            "-i",
            "in.jsonl",
            "-o",
            "out.jsonl",
            "-n",
            "" + runners,
            "--epoch",
            "50ms");
    return java.util.stream.Stream.concat(args.stream(), Arrays.stream(more))
        .toArray(String[]::new);
  }

  /**
   * A reader finds whole lines, also of a run that was killed. The one exception is the kernel's:
   * it grows a file by pages, so a kill within the write of a line that crosses two of them can
   * leave it cut between them.
   */
  private void wholeLines() throws IOException {
    var out = cli.file("out.jsonl");
    if (Files.exists(out) && Files.size(out) % PAGE != 0) {
      var bytes = Files.readAllBytes(out);
      assertThat(bytes[bytes.length - 1]).as("seed %d", seed).isEqualTo((byte) '\n');
    }
  }

  private void nothingLeftOver() throws IOException {
    try (var files = Files.walk(folder)) {
      assertThat(files.filter(Files::isRegularFile).map(f -> folder.relativize(f).toString()))
          .allMatch(
              f ->
                  f.matches(
                      "(in|out|calm)\\.jsonl|\\w+\\.py|calm\\.db(-locks/\\w+)?|\\.weir/state\\.db(-locks/\\w+|-chunks/\\w\\w/\\w{62})?"));
    }
  }

  private static List<String> sorted(List<String> lines) {
    return lines.stream().sorted().toList();
  }
}
