package dev.weir.streams.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.Sink;
import dev.weir.state.WeirException;
import dev.weir.streams.Streams;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a stream may be called. */
class StreamsTest {

  @TempDir private Path folder;

  private static List<Object> inline(String text) {
    return Reading.of(Streams.parse(text).source()).values();
  }

  @Test
  void inlineValuesAreSeparatedByCommasOutsideBracketsAndStrings() {
    assertThat(inline("inline:1,2,3")).containsExactly(1L, 2L, 3L);
    assertThat(inline("inline:[1,2], {\"a\":\",}\"} ,\"\\\",\""))
        .containsExactly(List.of(1L, 2L), Map.of("a", ",}"), "\",");
    assertThat(inline("inline:")).isEmpty();
    assertThat(inline("inline:%22%C3%A9%25%22,\"100%\"")).containsExactly("é%", "100%");
  }

  @Test
  void aPieceThatIsNoValueIsRejectedByItsNumber() {
    var reading = Reading.of(Streams.parse("inline:1,x,,4").source());
    assertThat(reading.records)
        .containsExactly(new Reading.Numbered(1, 1L), new Reading.Numbered(4, 4L));
    assertThat(reading.rejections).extracting(r -> r.sequence()).containsExactly(2L, 3L);
    assertThat(reading.rejections.get(0).record()).isEqualTo("x");
  }

  @Test
  void aPositionBehindTheLastValueIsRefused() {
    assertThatThrownBy(
            () ->
                Reading.of(
                    Streams.parse("inline:1").source().get(),
                    Optional.of(Map.of("pieces", 2L)),
                    () -> 1))
        .hasMessageContaining("has 1 values, but 2 were already read");
  }

  @ParameterizedTest
  @CsvSource({
    "file:a b.jsonl, file a b.jsonl",
    "file:a%20b.jsonl, file a b.jsonl",
    "file:///data/a, file /data/a",
    "file://localhost/data/a, file /data/a",
    "FILE:/data/a, file /data/a",
    "./odd:name, file ./odd:name",
    "2024:01.jsonl, file 2024:01.jsonl",
    "data.json, file data.json",
    "-, -",
    "/dev/stdin, -",
    "discard:, discard:"
  })
  void namesAreUnderstood(String text, String described) {
    assertThat(Streams.parse(text).describe()).isEqualTo(described);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | the name of a stream is empty",
        "file: | names no file",
        "discard:x | nothing follows the colon",
        "inlin:1,2 | Did you mean inline:1,2?",
        "fiel:a | Did you mean file:a?",
        "dicard: | Did you mean discard:?",
        "tcp:h | a host and a port must follow",
        "tcp:h:0 | the port 0 is none",
        "udp:99999 | the port 99999 is none; ports are 1 to 65535",
        "tcp:a b:80 | a b' is no host",
        "kafka://-x-:9092/t | -x-' is no host",
        "kafka://a:1,b..c:2/t | b..c' is no host",
        "postgres://u@h/d?table=t&keys=a | there is no parameter 'keys'. Did you mean key?",
        "udp:x | a host and a port must follow",
        "exec: | needs a program",
        "http:8080 | to listen yourself, use rest:PORT",
        "http://h:x:y/ | is no URL",
        "rest:x | a port follows",
        "rest:70000 | ports are 1 to 65535",
        "rest:1/a b | cannot be a name",
        "time:soon | a period follows time:",
        "time:0 | the period is 0.001",
        "in.yaml | there is no descriptor in.yaml",
        "weather:a | a file of that name is written ./weather:a"
      })
  void otherNamesAreRefusedWithTheWayOut(String text, String message) {
    assertThatThrownBy(() -> Streams.parse(text))
        .isInstanceOf(WeirException.class)
        .hasMessageContaining(message)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
  }

  @Test
  void sourcesAreReplayableAndSinksHaveTheirKindBeforeTheyAreOpened() throws Exception {
    var file = Streams.parse(folder.resolve("new.jsonl").toString());
    assertThat(file.replayable()).isTrue();
    assertThat(file.kind()).isEqualTo(Sink.Kind.TRANSACTIONAL);
    assertThat(Streams.parse("-").replayable()).isFalse();
    assertThat(Streams.parse("-").kind()).isEqualTo(Sink.Kind.PLAIN);
    assertThat(Streams.parse("/dev/null").kind()).isEqualTo(Sink.Kind.PLAIN);
    assertThat(Streams.parse("inline:1").replayable()).isTrue();
    assertThat(Streams.parse("discard:").kind()).isEqualTo(Sink.Kind.IDEMPOTENT);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void whatHasOneDirectionIsRefusedInTheOther() {
    assertThatThrownBy(() -> Streams.parse("inline:1").sink())
        .hasMessageContaining("can only be read");
    assertThatThrownBy(() -> Streams.parse("discard:").source())
        .hasMessageContaining("can only be written");
  }

  @Test
  void oneFileIsKnownUnderItsNames() throws Exception {
    var file = Files.writeString(folder.resolve("a"), "1\n");
    var link = Files.createSymbolicLink(folder.resolve("b"), file);
    var a = Streams.parse(file.toString());
    assertThat(Streams.parse("file:" + folder + "/x/../a").identity()).isEqualTo(a.identity());
    assertThat(a.appending().identity()).isNotEqualTo(a.identity());
    assertThat(Streams.sameFile(a, Streams.parse(link.toString()))).isTrue();
    assertThat(Streams.sameFile(a, Streams.parse(folder.resolve("c").toString()))).isFalse();
    assertThat(Streams.sameFile(a, Streams.parse("-"))).isFalse();
  }
}
