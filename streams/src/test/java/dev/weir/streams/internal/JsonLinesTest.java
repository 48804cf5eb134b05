package dev.weir.streams.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.BadJsonException;
import dev.weir.graph.Batch;
import dev.weir.graph.Json;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The text of lines: what is written and what is understood. */
class JsonLinesTest {

  private final JsonLineDecoder decoder = new JsonLineDecoder();
  private final JsonLineEncoder encoder = new JsonLineEncoder();

  private Object decode(String line) throws BadMessageException {
    return decode(line.getBytes(StandardCharsets.UTF_8));
  }

  private Object decode(byte[] line) throws BadMessageException {
    return decoder.decode(line, 0, line.length);
  }

  private byte[] encode(Object... records) {
    var bytes = new ByteArrayOutputStream();
    encoder.write(
        Batch.of(1, records), "out", (lines, from, to) -> bytes.write(lines, from, to - from));
    return bytes.toByteArray();
  }

  private static String utf8(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Test
  void whatIsWrittenIsTheTextOfTheValueAndReadsBack() {
    Cases.forAll(
        3000,
        random -> {
          var value = Cases.value(random, 3);
          var line = encode(value);
          assertThat(utf8(line)).isEqualTo(Json.toText(value) + "\n");
          assertThat(decode(line, line.length - 1)).isEqualTo(value);
        });
  }

  private Object decode(byte[] line, int to) throws BadMessageException {
    return decoder.decode(line, 0, to);
  }

  @Test
  void numbersAreWrittenAsJavaWritesThem() {
    Cases.forAll(
        2000,
        random -> {
          long number = random.nextLong() >> random.nextInt(64);
          assertThat(utf8(encode(number))).isEqualTo(number + "\n");
        });
    assertThat(utf8(encode(Long.MIN_VALUE, 10L, 9L, -10L, 1.0, 0.1, 1e300, -0.0, 2e-3)))
        .isEqualTo("-9223372036854775808\n10\n9\n-10\n1.0\n0.1\n1.0E300\n-0.0\n0.002\n");
  }

  @Test
  void doublesAreWrittenInTheShortestFormThatReadsBack() {
    // Double.toString of JDK 17 gives 7.0000000000000004E22.
    assertThat(utf8(encode(Double.valueOf("7e22"), Double.valueOf("1.6e24"))))
        .isEqualTo("7.0E22\n1.6E24\n");
  }

  @Test
  void longTextIsWrittenWholeHoweverManyBytesItsCharactersNeed() throws Exception {
    for (var character : List.of("a", "\u0001", "é", "\u20ac", "\ud83d\ude00")) {
      var text = character.repeat(300_000);
      var line = encode(text);
      assertThat(decode(line, line.length - 1)).isEqualTo(text);
    }
  }

  @Test
  void halfOfASurrogatePairReadsBack() throws Exception {
    for (var text :
        List.of("\ud800", "a\udc00b", "\ud800\ud800\udc00", "x".repeat(4095) + "\ud83d\ude00")) {
      var line = encode(text);
      assertThat(decode(line, line.length - 1)).isEqualTo(text);
    }
  }

  /** The fast paths must agree with the parser on what is JSON as well as on its value. */
  @Test
  void agreesWithTheParserOnEveryNearMiss() {
    Cases.forAll(
        5000,
        random -> {
          var text = mutated(random, Json.toText(Cases.value(random, 1)));
          Object expected;
          try {
            expected = Json.parse(text);
          } catch (BadJsonException e) {
            expected = e;
          }
          if (text.isBlank() || text.indexOf('\n') >= 0 || !isUnicode(text)) {
            return;
          }
          Object actual;
          try {
            actual = decode(text);
          } catch (BadMessageException e) {
            actual = e;
          }
          if (expected instanceof BadJsonException) {
            assertThat(actual).as(text).isInstanceOf(BadMessageException.class);
          } else if (actual instanceof BadMessageException e) {
            assertThat(e).as(text).hasMessageContaining("Duplicate field");
          } else {
            assertThat(actual).as(text).isEqualTo(expected);
          }
        });
  }

  private static boolean isUnicode(String text) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }

  private static String mutated(Random random, String text) {
    var changed = new StringBuilder(text);
    for (int i = random.nextInt(3); i > 0; i--) {
      int at = random.nextInt(changed.length() + 1);
      char c = "0123456789-+.eE\"\\{}[],: \tnaN".charAt(random.nextInt(28));
      if (random.nextBoolean() || at == changed.length()) {
        changed.insert(at, c);
      } else {
        changed.setCharAt(at, c);
      }
    }
    return changed.toString();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.1",
        "-0.1",
        "123456789012.345",
        "0.123456789012345",
        "0.1234567890123456",
        "1.5e3",
        "99999999999999.9",
        "0.000000000000001",
        "-0.0",
        "1E-5"
      })
  void decimalsAreRoundedAsJavaRoundsThem(String text) throws Exception {
    assertThat(decode(text)).isEqualTo(Double.valueOf(text));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '\'',
      delimiter = '|',
      value = {
        "NaN | NaN and Infinity are no JSON values, at column",
        "-Infinity | NaN and Infinity are no JSON values, at column",
        "1e999 | too large for a double",
        "1 2 | something follows the value, at column 3",
        "{\"a\":1}} | at column 8",
        "{\"a\":1,\"a\":2} | Duplicate field 'a', at column 11",
        "{\"a\":x} | at column 6",
        "[1,2 | Unexpected end-of-input: expected close marker for Array, at column 5",
        "012 | at column 2",
      })
  void saysWhatIsWrongAndWhere(String line, String message) {
    assertThatThrownBy(() -> decode(line))
        .isInstanceOf(BadMessageException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesWhatIsNotUtf8() {
    for (int[] bad : new int[][] {{0xFF}, {0xC0, 0x80}, {0xED, 0xA0, 0x80}, {0xE2, 0x82}}) {
      var line = new byte[bad.length + 2];
      line[0] = '"';
      for (int i = 0; i < bad.length; i++) {
        line[i + 1] = (byte) bad[i];
      }
      line[bad.length + 1] = '"';
      assertThatThrownBy(() -> decode(line))
          .isInstanceOf(BadMessageException.class)
          .hasMessage("not UTF-8, at byte 2");
    }
    assertThatThrownBy(() -> decode(new byte[] {0, '1'})).hasMessageContaining("zero byte");
  }

  @Test
  void refusesToWriteWhatIsNotJsonAndNamesTheRecord() {
    var cyclic = new ArrayList<Object>();
    cyclic.add(cyclic);
    for (var bad : List.of(Double.NaN, 'c', List.of(1L, Float.NaN), cyclic)) {
      assertThatThrownBy(() -> encode(1L, bad))
          .isInstanceOf(BadJsonException.class)
          .hasMessageStartingWith("record 2 cannot be written to out: ");
    }
    assertThat(utf8(encode(7L))).isEqualTo("7\n");
  }
}
