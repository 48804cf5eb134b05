package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands about events, fish and nodes. */
class PondCommandsTest {

  private static final String TALLY =
      """
      from datetime import timezone

      fish = 'test.Tally/all'
      version = 2
      where = "'tally'"
      on_error = 'skip'

      class Tally:
          def __init__(self, count, last):
              self.count, self.last = count, last

      def initial_state():
          return Tally(0, None)

      def on_event(state, event, metadata):
          assert metadata.time.tzinfo == timezone.utc and metadata.tags == ['tally'] and metadata.local
          print('folding', metadata.id)
          return Tally(state.count + event['n'], event['n'])

      def is_reset(event, metadata):
          return event.get('reset', False)

      def serialize(state):
          return {'count': state.count, 'last': state.last}

      def deserialize(data):
          return Tally(data['count'], data['last'])
      """;

  @TempDir Path folder;
  private Cli cli;

  @BeforeEach
  void folder() {
    cli = new Cli(folder);
  }

  private String emit(String payload) {
    return cli.weir("event", "emit", payload, "-t", "tally").ok().out().strip();
  }

  @Test
  void aFishInPythonNowAndInThePast() throws IOException {
    cli.write("tally.py", TALLY);
    var first = emit("{\"n\":1}");
    cli.weirFed("{\"n\":2}\n{\"m\":7}\n", "event", "emit", "-", "-t", "tally").ok();
    var reset = emit("{\"n\":10,\"reset\":true}");
    var watched = cli.weir("fish", "watch", "--once", "tally.py").ok();
    assertThat(watched.out().strip()).isEqualTo("{\"count\":10,\"last\":10}");
    assertThat(watched.err()).contains("folding " + reset).doesNotContain("Traceback");
    assertThat(cli.weir("fish", "at", "tally.py", first).ok().out().strip())
        .isEqualTo("{\"count\":1,\"last\":1}");
    assertThat(cli.weir("fish", "diff", "tally.py", first).ok().out())
        .contains("/count", "/last", "10");
    var bisected = cli.weir("fish", "bisect", "tally.py", "/count < 10");
    assertThat(bisected.status()).isEqualTo(1);
    assertThat(bisected.out().strip()).isEqualTo(reset);
    if (!Boolean.getBoolean("weir.long")) {
      return;
    }
    var lines = new StringBuilder();
    for (int i = 0; i < 1_100; i++) {
      lines.append("{\"n\":1}\n");
    }
    cli.weirFed(lines.toString(), "event", "emit", "-", "-t", "tally").ok();
    assertThat(cli.weir("fish", "watch", "--once", "tally.py").ok().out()).contains("1110");
    assertThat(cli.weir("fish", "show", "test.Tally/all@2").ok().out()).contains("\"count\":");
    var again = cli.weir("fish", "watch", "--once", "tally.py").ok();
    assertThat(again.out()).contains("1110");
    assertThat(again.err().lines().filter(line -> line.contains("folding")).count())
        .isLessThan(1_000);
  }

  @Test
  void runShowsAFishAndRefusesStreams() throws Exception {
    cli.write("tally.py", TALLY);
    emit("{\"n\":5}");
    var running = cli.start("run", "tally.py");
    running.until(() -> running.out().contains("\"count\":5"));
    emit("{\"n\":6}");
    running.until(() -> running.out().contains("\"count\":11"));
    running.killGroup();
    running.end();
    var refused = cli.weir("run", "tally.py", "-i", "inline:1");
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("is a fish", "event emit");
  }

  @Test
  void aPythonFileThatIsNoFishIsToldWhatItLacks() {
    emit("1");
    cli.write("bad.py", "def on_event(state, event):\n    return state\n");
    var bad = cli.weir("fish", "watch", "--once", "bad.py");
    assertThat(bad.status()).isEqualTo(1);
    assertThat(bad.err()).contains("on_event in", "takes 2 parameters, not 3");
  }

  @Test
  void nodesLeaveEventsInAStoreThatTheyShare() throws IOException {
    var shared = "sqlite:" + folder.resolve("shared.db");
    var other = new Cli(Files.createDirectory(folder.resolve("other")));
    emit("1");
    other.weir("event", "emit", "2", "-t", "tally").ok();
    assertThat(cli.weir("node", "sync", shared).ok().err()).contains("0 events received, 1 sent");
    assertThat(other.weir("node", "sync", shared).ok().err()).contains("1 events received, 1 sent");
    assertThat(cli.weir("node", "sync", shared).ok().err()).contains("1 events received, 0 sent");
    assertThat(cli.weir("event", "export", "-").ok().out())
        .isEqualTo(other.weir("event", "export", "-").ok().out());
    var wrong = cli.weir("node", "sync", "postgre://x");
    assertThat(wrong.status()).isEqualTo(2);
    assertThat(wrong.err()).contains("names no node", "postgres");
  }

  @Test
  void aFishInAGraphPutsLateEventsInTheirPlace() {
    cli.write(
        "order.py",
        "initial_state = []\n\ndef on_event(state, event, metadata):\n    return state + [event]\n");
    cli.write(
        "graph.yaml",
        """
        nodes:
          in: {type: source, stream: in.jsonl}
          order: {type: fish, file: order.py}
          out: {type: sink, stream: out.jsonl}
          strange: {type: sink, stream: strange.jsonl}
        connections:
          - in -> order -> out
          - order.rejects -> strange
        """);
    cli.write(
        "in.jsonl",
        """
        1
        {"stream":"B","offset":0,"lamport":5,"time":"2026-01-01T00:00:00Z","tags":[],"payload":50}
        {"stream":"C","offset":0,"lamport":3,"time":"2026-01-01T00:00:00Z","tags":[],"payload":30}
        {"stream":"B","offset":0,"lamport":5,"time":"2026-01-01T00:00:00Z","tags":[],"payload":50}
        {"stream":"C","offset":7,"lamport":9,"time":"2026-01-01T00:00:00Z","tags":[],"payload":90}
        2
        """);
    cli.weir("run", "graph.yaml").ok();
    assertThat(cli.read("out.jsonl").lines())
        .containsExactly("[1]", "[1,50]", "[1,30,50]", "[1,30,50,2]");
    assertThat(cli.read("strange.jsonl")).contains("events 1 to 6 of C");
    cli.write(
        "graph.yaml",
        "nodes:\n  in: {type: source, stream: in.jsonl}\n  f: {type: fish, file: in.jsonl}\nconnections: [in -> f]\n");
    assertThat(cli.weir("check", "graph.yaml").err()).contains("is no fish");
  }

  @Test
  void aFishInAGraphSurvivesKills() throws Exception {
    cli.write(
        "sum.py",
        "initial_state = 0\n\ndef on_event(state, event, metadata):\n    return state + event\n");
    cli.write(
        "graph.yaml",
        """
        nodes:
          in: {type: source, stream: "range:1..6000"}
          sum: {type: fish, file: sum.py}
          out: {type: sink, stream: out.jsonl}
        connections: [in -> sum -> out]
        epoch: 50ms
        """);
    var running = cli.start("run", "graph.yaml");
    running.until(() -> cli.size("out.jsonl") >= 1_000);
    running.killGroup();
    running.process().waitFor();
    assertThat(cli.weir("run", "graph.yaml").ok().err()).contains("goes on");
    var sums = cli.read("out.jsonl").lines().toList();
    assertThat(sums).hasSize(6_000);
    for (long i = 1; i <= 6_000; i++) {
      assertThat(sums.get((int) i - 1)).isEqualTo(Long.toString(i * (i + 1) / 2));
    }
  }
}
