package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be seen of jobs, schemas and models without reading the store. */
class WatchTest {

  @TempDir Path folder;
  private Cli cli;

  @BeforeEach
  void model() {
    cli = new Cli(folder);
    cli.seed("cell.py");
  }

  /** An epoch of an hour: what is seen is not what was committed. */
  @Test
  void aRunningJobIsSeenFromAnotherProcessThoughItCommitsNothing() throws IOException {
    var run = cli.start("run", "cell.py", "-o", "out.jsonl", "--epoch", "1h");
    var stdin = run.process().getOutputStream();
    stdin.write("1\n2\n\"x\"\n3\n".getBytes(StandardCharsets.UTF_8));
    stdin.flush();
    var inspect = "";
    while (!inspect.contains("\"outputs\":3,")) {
      inspect = cli.weir("job", "inspect", "cell", "--json").out();
    }
    assertThat(inspect)
        .contains("\"live\":true", "\"epoch\":1,", "\"rejected\":{\"schema\":1}")
        .contains("\"cells\":1", "\"doing\":\"running\"");
    var page = cli.weir("job", "inspect", "cell").ok().out();
    assertThat(page)
        .contains("status     running, process " + run.process().pid())
        .contains("guarantee  output: at-most-once", "on error   fail", "1 schema")
        .contains("RUNNER", "SLOT", "commit ");
    var watch = cli.start("job", "watch", "cell", "--interval", "100ms");
    var frames = cli.start("job", "watch", "cell", "--interval", "100ms", "--json");
    run.until(() -> watch.out().lines().count() >= 2 && frames.out().lines().count() >= 2);
    cli.weir("job", "stop", "cell").ok();
    assertThat(run.end().status()).isZero();
    assertThat(watch.end().ok().lines())
        .allMatch(line -> line.startsWith("cell: "))
        .last()
        .asString()
        .startsWith("cell: stopped");
    assertThat(frames.end().ok().lines().get(0)).startsWith("{\"name\":\"cell\"");
    assertThat(cli.read("out.jsonl")).isEqualTo("1\n3\n6\n");
  }

  @Test
  void onATerminalItIsOneScreenThatGivesTheTerminalBack() {
    cli.weir("run", "cell.py", "-i", "inline:1,2,3", "-o", "discard:").ok();
    var screen =
        cli.sh(
                "TERM=xterm script -qec 'stty rows 24 cols 80; weir job watch cell; stty -a' /dev/null")
            .ok()
            .out();
    assertThat(screen)
        .contains("\u001b[?1049h", "\u001b[?1049l", "SLOT", "cell: finished, epoch 2")
        .contains(" icanon", " echo ");
    var frame = screen.substring(screen.indexOf("\u001b[H") + 3, screen.indexOf("\u001b[?1049l"));
    assertThat(frame.replaceAll("\u001b\\[[0-9?]*[A-Za-z]|\r", "").split("\n"))
        .hasSize(24)
        .allMatch(line -> line.length() <= 80);
  }

  @Test
  void recordsAreVerifiedAgainstASchema() {
    var verify = cli.weirFed("2\n\"fastscore\"\n[]\n3\nfoobar\n", "schema", "verify", "int");
    assertThat(verify.status()).isEqualTo(1);
    assertThat(verify.lines())
        .containsExactly(
            "OK   2",
            "FAIL \"fastscore\"",
            "Int expected, not \"fastscore\"",
            "FAIL []",
            "Int expected, not []",
            "OK   3",
            "JSON foobar");
    assertThat(cli.weirFed("2\n3\n", "schema", "verify", "int").status()).isZero();
    var undefined = cli.weirFed("1", "schema", "verify", "[\"null\",\"foobar\"]");
    assertThat(undefined.status()).isNotZero();
    assertThat(undefined.err()).contains("not defined", "'foobar'");
  }

  @Test
  void aSchemaIsInferredThatAllRecordsMatch() {
    var flights = Cli.HOME.resolve("examples/flights/flights.jsonl").toString();
    var schema = cli.weir("schema", "infer", flights).ok().out();
    assertThat(schema).startsWith("{\"type\":\"record\",\"name\":\"Flights\"");
    cli.write("flights.avsc", schema);
    assertThat(cli.weir("schema", "verify", "flights", flights).ok().lines())
        .hasSize(5000)
        .allMatch(line -> line.startsWith("OK   {"));
    assertThat(cli.weirFed("", "schema", "infer").status()).isEqualTo(2);
  }

  @Test
  void aModelIsTestedWithARestoreAfterEveryRecord() {
    var good = cli.weir("model", "test", "cell.py", "-i", "inline:1,2,3").ok();
    assertThat(good.out()).contains("3 records, 3 outputs", "the same with a snapshot");
    cli.write("forgets.py", "n = 0\ndef action(x):\n    global n\n    n += x\n    yield n\n");
    var bad = cli.weir("model", "test", "forgets.py", "-i", "inline:1,2,3");
    assertThat(bad.status()).isEqualTo(1);
    assertThat(bad.out()).contains("output 2 of slot 1 is 3 undisturbed, and 2 when restored");
    cli.write("expected.jsonl", "1\n3.0\n7\n");
    var expected =
        cli.weir("model", "test", "cell.py", "-i", "inline:1,2,3", "--expect", "expected.jsonl");
    assertThat(expected.status()).isEqualTo(1);
    assertThat(expected.out()).contains("output 3 is 6, expected is 7");
    assertThat(cli.file(".weir")).as("nothing is written").doesNotExist();
  }

  @Test
  void aModelIsTestedFromPython() {
    cli.write("forgets.py", "n = 0\ndef action(x):\n    global n\n    n += x\n    yield n\n");
    cli.write(
        "test_models.py",
        """
        import unittest
        import weir_testing


        class Models(unittest.TestCase):
            def test_keeps(self):
                result = weir_testing.check("cell.py", [1, 2, 3], expect=[1, 3, 6])
                self.assertEqual(result.cells, {"counter": 6})

            def test_forgets(self):
                result = weir_testing.run("forgets.py", [1, 2])
                self.assertEqual((result.outputs, result.restored.outputs), ([1, 3], [1, 2]))
                with self.assertRaisesRegex(AssertionError, "output 2 of slot 1"):
                    weir_testing.check("forgets.py", [1, 2])

            def test_fails(self):
                with self.assertRaisesRegex(weir_testing.ModelError, "no file nix.py"):
                    weir_testing.run("nix.py", [1])

            def test_operators(self):
                weir_testing.check_operator("sums.yaml", "keeps", [("in", 1), ("in", 2)], {"out": [1, 3]})
                with self.assertRaisesRegex(AssertionError, "restored after every record: output 2 of 'out' is 2"):
                    weir_testing.check_operator("sums.yaml", "forgets", [1, 2], file="forgets.py")
        """);
    cli.write(
        "sums.yaml",
        """
        parameters: {file: {type: string, default: cell.py}}
        nodes:
          numbers: {type: source, stream: "inline:1"}
          keeps: {type: model, file: cell.py}
          forgets: {type: model, file: "${file}"}
          one: {type: sink, stream: "discard:"}
          other: {type: sink, stream: "discard:"}
        connections: [numbers -> keeps -> one, numbers -> forgets -> other]
        """);
    var sums = cli.weir("operator", "test", "sums.yaml", "keeps", "-i", "inline:1,2").ok();
    assertThat(sums.out()).isEqualTo("2 records, 2 outputs\nthe same under all conditions\n");
    var test = cli.sh("PYTHONPATH=$(weir model kit) python3 -m unittest test_models");
    assertThat(test.err()).contains("Ran 4 tests", "OK");
  }
}
