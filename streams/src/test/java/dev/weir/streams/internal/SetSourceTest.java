package dev.weir.streams.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.graph.Batch;
import dev.weir.graph.Control;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import dev.weir.streams.Streams;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where streams of record sets are cut. */
class SetSourceTest {

  @TempDir private Path folder;

  private static final String SET = "{\"$fastscore\":\"set\"}";
  private static final String PIG = "{\"$fastscore\":\"pig\"}";
  private static final String END = "{\"$fastscore\":\"end\"}";

  /** What a stream gives, with a word for each control record. */
  private static List<Object> read(String batching, String... lines) {
    var spec =
        Streams.parse(
            "{\"transport\":{\"type\":\"inline\",\"data\":"
                + dev.weir.graph.Json.toText(List.of(lines))
                + "},\"encoding\":\"json\",\"batching\":"
                + batching
                + "}");
    return words(Reading.of(spec.inSets().source()));
  }

  private static List<Object> words(Reading reading) {
    var words = new ArrayList<Object>();
    reading.values().forEach(v -> words.add(v instanceof Control c ? c.kind().word() : v));
    return words;
  }

  @Test
  void aWatermarkCutsByCount() {
    assertThat(read("{\"watermark\":2}", "1", "2", "3", "4", "5"))
        .containsExactly(1L, 2L, "set", 3L, 4L, "set", 5L, "set");
    assertThat(read("{\"watermark\":2}", "1", "2", SET, "3", SET, SET))
        .containsExactly(1L, 2L, "set", 3L, "set", "set");
    assertThat(read("{\"watermark\":2}")).isEmpty();
  }

  @Test
  void explicitSetsAreCutOnlyBySetRecordsPigsAndTheEnd() {
    assertThat(read("\"explicit\"", "1", "2", SET, SET, "3", PIG, "4", END, "5"))
        .containsExactly(1L, 2L, "set", "set", 3L, "set", "pig", 4L, "set");
  }

  @Test
  void withoutSetsControlRecordsAreBatchesOfTheirOwn() {
    var reading =
        Reading.of(Streams.parse("inline:1," + SET + ",2," + PIG + "," + END + ",3").source());
    assertThat(words(reading)).containsExactly(1L, "set", 2L, "pig");
    assertThat(reading.records.get(1).sequence()).isEqualTo(1);
  }

  /** A source that gives what it is told to, and the time. */
  private static final class Script implements Source {
    private final ArrayDeque<Batch> batches = new ArrayDeque<>();
    private final List<Duration> patience = new ArrayList<>();
    private long nanos;

    @Override
    public void open(SourceContext context, Optional<Map<String, Object>> position) {}

    @Override
    public Optional<Batch> poll(int max, Duration patience) {
      this.patience.add(patience);
      if (batches.isEmpty()) {
        nanos += patience.toNanos();
        return Optional.of(Batch.of(1));
      }
      return Optional.of(batches.remove());
    }

    @Override
    public Map<String, Object> position() {
      return Map.of();
    }

    @Override
    public boolean replayable() {
      return true;
    }

    @Override
    public void close() {}
  }

  @Test
  void nagleTimeCutsAfterTheFirstRecordOfTheSet() throws Exception {
    var script = new Script();
    var source = new SetSource(script, Batching.NORMAL, () -> script.nanos);
    source.open(new Reading(), Optional.empty());
    var second = Duration.ofSeconds(1);
    assertThat(source.poll(10, second).orElseThrow().size()).isZero();
    script.batches.add(Batch.of(1, 1L));
    assertThat(source.poll(10, second).orElseThrow().size()).isEqualTo(1);
    script.nanos += Duration.ofMillis(400).toNanos();
    script.batches.add(Batch.of(2, 2L));
    assertThat(source.poll(10, second).orElseThrow().get(0)).isEqualTo(2L);
    assertThat(source.poll(10, second).orElseThrow().size()).isZero();
    assertThat(script.patience.get(3)).isEqualTo(Duration.ofMillis(100));
    assertThat(source.poll(10, second).orElseThrow().control()).isEqualTo(Control.SET);
    assertThat(source.poll(10, second).orElseThrow().size()).isZero();
    assertThat(script.patience.get(4)).isEqualTo(second);
  }

  @Test
  void bordersAreTheSameAgainFromEveryPosition() {
    Cases.forAll(
        100,
        random -> {
          var text = new StringBuilder();
          for (int i = random.nextInt(20); i > 0; i--) {
            int what = random.nextInt(8);
            text.append(what == 0 ? SET : what == 1 ? PIG : what == 2 ? "no" : String.valueOf(i));
            text.append('\n');
          }
          if (random.nextInt(4) == 0) {
            text.append(END + "\n99\n");
          }
          var file = Files.writeString(folder.resolve("in.jsonl"), text);
          var spec =
              Streams.parse(
                  "{\"transport\":{\"type\":\"file\",\"path\":\""
                      + file
                      + "\"},\"encoding\":\"json\",\"batching\":{\"watermark\":"
                      + (1 + random.nextInt(4))
                      + "}}");
          var source = spec.inSets().source();
          var whole = Reading.of(source.get(), Optional.empty(), () -> 1 + random.nextInt(5));
          for (var stop : whole.stops) {
            var rest = Reading.of(source.get(), Optional.of(stop.position()), () -> 3);
            assertThat(rest.values())
                .isEqualTo(whole.values().subList(stop.records(), whole.records.size()));
          }
        });
  }
}
