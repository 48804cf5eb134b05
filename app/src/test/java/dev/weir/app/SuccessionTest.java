package dev.weir.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.JobStatus;
import dev.weir.engine.RunControl;
import dev.weir.engine.RunListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs that go on with a graph whose operators have other names, or are gone. */
class SuccessionTest {

  private static final String COUNTER =
      """
      n = 0

      def on_input(msg_id, header, body):
          global n
          n += 1
          api.outputs.output.publish(n)

      def restore(epoch, state):
          global n
          n = pickle.loads(state)

      api.set_port_callback("input", on_input)
      api.set_initial_snapshot_info(api.InitialProcessInfo(is_stateful=True))
      api.set_serialize_callback(lambda epoch: pickle.dumps(n))
      api.set_restore_callback(restore)
      """;

  private static final String PASS =
      "api.set_port_callback('input', lambda m, h, b: api.outputs.output.publish(b.get()))\n";

  @TempDir Path folder;
  private final List<String> warned = new ArrayList<>();
  private Weir weir;

  @BeforeEach
  void open() throws IOException {
    weir = Weir.open("memory:", Clock.systemUTC());
    Files.writeString(folder.resolve("counter.py"), COUNTER);
    Files.writeString(folder.resolve("pass.py"), PASS);
  }

  @AfterEach
  void close() {
    weir.close();
  }

  /** Counts the ticks of a clock; the names are those of the two operators. */
  private Program load(String pass, String count, String file) throws IOException {
    return Weir.load(
        RunOptions.of(
            Files.writeString(
                folder.resolve("g.yaml"),
                """
                nodes:
                  in: {type: source, stream: "time:1ms"}
                  %1$s: {type: python, file: pass.py}
                  %2$s: {type: python, file: %3$s}
                  out: {type: sink, stream: "%4$s"}
                connections: [in -> %1$s -> %2$s -> out]
                epoch: 10ms
                """
                    .formatted(pass, count, file, folder.resolve("out.jsonl")))));
  }

  /** Runs until three epochs more are committed. */
  private void run(Program program, Succession succession) throws InterruptedException {
    var control = new RunControl();
    warned.clear();
    var status =
        weir.run(
            program,
            succession,
            false,
            control,
            new RunListener() {
              private long first = -1;

              @Override
              public void progress(Progress progress) {
                first = first < 0 ? progress.epoch() : first;
                if (progress.epoch() > first + 2) {
                  control.interrupt();
                }
              }

              @Override
              public void warn(String message) {
                warned.add(message);
              }
            });
    assertThat(status).isEqualTo(JobStatus.INTERRUPTED);
  }

  private List<Long> output() throws IOException {
    return Files.readAllLines(folder.resolve("out.jsonl")).stream().map(Long::valueOf).toList();
  }

  private static Succession renamed(String old, String now) {
    return new Succession(Map.of(old, now), Set.of());
  }

  @Test
  @DisplayName(
      "case 60: state whose operator is gone is refused, moved by name, or left on request")
  void renamedOperator() throws Exception {
    run(load("pass", "count", "counter.py"), Succession.NONE);
    long before = output().size();
    assertThat(before).isPositive();

    assertThatThrownBy(() -> run(load("pass", "sum", "counter.py"), Succession.NONE))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("job 'g' would go on from epoch ")
        .hasMessageContaining("no operator 'count' any more, and what that keeps would be lost")
        .hasMessageContaining("(table script, 2 rows)")
        .hasMessageContaining("add --renamed count=sum")
        .hasMessageContaining("add --without count")
        .hasMessageContaining("add --fresh");
    assertThat(output()).hasSize((int) before);

    run(load("pass", "sum", "counter.py"), renamed("count", "sum"));
    assertThat(output())
        .as("it counts on")
        .hasSizeGreaterThan((int) before)
        .isEqualTo(LongStream.rangeClosed(1, output().size()).boxed().toList());
    assertThat(warned).noneMatch(line -> line.contains("this node"));
    run(load("pass", "sum", "counter.py"), renamed("count", "sum"));
    assertThat(output()).isEqualTo(LongStream.rangeClosed(1, output().size()).boxed().toList());

    int size = output().size();
    run(load("pass", "other", "counter.py"), new Succession(Map.of(), Set.of("sum")));
    assertThat(output().subList(size, output().size())).startsWith(1L, 2L);
    assertThat(warned)
        .anyMatch(line -> line.contains("without this node, whose state is left as it is"));
  }

  @Test
  @DisplayName("an operator without state may go, and mistakes in what becomes of state are told")
  void mistakes() throws Exception {
    run(load("pass", "count", "counter.py"), Succession.NONE);
    run(load("through", "count", "counter.py"), Succession.NONE);
    assertThat(warned).anyMatch(line -> line.startsWith("pass: it goes on from epoch "));
    assertThat(output()).isEqualTo(LongStream.rangeClosed(1, output().size()).boxed().toList());

    var inspected = weir.inspect("g");
    assertThat(inspected).containsKey("connections").doesNotContainKey("edges");
    var count = (Map<?, ?>) ((Map<?, ?>) inspected.get("operators")).get("count");
    assertThat((List<?>) count.get("runners"))
        .singleElement()
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
        .containsEntry("number", 0L)
        .containsEntry("state", "idle")
        .hasEntrySatisfying("pid", pid -> assertThat((Long) pid).isPositive())
        .hasEntrySatisfying("outputs", n -> assertThat((Long) n).isPositive());

    var sum = load("through", "sum", "counter.py");
    refused(sum, renamed("cont", "sum"), "job 'g' has no operator 'cont'; did you mean 'count'?");
    refused(sum, renamed("count", "sun"), "has no operator 'sun'; did you mean 'sum'?");
    refused(sum, renamed("sum", "through"), "'sum' is still in ");
    refused(sum, renamed("count", "through"), "already, with state of its own");
    refused(sum, new Succession(Map.of(), Set.of("sum")), "'sum' is still in ");
    refused(
        load("through", "sum", "pass.py"),
        renamed("count", "sum"),
        "kept its state in the table script, which 'sum' does not have; it keeps none");
  }

  @Test
  @DisplayName("a resumed job may be given other values of its graph's parameters")
  void otherParameters() throws Exception {
    Files.writeString(
        folder.resolve("scale.py"),
        "api.set_port_callback('input', lambda m, h, b:"
            + " api.outputs.output.publish(api.config.by))\n");
    var text =
        """
        parameters: {by: 3, of: scale.py}
        nodes:
          in: {type: source, stream: "time:1ms"}
          scale: {type: python, file: "${of}", config: {by: "${by}"}}
          out: {type: sink, stream: "%s"}
        connections: [in -> scale -> out]
        epoch: 10ms
        """
            .formatted(folder.resolve("out.jsonl"));
    var options = RunOptions.of(Files.writeString(folder.resolve("g.yaml"), text));
    run(Weir.load(options.setting(Map.of("by", "5"))), Succession.NONE);
    assertThat(output()).containsOnly(5L);
    int size = output().size();
    var again = weir.optionsToResume("g").setting(Map.of("by", "7"));
    assertThat(again.parameters()).containsExactly(Map.entry("by", "7"));
    run(Weir.load(again), Succession.NONE);
    assertThat(output().subList(size, output().size())).isNotEmpty().containsOnly(7L);
    assertThat(weir.optionsToResume("g").parameters()).containsExactly(Map.entry("by", "7"));
  }

  private void refused(Program program, Succession succession, String said) {
    assertThatThrownBy(() -> run(program, succession))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining(said);
  }
}
