package dev.weir.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.JobStatus;
import dev.weir.engine.RunControl;
import dev.weir.engine.RunListener;
import dev.weir.graph.OperatorContext.Start;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Graphs that keep nothing from one run to the next. */
class NoEpochsTest {

  private static final String COUNTER =
      """
      import os
      n = 0

      def on_input(msg_id, header, body):
          global n
          n += 1
          if body.get() == 3 and os.path.exists("%1$s"):
              os.remove("%1$s")
              os._exit(9)
          api.outputs.output.publish(n)

      def restore(epoch, state):
          global n
          n = pickle.loads(state)
          api.logger.info("restored")

      def serialize(epoch):
          api.logger.info("serialized")
          return pickle.dumps(n)

      api.set_port_callback("input", on_input)
      api.set_initial_snapshot_info(api.InitialProcessInfo(is_stateful=True))
      api.set_serialize_callback(serialize)
      api.set_restore_callback(restore)
      api.set_epoch_complete_callback(lambda epoch: api.logger.info("complete"))
      api.set_pause_callback(lambda: api.logger.info("paused"))
      api.set_resume_callback(lambda: api.logger.info("resumed"))
      """;

  @TempDir Path folder;
  private final List<String> said = Collections.synchronizedList(new ArrayList<>());
  private final List<String> warned = Collections.synchronizedList(new ArrayList<>());
  private final RunControl control = new RunControl();
  private final CountDownLatch begun = new CountDownLatch(1);
  private Weir weir;

  @BeforeEach
  void open() throws IOException {
    weir = Weir.open("memory:", Clock.systemUTC());
    Files.writeString(
        folder.resolve("counter.py"), COUNTER.formatted(folder.resolve("dies").toString()));
  }

  @AfterEach
  void close() {
    weir.close();
  }

  private Program load(String source, String more) throws IOException {
    return Weir.load(
        RunOptions.of(
            Files.writeString(
                folder.resolve("counts.yaml"),
                """
                nodes:
                  in: {type: source, stream: "%s"}
                  count: {type: python, file: counter.py, deterministic: true}
                  out: {type: sink, stream: "%s"}
                connections: [in -> count -> out]
                recovery: {delay: 1ms}
                %s
                """
                    .formatted(source, folder.resolve("out.jsonl"), more))));
  }

  private JobStatus run(Program program) throws InterruptedException {
    return weir.run(
        program,
        false,
        control,
        new RunListener() {
          @Override
          public void started(long run, Start start, long epoch, int attempt) {
            begun.countDown();
          }

          @Override
          public void printed(String node, String line) {
            said.add(line);
          }

          @Override
          public void warn(String message) {
            warned.add(message);
          }
        });
  }

  private String output() throws IOException {
    return Files.readString(folder.resolve("out.jsonl"));
  }

  @Test
  @DisplayName("case 45: without epochs none of their callbacks is called; the output is the same")
  void callbacks() throws Exception {
    assertThat(run(load("range:1..5", ""))).isEqualTo(JobStatus.FINISHED);
    var with = output();
    assertThat(said)
        .contains(
            "count: info: serialized",
            "count: info: complete",
            "count: info: paused",
            "count: info: resumed");
    said.clear();
    assertThat(run(load("range:1..5", "epoch: none"))).isEqualTo(JobStatus.FINISHED);
    assertThat(output()).isEqualTo(with).isEqualTo("1\n2\n3\n4\n5\n");
    assertThat(said).isEmpty();
  }

  @Test
  @DisplayName("a run after a failure begins at the start, whatever was committed")
  void startsOver() throws Exception {
    Files.createFile(folder.resolve("dies"));
    assertThat(run(load("range:1..5", "epoch: none"))).isEqualTo(JobStatus.FINISHED);
    assertThat(output()).isEqualTo("1\n2\n3\n4\n5\n");
    assertThat(warned)
        .anyMatch(line -> line.contains("trying again from the start in 1 ms (failure 1"));
    assertThat(said).isEmpty();
  }

  @Test
  @DisplayName("check says what that means for each sink, and that no state is kept")
  void guarantee() throws Exception {
    var report = load("range:1..5", "epoch: none").report();
    assertThat(report.get("guarantees").toString())
        .contains("at-least-once")
        .contains("the graph keeps no epochs, so a run after a failure begins at the start");
    assertThat(report.get("nodes").toString())
        .contains("none is kept from one run to the next: epoch: none");
    assertThat(load("range:1..5", "").report().get("guarantees").toString())
        .contains("exactly-once");
    assertThatThrownBy(() -> load("range:1..5", "epoch: none\nsnapshots: eof"))
        .hasMessageContaining("with 'epoch: none' there is nothing to take snapshots of")
        .hasMessageContaining("say 'snapshots: none'");
  }

  @Test
  @DisplayName("what would go on later is refused: pause, snapshots, resume")
  void nothingToGoOnFrom() throws Exception {
    var program = load("time:10ms", "epoch: none");
    var running =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return run(program);
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    begun.await();
    assertThat(weir.inspect("counts").get("policies")).asString().contains("from-start=true");
    assertThatThrownBy(() -> weir.pause("counts")).hasMessageContaining("keeps no epochs");
    assertThatThrownBy(() -> weir.snapshots().take("counts"))
        .hasMessageContaining("keeps no epochs");
    control.interrupt();
    assertThat(running.join()).isEqualTo(JobStatus.INTERRUPTED);
    assertThatThrownBy(() -> weir.optionsToResume("counts"))
        .hasMessageContaining("nothing to resume (interrupted): its graph keeps no epochs")
        .hasMessageContaining("weir run ");
    assertThat(weir.inspect("counts").get("guarantees"))
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
        .containsOnlyKeys("out");

    assertThat(weir.run(load("range:1..2", "epoch: none"), false, new RunControl(), listening()))
        .isEqualTo(JobStatus.FINISHED);
    assertThat(warned).anyMatch(line -> line.contains("begins again at the start: its graph"));
    assertThat(output()).isEqualTo("1\n2\n");
  }

  private RunListener listening() {
    return new RunListener() {
      @Override
      public void warn(String message) {
        warned.add(message);
      }
    };
  }
}
