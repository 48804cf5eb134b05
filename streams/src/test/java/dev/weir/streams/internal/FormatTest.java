package dev.weir.streams.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.Batch;
import dev.weir.graph.Rejection;
import dev.weir.graph.Sink;
import dev.weir.graph.SinkContext;
import dev.weir.streams.StreamSpec;
import dev.weir.streams.Streams;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every source and sink of a file promises, in every envelope and encoding. */
class FormatTest {

  private static final String RECORD =
      "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"n\",\"type\":\"long\"},"
          + "{\"name\":\"t\",\"type\":[\"null\",\"string\"]}]}";

  @TempDir private Path folder;

  enum Kind {
    JSON("'Encoding':'json'"),
    JSON_TEXT("'Encoding':'json','Envelope':{'Type':'delimited','Separator':'<>'}"),
    UTF8("'Encoding':'utf-8'"),
    RAW_FIXED("'Envelope':{'Type':'fixed','Size':8}"),
    JSON_FIXED("'Encoding':'json','Envelope':{'Type':'fixed','Size':300}"),
    CSV("'Encoding':'csv','Schema':" + RECORD.replace('"', '\'')),
    CSV_BARE(
        "'Encoding':{'Type':'csv','Delimiter':';','QuoteCharacter':'|'},"
            + "'Envelope':{'Type':'delimited-csv','Separator':'\\n','SkipHeader':false},'Schema':"
            + RECORD.replace('"', '\'')),
    MSGPACK("'Encoding':'msgpack'"),
    AVRO("'Encoding':'avro-binary','Schema':" + RECORD.replace('"', '\'')),
    OCF("'Encoding':'avro-binary','Envelope':'ocf-block','Schema':" + RECORD.replace('"', '\'')),
    OCF_DEFLATE(
        "'Encoding':'avro-binary','Envelope':{'Type':'ocf-block','Compress':'deflate'},'Schema':"
            + RECORD.replace('"', '\''));

    final String fields;

    Kind(String fields) {
      this.fields = fields;
    }

    Object record(Random random) {
      return switch (this) {
        case UTF8 -> "t" + random.nextInt(1000);
        case RAW_FIXED -> String.format("%08d", random.nextInt(1000));
        case JSON, JSON_FIXED, MSGPACK, JSON_TEXT ->
            random.nextBoolean() ? (Object) (long) random.nextInt() : List.of("a", 1.5);
        default -> {
          var record = new LinkedHashMap<String, Object>();
          record.put("n", random.nextLong());
          record.put("t", random.nextBoolean() ? null : "x\"|;,\r\n" + random.nextInt());
          yield record;
        }
      };
    }
  }

  private StreamSpec spec(Kind kind, Path file) {
    return Streams.parse(
        "{\"Transport\":{\"Type\":\"file\",\"Path\":\""
            + file
            + "\"},"
            + kind.fields.replace('\'', '"')
            + "}");
  }

  private static final SinkContext STRICT = warning -> {};

  /** Writes in epochs, is cut off at random, goes on; and reads it all from every position. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void whatWasCommittedIsThereOnceAndIsReadAgainFromEveryPosition(Kind kind) {
    var file = folder.resolve("stream");
    Cases.forAll(
        8,
        random -> {
          Files.deleteIfExists(file);
          var spec =
              random.nextBoolean() ? spec(kind, file) : spec(kind, file).visibleWhenCommitted();
          Optional<Map<String, Object>> committed = Optional.empty();
          var expected = new ArrayList<Object>();
          var sink = spec.sink().get();
          sink.open(STRICT, committed);
          for (int epoch = 1 + random.nextInt(4); epoch > 0; epoch--) {
            var records = new ArrayList<Object>();
            for (int i = random.nextInt(6); i > 0; i--) {
              records.add(kind.record(random));
            }
            sink.write(Batch.of(1, records.toArray()));
            boolean dies = random.nextInt(3) == 0;
            if (!dies || random.nextBoolean()) {
              var flushed = Reading.stored(sink.flush(epoch));
              if (!dies) {
                committed = Optional.of(flushed);
                expected.addAll(records);
                sink.complete(epoch);
              }
            }
            if (dies) {
              sink.close();
              sink = spec.sink().get();
              sink.open(STRICT, committed);
            }
          }
          sink.close();
          if (committed.isEmpty()) {
            return;
          }
          var source = spec.source();
          var whole = Reading.of(source.get(), Optional.empty(), () -> 1 + random.nextInt(4));
          assertThat(whole.values()).isEqualTo(expected);
          assertThat(whole.rejections).isEmpty();
          assertThat(committed.get()).containsEntry("records", (long) expected.size());
          for (var stop : whole.stops) {
            var rest = Reading.of(source.get(), Optional.of(stop.position()), () -> 2);
            assertThat(rest.records)
                .isEqualTo(whole.records.subList(stop.records(), whole.records.size()));
          }
        });
  }

  private List<Object> read(String fields, byte[] bytes) throws Exception {
    return reading(fields, bytes).values();
  }

  private Reading reading(String fields, byte[] bytes) throws Exception {
    var file = Files.write(folder.resolve("in"), bytes);
    return Reading.of(
        Streams.parse(
                "{\"Transport\":{\"Type\":\"file\",\"Path\":\""
                    + file
                    + "\"},"
                    + fields.replace('\'', '"')
                    + "}")
            .source());
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void fixedMessagesAreCountedAndARestIsRejected() throws Exception {
    var bytes = new byte[43];
    new Random(1).nextBytes(bytes);
    var reading = reading("'Envelope':{'Type':'fixed','Size':8}", bytes);
    assertThat(reading.records).hasSize(5);
    assertThat(reading.rejections)
        .singleElement()
        .extracting("message")
        .asString()
        .contains("3 of its 8");
  }

  @Test
  void rowsKeepQuotedLineEnds() throws Exception {
    assertThat(
            read(
                "'Encoding':{'Type':'csv','QuoteCharacter':'|'}",
                utf8("a,b\r\n1,|foo\nbar,bar|\r\n\r\n2,x\n")))
        .containsExactly(Map.of("a", "1", "b", "foo\nbar,bar"), Map.of("a", "2", "b", "x"));
  }

  @Test
  void theSchemaNamesTheColumnsWhateverTheHeaderSays() throws Exception {
    var four =
        "{\"type\":\"record\",\"name\":\"F\",\"fields\":[{\"name\":\"a\",\"type\":\"double\"},"
            + "{\"name\":\"b\",\"type\":\"double\"}]}";
    assertThat(read("'Encoding':'csv','Schema':" + four, utf8("h1,h2\n24.44,0.83\n1,x\n3\n")))
        .containsExactly(Map.of("a", 24.44, "b", 0.83));
  }

  @Test
  void theEndRecordEndsAndSoDoesEveryRunThatGoesOn() throws Exception {
    var reading = reading("'Encoding':'json'", utf8("1\n2\n{\"$fastscore\": \"end\"}\n100\nno\n"));
    assertThat(reading.values()).containsExactly(1L, 2L);
    assertThat(reading.rejections).isEmpty();
    var last = reading.stops.get(reading.stops.size() - 1);
    var source = Streams.parse(folder.resolve("in").toString()).source().get();
    assertThat(Reading.of(source, Optional.of(last.position()), () -> 5).records).isEmpty();
  }

  @Test
  void skipToPassesOverBytes() {
    var spec =
        Streams.parse(
            "{\"Transport\":{\"Type\":\"inline\",\"Data\":\"aaa\\nbbb\\nccc\"},\"SkipTo\":2,"
                + "\"Encoding\":\"utf-8\"}");
    assertThat(Reading.of(spec.source()).values()).containsExactly("a", "bbb", "ccc");
    var binary =
        Streams.parse(
            "{\"Transport\":{\"Type\":\"inline\",\"DataBinary\":\"CAIEBggABgIEBgA=\"},"
                + "\"Encoding\":\"avro-binary\",\"Schema\":{\"type\":\"array\",\"items\":\"int\"}}");
    assertThat(Reading.of(binary.source()).values())
        .containsExactly(List.of(1L, 2L, 3L, 4L), List.of(1L, 2L, 3L));
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"JSON", "CSV", "OCF"})
  void aLoopStartsOverAndGoesOnAtAnyPosition(Kind kind) throws Exception {
    var file = folder.resolve("loop");
    var records = new ArrayList<Object>();
    var random = new Random(5);
    for (int i = 0; i < 3; i++) {
      records.add(kind.record(random));
    }
    try (var sink = spec(kind, file).sink().get()) {
      sink.open(STRICT, Optional.empty());
      sink.write(Batch.of(1, records.toArray()));
      sink.flush(1);
    }
    var looping =
        Streams.parse(
            "{\"Loop\":true,\"Transport\":{\"Type\":\"file\",\"Path\":\""
                + file
                + "\"},"
                + kind.fields.replace('\'', '"')
                + "}");
    var reading = new Reading();
    Optional<Map<String, Object>> position = Optional.empty();
    while (reading.records.size() < 10) {
      try (var source = looping.source().get()) {
        source.open(reading, position);
        reading.poll(source, 2);
        reading.poll(source, 2);
        position = Optional.of(Reading.stored(source.position()));
      }
    }
    for (int i = 0; i < 10; i++) {
      assertThat(reading.records.get(i)).isEqualTo(new Reading.Numbered(i + 1, records.get(i % 3)));
    }
  }

  @Test
  void skipToRecordAndLoopOfInlineRecords() throws Exception {
    var spec =
        Streams.parse(
            "{\"transport\":{\"type\":\"inline\",\"data\":[\"1\",\"2\",\"3\"]},\"encoding\":\"json\","
                + "\"loop\":true,\"skip-to-record\":1}");
    var reading = new Reading();
    try (var source = spec.source().get()) {
      source.open(reading, Optional.empty());
      while (reading.records.size() < 5) {
        reading.poll(source, 5);
      }
    }
    assertThat(reading.values().subList(0, 5)).containsExactly(2L, 3L, 2L, 3L, 2L);
  }

  @Test
  void anAvroFileIsOneForOthersToo() throws Exception {
    var file = folder.resolve("out.avro");
    var schema = new Schema.Parser().parse(RECORD);
    var record = new LinkedHashMap<String, Object>();
    record.put("n", 5L);
    record.put("t", "x");
    try (var sink = Streams.parse(file.toString()).inheriting(schema).sink().get()) {
      sink.open(STRICT, Optional.empty());
      sink.write(Batch.of(1, record, record));
      sink.flush(1);
    }
    try (var in = new DataFileReader<>(file.toFile(), new GenericDatumReader<>())) {
      assertThat(in.getSchema()).isEqualTo(schema);
      assertThat(in.next().toString()).isEqualTo("{\"n\": 5, \"t\": \"x\"}");
      in.next();
      assertThat(in.hasNext()).isFalse();
      try (var out = new DataFileWriter<>(new GenericDatumWriter<>(schema))) {
        out.create(schema, folder.resolve("theirs.avro").toFile());
        for (int i = 0; i < 3; i++) {
          in.sync(0);
          out.append(in.next());
        }
      }
    }
    var theirs = Reading.of(Streams.parse(folder.resolve("theirs.avro").toString()).source());
    assertThat(theirs.values()).containsExactly(record, record, record);
    var bytes = Files.readAllBytes(folder.resolve("theirs.avro"));
    bytes[bytes.length - 3] ^= 1;
    Files.write(folder.resolve("theirs.avro"), bytes);
    assertThatThrownBy(
            () -> Reading.of(Streams.parse(folder.resolve("theirs.avro").toString()).source()))
        .hasMessageContaining("sync marker");
  }

  @Test
  void aStreamThatCannotBeToldApartFailsByItsPlace() {
    assertThatThrownBy(() -> read("'Encoding':'msgpack'", HexFormat.of().parseHex("010293")))
        .hasMessageContaining("behind byte 2")
        .hasMessageContaining("it ends within a message");
  }

  @Test
  void outputsThatDoNotFitAreRejectedAndTheRestIsWritten() throws Exception {
    var file = folder.resolve("out.utf8");
    var rejected = new ArrayList<Rejection>();
    var context =
        new SinkContext() {
          @Override
          public void warn(String message) {}

          @Override
          public void reject(Rejection rejection) {
            rejected.add(rejection);
          }
        };
    try (var sink = Streams.parse(file.toString()).sink().get()) {
      sink.open(context, Optional.empty());
      sink.write(Batch.of(1, "a", 5L, "b\nc", "d"));
      assertThat(sink.flush(1)).containsEntry("records", 2L);
    }
    assertThat(Files.readString(file)).isEqualTo("a\nd\n");
    assertThat(rejected).extracting(Rejection::sequence).containsExactly(2L, 3L);
  }

  @Test
  void aFileWithAnotherHeaderIsNotAddedTo() throws Exception {
    var file = Files.writeString(folder.resolve("a.csv"), "x,y\n1,2\n");
    var sink =
        Streams.parse(file.toString())
            .inheriting(new Schema.Parser().parse(RECORD))
            .appending()
            .sink()
            .get();
    try (sink) {
      assertThatThrownBy(() -> sink.open(STRICT, Optional.empty()))
          .hasMessageContaining("has another header");
    }
    var same = Files.writeString(folder.resolve("b.csv"), "n,t\n1,2\n");
    try (Sink more =
        Streams.parse(same.toString())
            .inheriting(new Schema.Parser().parse(RECORD))
            .appending()
            .sink()
            .get()) {
      more.open(STRICT, Optional.empty());
      more.write(Batch.of(1, Map.of("n", 5L, "t", "z")));
      more.flush(1);
      more.complete(1);
    }
    assertThat(Files.readString(same)).isEqualTo("n,t\n1,2\n5,z\n");
  }
}
