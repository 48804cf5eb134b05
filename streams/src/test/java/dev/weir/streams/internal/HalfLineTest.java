package dev.weir.streams.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.graph.Batch;
import dev.weir.graph.Json;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a reader, or a killed writer, may see of a line that is being written. These tests watch for
 * a while: they can show that a promise is broken, and not that it can never be.
 */
@Timeout(60)
class HalfLineTest {

  private static final int PAGE = 4096;

  @TempDir private Path folder;

  /** The law behind the others: which lines go into one call of the kernel. */
  @Test
  void aCallHoldsWholeLinesOfOnePageOrOneLineThatCrosses() {
    Cases.forAll(
        500,
        random -> {
          var text = new StringBuilder();
          for (int i = 1 + random.nextInt(200); i > 0; i--) {
            text.append("x".repeat(random.nextInt(random.nextInt(20) == 0 ? 9000 : 100)))
                .append('\n');
          }
          var lines = text.toString().getBytes(StandardCharsets.UTF_8);
          long start = random.nextInt(10_000);
          long length = start;
          int at = 0;
          while (at < lines.length) {
            int end = OutputFile.callEnd((byte) 10, lines, at, lines.length, length);
            assertThat(end).isGreaterThan(at);
            assertThat(lines[end - 1]).isEqualTo((byte) '\n');
            boolean onePage = length / PAGE == (length + end - at - 1) / PAGE;
            long newLines = text.substring(at, end).chars().filter(c -> c == '\n').count();
            assertThat(onePage || newLines == 1).isTrue();
            length += end - at;
            at = end;
          }
          assertThat(length).isEqualTo(start + lines.length);
        });
  }

  /** Lines that never cross the end of a page are never seen in part. */
  @Test
  void aLineWithinAPageIsSeenWholeOrNotAtAll() throws Exception {
    assertThat(watch("a".repeat(16 - 3), 1_000_000)).isNull();
  }

  /** Any other line is cut at the end of a page, if it is seen cut at all. */
  @Test
  void aLineIsCutAtTheEndOfAPageOnly() throws Exception {
    var seen = watch("b".repeat(37), 500_000);
    if (seen != null) {
      assertThat(seen % PAGE).as("seen cut at byte " + seen).isZero();
    }
  }

  /**
   * Writes a record again and again, with a reader beside it.
   *
   * @return a length at which the file ended within a line, and was not a whole number of pages
   *     unless none such was seen; or null
   */
  private Long watch(Object record, int times) throws Exception {
    var file = folder.resolve("out.jsonl");
    Files.createFile(file);
    var done = new AtomicBoolean();
    var cut = new AtomicReference<Long>();
    var failure = new AtomicReference<Exception>();
    var reader =
        new Thread(
            () -> {
              try (var in = FileChannel.open(file, StandardOpenOption.READ)) {
                var block = ByteBuffer.allocateDirect(16 * PAGE);
                var seen = new Seen(0, (byte) '\n');
                while (!done.get()) {
                  seen = readToTheEnd(in, block, seen);
                  if (seen.last() != '\n' && (cut.get() == null || seen.end() % PAGE != 0)) {
                    cut.set(seen.end());
                  }
                }
              } catch (Exception e) {
                failure.set(e);
              }
            });
    reader.start();
    var records = new Object[100];
    Arrays.fill(records, record);
    try (var sink = new FileSink(file, Format.JSON_LINES)) {
      sink.open(warning -> {}, Optional.empty());
      for (int i = 0; i < times; i += records.length) {
        sink.write(Batch.of(i + 1, records));
      }
    } finally {
      done.set(true);
      reader.join();
    }
    assertThat(failure.get()).isNull();
    return cut.get();
  }

  /** How far a file went when it was looked at, and its last byte then. */
  private record Seen(long end, byte last) {}

  /** Reads on to the end there is now. */
  private static Seen readToTheEnd(FileChannel in, ByteBuffer block, Seen from) throws Exception {
    var seen = from;
    do {
      block.clear();
      int read = in.read(block, seen.end());
      if (read > 0) {
        seen = new Seen(seen.end() + read, block.get(read - 1));
      }
    } while (!block.hasRemaining());
    return seen;
  }

  /**
   * Killed at any moment, a file is cut at a page's end at worst, and right once it is reopened.
   */
  @Test
  void aKilledWriterLeavesWhatCanBeGoneOnWith() throws Exception {
    var random = new Random(Long.getLong("weir.seed", 1));
    for (int round = 0; round < 6; round++) {
      var file = folder.resolve("killed-" + round);
      var child = Child.start("write-for-ever", file);
      String printed = "{}";
      for (int epochs = 1 + random.nextInt(40); epochs > 0; epochs--) {
        printed = child.line();
      }
      for (long spin = random.nextInt(2_000_000); spin > 0; spin--) {
        Thread.onSpinWait();
      }
      child.kill();
      var rest = child.output();
      var position =
          rest.isEmpty() ? printed : rest.substring(rest.stripTrailing().lastIndexOf('\n') + 1);
      var left = Files.readAllBytes(file);
      assertThat(left[left.length - 1] == '\n' || left.length % PAGE == 0)
          .as("ends with a line or a page, at " + left.length)
          .isTrue();
      var committed = position(position);
      try (var sink = new FileSink(file, Format.JSON_LINES)) {
        sink.open(warning -> {}, Optional.of(committed));
        long records = Positions.count(committed, "records");
        var expected = Child.lines(records);
        assertThat(Files.readString(file)).isEqualTo(expected);
        sink.write(Batch.of(records + 1, Child.record(records + 1)));
        assertThat(Files.readString(file)).isEqualTo(Child.lines(records + 1));
        assertThat(sink.flush(1))
            .containsEntry(
                "length", (long) Child.lines(records + 1).getBytes(StandardCharsets.UTF_8).length);
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> position(String text) {
    return (Map<String, Object>) Json.parse(text.strip());
  }
}
