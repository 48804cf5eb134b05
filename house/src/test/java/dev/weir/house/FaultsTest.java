package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What breaks is named, nothing is lost, and the same command goes on from there. */
class FaultsTest {

  private static final int RECORDS = 300_000;

  private static final String KEYS =
      """
      import weir

      def action(x):
          weir.pools('seen').set(str(x), x)
          yield x
      """;

  /** Stands still at record 1,000 until the file {@code go} is there. */
  private static final String GATED =
      """
      import os, time, weir

      def action(x):
          while x == 1000 and not os.path.exists('go'):
              time.sleep(0.001)
          yield weir.cells('sum').update(lambda n: (n or 0) + x)

      def end():
          yield 'ended'
      """;

  @TempDir Path folder;
  private Cli cli;

  @BeforeEach
  void cli() {
    cli = new Cli(folder);
  }

  // What the disk does

  @Test
  void aFlippedBitInAnyChunkIsNamedAndNeverRestored() throws IOException {
    cli.write("keys.py", KEYS);
    cli.weir("run", "keys.py", "-i", "inline:1,2,3", "-o", "discard:").ok();
    var sound = cli.weir("snapshot", "take", "keys").ok().out().strip();
    var others = chunks();
    numbers("in.jsonl", 20_000);
    cli.weir("run", "keys.py", "-i", "in.jsonl", "-o", "discard:").ok();
    var snapshot = cli.weir("snapshot", "take", "keys").ok().out().strip();
    var own = chunks();
    own.removeAll(others);
    assertThat(own).hasSizeGreaterThan(2);
    var before = cli.weir("job", "inspect", "keys", "--json").ok().out();

    for (var chunk : own) {
      flip(chunk);
      var verify = cli.weir("snapshot", "verify");
      assertThat(verify.status()).isEqualTo(1);
      assertThat(verify.out()).contains(snapshot + "  DAMAGED").contains(sound + "  sound");
      assertThat(verify.out()).contains(chunk.getParent().getFileName() + "" + chunk.getFileName());
      var restore = cli.weir("snapshot", "restore", "keys", snapshot);
      assertThat(restore.status()).isEqualTo(1);
      assertThat(restore.err())
          .contains("snapshot " + snapshot + " of keys is damaged")
          .contains("Nothing was changed")
          .contains("newest sound snapshot of keys is " + sound);
      assertThat(cli.weir("job", "inspect", "keys", "--json").ok().out()).isEqualTo(before);
      flip(chunk);
    }

    cli.weir("snapshot", "verify").ok();
    cli.weir("snapshot", "restore", "keys", snapshot).ok();
    assertThat(cli.weir("pool", "list", "keys").ok().lines()).hasSize(1 + 20_000);
  }

  @Test
  void aFullDiskUnderTheOutputFailsTheRunWhichGoesOnWhenThereIsRoom() throws IOException {
    cli.write("keys.py", KEYS);
    numbers("in.jsonl", RECORDS);
    var result =
        onSmallDisk(
            """
            run() { weir run keys.py -i in.jsonl -o small/out.jsonl --epoch 100ms; }
            run; echo "first $?"
            mount -o remount,size=64m small
            run; echo "second $?"
            cmp in.jsonl small/out.jsonl && echo same
            """);
    assertThat(result.lines()).as(result.err()).containsExactly("first 1", "second 0", "same");
    assertThat(result.err())
        .contains("small/out.jsonl")
        .contains("No space left on device")
        .contains("Make room")
        .contains("goes on from epoch");
    assertThat(cli.weir("pool", "list", "keys").ok().lines()).hasSize(1 + RECORDS);
  }

  @Test
  void aFullDiskUnderTheStoreFailsTheRunWhichGoesOnWhenThereIsRoom() throws IOException {
    cli.write("keys.py", KEYS);
    numbers("in.jsonl", RECORDS);
    var result =
        onSmallDisk(
            """
            run() { weir run keys.py -i in.jsonl -o out.jsonl --store sqlite:small/s.db --epoch 100ms; }
            run; echo "first $?"
            mount -o remount,size=128m small
            run; echo "second $?"
            cmp in.jsonl out.jsonl && echo same
            weir pool list keys --store sqlite:small/s.db | wc -l
            """);
    assertThat(result.lines())
        .as(result.err())
        .containsExactly("first 1", "second 0", "same", Integer.toString(1 + RECORDS));
    assertThat(result.err()).contains("small/s.db is full").contains("goes on from epoch");
  }

  /** Runs a script beside a folder {@code small} that is a disk of 1 MB. */
  private Cli.Result onSmallDisk(String script) throws IOException {
    Files.createDirectory(cli.file("small"));
    assumeTrue(
        cli.sh("unshare -rm mount -t tmpfs -o size=1m small small").status() == 0,
        "this system lets no user mount a small disk");
    cli.write("script.sh", "mount -t tmpfs -o size=1m small small\n" + script);
    return cli.sh("unshare -rm bash script.sh").ok();
  }

  // What runners do

  @Test
  void aRunnerThatSleepsForEverIsReportedWithItsStack() {
    cli.write(
        "hang.py",
        """
        import time

        def rest():
            time.sleep(1e9)

        def action(x):
            if x == 2:
                rest()
            yield x
        """);
    var hung =
        cli.weir("run", "hang.py", "-i", "inline:1,2", "--time-limit", "1s", "--retries", "0");
    assertThat(hung.status()).isEqualTo(1);
    assertThat(hung.err())
        .contains("model hang.py has not answered for 1 s")
        .contains("File \"hang.py\", line 4, in rest")
        .contains("record 2 of slot 0: 2")
        .contains("can be resumed");
    oneScreen(hung);
  }

  @Test
  void anOperatorThatHangsIsToldOfAndTriedAgain() throws IOException {
    cli.write(
        "hang.py",
        """
        import os, time
        def on_input(i, h, b):
            if b.get() == "b" and not os.path.exists("second"):
                open("second", "w").close()
                time.sleep(1e9)
            api.outputs.output.publish(b.get())
        api.set_port_callback("input", on_input)
        """);
    cli.write(
        "hang.yaml",
        """
        nodes:
          in: {type: source, stream: 'inline:"a","b","c"'}
          slow: {type: python, file: hang.py, time-limit: 1s}
          out: {type: sink, stream: out.jsonl}
        connections: [in -> slow -> out]
        recovery: {delay: 1ms}
        """);
    var run = cli.weir("run", "hang.yaml").ok();
    assertThat(run.err())
        .contains("slow: the port callback has said nothing for 1.0 s")
        .contains("hang.py\", line 5, in on_input");
    assertThat(cli.read("out.jsonl")).isEqualTo("\"a\"\n\"b\"\n\"c\"\n");
  }

  @Test
  void aRunnerThatExitsIsReportedAndTriedAgain() throws IOException {
    cli.write(
        "exit.py",
        """
        import os

        def action(x):
            if x == 2 and not os.path.exists('mended'):
                os._exit(7)
            yield x
        """);
    numbers("in.jsonl", 3);
    var run =
        new String[] {
          "run",
          "exit.py",
          "-i",
          "in.jsonl",
          "-o",
          "out.jsonl",
          "--retries",
          "2",
          "--retry-delay",
          "1ms"
        };
    var lost = cli.weir(run);
    assertThat(lost.status()).isEqualTo(1);
    assertThat(lost.err())
        .contains("exit status 7")
        .contains("record 2 of slot 0: 2")
        .contains("failure 2, 2 allowed in a row")
        .contains("given up after 3 failures");
    oneScreen(lost);
    cli.write("mended", "");
    cli.weir(run).ok();
    assertThat(cli.read("out.jsonl")).isEqualTo("1\n2\n3\n");
  }

  @Test
  void aModelMayFloodStderr() {
    cli.write(
        "flood.py",
        """
        import sys

        def action(x):
            for i in range(20000):
                print('flood', i, file=sys.stderr)
            sys.stderr.write('x' * 3000000)
            yield x
        """);
    var flooded = cli.weir("run", "flood.py", "-i", "inline:1,2").ok();
    assertThat(flooded.lines()).containsExactly("1", "2");
    assertThat(flooded.err().lines().filter("flood 19999"::equals)).hasSize(2);
  }

  // What people do

  @ParameterizedTest
  @CsvSource({"TERM, 143", "INT, 130"})
  void aSignalToTheProcessGroupFinishesTheEpoch(String signal, int status) throws Exception {
    var run = gated();
    var running = cli.start(run);
    atTheGate(running);
    running.signal("-" + signal, "-" + running.process().pid());
    until(running, () -> running.err().contains("finishing the epoch"));
    cli.write("go", "");
    var ended = running.end();
    assertThat(ended.status()).as(ended.err()).isEqualTo(status);
    assertThat(ended.err()).doesNotContain("KeyboardInterrupt").doesNotContain("Traceback");
    assertThat(cli.weir("job", "list").ok().out()).contains("interrupted");
    var epoch = cli.weir(run).ok();
    assertThat(epoch.err()).contains("goes on from epoch");
    complete();
  }

  @Test
  void aPausedJobIsResumedByItsName() throws Exception {
    var running = cli.start(gated());
    atTheGate(running);
    var pause = cli.start("job", "pause", "gated");
    until(running, () -> asked("pause"));
    cli.write("go", "");
    assertThat(pause.end().ok().err()).contains("is paused").contains("weir job resume gated");
    running.end().ok();
    assertThat(cli.weir("job", "list").ok().out()).contains("paused");
    assertThat(cli.weir("snapshot", "list", "gated").ok().out()).contains("pause");
    assertThat(cli.weir("job", "resume", "gated").ok().err()).contains("goes on from epoch");
    complete();
  }

  @Test
  void aStoppedJobHasEndedAndStartsAfresh() throws Exception {
    cli.write("gated.py", GATED);
    var running = cli.start("run", "gated.py", "-o", "out.jsonl", "--snapshots", "eof");
    feed(running, "1\n2\n");
    until(running, () -> cli.read("out.jsonl").equals("1\n3\n"));
    var stop = cli.weir("job", "stop", "gated").ok();
    assertThat(stop.err()).contains("is stopped; snapshot ");
    running.end().ok();
    assertThat(cli.read("out.jsonl")).isEqualTo("1\n3\n\"ended\"\n");
    assertThat(cli.weir("job", "list").ok().out()).contains("stopped");
    var resume = cli.weir("job", "resume", "gated");
    assertThat(resume.status()).isEqualTo(2);
    assertThat(resume.err()).contains("nothing to resume");
    cli.weirFed("5\n", "run", "gated.py", "-o", "out.jsonl").ok();
    assertThat(cli.read("out.jsonl")).isEqualTo("5\n\"ended\"\n");
  }

  @Test
  void cellsAndPoolsAreSetInARunningJobAndInOneThatDoesNotRun() throws Exception {
    cli.write(
        "both.py",
        """
        import weir

        def action(x):
            n = weir.cells('n').update(lambda n: (n or 0) + x)
            p = weir.pools('p').update('k', lambda n: (n or 0) + x)
            yield [n, p, weir.pools('p').get('new')]
        """);
    var running = cli.start("run", "both.py", "-o", "out.jsonl", "--epoch", "50ms");
    feed(running, "1\n");
    until(running, () -> cli.read("out.jsonl").equals("[1,1,null]\n"));
    cli.weir("cell", "set", "both", "n", "100").ok();
    cli.weir("pool", "set", "both", "p", "k", "200").ok();
    cli.weir("pool", "set", "both", "model/p", "new", "{\"a\": [1, null]}").ok();
    assertThat(cli.weir("cell", "get", "both", "n").ok().out()).isEqualTo("100\n");
    feed(running, "1\n");
    until(running, () -> cli.read("out.jsonl").lines().count() == 2);
    cli.weir("pool", "delete", "both", "p", "new").ok();
    feed(running, "1\n");
    running.process().getOutputStream().close();
    running.end().ok();
    assertThat(cli.read("out.jsonl"))
        .isEqualTo("[1,1,null]\n[101,201,{\"a\":[1,null]}]\n[102,202,null]\n");

    cli.weir("cell", "set", "both", "n", "7").ok();
    cli.weir("pool", "set", "both", "p", "other", "\"text\"").ok();
    cli.weir("pool", "delete", "both", "p", "k").ok();
    assertThat(cli.weir("cell", "get", "both", "n").ok().out()).isEqualTo("7\n");
    assertThat(cli.weir("pool", "list", "both", "--json").ok().out())
        .contains("\"other\"")
        .doesNotContain("\"k\"");
  }

  // Helpers

  private String[] gated() throws IOException {
    cli.write("gated.py", GATED);
    numbers("in.jsonl", RECORDS);
    return new String[] {"run", "gated.py", "-i", "in.jsonl", "-o", "out.jsonl", "--epoch", "50ms"};
  }

  /** Waits until the model stands at its gate and something before it is committed. */
  private void atTheGate(Cli.Running running) throws Exception {
    until(running, () -> committed() > 0 && !running.runners().isEmpty());
  }

  /** The output of the gated model is what it is without an interruption. */
  private void complete() {
    var expected = new StringBuilder();
    long sum = 0;
    for (int i = 1; i <= RECORDS; i++) {
      sum += i;
      expected.append(sum).append('\n');
    }
    assertThat(cli.read("out.jsonl").equals(expected + "\"ended\"\n"))
        .as("the output is that of an undisturbed run")
        .isTrue();
    assertThat(cli.weir("cell", "get", "gated", "sum").ok().out()).isEqualTo(sum + "\n");
  }

  private int committed() {
    var epoch = cli.sh("sqlite3 .weir/state.db 'select epoch from weir_job'");
    return epoch.status() == 0 && !epoch.out().isBlank()
        ? Integer.parseInt(epoch.out().strip())
        : 0;
  }

  private boolean asked(String verb) {
    return cli.sh("sqlite3 .weir/state.db 'select verb from weir_request'").out().contains(verb);
  }

  private interface Condition {
    boolean holds() throws IOException;
  }

  /** Waits as long as the command runs, and no longer than anybody would. */
  private static void until(Cli.Running running, Condition condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
    while (true) {
      try {
        if (condition.holds()) {
          return;
        }
      } catch (java.io.UncheckedIOException notThereYet) {
        // A file that is waited for, perhaps.
      }
      assertThat(running.alive() && System.nanoTime() < deadline).as(running.err()).isTrue();
      Thread.sleep(Cli.POLL_MILLIS);
    }
  }

  private static void feed(Cli.Running running, String lines) throws IOException {
    var input = running.process().getOutputStream();
    input.write(lines.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    input.flush();
  }

  private void numbers(String file, int count) throws IOException {
    Files.writeString(
        cli.file(file),
        IntStream.rangeClosed(1, count).mapToObj(i -> i + "\n").collect(Collectors.joining()));
  }

  private Set<Path> chunks() throws IOException {
    try (var files = Files.walk(cli.file(".weir/state.db-chunks"))) {
      return files.filter(Files::isRegularFile).collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private static void flip(Path file) throws IOException {
    var bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
  }

  private static void oneScreen(Cli.Result result) {
    assertThat(result.err().lines()).hasSizeLessThan(25);
    assertThat(result.err()).doesNotContain("\tat ").doesNotContain("Exception:");
  }
}
