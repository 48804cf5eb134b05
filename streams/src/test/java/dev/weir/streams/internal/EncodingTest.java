package dev.weir.streams.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.Control;
import dev.weir.graph.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** How records are written in each encoding. */
class EncodingTest {

  private static Encoding encoding(Format.Name name, String schema) {
    return format(name, schema).encoding();
  }

  private static Format format(Format.Name name, String schema) {
    return new Format(
        name,
        Format.Csv.USUAL,
        new Envelope.None(),
        schema == null ? null : new Schema.Parser().parse(schema));
  }

  private static byte[] encoded(Encoding encoding, Object record) throws BadMessageException {
    var bytes = new Bytes();
    assertThat(encoding.encode(record, bytes)).isTrue();
    return bytes.copy();
  }

  private static Object decoded(Encoding encoding, byte[] bytes) throws BadMessageException {
    // Somewhere within more bytes, as messages are.
    var room = new byte[bytes.length + 7];
    System.arraycopy(bytes, 0, room, 3, bytes.length);
    return encoding.decode(room, 3, 3 + bytes.length);
  }

  private static byte[] hex(String text) {
    return HexFormat.ofDelimiter(" ").parseHex(text);
  }

  private static Object roundTrip(Encoding encoding, Object record) throws BadMessageException {
    return decoded(encoding, encoded(encoding, record));
  }

  @ParameterizedTest
  @EnumSource(
      value = Format.Name.class,
      names = {"JSON", "MSGPACK"})
  void everyJsonValueComesBack(Format.Name name) {
    var encoding = encoding(name, null);
    Cases.forAll(
        500,
        random -> {
          var value = Cases.value(random, 3);
          if (name == Format.Name.MSGPACK && Json.toText(value).matches("(?s).*\\d{19,}.*")) {
            return;
          }
          assertThat(roundTrip(encoding, value)).isEqualTo(value);
        });
  }

  @Test
  void textAndBytes() throws Exception {
    var utf8 = encoding(Format.Name.UTF_8, null);
    assertThat(decoded(utf8, hex("e7 a6 8f"))).isEqualTo("\u798f");
    var raw = encoding(Format.Name.RAW, null);
    Cases.forAll(
        200,
        random -> {
          var text = Cases.text(random);
          assertThat(roundTrip(utf8, text)).isEqualTo(text);
          var bytes = new byte[random.nextInt(30)];
          random.nextBytes(bytes);
          if (bytes.length > 0 && bytes[0] != (byte) 0xFA) {
            assertThat(encoded(raw, decoded(raw, bytes))).isEqualTo(bytes);
          }
        });
    assertThat(decoded(encoding(Format.Name.MSGPACK, null), hex("c2"))).isEqualTo(false);
    assertThat(decoded(encoding(Format.Name.MSGPACK, null), hex("c4 02 00 ff")))
        .isEqualTo("\u0000\u00ff");
  }

  @Test
  void avroOfASchema() throws Exception {
    var longs = encoding(Format.Name.AVRO, "{\"type\":\"array\",\"items\":\"int\"}");
    assertThat(decoded(longs, hex("08 02 04 06 08 00"))).isEqualTo(List.of(1L, 2L, 3L, 4L));
    var union = encoding(Format.Name.AVRO, "{\"type\":\"array\",\"items\":[\"string\",\"int\"]}");
    var plain = List.of(1L, "abc", 3L);
    var tagged = List.of(Map.of("int", 1L), Map.of("string", "abc"), Map.of("int", 3L));
    assertThat(encoded(union, tagged)).isEqualTo(encoded(union, plain));
    assertThat(roundTrip(union, tagged)).isEqualTo(plain);
  }

  @Test
  void avroRecordsHaveDefaultsAndEveryType() throws Exception {
    var encoding =
        encoding(
            Format.Name.AVRO,
            "{\"type\":\"record\",\"name\":\"R\",\"fields\":["
                + "{\"name\":\"a\",\"type\":\"long\",\"default\":7},"
                + "{\"name\":\"b\",\"type\":[\"null\",\"double\"],\"default\":null},"
                + "{\"name\":\"c\",\"type\":\"bytes\"},"
                + "{\"name\":\"d\",\"type\":{\"type\":\"map\",\"values\":\"boolean\"}},"
                + "{\"name\":\"e\",\"type\":{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"x\",\"y\"]}},"
                + "{\"name\":\"f\",\"type\":{\"type\":\"fixed\",\"name\":\"F\",\"size\":2}},"
                + "{\"name\":\"g\",\"type\":[\"null\",\"R\"]}]}");
    var record = new LinkedHashMap<String, Object>();
    record.put("c", "\u00ff\u0000");
    record.put("d", Map.of("t", true));
    record.put("e", "y");
    record.put("f", "ab");
    record.put("g", null);
    var expected = new LinkedHashMap<String, Object>();
    expected.put("a", 7L);
    expected.put("b", null);
    expected.putAll(record);
    assertThat(roundTrip(encoding, record)).isEqualTo(expected);
    record.put("g", new LinkedHashMap<>(record));
    record.put("b", 2L);
    assertThat(roundTrip(encoding, record)).extracting("g").isEqualTo(expected);
    assertThat(roundTrip(encoding, record)).extracting("b").isEqualTo(2.0);
    record.put("e", "z");
    assertThatThrownBy(() -> encoded(encoding, record)).hasMessage("E expected, not a text at $.e");
  }

  @Test
  void rowsAreTypedByTheirSchema() throws Exception {
    var format =
        format(
            Format.Name.CSV,
            "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"n\",\"type\":\"int\"},"
                + "{\"name\":\"d\",\"type\":\"double\"},{\"name\":\"s\",\"type\":\"string\"},"
                + "{\"name\":\"o\",\"type\":[\"null\",\"int\",\"string\"]},"
                + "{\"name\":\"l\",\"type\":{\"type\":\"array\",\"items\":\"int\"}}]}");
    var csv = format.encoding();
    var row = "1,2.5,\"a,\"\"b\"\"\nc\",,\"[1,2]\"".getBytes(StandardCharsets.UTF_8);
    @SuppressWarnings("unchecked")
    var record = (Map<String, Object>) decoded(csv, row);
    assertThat(record.keySet()).containsExactlyInAnyOrder("n", "d", "s", "o", "l");
    assertThat(record.get("n")).isEqualTo(1L);
    assertThat(record.get("d")).isEqualTo(2.5);
    assertThat(record.get("s")).isEqualTo("a,\"b\"\nc");
    assertThat(record.get("o")).isNull();
    assertThat(record.get("l")).isEqualTo(List.of(1L, 2L));
    assertThat(roundTrip(csv, record)).isEqualTo(record);
    assertThat(decoded(csv, "1,2,x,y,[]".getBytes(StandardCharsets.UTF_8)))
        .extracting("o")
        .isEqualTo("y");
    assertThat(decoded(csv, "1,2,x,5,[]".getBytes(StandardCharsets.UTF_8)))
        .extracting("o")
        .isEqualTo(5L);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "JSON | 7b | not JSON",
        "JSON | 22 ff 22 | not UTF-8",
        "JSON | 20 20 | there is nothing",
        "UTF_8 | 61 c3 | not UTF-8, at byte 2",
        "MSGPACK | 92 01 | it ends within a value",
        "MSGPACK | 01 02 | something follows",
        "MSGPACK | c1 | not MessagePack",
        "MSGPACK | d4 01 00 | extension type",
        "MSGPACK | cb 7f f0 00 00 00 00 00 00 | Infinity is not a JSON value",
        "MSGPACK | 81 01 02 | keys are text",
        "AVRO | 02 | it ends within the datum",
        "AVRO | 02 00 00 00 | something follows",
        "CSV | 31 2c 32 | the row has 2 cells, not 1",
        "CSV | 78 | int expected, not 'x'"
      })
  void whatIsNoneOfItsEncodingIsRejectedWithTheReason(
      Format.Name name, String bytes, String message) {
    var schema =
        switch (name) {
          case AVRO -> "{\"type\":\"array\",\"items\":\"int\"}";
          case CSV ->
              "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"n\",\"type\":\"int\"}]}";
          default -> null;
        };
    assertThatThrownBy(() -> decoded(encoding(name, schema), hex(bytes)))
        .isInstanceOf(BadMessageException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({
    "UTF_8, utf-8 takes text",
    "RAW, bytes are text",
    "CSV, a row of CSV is an object",
    "AVRO, int expected"
  })
  void whatAnEncodingCannotWriteIsRejected(Format.Name name, String message) {
    var schema =
        name == Format.Name.CSV
            ? "{\"type\":\"record\",\"name\":\"R\",\"fields\":[]}"
            : name == Format.Name.AVRO ? "\"int\"" : null;
    assertThatThrownBy(() -> encoded(encoding(name, schema), 1.5))
        .isInstanceOf(BadMessageException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @EnumSource(Format.Name.class)
  void controlRecordsComeBack(Format.Name name) throws Exception {
    var encoding =
        encoding(
            name,
            name == Format.Name.AVRO
                ? "\"string\""
                : name == Format.Name.CSV
                    ? "{\"type\":\"record\",\"name\":\"R\",\"fields\":[]}"
                    : null);
    var controls = new ArrayList<Control>();
    for (var kind : Control.Kind.values()) {
      controls.add(Control.of(kind));
      controls.add(new Control(kind, 1234L, 3_476_304_987L, "misc-data"));
    }
    for (var control : controls) {
      if (name == Format.Name.CSV) {
        assertThat(encoding.encode(control, new Bytes())).isFalse();
      } else {
        assertThat(roundTrip(encoding, control)).isEqualTo(control);
      }
    }
  }

  @Test
  void controlRecordsHaveFastScoresForms() throws Exception {
    var json = encoding(Format.Name.JSON, null);
    for (var text :
        List.of(
            "{\"$fastscore\":\"set\"}", " { \"$fastscore\" : \"set\" } ", "{\"$weir\":\"set\"}")) {
      assertThat(decoded(json, text.getBytes(StandardCharsets.UTF_8))).isEqualTo(Control.SET);
    }
    assertThat(encoded(json, Control.SET)).asString().isEqualTo("{\"$fastscore\":\"set\"}");
    assertThat(encoded(encoding(Format.Name.UTF_8, null), Control.SET))
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("\u262efastscore.set");
    assertThat(encoded(encoding(Format.Name.AVRO, "\"int\""), Control.SET))
        .isEqualTo(hex("1c 24 66 61 73 74 73 63 6f 72 65 2e 73 65 74 00 00 00"));
    assertThat(encoded(encoding(Format.Name.RAW, null), Control.of(Control.Kind.END)))
        .isEqualTo("\u00fastscore.end".getBytes(StandardCharsets.ISO_8859_1));
    assertThat(
            decoded(
                encoding(Format.Name.UTF_8, null),
                "\u262efastscore.pig|1234|3476304987|misc-data".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(new Control(Control.Kind.PIG, 1234L, 3_476_304_987L, "misc-data"));
    for (var bad : List.of("{\"$fastscore\":\"eof\"}", "{\"$fastscore\":\"set\",\"x\":1}")) {
      assertThatThrownBy(() -> decoded(json, bad.getBytes(StandardCharsets.UTF_8)))
          .hasMessageContaining("a control record");
    }
    var data = Map.of("a", "$fastscore", "$", 1L);
    assertThat(roundTrip(json, data)).isEqualTo(data);
  }
}
