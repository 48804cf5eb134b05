package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the commands say of a graph before, while and after it runs. */
class GraphCasesTest {

  /** Never ends by itself, so that it is always still running when something is done to it. */
  private static final String FOREVER =
      """
      n = 0

      def tick():
          global n
          n += 1
          api.outputs.output.publish(n)
          return 0.001

      def restore(epoch, state):
          global n
          n = pickle.loads(state)

      api.add_timer(tick)
      api.set_initial_snapshot_info(api.InitialProcessInfo(is_stateful=True))
      api.set_serialize_callback(lambda epoch: pickle.dumps(n))
      api.set_restore_callback(restore)
      """;

  private static final String TYPED =
      """
      nodes:
        in: {type: source, stream: "inline:1,2"}
        rows: {type: python, file: pass.py, inputs: [input], outputs: [%s]}
        names: {type: python, file: pass.py, inputs: [%s], outputs: [output]}
        out: {type: sink, stream: out.jsonl}
      connections: [in -> rows -> names -> out]
      """;

  private static final String SMALL =
      """
      parameters:
        last: {type: integer, default: 2}
        to: out.jsonl
      nodes:
        in: {type: source, stream: "range:1..${last}"}
        pass: {type: python, file: pass.py}
        out: {type: sink, stream: "${to}"}
      connections: [in -> pass -> out]
      """;

  @TempDir Path folder;
  private Cli cli;
  private Cli.Running running;

  @BeforeEach
  void scripts() {
    cli = new Cli(folder);
    cli.seed("counter.py");
    cli.write("forever.py", FOREVER);
    cli.write(
        "pass.py",
        "api.set_port_callback('input', lambda m, h, b: api.outputs.output.publish(b.get()))\n");
    cli.write(
        "forever.yaml",
        """
        nodes:
          numbers: {type: python, file: forever.py}
          count: {type: python, file: counter.py}
          counts: {type: sink, stream: counts.jsonl}
        connections: [numbers -> count -> counts]
        epoch: 50ms
        recovery: {retries: 3, delay: 10ms, reset-after: 1h}
        """);
  }

  @AfterEach
  void nothingStays() {
    if (running != null && running.alive()) {
      running.killGroup();
    }
  }

  @Test
  @DisplayName("case 27: two ports of different types are not connected; both are named")
  void types() {
    var table = "{name: output, type: table, vtype-ID: com.example.row}";
    var scalar = "{name: input, type: scalar, vtype-ID: com.example.name}";
    cli.write("typed.yaml", TYPED.formatted(table, scalar));
    var refused = cli.weir("check", "typed.yaml");
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.err())
        .contains(
            "typed.yaml:6:15: what comes out of rows.output does not fit names.input: table"
                + " com.example.row is not good for scalar com.example.name");
    assertThat(cli.weir("run", "typed.yaml").err()).contains("does not fit names.input");
    assertThat(cli.file("out.jsonl")).doesNotExist();

    var other = "{name: input, type: table, vtype-ID: com.example.name}";
    cli.write("typed.yaml", TYPED.formatted(table, other));
    assertThat(cli.weir("check", "typed.yaml").err())
        .contains("table com.example.row is not good for table com.example.name");

    for (var any : List.of("input", "{name: input}", "{name: input, type: \"*\"}")) {
      cli.write("typed.yaml", TYPED.formatted(table, any));
      cli.weir("check", "typed.yaml").ok();
    }
    cli.write("typed.yaml", TYPED.formatted("output", scalar));
    cli.weir("check", "typed.yaml").ok();
    cli.write("typed.yaml", TYPED.formatted(table, table.replace("output", "input")));
    cli.weir("check", "typed.yaml").ok();
  }

  @Test
  @DisplayName(
      "case 56: a paused graph goes on from its state; one that ended has nothing to resume")
  void pause() throws Exception {
    running = cli.start("run", "forever.yaml");
    running.until(() -> counts() > 50);
    assertThat(cli.weir("job", "pause", "forever").ok().err())
        .contains("is paused", "weir job resume forever");
    running.end().ok();
    assertThat(cli.weir("job", "list").ok().lines()).anyMatch(l -> l.matches("forever +paused .*"));
    assertThat(cli.weir("job", "inspect", "forever").ok().out()).contains("status     paused, ");
    long before = counted();

    running = cli.start("job", "resume", "forever");
    running.until(() -> counts() > before + 50);
    cli.weir("job", "stop", "forever").ok();
    assertThat(running.end().ok().err()).contains("goes on from epoch");
    long all = counted();
    assertThat(all).isGreaterThan(before);

    var stopped = cli.weir("job", "resume", "forever");
    assertThat(stopped.status()).isEqualTo(2);
    assertThat(stopped.err()).contains("job 'forever' has nothing to resume (stopped)");
    assertThat(counted()).isEqualTo(all);
    cli.write("small.yaml", SMALL);
    cli.weir("run", "small.yaml").ok();
    var finished = cli.weir("job", "resume", "small");
    assertThat(finished.status()).isEqualTo(2);
    assertThat(finished.err())
        .contains("job 'small' has nothing to resume (finished)", "weir run small.yaml");
  }

  @Test
  @DisplayName(
      "cases 58, 78: killed workers are failures from which the run recovers; inspect shows")
  void killedWorker() throws Exception {
    running = cli.start("run", "forever.yaml");
    int failures = 0;
    for (int operator = 0; operator < 2; operator++) {
      long before = counts();
      running.until(() -> counts() > before + 50 && running.runners().size() == 2);
      running.signal("-9", Long.toString(running.runners().get(operator)));
      long goesOn = ++failures;
      running.until(() -> inspect().contains("\"run\":" + (goesOn + 1) + ",\"restart\":1"));
    }
    long before = counts();
    running.until(() -> counts() > before + 50);
    cli.weir("job", "stop", "forever").ok();
    assertThat(running.end().ok().err()).contains("its process ended: killed by signal 9");
    counted();

    assertThat(inspect())
        .contains("\"order\":2,\"kind\":\"automatic\",\"failures\":2,")
        .contains("\"order\":0,\"kind\":\"normal\",\"failures\":0,")
        .contains("\"outcome\":\"failed\",\"failure\":\"job 'forever', ")
        .contains("its process ended: killed by signal 9");
    assertThat(cli.weir("job", "inspect", "forever").ok().lines())
        .anyMatch(line -> line.startsWith("status     stopped, epoch "))
        .anyMatch(
            line -> line.equals("restart    1, run 3 of it, automatic after 2 failures in a row"))
        .anyMatch(line -> line.matches("numbers +python +forever.py .*"))
        .anyMatch(line -> line.matches("count +python +counter.py .*"))
        .anyMatch(line -> line.matches("counts +sink +file counts.jsonl.*"));
  }

  @Test
  @DisplayName("case 78: inspect shows where and why a graph failed")
  void failed() {
    cli.write(
        "raises.py",
        """
        def on_input(msg_id, header, body):
            api.outputs.output.publish(1 / 0)

        api.set_port_callback("input", on_input)
        """);
    cli.write("small.yaml", SMALL.replace("pass.py", "raises.py"));
    assertThat(cli.weir("run", "small.yaml").status()).isEqualTo(1);
    assertThat(cli.weir("job", "inspect", "small").ok().out())
        .contains("status     failed, ")
        .contains("restart    1, run 1 of it, normal")
        .containsPattern("failure    job 'small', pass, epoch [12]: ")
        .contains("ZeroDivisionError: division by zero (raises.py, line 2)");
  }

  @Test
  @DisplayName("cases 68, 69: an operator that varies is named, and is why a guarantee is less")
  void varies() {
    var graph =
        """
        nodes:
          in: {type: source, stream: "inline:1,2"}
          dice: {type: python, file: pass.py}
          out:
            type: sink
            stream: {transport: {type: http, url: "http://127.0.0.1:9/", idempotent: true}}
        connections: [in -> dice -> out]
        """;
    cli.write("dice.yaml", graph);
    assertThat(cli.weir("check", "dice.yaml").ok().lines())
        .anyMatch(line -> line.startsWith("guarantee  out: exactly-once: "))
        .noneMatch(line -> line.startsWith("varies"));
    cli.write("dice.yaml", graph.replace("pass.py", "pass.py, deterministic: false"));
    assertThat(cli.weir("check", "dice.yaml").ok().lines())
        .anyMatch(line -> line.startsWith("varies     dice: another run may give other values"))
        .anyMatch(line -> line.matches("guarantee  out: at-least-once: .*'dice'.*"));
  }

  @Test
  @DisplayName("case 69: an operator that cannot give the same again is named")
  void notReplayable() {
    assertThat(cli.weir("check", "forever.yaml").ok().lines())
        .anyMatch(line -> line.startsWith("guarantee  counts: exactly-once: "));
    cli.write("forever.py", FOREVER.replace("is_stateful=True", "is_stateful=False"));
    assertThat(cli.weir("check", "forever.yaml").ok().lines())
        .anyMatch(line -> line.matches("guarantee  counts: at-most-once: 'numbers' cannot be .*"));
  }

  @ParameterizedTest(name = "case 76: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "s/python/pythn/ | small.yaml:6:16: node 'pass' cannot be of type \"pythn\"; did you mean",
        "s/pass.py/past.py/ | small.yaml:6:30: node 'pass': there is no file past.py",
        "s/  out:/  pass:/ | small.yaml:7:3: there are two of the name 'pass', here and in line 6",
        "s/{to}/{too}/ | ${too}: there is no parameter 'too'; did you mean 'to'?",
        "s/default: 2/default: two/ | small.yaml:2:3: the default of parameter 'last' is two",
      })
  void mistakes(String change, String said) {
    cli.write("small.yaml", SMALL);
    cli.sh("sed -i '" + change + "' small.yaml").ok();
    refused(said, "check", "small.yaml");
  }

  @Test
  @DisplayName("case 76: parameters are set by --set, and refused where they do not fit")
  void parameters() {
    cli.write("small.yaml", SMALL);
    refused(
        "parameter 'last' is a whole number, not 'x'", "check", "small.yaml", "--set", "last=x");
    refused("no parameter 'lst'; did you mean 'last'?", "check", "small.yaml", "--set", "lst=3");
    cli.weir("run", "small.yaml", "--set", "last=3", "--set", "to=three.jsonl").ok();
    assertThat(cli.read("three.jsonl")).isEqualTo("1\n2\n3\n");
    assertThat(cli.file("out.jsonl")).doesNotExist();
  }

  @Test
  @DisplayName("case 80: snapshots are listed with epoch, time and size, and removed")
  void snapshots() {
    cli.write("small.yaml", SMALL.replace("pass.py", "counter.py"));
    cli.weir("run", "small.yaml").ok();
    var id = cli.weir("snapshot", "take", "small").ok().out().strip();
    var list = cli.weir("snapshot", "list", "small").ok().lines();
    assertThat(list).hasSize(2);
    assertThat(list.get(0)).matches("ID +JOB +TAKEN +EPOCH +WHY +ROWS +SIZE +SHARED");
    assertThat(list.get(1))
        .matches(
            id + " +small +\\d{4}-\\d\\d-\\d\\dT[\\d:]+Z +[1-9]\\d* +manual +2 +[1-9]\\d* B .*");
    cli.weir("snapshot", "remove", id).ok();
    assertThat(cli.weir("snapshot", "list", "small").ok().out()).doesNotContain(id);
    refused("there is no snapshot " + id, "snapshot", "show", id);
  }

  private void refused(String said, String... command) {
    var result = cli.weir(command);
    assertThat(result.status()).as(result.err()).isIn(1, 2);
    assertThat(result.err()).startsWith("weir: ").contains(said).doesNotContain("\tat ");
  }

  private String inspect() {
    return cli.weir("job", "inspect", "forever", "--json").ok().out();
  }

  /** How many lines there are now; the last may be half written. */
  private long counts() {
    var file = cli.file("counts.jsonl");
    return Files.exists(file) ? cli.read("counts.jsonl").lines().count() : 0;
  }

  /** How many there are once the run has ended: 1, 2, 3 and so on, without a gap. */
  private long counted() {
    long count = counts();
    assertThat(cli.read("counts.jsonl").lines())
        .containsExactlyElementsOf(
            LongStream.rangeClosed(1, count).mapToObj(n -> "\"" + n + "\"").toList());
    return count;
  }
}
