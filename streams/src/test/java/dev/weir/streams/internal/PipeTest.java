package dev.weir.streams.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.Batch;
import dev.weir.graph.Sink;
import dev.weir.state.WeirException;
import dev.weir.streams.OutputClosedException;
import dev.weir.streams.Streams;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sources and sinks of what cannot be read again or taken back. */
@Timeout(60)
class PipeTest {

  @TempDir private Path folder;
  private final PipedOutputStream writer = new PipedOutputStream();

  private void send(String text) throws IOException {
    writer.write(text.getBytes(StandardCharsets.UTF_8));
    writer.flush();
  }

  @Test
  void pollReturnsWhatIsThereAndDoesNotOutwaitItsPatience() throws Exception {
    var reading = new Reading();
    try (var connected = new PipedInputStream(writer, 1 << 16)) {
      var reader = new PipeReader("pipe", Format.JSON_LINES, () -> connected);
      var source = new PipeSource("pipe", reader);
      source.open(reading, Optional.empty());
      assertThat(source.poll(10, Duration.ofMillis(1))).get().matches(Batch::isEmpty);
      send("1\n2\n3");
      assertThat(source.poll(10, Reading.PATIENCE).orElseThrow().records()).containsExactly(1L, 2L);
      assertThat(source.poll(10, Duration.ofMillis(1))).get().matches(Batch::isEmpty);
      writer.close();
      assertThat(source.poll(10, Reading.PATIENCE).orElseThrow().records()).containsExactly(3L);
      assertThat(source.poll(10, Reading.PATIENCE)).isEmpty();
      assertThat(source.poll(10, Reading.PATIENCE)).isEmpty();
      assertThat(source.position()).isEqualTo(Map.of("lines", 3L, "records", 3L));
      assertThat(source.replayable()).isFalse();
    }
  }

  @Test
  void whoeverOpensItNextInThisProcessGoesOnWithWhatWasReadAhead() throws Exception {
    try (var connected = new PipedInputStream(writer, 1 << 16)) {
      var reader = new PipeReader("pipe", Format.JSON_LINES, () -> connected);
      send("1\n2\n3\n");
      writer.close();
      var first = new PipeSource("pipe", reader);
      first.open(new Reading(), Optional.empty());
      assertThat(first.poll(1, Reading.PATIENCE).orElseThrow().get(0)).isEqualTo(1L);
      var committed = first.position();
      assertThat(first.poll(1, Reading.PATIENCE).orElseThrow().get(0)).isEqualTo(2L);
      first.close();
      var second = new PipeSource("pipe", reader);
      var rest = Reading.of(second, Optional.of(committed), () -> 10);
      assertThat(rest.records).containsExactly(new Reading.Numbered(3, 3L));
      assertThat(rest.warnings).singleElement().asString().contains("may be missing");
    }
  }

  @Test
  void aReadThatFailsIsReportedBehindWhatWasRead() throws Exception {
    var source =
        new PipeSource(
            "pipe",
            new PipeReader(
                "pipe",
                Format.JSON_LINES,
                () -> {
                  throw new IOException("gone");
                }));
    source.open(new Reading(), Optional.empty());
    assertThatThrownBy(() -> source.poll(1, Reading.PATIENCE))
        .isInstanceOf(WeirException.class)
        .hasMessageContaining("gone");
  }

  @Test
  void aNamedPipeIsReadAndWrittenAsOne() throws Exception {
    var fifo = folder.resolve("fifo");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
    var spec = Streams.parse(fifo.toString());
    assertThat(spec.replayable()).isFalse();
    assertThat(spec.kind()).isEqualTo(Sink.Kind.PLAIN);
    var reading = new Reading();
    var source = spec.source().get();
    source.open(reading, Optional.empty());
    try (var sink = spec.sink().get()) {
      sink.open(warning -> {}, Optional.empty());
      sink.write(Batch.of(1, 1L, "a"));
      assertThat(sink.flush(1)).isEqualTo(Map.of("records", 2L));
    }
    while (reading.poll(source, 10).isPresent()) {}
    assertThat(reading.values()).containsExactly(1L, "a");
    assertThat(Files.exists(fifo)).isTrue();
  }

  @Test
  void aSinkHasLetEverythingGoWhenWriteReturns() throws Exception {
    var out = new ByteArrayOutputStream();
    var warnings = new ArrayList<String>();
    try (var sink = new PipeSink("pipe", Format.JSON_LINES, () -> out)) {
      sink.open(warnings::add, Optional.of(Map.of("records", 3L)));
      sink.write(Batch.of(1, 1L, 2L));
      assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("1\n2\n");
      assertThat(sink.flush(1)).isEqualTo(Map.of("records", 5L));
    }
    assertThat(warnings).singleElement().asString().contains("written again");
  }

  @Test
  void aReaderThatHasGoneIsNoFailure() throws Exception {
    var process = new ProcessBuilder("sh", "-c", "exec <&-; echo closed; exec sleep 60").start();
    try (var sink = new PipeSink("pipe", Format.JSON_LINES, process::getOutputStream)) {
      assertThat(process.inputReader().readLine()).isEqualTo("closed");
      sink.open(warning -> {}, Optional.empty());
      assertThatThrownBy(() -> sink.write(Batch.of(1, 1L)))
          .isInstanceOf(OutputClosedException.class)
          .hasMessageContaining("closed by whoever read it");
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void aFullDeviceIsAFailure() throws Exception {
    try (var sink = Streams.parse("/dev/full").sink().get()) {
      sink.open(warning -> {}, Optional.empty());
      assertThatThrownBy(() -> sink.write(Batch.of(1, 1L)))
          .isInstanceOf(WeirException.class)
          .isNotInstanceOf(OutputClosedException.class)
          .hasMessageContaining("/dev/full cannot be written: No space left");
    }
  }

  @Test
  void discardCounts() throws Exception {
    try (var sink = Streams.parse("discard:").sink().get()) {
      sink.open(warning -> {}, Optional.of(Map.of("records", 3L)));
      sink.write(Batch.of(1, 1L, 2L));
      assertThat(sink.flush(1)).isEqualTo(Map.of("records", 5L));
    }
  }
}
