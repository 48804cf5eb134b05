package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Graphs as a user runs them: several sources, operators and sinks, a diamond. */
class GraphTest {

  /**
   * The records of two files are counted by one model and added up by another, which use the same
   * cell name; a third joins what both give.
   */
  private static final String DIAMOND =
      """
      parameters:
        left: left.jsonl
        right: {type: string, description: the second file}
      nodes:
        left: {type: source, stream: "${left}"}
        right: {type: source, stream: "${right}"}
        count: {type: model, file: count.py}
        total: {type: model, file: total.py}
        join: {type: model, file: join.py}
        out: {type: sink, stream: out.jsonl}
        all: {type: sink, stream: all.jsonl}
      connections:
        - left -> count
        - right -> count
        - left -> total
        - right -> total
        - count -> join
        - total -> join -> out
        - total -> all
      epoch: 50ms
      """;

  private static final int RECORDS = 20_000;

  @TempDir Path folder;
  private Cli cli;
  private final long seed = Long.getLong("weir.seed", System.nanoTime());

  @BeforeEach
  void programs() {
    cli = new Cli(folder);
    cli.write("diamond.yaml", DIAMOND);
    cli.write(
        "count.py",
        """
        # weir.input: int
        # weir.output: int
        import weir

        def action(x):
            weir.cells('state').update(lambda n: (n or 0) + 1)
            yield x
        """);
    cli.write(
        "total.py",
        """
        # weir.input: int
        # weir.output: int
        import weir

        def action(x):
            weir.cells('state').update(lambda n: (n or 0) + x)
            yield -x
        """);
    cli.write(
        "join.py",
        """
        # weir.input: int
        # weir.output: int
        import weir

        def action(x):
            weir.cells('balance').update(lambda n: (n or 0) + x)
            yield x
        """);
  }

  private void input(String file, int records) throws IOException {
    Files.writeString(
        cli.file(file),
        IntStream.rangeClosed(1, records)
            .mapToObj(Integer::toString)
            .collect(Collectors.joining("\n", "", "\n")));
  }

  @Test
  void aGraphIsCheckedRunAndSeen() throws IOException {
    input("left.jsonl", 10);
    input("other.jsonl", 20);
    var missing = cli.weir("check", "diamond.yaml");
    assertThat(missing.status()).isEqualTo(2);
    assertThat(missing.err()).contains("--set right=VALUE (the second file; string)");
    assertThat(cli.weir("check", "diamond.yaml", "--set", "right=other.jsonl").ok().lines())
        .contains("parameter  right = \"other.jsonl\"")
        .anyMatch(line -> line.matches("total +model +in +out, dead-letters, rejects +total.py.*"))
        .anyMatch(line -> line.matches("count.out +join.in +int +int"))
        .anyMatch(line -> line.startsWith("guarantee  out: exactly-once: "))
        .anyMatch(line -> line.startsWith("guarantee  all: exactly-once: "));
    cli.weir("run", "diamond.yaml", "--set", "right=other.jsonl", "-q").ok();
    assertThat(Files.readAllLines(cli.file("out.jsonl"))).hasSize(60);
    assertThat(Files.readAllLines(cli.file("all.jsonl"))).hasSize(30);
    assertThat(cli.weir("cell", "list", "diamond").ok().lines().stream().skip(1))
        .anyMatch(line -> line.matches("count/state +30"))
        .anyMatch(line -> line.matches("total/state +265"))
        .anyMatch(line -> line.matches("join/balance +0"));
    assertThat(cli.weir("cell", "get", "diamond", "total/state").ok().out()).isEqualTo("265\n");
    assertThat(cli.weir("cell", "get", "diamond", "state").err())
        .contains("several operators have a cell 'state'; say which: OPERATOR/state");
    assertThat(cli.weir("job", "inspect", "diamond").ok().lines())
        .anyMatch(line -> line.matches("join +model +join.py .Python., 1 runner +60 +- +60 +- +-"))
        .anyMatch(line -> line.matches("total.out +all.in +30 +- +- +-"))
        .anyMatch(line -> line.matches("count/1 .* 30 +30 .*"));
  }

  @Test
  void killedAnywhereItGoesOnWithoutLosingOrDoublingARecord() throws Exception {
    input("left.jsonl", RECORDS);
    input("right.jsonl", RECORDS);
    var random = new Random(seed);
    String[] run = {"run", "diamond.yaml", "--set", "right=right.jsonl"};
    int kills = 0;
    for (; kills < 4; kills++) {
      var running = cli.start(run);
      long wanted = cli.size("out.jsonl") + 1 + random.nextInt(50_000);
      if (!running.reaches(() -> cli.size("out.jsonl") >= wanted) || !running.alive()) {
        break;
      }
      running.killGroup();
      running.end();
    }
    assertThat(kills).as("kills").isPositive();
    cli.weir(run).ok();
    assertThat(numbers("all.jsonl"))
        .as("seed %d", seed)
        .isEqualTo(sorted(IntStream.rangeClosed(1, RECORDS).flatMap(x -> IntStream.of(-x, -x))));
    assertThat(numbers("out.jsonl"))
        .as("seed %d", seed)
        .isEqualTo(
            sorted(IntStream.rangeClosed(1, RECORDS).flatMap(x -> IntStream.of(x, -x, x, -x))));
    assertThat(cli.weir("cell", "list", "diamond").ok().out().replaceAll(" +", " "))
        .contains("count/state " + 2 * RECORDS)
        .contains("total/state " + (long) RECORDS * (RECORDS + 1))
        .contains("join/balance 0");
  }

  /** The operators of a running graph are asked by their names. */
  @Test
  void commandsFindTheOperatorThatTheyMean() throws IOException {
    cli.write(
        "two.yaml",
        """
        nodes:
          in: {type: source, stream: "-"}
          first: {type: model, file: count.py}
          second: {type: model, file: total.py}
          out: {type: sink, stream: out.jsonl}
        connections: [in -> first -> second -> out]
        epoch: 100ms
        """);
    var run = cli.start("run", "two.yaml", "--name", "two");
    var stdin = run.process().getOutputStream();
    stdin.write("1\n2\n3\n".getBytes(StandardCharsets.UTF_8));
    stdin.flush();
    var inspect = "";
    while (!inspect.contains(
        "\"to\":\"out\",\"input\":\"in\",\"out-port\":0,\"in-port\":0,\"records\":3")) {
      inspect = cli.weir("job", "inspect", "two", "--json").out();
    }
    assertThat(inspect).contains("\"live\":true", "\"type\":\"model\"", "\"rate\":");
    assertThat(cli.weir("job", "scale", "two", "2").err())
        .contains("name one of its operators: first, second");
    assertThat(cli.weir("job", "scale", "two", "secnd=2").err())
        .contains("it has no operator 'secnd'");
    cli.weir("job", "scale", "two", "second=2").ok();
    cli.weir("cell", "set", "two", "second/state", "100").ok();
    assertThat(cli.weir("cell", "set", "two", "state", "1").status()).isEqualTo(2);
    assertThat(cli.weir("job", "inspect", "two").ok().lines())
        .anyMatch(line -> line.startsWith("second/2 "))
        .noneMatch(line -> line.startsWith("first/2 "));
    cli.weir("job", "stop", "two").ok();
    assertThat(run.end().status()).isZero();
    assertThat(cli.weir("cell", "list", "two").ok().out().replaceAll(" +", " "))
        .contains("first/state 3", "second/state 100");
    assertThat(cli.weir("check", "two.yaml", "--draw").ok().lines().get(1))
        .isEqualTo("│ in     ├─┐   │ first ├─┐   │ second ├─┐   │ out  │");
  }

  @Test
  void theExampleRuns() throws IOException {
    var flights = Cli.HOME.resolve("examples/flights");
    cli.weir(
            "run",
            flights.resolve("flights.yaml").toString(),
            "--set",
            "flights=" + flights.resolve("flights.jsonl"),
            "--set",
            "serious=0.4",
            "-q")
        .ok();
    var alerts = Files.readAllLines(cli.file("alerts.jsonl"));
    var serious = Files.readAllLines(cli.file("serious.jsonl"));
    assertThat(alerts.size() + serious.size()).isEqualTo(101);
    assertThat(serious).isNotEmpty().allMatch(line -> line.contains("\"weight\":"));
    assertThat(cli.read("failed.jsonl")).isEmpty();
    assertThat(cli.weir("cell", "list", "flights").ok().lines()).hasSize(1);
    assertThat(cli.weir("pool", "list", "flights").ok().lines())
        .anyMatch(line -> line.startsWith("delays/airports "))
        .anyMatch(line -> line.startsWith("weigh/busy "));
  }

  private List<Integer> numbers(String file) throws IOException {
    return sorted(Files.readAllLines(cli.file(file)).stream().mapToInt(Integer::parseInt));
  }

  private static List<Integer> sorted(IntStream numbers) {
    return numbers.sorted().boxed().toList();
  }
}
