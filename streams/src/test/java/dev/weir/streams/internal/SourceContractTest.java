package dev.weir.streams.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.graph.Json;
import dev.weir.graph.Source;
import dev.weir.streams.Streams;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every source promises. */
class SourceContractTest {

  private static final List<String> BAD = List.of("{", "nul", "1 2", "NaN", "\"a", "[1,]", "01");

  @TempDir private Path folder;

  enum Kind {
    FILE,
    INLINE,
    PIPE
  }

  /** A stream: its lines, of which some are no JSON, and for files some are blank. */
  private record Stream(List<String> lines, Supplier<Source> source) {}

  private Stream stream(Kind kind, Random random) {
    int size = random.nextInt(40);
    var lines = new ArrayList<String>();
    for (int i = 0; i < size; i++) {
      int what = random.nextInt(20);
      if (what == 0) {
        // Within brackets: a piece of an inline stream must not run into the next.
        lines.add(kind == Kind.INLINE ? "nul" : BAD.get(random.nextInt(BAD.size())));
      } else if (what == 1 && kind != Kind.INLINE) {
        lines.add(random.nextBoolean() ? "" : " \t");
      } else if (what == 2 && kind != Kind.INLINE && random.nextInt(8) == 0) {
        lines.add("\"" + "x".repeat(random.nextInt(2 * MessageReader.BLOCK)) + "\"");
      } else {
        lines.add(Json.toText(Cases.value(random, 2)));
      }
    }
    return new Stream(lines, source(kind, lines, random));
  }

  private Supplier<Source> source(Kind kind, List<String> lines, Random random) {
    if (kind == Kind.INLINE) {
      return Streams.parse("inline:" + String.join(",", lines).replace("%", "%25")).source();
    }
    var text = new StringBuilder();
    for (var line : lines) {
      text.append(line).append(random.nextInt(10) == 0 ? "\r\n" : "\n");
    }
    if (random.nextBoolean() && !text.isEmpty()) {
      text.setLength(text.length() - 1);
    }
    var bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    if (kind == Kind.PIPE) {
      return () ->
          new PipeSource(
              "pipe",
              new PipeReader("pipe", Format.JSON_LINES, () -> new ByteArrayInputStream(bytes)));
    }
    try {
      var file = Files.write(folder.resolve("in.jsonl"), bytes);
      return Streams.parse(file.toString()).source();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void givesEveryRecordWithItsNumberAndRejectsTheRest(Kind kind) {
    Cases.forAll(
        150,
        random -> {
          var stream = stream(kind, random);
          var reading =
              Reading.of(stream.source().get(), Optional.empty(), () -> 1 + random.nextInt(7));
          var records = new ArrayList<Reading.Numbered>();
          var rejected = new ArrayList<Long>();
          for (int i = 0; i < stream.lines().size(); i++) {
            var line = stream.lines().get(i);
            if (BAD.contains(line)) {
              rejected.add(i + 1L);
            } else if (!line.isBlank()) {
              records.add(new Reading.Numbered(i + 1L, Json.parse(line)));
            }
          }
          assertThat(reading.records).isEqualTo(records);
          assertThat(reading.rejections).extracting(r -> r.sequence()).isEqualTo(rejected);
        });
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"FILE", "INLINE"})
  void givesTheSameAgainFromEveryPosition(Kind kind) {
    Cases.forAll(
        60,
        random -> {
          var source = stream(kind, random).source();
          var whole = Reading.of(source.get(), Optional.empty(), () -> 1);
          assertThat(source.get().replayable()).isTrue();
          for (var stop : whole.stops) {
            int sizes = 1 + random.nextInt(10);
            var rest = Reading.of(source.get(), Optional.of(stop.position()), () -> sizes);
            assertThat(rest.records)
                .isEqualTo(whole.records.subList(stop.records(), whole.records.size()));
            assertThat(rest.rejections)
                .isEqualTo(whole.rejections.subList(stop.rejections(), whole.rejections.size()));
            assertThat(rest.stops.get(0).position()).isEqualTo(stop.position());
            assertThat(rest.stops.get(rest.stops.size() - 1).position())
                .isEqualTo(whole.stops.get(whole.stops.size() - 1).position());
          }
        });
  }
}
