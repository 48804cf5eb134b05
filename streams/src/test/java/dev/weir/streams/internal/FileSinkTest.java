package dev.weir.streams.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.Batch;
import dev.weir.graph.Json;
import dev.weir.graph.Sink;
import dev.weir.state.WeirException;
import dev.weir.streams.Streams;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every sink into a regular file promises. */
class FileSinkTest {

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("out.jsonl");
  }

  enum Mode {
    REPLACE,
    COMMITTED,
    APPEND
  }

  private Sink sink(Mode mode) {
    var spec = Streams.parse(file.toString());
    return switch (mode) {
      case REPLACE -> spec.sink().get();
      case COMMITTED -> spec.visibleWhenCommitted().sink().get();
      case APPEND -> spec.appending().sink().get();
    };
  }

  private Sink open(Mode mode, Optional<Map<String, Object>> committed) throws Exception {
    var sink = sink(mode);
    try {
      sink.open(warning -> {}, committed);
      return sink;
    } catch (Exception e) {
      sink.close();
      throw e;
    }
  }

  private String text() throws IOException {
    return Files.readString(file);
  }

  private static Batch batch(Random random, StringBuilder written) {
    var records = new Object[random.nextInt(20)];
    for (int i = 0; i < records.length; i++) {
      records[i] =
          random.nextInt(50) == 0 ? "x".repeat(random.nextInt(20_000)) : Cases.value(random, 1);
      written.append(Json.toText(records[i])).append('\n');
    }
    return Batch.of(1, records);
  }

  /** The files of the folder, as a kill would leave them. */
  private Map<Path, byte[]> files() throws IOException {
    var files = new LinkedHashMap<Path, byte[]>();
    try (var all = Files.newDirectoryStream(folder)) {
      for (var each : all) {
        files.put(each, Files.readAllBytes(each));
      }
    }
    return files;
  }

  private void putBack(Map<Path, byte[]> files) throws IOException {
    for (var each : files().keySet()) {
      if (!files.containsKey(each)) {
        Files.delete(each);
      }
    }
    for (var each : files.entrySet()) {
      Files.write(each.getKey(), each.getValue());
    }
  }

  /** Ends a sink as a kill would: nothing that close does happens. */
  private void kill(Sink sink) throws Exception {
    var files = files();
    sink.close();
    putBack(files);
  }

  /** Writes, commits, is killed and goes on, at random; at every moment the file is as promised. */
  @ParameterizedTest
  @EnumSource(Mode.class)
  void holdsWhatWasCommittedWhateverHappened(Mode mode) {
    Cases.forAll(
        60,
        random -> {
          for (var left : files().keySet()) {
            Files.delete(left);
          }
          var before = random.nextBoolean() ? "" : random.nextBoolean() ? "0\n" : "0";
          Files.writeString(file, before);
          var kept = mode == Mode.APPEND ? before : "";
          Optional<Map<String, Object>> committed = Optional.empty();
          var inFile = new StringBuilder(kept);
          int epoch = 0;
          var sink = open(mode, committed);
          // What is written between flush and complete is of the next epoch.
          var early = new StringBuilder();
          for (int step = random.nextInt(12); step >= 0; step--) {
            var epochText = new StringBuilder(early);
            early.setLength(0);
            for (int i = random.nextInt(3); i > 0; i--) {
              sink.write(batch(random, epochText));
            }
            boolean cutOff = random.nextInt(3) == 0;
            if (cutOff && random.nextBoolean()) {
              kill(sink);
              halfALine(mode, random);
              sink = open(mode, committed);
            } else {
              var position = Reading.stored(sink.flush(++epoch));
              if (random.nextInt(4) == 0) {
                sink.write(batch(random, early));
              }
              if (random.nextInt(6) == 0) {
                // The commit failed.
                kill(sink);
                early.setLength(0);
                sink = open(mode, committed);
              } else {
                committed = Optional.of(position);
                if (!epochText.isEmpty()
                    && !inFile.isEmpty()
                    && inFile.charAt(inFile.length() - 1) != '\n') {
                  inFile.append('\n');
                }
                inFile.append(epochText);
                if (cutOff) {
                  killWhileCompleting(sink, epoch, random);
                  early.setLength(0);
                  sink = open(mode, committed);
                  sink.complete(epoch);
                } else {
                  sink.complete(epoch);
                }
              }
            }
            var visible = mode == Mode.REPLACE ? early.toString() : "";
            if (committed.isPresent()) {
              assertThat(text()).isEqualTo(inFile + visible);
              assertThat(committed.get()).containsEntry("length", (long) bytes(inFile).length);
            } else {
              assertThat(text()).isEqualTo(mode == Mode.REPLACE ? "" : before);
            }
          }
          sink.close();
          assertThat(files()).containsOnlyKeys(file);
        });
  }

  private static byte[] bytes(CharSequence text) {
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** What a kill within a write call may leave. */
  private void halfALine(Mode mode, Random random) throws IOException {
    if (mode == Mode.REPLACE && random.nextBoolean()) {
      Files.writeString(file, "{\"half", StandardOpenOption.APPEND);
    }
  }

  /** A kill after the commit and before, amid or after what complete does. */
  private void killWhileCompleting(Sink sink, int epoch, Random random) throws Exception {
    var before = files();
    sink.complete(epoch);
    var after = files();
    sink.close();
    var now = new LinkedHashMap<Path, byte[]>(before);
    var oldBytes = before.get(file);
    var newBytes = after.get(file);
    int common = Arrays.mismatch(oldBytes, newBytes);
    switch (random.nextInt(3)) {
      case 0 -> {}
      case 1 -> {
        if (common >= 0 && common < newBytes.length) {
          int moved = common + random.nextInt(newBytes.length - common + 1);
          now.put(file, Arrays.copyOf(newBytes, moved));
        }
      }
      default -> {
        now.clear();
        now.putAll(after);
      }
    }
    putBack(now);
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void aFileThatDoesNotHoldWhatWasCommittedStopsTheResume(Mode mode) throws Exception {
    Optional<Map<String, Object>> committed;
    try (var sink = open(mode, Optional.empty())) {
      sink.write(Batch.of(1, 1L, 2L, 3L));
      sink.flush(1);
      sink.complete(1);
      sink.write(Batch.of(4, 4L));
      committed = Optional.of(sink.flush(2));
      sink.complete(2);
    }
    assertThat(text()).isEqualTo("1\n2\n3\n4\n");
    for (var other : new String[] {"1\n2\n", "7\n2\n3\n4\n", "7\n2\n3\n4\n5\n"}) {
      Files.writeString(file, other);
      assertThatThrownBy(() -> open(mode, committed))
          .isInstanceOf(WeirException.class)
          .hasMessageContaining(file.toString())
          .hasMessageContaining("--fresh");
      assertThat(text()).isEqualTo(other);
    }
    Files.delete(file);
    assertThatThrownBy(() -> open(mode, committed))
        .isInstanceOf(WeirException.class)
        .hasMessageContaining("is gone");
    assertThat(file).doesNotExist();
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void aSecondWriterIsRefusedAndHarmsNothing(Mode mode) throws Exception {
    try (var first = open(mode, Optional.empty())) {
      first.write(Batch.of(1, 1L));
      first.flush(1);
      first.complete(1);
      assertThatThrownBy(() -> open(mode, Optional.empty()))
          .isInstanceOf(WeirException.class)
          .hasMessageContaining("is being written by another job");
      assertThat(text()).isEqualTo("1\n");
    }
  }

  @Test
  void anotherProcessIsRefusedToo() throws Exception {
    try (var sink = open(Mode.REPLACE, Optional.empty())) {
      var child = Child.start("write-once", file);
      assertThat(child.output()).contains("is being written by another job");
      sink.flush(1);
    }
  }

  @Test
  void anInterruptDoesNotCloseTheFile() throws Exception {
    try (var sink = open(Mode.REPLACE, Optional.empty())) {
      Thread.currentThread().interrupt();
      sink.write(Batch.of(1, 1L));
      sink.flush(1);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(text()).isEqualTo("1\n");
    }
  }

  @Test
  void aFreshRunReplacesTheFileInPlace() throws Exception {
    Files.writeString(file, "old\n");
    var key = Files.readAttributes(file, "unix:ino").get("ino");
    try (var sink = open(Mode.REPLACE, Optional.empty())) {
      assertThat(text()).isEmpty();
      sink.write(Batch.of(1, 1L));
      assertThat(text()).as("visible at once").isEqualTo("1\n");
    }
    assertThat(Files.readAttributes(file, "unix:ino").get("ino")).isEqualTo(key);
  }

  @Test
  void aFileVisibleWhenCommittedKeepsTheOldTextUntilThen() throws Exception {
    Files.writeString(file, "old\n");
    try (var sink = open(Mode.COMMITTED, Optional.empty())) {
      sink.write(Batch.of(1, 1L));
      sink.flush(1);
      assertThat(text()).isEqualTo("old\n");
      sink.complete(1);
      assertThat(text()).isEqualTo("1\n");
    }
    try (var sink = open(Mode.COMMITTED, Optional.empty())) {
      sink.flush(1);
      sink.complete(1);
      assertThat(text()).as("a run without records").isEmpty();
    }
  }

  @Test
  void whatOthersAppendedSinceIsKept() throws Exception {
    Map<String, Object> committed;
    try (var sink = open(Mode.APPEND, Optional.empty())) {
      sink.write(Batch.of(1, 1L));
      committed = sink.flush(1);
      sink.complete(1);
    }
    Files.writeString(file, "other", StandardOpenOption.APPEND);
    try (var sink = open(Mode.APPEND, Optional.of(committed))) {
      sink.write(Batch.of(2, 2L));
      sink.flush(2);
      sink.complete(2);
    }
    assertThat(text()).isEqualTo("1\nother\n2\n");
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void whatCannotBeWrittenIsRefusedWithTheWayOut(Mode mode) {
    file = folder.resolve("no/out.jsonl");
    assertThatThrownBy(() -> open(mode, Optional.empty()))
        .isInstanceOf(WeirException.class)
        .hasMessageContaining("there is no folder " + folder.resolve("no"))
        .hasMessageContaining("mkdir");
    file = folder;
    assertThatThrownBy(() -> open(mode, Optional.empty()))
        .isInstanceOf(WeirException.class)
        .hasMessageContaining("is a folder");
  }

  /** A limit of the file's size stands in for a full disk: the write stops in the middle. */
  @Test
  void aWriteThatFailsLeavesWholeLines() throws Exception {
    var child = Child.startLimited(64, "write-for-ever", file);
    assertThat(child.output())
        .contains("cannot be written any further")
        .contains("all of them whole records")
        .contains("goes on from the last commit");
    var text = text();
    assertThat(text).endsWith("\n");
    assertThat(text).isEqualTo(Child.lines(text.lines().count()));
  }
}
