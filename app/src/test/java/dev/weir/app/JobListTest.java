package dev.weir.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.Job;
import dev.weir.engine.JobStatus;
import dev.weir.engine.RunControl;
import dev.weir.engine.RunFailedException;
import dev.weir.engine.RunListener;
import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The jobs of a store: how they stand, and which are forgotten. */
class JobListTest {

  /** Passes records on, unless it is broken. */
  private static final class Pass implements Operator {
    private final boolean broken;

    Pass(boolean broken) {
      this.broken = broken;
    }

    @Override
    public void open(OperatorContext context) {
      if (broken) {
        throw new IllegalStateException("it is broken");
      }
    }

    @Override
    public void process(int port, Batch batch, Emitter out) throws InterruptedException {
      out.emit(0, batch);
    }

    @Override
    public void close() {}
  }

  private volatile Instant now = Instant.parse("2024-02-29T12:00:00Z");
  private final InstantSource clock = () -> now;
  private final Weir weir = Weir.open("memory:", clock.withZone(ZoneOffset.UTC));

  @AfterEach
  void close() {
    weir.close();
  }

  private static Program program(String name, String source, boolean broken) {
    return GraphBuilder.named(name)
        .source("in", source)
        .operator("pass", () -> new Pass(broken))
        .sink("out", "discard:")
        .connect("in -> pass -> out")
        .epoch(Duration.ofMillis(1))
        .build();
  }

  private void run(String name, boolean broken) throws InterruptedException {
    weir.run(program(name, "range:1..3", broken), false, new RunControl(), new RunListener() {});
  }

  private void fail(String name) {
    assertThatThrownBy(() -> run(name, true)).isInstanceOf(RunFailedException.class);
  }

  /** Runs a job that would not end, until this is done to it; returns how it stands then. */
  private JobStatus endless(String name, Task task) throws Exception {
    var begun = new CountDownLatch(1);
    var control = new RunControl();
    var running =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return weir.run(
                    program(name, "time:1ms", false),
                    false,
                    control,
                    new RunListener() {
                      @Override
                      public void progress(Progress progress) {
                        if (progress.epoch() > 0) {
                          begun.countDown();
                        }
                      }
                    });
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            },
            task1 -> new Thread(task1).start());
    begun.await();
    task.run(control);
    return running.join();
  }

  /** What is done to a running job. */
  private interface Task {
    void run(RunControl control) throws Exception;
  }

  private List<String> names() {
    return weir.jobs().stream().map(Job::name).toList();
  }

  @Test
  @DisplayName("a job that fails before its first commit is there, with the reason")
  void failsAtOnce() throws Exception {
    fail("new");
    var job = weir.job("new");
    assertThat(weir.describe(job)).isEqualTo("failed");
    assertThat(job.epoch()).isZero();
    assertThat(weir.failure(job)).get().asString().contains("pass, epoch 1: ", "it is broken");
    assertThat(weir.inspect("new"))
        .containsEntry("status", "failed")
        .containsEntry("committed", null)
        .containsKey("policies");
    assertThatThrownBy(() -> weir.state().setCell("new", "n", "1"))
        .hasMessageContaining("job 'new' has not committed anything yet");
    assertThatThrownBy(() -> weir.snapshots().take("new"))
        .hasMessageContaining("job 'new' has not committed anything yet");
    fail("new");
    assertThat(weir.job("new").run()).as("the row is that of the last run").isEqualTo(2);

    run("new", false);
    assertThat(weir.describe(weir.job("new"))).isEqualTo("finished");
    assertThat(weir.failure(weir.job("new"))).isEmpty();
  }

  @Test
  @DisplayName("a finished job whose next run failed at once has failed, and keeps what it had")
  void failsAfterwards() throws Exception {
    run("old", false);
    long epoch = weir.job("old").epoch();
    fail("old");
    assertThat(weir.describe(weir.job("old"))).isEqualTo("failed");
    assertThat(weir.inspect("old").get("failure")).asString().contains("it is broken");
    assertThat(weir.job("old").epoch()).isEqualTo(epoch);
    run("old", false);
    assertThat(weir.describe(weir.job("old"))).isEqualTo("finished");
  }

  @Test
  @DisplayName("the snapshot that a pause takes counts among those of the run")
  void pauseIsCounted() throws Exception {
    assertThat(endless("endless", control -> weir.pause("endless"))).isEqualTo(JobStatus.PAUSED);
    var snapshot = weir.snapshots().list("endless").get(0).id();
    assertThat(weir.inspect("endless").get("figures"))
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
        .containsEntry("snapshots", 1L)
        .containsEntry("snapshot", snapshot);
  }

  @Test
  @DisplayName(
      "case 79: finished jobs go after three days or where there are too many, then failed, paused")
  void clean() throws Exception {
    endless("paused", control -> weir.pause("paused"));
    endless("interrupted", RunControl::interrupt);
    fail("failed");
    run("first", false);
    now = now.plus(Duration.ofHours(1));
    run("second", false);
    assertThat(weir.clean(Cleaning.USUAL)).isEmpty();

    now = now.plus(Duration.ofHours(71)).plusSeconds(1);
    run("third", false);
    var dry = new Cleaning(Duration.ofDays(3), 50, true, true, true);
    assertThat(weir.clean(dry)).as("by what they are").startsWith("first").endsWith("paused");
    assertThat(names()).hasSize(6);
    assertThat(weir.clean(Cleaning.USUAL)).as("only what finished").containsExactly("first");
    assertThat(names()).containsExactly("failed", "interrupted", "paused", "second", "third");

    var few = new Cleaning(Duration.ofDays(99), 4, false, false, false);
    assertThat(weir.clean(few)).as("the older of those that finished").containsExactly("second");
    var one = new Cleaning(Duration.ofDays(99), 1, true, false, false);
    assertThat(weir.clean(one)).startsWith("third").containsOnlyOnce("failed", "interrupted");
    assertThat(names()).as("never by itself").containsExactly("paused");
    assertThat(weir.snapshots().list()).hasSize(1);
    assertThat(weir.clean(new Cleaning(Duration.ZERO, 0, true, true, false)))
        .containsExactly("paused");
    assertThat(weir.snapshots().list("paused")).as("snapshots stay").hasSize(1);
  }

  @Test
  @DisplayName("case 80: a job that could go on is forgotten only on request; so is its state")
  void remove() throws Exception {
    assertThatThrownBy(() -> weir.remove("none", false)).hasMessageContaining("no job is named");
    endless("endless", control -> weir.pause("endless"));
    assertThatThrownBy(() -> weir.remove("endless", false))
        .hasMessageContaining("job 'endless' is paused and can go on from epoch ")
        .hasMessageContaining("add --anyway");
    long epoch = weir.job("endless").epoch();
    weir.remove("endless", true);
    assertThat(names()).isEmpty();

    run("endless", false);
    assertThat(weir.job("endless").epoch()).as("epochs grow on").isGreaterThan(epoch);
    var figures = (Map<?, ?>) weir.inspect("endless").get("nodes");
    assertThat(((Map<?, ?>) figures.get("in")).get("out")).as("from the start").isEqualTo(3L);
    assertThat((List<?>) weir.inspect("endless").get("runs")).hasSize(1);
    endless(
        "endless",
        control -> {
          try {
            assertThatThrownBy(() -> weir.remove("endless", true))
                .isInstanceOf(JobBusyException.class);
          } finally {
            control.interrupt();
          }
        });
  }
}
