package dev.weir.house;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What is wrong is said on one screen, with the place and the way out; the exit status is 1 or 2,
 * and nothing is lost.
 */
class BadInputTest {

  @TempDir Path folder;
  private Cli cli;

  @BeforeEach
  void model() {
    cli = new Cli(folder);
    cli.write("echo.py", "def action(x):\n    yield x\n");
  }

  // Files and places

  @Test
  void filesAndPlacesThatAreNotWhatTheyShouldBe() throws IOException {
    Files.createDirectory(cli.file("folder"));
    cli.write("in.jsonl", "1\n");
    cli.write("garbage.db", "This is no database. ".repeat(100));
    Files.createSymbolicLink(cli.file("link.jsonl"), Path.of("in.jsonl"));
    refused("run echo.py -i nowhere.jsonl", "there is no file nowhere.jsonl");
    refused("run echo.py -i folder", "folder is a folder, not a file");
    refused("run echo.py -i in.jsonl -o folder", "folder is a folder, not a file");
    refused("run echo.py -i in.jsonl -o no/out.jsonl", "there is no folder", "mkdir");
    refused("run echo.py -i in.jsonl -o in.jsonl", "input and output are the same file");
    refused("run echo.py -i in.jsonl -o link.jsonl", "input and output are the same file");
    refused("run echo.py -i in.jsonl --store sqlite:folder", "folder is a folder: name a file");
    refused("run echo.py -i in.jsonl --store sqlite:garbage.db", "not a SQLite database");
    refused("run echo.py -i in.jsonl --store postgre:x", "postgre:x", "sqlite:PATH");
    refused("job list --store sqlite:none.db", "there is no store sqlite:none.db");
    refused("run nowhere.py -i in.jsonl", "there is no file nowhere.py");
    refused("run folder -i in.jsonl", "folder");
    refused("run in.jsonl -i in.jsonl", "in.jsonl", ".py");
    refused("check nowhere.py", "there is no file nowhere.py");
    assertThat(cli.file("none.db")).doesNotExist();
    assertThat(cli.read("in.jsonl")).isEqualTo("1\n");
    assertThat(cli.read("garbage.db")).startsWith("This is no database.");
  }

  @Test
  void noPython() {
    var named = cli.sh("WEIR_PYTHON=/nonexistent weir run echo.py -i inline:1");
    assertThat(named.status()).isEqualTo(1);
    assertThat(named.err()).contains("WEIR_PYTHON is /nonexistent", "apt-get install python3");
    var none =
        cli.sh(
            "mkdir bin; for tool in sh env java readlink dirname find cat; do"
                + " ln -s \"$(command -v $tool)\" bin/$tool; done;"
                + " weir=$(command -v weir);"
                + " env -u VIRTUAL_ENV -u WEIR_PYTHON PATH=\"$PWD/bin\" \"$weir\" run echo.py -i inline:1; status=$?;"
                + " rm -r bin; exit $status");
    assertThat(none.status()).as(none.err()).isEqualTo(1);
    assertThat(none.err()).contains("python3", "WEIR_PYTHON");
    oneScreen(none);
  }

  // Models

  @Test
  void modelsThatCannotBeLoaded() {
    model("noaction.py", "def act(x):\n    yield x\n");
    refused("run noaction.py -i inline:1", "noaction.py defines no function action");
    refused("check noaction.py", "noaction.py", "action");
    model("syntax.py", "def action(x)\n    yield x\n");
    refused("run syntax.py -i inline:1", "SyntaxError", "line 1");
    refused("check syntax.py", "syntax.py:1: ");
    model("imports.py", "import nopandas\ndef action(x):\n    yield x\n");
    refused("run imports.py -i inline:1", "ModuleNotFoundError", "imports.py", "line 1");
    model("raises.py", "def action(x):\n    yield x\n\nraise RuntimeError('at import')\n");
    refused("run raises.py -i inline:1", "RuntimeError: at import", "line 4");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "snapshots: sometimes | 'sometimes' is no value of 'snapshots'; there are none, eof",
        "recordsets: perhaps | 'perhaps' is no value of 'recordsets'",
        "slot.1: used | 'used' is no value of 'slot.1'",
        "input: {\"type\": \"rec | the schema is no Avro schema: not JSON",
        "input: {\"type\": \"nothing\"} | names a type that is not defined, 'nothing'",
        "output: missing | schema 'missing' is not found",
        "output: missing.avsc | schema 'missing.avsc' is not found",
      })
  void smartCommentsThatSayNothingSensible(String comment, String message) {
    model("comment.py", "\n# weir." + comment + "\ndef action(x):\n    yield x\n");
    refused("run comment.py -i inline:1", "comment.py:2:", message);
  }

  @Test
  void anExceptionInActionShowsTheRecordAndTheJobGoesOnWhenTheModelIsMended() {
    var broken =
        """
        import weir

        def action(x):
            n = weir.cells('n').update(lambda n: (n or 0) + 1)
            if x == 30:
                raise ValueError('thirty')
            yield [x, n]
        """;
    model("model.py", broken);
    var input = new StringBuilder();
    var output = new StringBuilder();
    for (int i = 1; i <= 50; i++) {
      input.append(i).append('\n');
      output.append("[" + i + "," + i + "]\n");
    }
    cli.write("in.jsonl", input.toString());
    refused(
        "run model.py -i in.jsonl -o out.jsonl",
        "action() failed at record 30 of slot 0: ValueError: thirty",
        "the record: 30",
        "File \"model.py\", line 6, in action",
        "raise ValueError('thirty')");
    assertThat(cli.weir("job", "list").ok().out()).contains("failed");
    model("model.py", broken.replace("x == 30", "False"));
    cli.weir("run", "model.py", "-i", "in.jsonl", "-o", "out.jsonl").ok();
    assertThat(cli.read("out.jsonl")).isEqualTo(output.toString());
    assertThat(cli.weir("cell", "get", "model", "n").ok().out()).isEqualTo("50\n");
  }

  @Test
  void exceptionsInBeginAndEnd() {
    model(
        "begin.py",
        "def begin():\n    raise ValueError('too early')\n\ndef action(x):\n    yield x\n");
    refused("run begin.py -i inline:1", "begin() failed: ValueError: too early", "line 2");
    var end = "def action(x):\n    yield x\n\ndef end():\n    raise ValueError('too late')\n";
    model("end.py", end);
    cli.write("in.jsonl", "1\n2\n");
    refused("run end.py -i in.jsonl -o out.jsonl", "end() failed: ValueError: too late", "line 5");
    model("end.py", end.replace("raise ValueError('too late')", "yield 'end'"));
    cli.weir("run", "end.py", "-i", "in.jsonl", "-o", "out.jsonl").ok();
    assertThat(cli.read("out.jsonl")).isEqualTo("1\n2\n\"end\"\n");
  }

  @Test
  void valuesThatAreNotJson() {
    var values =
        List.of(
            List.of("weir.cells('c').set({1, 2})", "cell 'c' is of type set", "list(...)"),
            List.of("weir.cells('c').set(object())", "cell 'c' is of type object", "dict"),
            List.of("weir.cells('c').update(lambda c: b'x')", "cell 'c' is of type bytes", "use"),
            List.of(
                "weir.pools('p').set('k', 1j)", "key 'k' of pool 'p' is of type complex", "use"),
            List.of("weir.cells('c').set(float('inf'))", "cell 'c' is inf", "use None"),
            List.of("return float('nan')", "the output is nan", "use None"),
            List.of("return {1: 2}", "the output", "key"));
    for (int i = 0; i < values.size(); i++) {
      var wrong = values.get(i);
      model("wrong" + i + ".py", "import weir\n\ndef action(x):\n    " + wrong.get(0) + "\n");
      refused(
          "run wrong" + i + ".py -i inline:1", "record 1", "wrong" + i, wrong.get(1), wrong.get(2));
    }
  }

  // Records

  @Test
  void badRecordsAreCountedReportedAndSkipped() {
    model("ints.py", "# weir.input: int\n# weir.output: int\ndef action(x):\n    yield x * 3\n");
    var run =
        cli.weirFed("1\ntwo\n\"x\"\n3000000000\n{\n2.5\nnull\n\n1000000000\n5\n6", "run", "ints.py")
            .ok();
    assertThat(run.lines()).containsExactly("3", "15", "18");
    assertThat(run.err())
        .contains("input: record 2 dropped: not JSON")
        .contains("model: record 3 dropped: Int expected, not \"x\"")
        .contains("model: an output dropped: Int expected, not 3000000000");
    var inspect = cli.weir("job", "inspect", "ints", "--json").ok().out();
    assertThat(inspect).contains("\"encoding\":", "\"schema\":");
    oneScreen(run);

    var many = new StringBuilder();
    for (int i = 0; i < 10_000; i++) {
      many.append("nonsense ").append(i).append('\n');
    }
    var flood = cli.weirFed(many + "7\n", "run", "ints.py").ok();
    assertThat(flood.lines()).containsExactly("21");
    assertThat(flood.err()).contains("only counted: weir job inspect ints");
    oneScreen(flood);
    assertThat(cli.weir("job", "inspect", "ints", "--json").ok().out())
        .contains("\"encoding\":10000");
  }

  // Commands

  @Test
  void commandsThatAreWrong() {
    wrong("run", "Missing required parameter", "PROGRAM", "weir run --help");
    wrong("jobb", "no command 'jobb'", "did you mean: job");
    wrong("job", "list, inspect, watch, scale, pause, resume, stop");
    wrong("job lst", "lst", "list");
    wrong("run echo.py --runner 3", "--runner", "did you mean: --runners");
    wrong("run echo.py --runners 0", "at least 1 runner, not 0");
    wrong("run echo.py --runners many", "--runners", "'many'");
    wrong("run echo.py --epoch abc", "--epoch", "'abc' is not a time", "250ms");
    wrong("run echo.py --time-limit -1s", "--time-limit");
    wrong("run echo.py --time-limit 0s", "--time-limit", "60s");
    wrong("run echo.py --retries -1", "--retries");
    wrong("run echo.py --keep -1", "--keep");
    wrong("run echo.py --snapshots sometimes", "--snapshots is none, eof", "'sometimes'");
    wrong("run echo.py --name a/b", "'a/b' cannot be a job's name");
    refused("run echo.py -i inlin:1,2", "inlin:", "Did you mean inline:1,2?");
    refused("run echo.py -i kafka://a/b", "an address follows kafka:", "kafka://host:9092/topic");
    cli.weir("run", "echo.py", "-i", "inline:1").ok();
    wrong("job inspect ech", "no job is named 'ech'", "there is echo");
    wrong("job scale echo 2", "job 'echo' is not running (finished)");
    wrong("job scale echo 0", "at least 1 runner");
    wrong("job pause echo", "is not running");
    wrong("job stop echo", "is not running");
    wrong("job resume echo", "nothing to resume (finished)", "weir run echo.py");
    wrong("cell get echo n", "job 'echo' has no cell 'n'", "weir cell list echo");
    wrong("cell set echo n {", "'{' is not a JSON value");
    wrong("cell set echo n text", "double quotes");
    wrong("pool get echo p k", "pool 'p' of job 'echo' has no key 'k'");
    wrong("snapshot remove --keep 0 echo", "at least 1");
  }

  /** Runs the command: status 1 or 2, one screen, and each of the parts in what it says. */
  private Cli.Result refused(String command, String... parts) {
    var args = new ArrayList<String>(List.of(command.split(" ", -1)));
    var result = cli.weir(args.toArray(String[]::new));
    assertThat(result.status()).as(command + "\n" + result.err()).isIn(1, 2);
    assertThat(result.err()).as(command).startsWith("weir: ").contains(parts);
    oneScreen(result);
    return result;
  }

  private void wrong(String command, String... parts) {
    assertThat(refused(command, parts).status()).as(command).isEqualTo(2);
  }

  private void model(String name, String source) {
    cli.write(name, source);
  }

  private static void oneScreen(Cli.Result result) {
    assertThat(result.err().lines()).hasSizeLessThan(25).allMatch(line -> line.length() < 500);
    assertThat(result.err())
        .doesNotContain("\tat ")
        .doesNotContain("java.")
        .doesNotContain("Exception in thread")
        .doesNotContain("unexpected happened");
  }

  @Test
  void aPasswordIsNotKeptWithTheJob() throws Exception {
    cli.write(
        "late.py",
        "import os\n\ndef action(x):\n    if not os.path.exists('go'):\n        1 / 0\n    yield {'n': x}\n");
    cli.sh("sqlite3 target.db 'create table t (n integer)'").ok();
    String[] run = {
      "run",
      "late.py",
      "-i",
      "inline:1,2",
      "-o",
      "jdbc:sqlite:target.db?table=t&user=u&password=hush",
      "--retries",
      "0"
    };
    do { // a run may fail before its first commit
      assertThat(cli.weir(run).status()).isEqualTo(1);
    } while (!cli.weir("job", "list").ok().lines().get(1).matches("late +failed +[1-9].*"));
    assertThat(new String(Files.readAllBytes(cli.file(".weir/state.db")), ISO_8859_1))
        .contains("late.py")
        .doesNotContain("hush");
    wrong("job resume late", "passwords are not kept", "secret://NAME");
    cli.write("go", "");
    assertThat(cli.weir(run).ok().err()).contains("goes on from epoch");
    assertThat(cli.sh("sqlite3 target.db 'select n from t'").out()).isEqualTo("1\n2\n");
  }
}
