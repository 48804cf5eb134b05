package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
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
      int number = kill;
      running.reaches(() -> begun(running, number) && cli.size("counts.jsonl") > number * 150_000L);
      assertThat(running.alive()).as("kill %d came too late\n%s", kill, running.err()).isTrue();
      running.killGroup();
      running.process().waitFor();
    }
    assertThat(cli.weir("run", "count.yaml").ok().err()).contains("goes on from epoch");
    assertThat(cli.read("counts.jsonl").lines())
        .containsExactlyElementsOf(
            LongStream.rangeClosed(1, RECORDS).mapToObj(n -> "\"" + n + "\"").toList());
  }

  @Test
  @DisplayName(
      "case 48: epochs whose state takes longer to serialise than they last do not overlap")
  void slowToSerialize() {
    cli.write(
        "slow.py",
        """
        import time
        n, busy = 0, False

        def on_input(msg_id, header, body):
            global n
            assert not busy, "a message while the state is serialised"
            n += 1
            api.outputs.output.publish(n)

        def serialize(epoch):
            global busy
            assert not busy, "two epochs at once"
            busy, before = True, n
            time.sleep(0.1)
            busy = False
            assert n == before
            return pickle.dumps(n)

        def restore(epoch, state):
            global n
            n = pickle.loads(state)

        api.set_port_callback("input", on_input)
        api.set_initial_snapshot_info(api.InitialProcessInfo(is_stateful=True))
        api.set_serialize_callback(serialize)
        api.set_restore_callback(restore)
        """);
    graph("range:1..20000");
    cli.write(
        "count.yaml",
        cli.read("count.yaml").replace("counter.py", "slow.py").replace("50ms", "10ms"));
    cli.weir("run", "count.yaml").ok();
    assertThat(cli.read("counts.jsonl").lines())
        .containsExactlyElementsOf(
            LongStream.rangeClosed(1, 20_000).mapToObj(Long::toString).toList());
  }

  @Test
  @DisplayName("case 59: what the run was asked for holds when it is resumed")
  void resumedAsItWasAskedFor() {
    cli.write(
        "step.py",
        """
        n = 0

        def on_input(msg_id, header, body):
            global n
            n += api.config.step
            if n == 50 and not os.path.exists("mended"):
                raise RuntimeError("not yet")
            api.outputs.output.publish(n)

        def restore(epoch, state):
            global n
            n = pickle.loads(state)

        import os
        api.set_port_callback("input", on_input)
        api.set_initial_snapshot_info(api.InitialProcessInfo(is_stateful=True))
        api.set_serialize_callback(lambda epoch: pickle.dumps(n))
        api.set_restore_callback(restore)
        """);
    graph("range:1..7");
    cli.write(
        "count.yaml",
        "parameters: {step: 1}\n"
            + cli.read("count.yaml").replace("counter.py", "step.py, config: {step: \"${step}\"}"));
    var failed = cli.weir("run", "count.yaml", "--set", "step=10", "--retries", "0");
    assertThat(failed.status()).isEqualTo(1);
    assertThat(failed.err()).contains("not yet");
    assertThat(cli.weir("job", "list").ok().lines().get(1))
        .matches("count +failed .*RuntimeError: not yet.*");
    cli.write("mended", "");
    cli.weir("job", "resume", "count").ok();
    assertThat(cli.read("counts.jsonl")).isEqualTo("10\n20\n30\n40\n50\n60\n70\n");
  }

  @Test
  @DisplayName("case 63: from a source that cannot be replayed, a crash loses and repeats nothing")
  void lostAtMost() throws Exception {
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var sent = new AtomicLong();
      var last = new AtomicBoolean();
      var feeding =
          new Thread(
              () -> {
                for (int connection = 0; connection < 2; connection++) {
                  try (var socket = server.accept();
                      var lines =
                          new PrintWriter(
                              socket.getOutputStream(), false, StandardCharsets.UTF_8)) {
                    do {
                      lines.println(sent.incrementAndGet());
                    } while (!lines.checkError() && !(last.get() && sent.get() % 1_000 == 0));
                  } catch (IOException e) {
                    // The reader was killed: it comes again.
                  }
                }
              });
      feeding.start();
      graph("tcp:127.0.0.1:" + server.getLocalPort());
      cli.write("count.yaml", cli.read("count.yaml").replace("counter.py", "pass.py"));
      cli.write(
          "pass.py",
          """
          api.set_port_callback('input', lambda m, h, b: api.outputs.output.publish(b.get()))
          api.set_epoch_complete_callback(lambda epoch: api.logger.info(f'{epoch} is complete'))
          """);
      assertThat(cli.weir("check", "count.yaml").ok().out())
          .contains("guarantee  counts: at-most-once");
      var running = cli.start("run", "count.yaml");
      running.until(() -> cli.size("counts.jsonl") >= 100_000);
      // An epoch that was open when the lines were written, and one after it, are committed.
      long committed = running.err().lines().count() + 2;
      running.until(() -> running.err().lines().count() >= committed);
      running.killGroup();
      running.process().waitFor();
      var again = cli.start("run", "count.yaml");
      again.until(() -> again.err().contains("goes on"));
      last.set(true);
      assertThat(again.end().status()).isZero();
      feeding.join();
    }
    var numbers = cli.read("counts.jsonl").lines().mapToLong(Long::parseLong).toArray();
    assertThat(numbers[0]).isEqualTo(1);
    int gaps = 0;
    for (int i = 1; i < numbers.length; i++) {
      assertThat(numbers[i]).as("line %d", i).isGreaterThan(numbers[i - 1]);
      gaps += numbers[i] == numbers[i - 1] + 1 ? 0 : 1;
    }
    assertThat(gaps).isEqualTo(1);
  }

  /** What the last run wrote beyond its commit is there until the next has begun. */
  private static boolean begun(Cli.Running running, int kill) {
    return kill == 1 || running.err().contains("goes on");
  }
}
