package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixtures.Broker;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From topic through a model to topic, with a real broker. */
class KafkaTest {

  private static final String END = "{\"$fastscore\":\"end\"}";
  private static final int KILLS =
      Integer.getInteger("weir.kills", Boolean.getBoolean("weir.long") ? 200 : 10);

  @TempDir private static Path shared;
  private static Broker broker;
  private static Topics topics;
  private static int used;

  @TempDir private Path folder;
  private Cli cli;
  private String in;
  private String out;

  @BeforeAll
  static void start() {
    broker = new Broker(shared);
    topics = new Topics(broker);
  }

  @AfterAll
  static void stop() {
    topics.close();
    broker.close();
  }

  @BeforeEach
  void topics() throws Exception {
    cli = new Cli(folder);
    cli.seed("cell.py");
    in = "in" + used;
    out = "out" + used++;
    topics.make(in);
    topics.make(out);
  }

  private String url(String topic) {
    return "kafka://" + broker.address() + "/" + topic;
  }

  private String[] run() {
    return new String[] {
      "run",
      "cell.py",
      "-i",
      url(in) + "?from=earliest",
      "-o",
      url(out),
      "--epoch",
      "50ms",
      "--snapshots",
      "eof"
    };
  }

  /** The running sums of 1 to n, as the model gives them. */
  private static java.util.List<String> sums(int n) {
    long[] sum = {0};
    return IntStream.rangeClosed(1, n).mapToObj(i -> Long.toString(sum[0] += i % 1000)).toList();
  }

  private int sent;

  private void send(int n) {
    topics.send(in, IntStream.rangeClosed(sent + 1, sent + n).mapToObj(i -> "" + i % 1000));
    sent += n;
  }

  @Test
  void nodesLeaveEventsInATopic() throws Exception {
    topics.send(in, java.util.stream.Stream.of("no event"));
    var other = new Cli(java.nio.file.Files.createDirectory(folder.resolve("other")));
    cli.weir("event", "emit", "{\"ä\":1}", "-t", "x").ok();
    other.weirFed("1\n2\n3\n", "event", "emit", "-", "-t", "y").ok();
    var first = cli.weir("node", "sync", url(in)).ok();
    assertThat(first.err()).contains("0 events received, 1 sent", "passed over: no event");
    assertThat(other.weir("node", "sync", url(in)).ok().err())
        .contains("1 events received, 3 sent");
    assertThat(cli.weir("node", "sync", url(in)).ok().err()).contains("3 events received, 0 sent");
    assertThat(cli.weir("event", "export", "-").ok().out())
        .isEqualTo(other.weir("event", "export", "-").ok().out())
        .hasLineCount(4);
    var none = cli.weir("node", "sync", url("nowhere"));
    assertThat(none.status()).isEqualTo(1);
    assertThat(none.err()).contains("there is no topic nowhere");
  }

  @Test
  void killedAnywhereEveryResultIsThereOnce() throws Exception {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    System.out.println("seed " + seed);
    var random = new Random(seed);
    for (int kill = 0; kill < KILLS; kill++) {
      send(1 + random.nextInt(5000));
      long before = topics.end(out);
      var running = cli.start(run());
      if (kill % 3 == 0) {
        Thread.sleep(random.nextInt(2000));
      } else {
        running.until(() -> topics.end(out) != before);
        send(1 + random.nextInt(5000));
        Thread.sleep(random.nextInt(200));
      }
      assertThat(running.alive()).as("seed %d\n%s", seed, running.err()).isTrue();
      running.killGroup();
      running.process().waitFor();
    }
    send(1000);
    topics.send(in, java.util.stream.Stream.of(END, "999"));
    var last = cli.weir(run()).ok();
    assertThat(last.err()).contains("goes on from epoch");
    assertThat(topics.read(out)).as("seed %d", seed).isEqualTo(sums(sent));
    assertThat(cli.weir("cell", "get", "cell", "counter").ok().out())
        .isEqualTo(sums(sent).get(sent - 1) + "\n");
    assertThat(cli.weir("snapshot", "list", "cell").ok().out()).contains("eof");
  }

  @Test
  void anEndRecordEndsTheRunAndTheNextOneStartsAfresh() {
    send(100);
    topics.send(in, java.util.stream.Stream.of(END));
    assertThat(cli.weir(run()).ok().err()).contains("snapshot").contains("eof");
    assertThat(topics.read(out)).isEqualTo(sums(100));
    cli.weir(run()).ok();
    assertThat(topics.read(out)).hasSize(200);
  }

  @Test
  void aBrokerThatGoesAwayAndComesBackIsWaitedFor() throws Exception {
    send(1000);
    var running = cli.start(run());
    running.until(() -> topics.end(out) > 0);
    broker.stop();
    Thread.sleep(1000);
    broker.start();
    send(1000);
    topics.send(in, java.util.stream.Stream.of(END));
    running.end().ok();
    assertThat(topics.read(out)).isEqualTo(sums(sent));
  }

  @Test
  void whatIsNotThereIsSaidAndNotMade() throws Exception {
    var result = cli.weir("run", "cell.py", "-i", url("nowhere"), "-o", url(out));
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err())
        .contains("there is no topic nowhere at " + broker.address())
        .contains("--create --topic nowhere")
        .doesNotContain("\tat ");
    result = cli.weir("run", "cell.py", "-i", "inline:1", "-o", url("nowhere"));
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err()).contains("there is no topic nowhere");
    assertThat(topics.names()).doesNotContain("nowhere");
    var away = "kafka://127.0.0.1:" + Broker.freePort() + "/t?timeout=500";
    result = cli.weir("run", "cell.py", "-i", away, "-o", url(out), "--retries", "0");
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err()).contains("does not answer").doesNotContain("\tat ");
  }

  @Test
  void checkSaysWhatIsGuaranteed() {
    var check = cli.weir("check", "cell.py", "-i", url(in), "-o", url(out), "-n", "3").ok().out();
    assertThat(check).contains("exactly-once").contains("replayable").contains("transactional");
  }
}
