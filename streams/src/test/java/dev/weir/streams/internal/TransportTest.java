package dev.weir.streams.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.Batch;
import dev.weir.graph.TransientFailureException;
import dev.weir.streams.Streams;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sockets, child processes and the clock. */
@Timeout(60)
class TransportTest {

  @TempDir private Path folder;

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void nobodyListensIsAClearErrorWorthAnotherTry() throws Exception {
    var spec = Streams.parse("tcp:127.0.0.1:" + freePort());
    try (var source = spec.source().get()) {
      assertThatThrownBy(() -> source.open(new Reading(), Optional.empty()))
          .isInstanceOf(TransientFailureException.class)
          .hasMessageContaining("cannot be connected to: Connection refused");
    }
  }

  @Test
  void eachDatagramIsARecord() throws Exception {
    int port = freePort();
    var reading = new Reading();
    try (var source = Streams.parse("udp:" + port).source().get();
        var socket = new DatagramSocket()) {
      source.open(reading, Optional.empty());
      for (var text :
          List.of("1", "no", "{\"$fastscore\":\"set\"}", "2", "{\"$fastscore\":\"end\"}")) {
        var bytes = utf8(text);
        socket.send(
            new DatagramPacket(bytes, bytes.length, InetAddress.getLoopbackAddress(), port));
      }
      while (reading.poll(source, 10).isPresent()) {}
      assertThat(source.poll(1, Duration.ZERO)).isEmpty();
    }
    assertThat(reading.values()).containsExactly(1L, dev.weir.graph.Control.SET, 2L);
    assertThat(reading.rejections).hasSize(1);
  }

  @Test
  void datagramsForEverybodyNeedTheToken() throws Exception {
    int port = freePort();
    var reading = new Reading();
    var spec =
        Streams.parse(
            "{\"transport\":{\"type\":\"udp\",\"bind-to\":\"0.0.0.0\",\"port\":"
                + port
                + ",\"token\":\"open\"},\"encoding\":\"json\"}");
    try (var source = spec.source().get();
        var socket = new DatagramSocket()) {
      source.open(reading, Optional.empty());
      for (var text : List.of("7", "opem 8", "open 9", "open {\"$weir\":\"end\"}")) {
        var bytes = utf8(text);
        socket.send(
            new DatagramPacket(bytes, bytes.length, InetAddress.getLoopbackAddress(), port));
      }
      while (reading.poll(source, 10).isPresent()) {}
      assertThatThrownBy(() -> spec.source().get().open(reading, Optional.empty()))
          .hasMessageContaining("cannot listen")
          .hasMessageContaining("name another one");
    }
    assertThat(reading.values()).containsExactly(9L);
    assertThat(reading.rejections).hasSize(2);
  }

  static String exec(String script) {
    return "{\"transport\":{\"type\":\"exec\",\"run\":\"/bin/sh\",\"args\":[\"-c\","
        + dev.weir.graph.Json.toText(script)
        + "]},\"encoding\":\"json\"}";
  }

  @Test
  void aChildIsReadAndItsStatusReported() throws Exception {
    assertThat(Reading.of(Streams.parse(exec("echo 1; echo 2")).source()).values())
        .containsExactly(1L, 2L);
    assertThatThrownBy(() -> Reading.of(Streams.parse(exec("echo 1; exit 3")).source()))
        .hasMessageContaining("ended with status 3");
    assertThatThrownBy(() -> Reading.of(Streams.parse("exec:/nowhere/x").source()))
        .hasMessageContaining("cannot be started");
  }

  @Test
  void aChildIsKilledWhenTheRunEnds() throws Exception {
    var reading = new Reading();
    try (var source = Streams.parse(exec("echo $$; sleep 600")).source().get()) {
      source.open(reading, Optional.empty());
      while (reading.records.isEmpty()) {
        reading.poll(source, 1);
      }
    }
    long pid = (Long) reading.values().get(0);
    assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
  }

  @Test
  void aChildIsWrittenTo() throws Exception {
    var file = folder.resolve("out");
    try (var sink = Streams.parse(exec("cat > " + file)).sink().get()) {
      sink.open(warning -> {}, Optional.empty());
      sink.write(Batch.of(1, 1L, 2L));
    }
    assertThat(Files.readString(file)).isEqualTo("1\n2\n");
    var failing = Streams.parse(exec("cat >/dev/null; exit 4")).sink().get();
    failing.open(warning -> {}, Optional.empty());
    assertThatThrownBy(failing::close).hasMessageContaining("ended with status 4");
  }

  /** A clock that is moved by hand, and by waiting for it. */
  static final class Hands implements ClockStream.Watch {
    private long millis = 1_000_000;

    @Override
    public long millis() {
      return millis;
    }

    @Override
    public void sleep(Duration time) {
      millis += time.toMillis();
    }
  }

  private static ClockStream.Ticks ticks(Hands hands, Object... settings) {
    var all = new LinkedHashMap<String, Object>();
    all.put("delay", 0L);
    all.put("period", 1.0);
    all.put("overflow", "all");
    all.putAll(Positions.of(settings));
    return new ClockStream.Ticks(new Settings(all), hands);
  }

  private static Reading read(ClockStream.Ticks ticks, Map<String, Object> position) {
    return Reading.of(ticks, Optional.ofNullable(position), () -> 10);
  }

  @Test
  void theClockTicks() {
    var hands = new Hands();
    var reading = read(ticks(hands, "delay", 0.5, "period", 0.25, "max-count", 4L), null);
    assertThat(reading.values()).containsExactly(1_000_500L, 1_000_750L, 1_001_000L, 1_001_250L);
    assertThat(hands.millis).isEqualTo(1_001_250);
    for (var stop : reading.stops) {
      hands.millis += 10_000;
      var rest = read(ticks(hands, "delay", 0.5, "period", 0.25, "max-count", 4L), stop.position());
      assertThat(rest.records).isEqualTo(reading.records.subList(stop.records(), 4));
    }
  }

  @Test
  void overdueTicksAreAllGivenOrSkipped() throws Exception {
    for (var overflow : List.of("all", "skip")) {
      var hands = new Hands();
      var source = ticks(hands, "overflow", overflow);
      assertThat(source.replayable()).isEqualTo(overflow.equals("all"));
      source.open(new Reading(), Optional.empty());
      assertThat(source.poll(10, Duration.ofSeconds(1)).orElseThrow().size()).isEqualTo(1);
      hands.millis += 3_500;
      assertThat(source.poll(10, Duration.ofSeconds(1)).orElseThrow().records())
          .hasSize(overflow.equals("all") ? 3 : 1)
          .endsWith(1_003_000L);
    }
  }

  @Test
  void theClockHasAUrl() {
    assertThat(Streams.parse("time:100ms").describe()).isEqualTo("time:0.1s");
    assertThat(Streams.parse("clock:").replayable()).isTrue();
    assertThatThrownBy(() -> Streams.parse("time:").sink())
        .hasMessageContaining("can only be read");
  }
}
