package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code weir torture} on programs that keep their guarantee, and on one that does not. */
class TortureTest {

  private static final int RECORDS = 20_000;

  /** A diamond of models, whose join does not mind the order. */
  private static final String DIAMOND =
      """
      parameters: {input: numbers.jsonl}
      nodes:
        numbers: {type: source, stream: "data/${input}"}
        count: {type: model, file: count.py}
        negate: {type: model, file: negate.py}
        join: {type: model, file: negate.py, deterministic: true}
        joined: {type: sink, stream: out/joined.jsonl}
        counts: {type: sink, stream: counts.jsonl}
      connections:
        - numbers -> count -> join -> joined
        - numbers -> negate -> join
        - count -> counts
      epoch: 50ms
      """;

  private static final String COUNT =
      """
      # weir.input: int
      # weir.output: int
      import weir

      def action(x):
          weir.cells('count').update(lambda n: (n or 0) + 1)
          yield x
      """;

  private static final String NEGATE =
      """
      # weir.input: int
      # weir.output: int

      def action(x):
          yield -x
      """;

  /** Goes by more than its input. */
  private static final String DICE =
      """
      # weir.input: int
      # weir.output: int
      import random

      def action(x):
          yield random.randrange(1000000000)
      """;

  @TempDir Path folder;
  private Cli cli;
  private final long seed = Long.getLong("weir.seed", System.nanoTime());

  @BeforeEach
  void programs() throws Exception {
    cli = new Cli(folder);
    cli.write("diamond.yaml", DIAMOND);
    cli.write("count.py", COUNT);
    cli.write("negate.py", NEGATE);
    cli.write("dice.py", DICE);
    Files.createDirectory(cli.file("data"));
    cli.write(
        "data/numbers.jsonl",
        IntStream.range(0, RECORDS)
            .mapToObj(Integer::toString)
            .collect(Collectors.joining("\n", "", "\n")));
  }

  @Test
  void aGraphWithExactlyOnceSinksHolds() {
    var result =
        cli.weir(
                "torture",
                "diamond.yaml",
                "--kills",
                "3",
                "--seed",
                "" + seed,
                "--set",
                "input=numbers.jsonl",
                "--faults",
                "runner",
                "--work",
                "runs")
            .ok();
    assertThat(result.lines())
        .as("seed %d", seed)
        .contains("seed         " + seed)
        .contains("sink counts  exactly-once: held: 20000 lines, the same, in the same order")
        .contains("sink joined  exactly-once: held: 40000 lines, the same")
        .contains("state        exactly-once: held: 1 rows, the same")
        .anyMatch(
            line ->
                line.matches(
                    "disturbed    3 kills, \\d+ deaths of runners, \\d+ failures, \\d+ delays,"
                        + " in \\d+ rounds?"));
    assertThat(result.lines().stream().filter(line -> line.matches("kill +round .* epoch \\d+")))
        .hasSize(3);
    assertThat(cli.read("runs/undisturbed/counts.jsonl").lines()).hasSize(RECORDS);
    assertThat(folder)
        .isDirectoryNotContaining("glob:**counts.jsonl")
        .isDirectoryNotContaining("glob:**.weir");
  }

  /** Data frames on slot 0; on slot 2 a pool, and records at which it fails. */
  private static final String SETS_AND_SLOTS =
      """
      # weir.recordsets.0: yes
      # weir.recordsets.1: yes
      # weir.slot.2: in-use
      # weir.slot.3: in-use
      import weir

      def action(data, slot=0):
          if slot == 0:
              if (data['x'] % 97 == 0).any():
                  raise ValueError('a set with a multiple of 97')
              weir.cells('sets').update(lambda n: (n or 0) + 1)
              data['y'] = data['x'] * 2
              yield (1, data)
          else:
              seen = weir.pools('seen').update(str(data % 7), lambda n: (n or 0) + 1)
              if data % 11 == 0:
                  raise ValueError('a multiple of 11')
              yield (3, [data, seen])
      """;

  @Test
  void aModelWithDataFramesSlotsAndDeadLettersHolds() {
    var python = new Cli(folder, Map.of("WEIR_PYTHON", "/usr/bin/python3"));
    python.write("rich.py", SETS_AND_SLOTS);
    python.write(
        "data/sets.jsonl",
        IntStream.range(0, RECORDS / 4)
            .mapToObj(i -> "{\"x\": " + i + (i % 10 == 9 ? "}\n{\"$fastscore\":\"set\"}" : "}"))
            .collect(Collectors.joining("\n", "", "\n")));
    var command =
        ("torture rich.py -i 0=data/sets.jsonl -i 2=data/numbers.jsonl -o 1=doubled.jsonl"
                + " -o 3=seen.jsonl --on-error dead-letter:failed.jsonl --epoch 50ms --kills "
                + (Boolean.getBoolean("weir.long") ? 20 : 3)
                + " --seed "
                + seed)
            .split(" ");
    assertThat(python.weir(command).ok().lines())
        .as("seed %d", seed)
        .contains("sink output  exactly-once: held: 4928 lines, the same")
        .contains("sink output-3 exactly-once: held: 18181 lines, the same")
        .contains("sink dead-letters exactly-once: held: 1871 lines, the same")
        .contains("state        exactly-once: held: 8 rows, the same");
  }

  /** Operators in Python, R and Java, two sources, two sinks, and a diamond. */
  @Test
  void theExampleOfEightOperatorsHolds() throws Exception {
    var examples = Cli.HOME.resolve("examples");
    var graph = examples.resolve("airports/airports.yaml").toString();
    for (var file : List.of("flights/flights.jsonl", "airports/corrections.jsonl")) {
      Files.createDirectories(cli.file("examples/" + file).getParent());
      Files.copy(examples.resolve(file), cli.file("examples/" + file));
    }
    var kills = Boolean.getBoolean("weir.long") ? "100" : "2";
    assertThat(cli.weir("torture", graph, "--kills", kills, "--seed", "" + seed).ok().lines())
        .as("seed %d", seed)
        .contains("sink entries exactly-once: held: 10300 lines, the same")
        .contains("sink lines   exactly-once: held: 306 lines, the same")
        .anyMatch(line -> line.matches("state        exactly-once: held: \\d+ rows, the same"));
  }

  /** Failures go by the clock: as many runs as it takes, up to a bound, to see one. */
  @Test
  void operatorsThatFailAndAreSlowAreRecovered() {
    for (int i = 0; ; i++) {
      var lines =
          cli.weir(
                  "torture",
                  "diamond.yaml",
                  "--kills",
                  "1",
                  "--seed",
                  "" + (seed + i),
                  "--retry-delay",
                  "10ms",
                  "--set",
                  "input=numbers.jsonl",
                  "--expect",
                  "exactly-once",
                  "--faults",
                  "fail,slow")
              .ok()
              .lines();
      assertThat(lines)
          .as("seed %d", seed + i)
          .contains("sink counts  exactly-once: held: 20000 lines, the same, in the same order")
          .contains("sink joined  exactly-once: held: 40000 lines, the same")
          .contains("state        exactly-once: held: 1 rows, the same")
          .anyMatch(line -> line.contains(" 1 kills, 0 deaths of runners, "));
      if (lines.stream().anyMatch(line -> line.matches("fail +round \\d+, \\w+, after .* s"))) {
        return;
      }
      assertThat(i).as("no operator failed in as many runs, from seed %d", seed).isLessThan(15);
    }
  }

  /** Kills fall where they may: as many runs as it takes, up to a bound, to see one that shows. */
  @Test
  void aPlainSinkGetsAllAtLeastOnceAndNotExactlyOnce() throws Exception {
    var script = cli.write("append.sh", "#!/bin/sh\nexec cat >> joined.txt\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    cli.write(
        "data/many.jsonl",
        IntStream.range(0, 200_000)
            .mapToObj(Integer::toString)
            .collect(Collectors.joining("\n", "", "\n")));
    cli.write("plain.yaml", DIAMOND.replace("out/joined.jsonl", "\"exec:" + script + "\""));
    assertThat(cli.weir("check", "plain.yaml").ok().out())
        .contains("guarantee  joined: at-least-once: sink 'joined' cannot take back what it wrote")
        .contains("guarantee  counts: exactly-once");
    for (int i = 0; ; i++) {
      var command =
          ("torture plain.yaml --kills 3 --faults none --expect exactly-once --file joined=joined.txt"
                  + " --set input=many.jsonl --seed "
                  + (seed + i))
              .split(" ");
      var result = cli.weir(command);
      assertThat(result.lines())
          .as("seed %d\n%s", seed + i, result.err())
          .contains("sink counts  exactly-once: held: 200000 lines, the same, in the same order")
          .contains("state        exactly-once: held: 1 rows, the same")
          .anyMatch(
              line ->
                  line.matches(
                      "sink joined  exactly-once: (held: 400000 lines, the same|VIOLATED: 0 of 400000"
                          + " lines missing, \\d+ more.*)"));
      if (result.status() == 1) {
        return;
      }
      assertThat(i).as("nothing came twice in as many runs, from seed %d", seed).isLessThan(8);
    }
  }

  @Test
  void whatIsAskedForIsNotUnderstood() {
    var none = cli.weir("torture", "dice.py", "-i", "data/numbers.jsonl", "--expect", "twice");
    assertThat(none.status()).isEqualTo(2);
    assertThat(none.err()).contains("--expect takes exactly-once, at-least-once or at-most-once");
    var nowhere =
        cli.weir("torture", "dice.py", "-i", "data/numbers.jsonl", "--file", "outptu=out.txt");
    assertThat(nowhere.status()).isEqualTo(2);
    assertThat(nowhere.err()).contains("--file names no sink: 'outptu'; did you mean 'output'?");
    var shared =
        cli.weir("torture", "dice.py", "-i", "data/numbers.jsonl", "--file", "output=/tmp/out.txt");
    assertThat(shared.status()).isEqualTo(2);
    assertThat(shared.err()).contains("--file takes a path within the current folder");
    var other = cli.weir("torture", "dice.py", "-i", "data/numbers.jsonl", "--faults", "flood");
    assertThat(other.status()).isEqualTo(2);
    assertThat(other.err()).contains("--faults takes runner, fail, slow and none, not 'flood'");
  }

  @Test
  void aModelThatRollsDiceIsFoundOut() {
    var result =
        cli.weir(
            "torture",
            "dice.py",
            "-i",
            "data/numbers.jsonl",
            "-o",
            "rolls.jsonl",
            "--kills",
            "1",
            "--seed",
            "" + seed);
    assertThat(result.status()).as("seed %d\n%s", seed, result.err()).isEqualTo(1);
    assertThat(result.lines())
        .anyMatch(
            line ->
                line.matches(
                    "sink output  exactly-once: VIOLATED: \\d+ of 20000 lines missing, \\d+ more.*"))
        .anyMatch(line -> line.matches("  - \\d+"))
        .anyMatch(line -> line.matches("  \\+ \\d+"));
    assertThat(result.err()).contains("deterministic: false");
  }

  @Test
  void aGraphWithOneOperatorThatRollsDiceSaysSoAndIsFoundOut() {
    cli.write(
        "dice.yaml",
        DIAMOND.replace(
            "negate: {type: model, file: negate.py}",
            "negate: {type: model, file: dice.py, deterministic: false}"));
    assertThat(cli.weir("check", "dice.yaml", "--set", "input=numbers.jsonl").ok().lines())
        .contains(
            "varies     negate: another run may give other values or another order: its node says"
                + " so")
        .noneMatch(line -> line.startsWith("varies     count"));
    var result =
        cli.weir(
            ("torture dice.yaml --set input=numbers.jsonl --kills 1 --seed " + seed).split(" "));
    assertThat(result.status()).as("seed %d\n%s", seed, result.err()).isEqualTo(1);
    assertThat(result.lines())
        .contains("sink counts  exactly-once: held: 20000 lines, the same, in the same order")
        .anyMatch(
            line ->
                line.matches(
                    "sink joined  exactly-once: VIOLATED: \\d+ of 40000 lines missing, \\d+ more.*"));
  }

  @Test
  void whatTwoRunsWouldShareIsRefused() {
    var stdin = cli.weir("torture", "negate.py", "-o", "out.jsonl");
    assertThat(stdin.status()).isEqualTo(2);
    assertThat(stdin.err()).contains("source 'input' is standard input");
    var absolute =
        cli.weir("torture", "negate.py", "-i", "data/numbers.jsonl", "-o", folder + "/out.jsonl");
    assertThat(absolute.status()).isEqualTo(2);
    assertThat(absolute.err()).contains("the same file in each run");
    cli.write("bad.py", NEGATE + "    raise ValueError('no luck')\n");
    var failing =
        cli.weir(
            "torture", "bad.py", "-i", "data/numbers.jsonl", "-o", "o.jsonl", "--retries", "0");
    assertThat(failing.status()).isEqualTo(2);
    assertThat(failing.err()).contains("fails without being killed").contains("no luck");
  }
}
