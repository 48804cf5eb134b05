package dev.weir.streams.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.Source;
import dev.weir.state.WeirException;
import dev.weir.streams.Streams;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSourceTest {

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("in.jsonl");
  }

  private void write(String text) throws IOException {
    Files.writeString(file, text);
  }

  private Source source() {
    return Streams.parse(file.toString()).source().get();
  }

  private Map<String, Object> end() {
    var stops = Reading.of(source()).stops;
    return stops.get(stops.size() - 1).position();
  }

  private void refused(Map<String, Object> position, String message) {
    assertThatThrownBy(() -> Reading.of(source(), Optional.of(position), () -> 10))
        .isInstanceOf(WeirException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("--fresh");
  }

  @Test
  void aLineMayEndInCrLfOrNothingAndTheFileMayBeginWithAByteOrderMark() throws IOException {
    write("\uFEFF1\r\n\n \t\n 2 \n\"é\"\r\n123456789012345678901234567890");
    var reading = Reading.of(source());
    assertThat(reading.records)
        .containsExactly(
            new Reading.Numbered(1, 1L),
            new Reading.Numbered(4, 2L),
            new Reading.Numbered(5, "é"),
            new Reading.Numbered(6, new BigInteger("123456789012345678901234567890")));
    assertThat(reading.rejections).isEmpty();
    assertThat(end()).containsEntry("lines", 6L).containsEntry("records", 4L);
  }

  @Test
  void anEmptyFileHasNoRecords() throws IOException {
    write("");
    assertThat(Reading.of(source()).records).isEmpty();
  }

  @Test
  void aBadLineIsRejectedByItsNumberAndTheNextIsTaken() throws IOException {
    write("1\n{\"a\":\n" + "x".repeat(1000) + "\n2\n");
    var reading = Reading.of(source());
    assertThat(reading.values()).containsExactly(1L, 2L);
    assertThat(reading.rejections).extracting(r -> r.sequence()).containsExactly(2L, 3L);
    assertThat(reading.rejections.get(0).record()).isEqualTo("{\"a\":");
    assertThat(reading.rejections.get(1).record()).hasSize(201).endsWith("x…");
  }

  @Test
  void aLineBeyondTheBoundIsRejectedAndTheNextIsTaken() throws IOException {
    var block = new byte[1 << 20];
    Arrays.fill(block, (byte) '7');
    try (var out = Files.newOutputStream(file)) {
      out.write("1\n".getBytes(StandardCharsets.UTF_8));
      for (int i = 0; i < (MessageReader.MAX_MESSAGE >> 20) + 3; i++) {
        out.write(block);
      }
      out.write("\n2\n".getBytes(StandardCharsets.UTF_8));
    }
    var reading = Reading.of(source());
    assertThat(reading.records)
        .containsExactly(new Reading.Numbered(1, 1L), new Reading.Numbered(3, 2L));
    assertThat(reading.rejections)
        .singleElement()
        .satisfies(r -> assertThat(r.sequence()).isEqualTo(2))
        .satisfies(r -> assertThat(r.message()).contains("longer than 64 MiB"));
    assertThat(end()).containsEntry("offset", Files.size(file));
  }

  @Test
  void whatCannotBeReadIsRefusedWithTheWayOut() throws IOException {
    assertThatThrownBy(() -> Reading.of(source()))
        .hasMessageContaining("there is no file " + file)
        .hasMessageContaining("check the input's path");
    file = folder;
    assertThatThrownBy(() -> Reading.of(source())).hasMessageContaining("is a folder, not a file");
    file = folder.resolve("no/in.jsonl");
    assertThatThrownBy(() -> Reading.of(source()))
        .hasMessageContaining("there is no folder " + folder.resolve("no"));
  }

  @Test
  void aFileWithoutPermissionIsRefused() throws IOException {
    write("1\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
    Assumptions.assumeFalse(Files.isReadable(file), "this user may read everything");
    assertThatThrownBy(() -> Reading.of(source())).hasMessageContaining("permission denied");
  }

  @Test
  void aFileThatIsNotTheOneThatWasReadStopsTheResume() throws IOException {
    write("1\n2\n3\n");
    var position = end();
    write("1\n2\n");
    refused(position, "has 4 bytes, but 6 were already read of it");
    write("1\n5\n3\n4\n");
    refused(position, "its first 6 bytes have changed");
    write("x\n".repeat(100_000));
    var far = end();
    write("x\n".repeat(99_999) + "y\n");
    refused(far, "its first 200000 bytes have changed");
    refused(Map.of("pieces", 3L), "has no 'offset'");
  }

  @Test
  void linesAddedLaterAreReadOnResumeUnlessTheLastOneGrew() throws IOException {
    write("1\n2\n");
    var position = end();
    write("1\n2\n3\n");
    assertThat(Reading.of(source(), Optional.of(position), () -> 10).records)
        .containsExactly(new Reading.Numbered(3, 3L));
    write("1\n2");
    var within = end();
    write("1\n23\n");
    refused(within, "line 2 was its last and was read");
  }
}
