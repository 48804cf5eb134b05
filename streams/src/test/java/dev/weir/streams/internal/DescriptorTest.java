package dev.weir.streams.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.Json;
import dev.weir.state.WeirException;
import dev.weir.streams.StreamSpec;
import dev.weir.streams.Streams;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Descriptors: their forms, their defaults and their rules. */
class DescriptorTest {

  @TempDir private Path folder;

  private static final String INLINE = "'Transport':{'Type':'inline','Data':'a'},";
  private static final String LIST = "'Transport':{'Type':'inline','Data':['1']},";

  private static StreamSpec parse(String json) {
    return Streams.parse("{" + json.replace('\'', '"') + "}");
  }

  @Test
  void defaultsAreFastScoresAndAreShown() {
    var json = Json.toText(parse("'Transport':'REST','Schema':null").resolved());
    assertThat(json)
        .isEqualTo(
            "{\"version\":\"1.2\",\"transport\":{\"type\":\"rest\",\"mode\":\"simple\","
                + "\"bind-to\":\"127.0.0.1\",\"port\":8080,\"name\":null,\"token\":null},"
                + "\"loop\":false,\"skip-to\":null,\"skip-to-record\":null,\"envelope\":null,"
                + "\"encoding\":null,\"schema\":null,"
                + "\"batching\":{\"watermark\":1000,\"nagle-time\":500},\"linger-time\":3000}");
    var inline = Streams.parse("inline:1,2,3").resolved();
    assertThat(inline).containsEntry("encoding", "json").containsEntry("schema", "$inherit");
    assertThat(inline.get("transport")).extracting("data").isEqualTo(List.of("1", "2", "3"));
  }

  @Test
  void whatIsShownIsADescriptorAgain() {
    for (var text :
        List.of(
            "'Transport':{'Type':'file','Path':'a'},'Encoding':{'Type':'csv','Delimiter':';'}",
            "'Transport':{'Type':'File','Path':'a'},'Encoding':'avro-binary','Schema':'int',"
                + "'Envelope':{'Type':'ocf-block','Compress':'deflate'},'Batching':'explicit'",
            "'transport':{'type':'exec','run':'/x'},'encoding':'json','linger-time':null",
            LIST + "'Loop':true,'SkipToRecord':1,'Batching':{'Watermark':5,'NagleTime':null}",
            INLINE + "'Envelope':{'Type':'fixed','Size':8},'SkipTo':3,'Schema':'bytes'")) {
      var once = parse(text);
      assertThat(Streams.parse(Json.toText(once.resolved())).resolved()).isEqualTo(once.resolved());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'Transport':'REST','Loop':true | loop needs a transport that can be read again",
        "'Transport':'REST','Envelope':'delimited' | the envelope must be null",
        "INLINE'Encoding':'avro-binary','Schema':null | avro-binary needs a schema",
        "INLINE'Encoding':'msgpack','Envelope':'delimited' | no separator can delimit it",
        "INLINE'Encoding':'avro-binary','Schema':'int','Envelope':'delimited' | no separator",
        "INLINE'Encoding':'json','Envelope':{'Type':'ocf-block'} | is for the encoding avro-binary",
        "INLINE'Schema':'int' | its schema is \"bytes\" or null",
        "INLINE'Encoding':'utf-8','Schema':'int' | its schema is \"string\" or null",
        "LIST'SkipTo':1 | skip-to counts bytes",
        "'Transport':{'Type':'tcp','Host':'h','Port':1},'SkipTo':1 | skip-to counts bytes",
        "INLINE'SkipToRecord':1 | skip-to-record counts records",
        "INLINE'Encoding':'soap-rpc' | soap-rpc is not supported",
        "INLINE'Encoding':'json','Envelope':'delimited-csv' | is for the encoding csv",
        "INLINE'Encoding':'csv','Schema':'int' | a row of csv is a record",
        "INLINE'Encoding':'xml' | there is no encoding 'xml'",
        "INLINE'Envelope':'box' | there is no envelope 'box'",
        "INLINE'Envelope':'fixed' | needs a size",
        "INLINE'Envelope':{'Type':'delimited','Separator':''} | one character at least",
        "INLINE'Batching':'often' | batching is normal, explicit, null or",
        "INLINE'Batching':{'Watermark':0} | a watermark is 1 or more",
        "INLINE'LingerTime':-1 | 'linger-time' is a whole number",
        "INLINE'Loop':'yes' | 'loop' is true or false",
        "INLINE'EndMarker':'$end' | there are no end markers any more",
        "INLINE'Schema':{'$ref':'nowhere'} | schema 'nowhere' not found",
        "INLINE'Schema':'nothing' | is no Avro schema",
        "INLINE'Encodign':'json' | did you mean 'encoding'?",
        "'Transport':{'Type':'inline','Dat':'a'} | did you mean 'data'?",
        "'Transport':{'Type':'inline'} | needs one of 'data' and 'data-binary'",
        "'Transport':{'Type':'inline','DataBinary':'!'} | is no base64",
        "'Transport':{'Type':'fil','Path':'a'} | did you mean 'file'?",
        "'Transport':{'Type':'tcp','Host':'h'} | needs the field 'port'",
        "'Transport':{'Type':'tcp','Host':'h','Port':'x'} | 'port' is a whole number",
        "'Transport':{'Type':'tcp','Host':'h','Port':99999} | ports are 1 to 65535",
        "'Transport':{'Type':'udp','BindTo':'0.0.0.0','Port':1} | give a token",
        "'Transport':{'Type':'rest','BindTo':'0.0.0.0'} | give a token",
        "'Transport':{'Type':'rest','Mode':'other'} | mode is simple or chunked",
        "'Transport':{'Type':'time','Overflow':'none'} | overflow is all or skip",
        "'Transport':{'Type':'time','TimeZero':'noon'} | time-zero is a time such as",
        "'Transport':'S3' | not supported",
        "'Encoding':'json' | a stream needs a transport"
      })
  void whatBreaksARuleIsRefusedWithTheRule(String json, String message) {
    var full = json.replace("INLINE", INLINE).replace("LIST", LIST);
    assertThatThrownBy(() -> parse(full))
        .isInstanceOf(WeirException.class)
        .hasMessageContaining(message);
  }

  @Test
  void rulesOfOneDirectionAreCheckedWhenItIsKnown() {
    var record =
        new Schema.Parser()
            .parse(
                "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"}]}");
    var csv = Streams.parse("x.csv");
    csv.source();
    assertThatThrownBy(csv::sink).hasMessageContaining("csv output needs the schema of a record");
    csv.inheriting(record).sink();
    var bare =
        parse(INLINE + "'Encoding':'csv','Envelope':{'Type':'delimited-csv','SkipHeader':false}");
    assertThatThrownBy(bare::source).hasMessageContaining("csv without a header needs the schema");
    bare.inheriting(record).source();
    var avro = Streams.parse("tcp:h:1").inheriting(record);
    assertThat(avro.schema()).contains(record);
    var msgs = parse("'Transport':{'Type':'tcp','Host':'h','Port':1},'Encoding':'avro-binary'");
    assertThatThrownBy(msgs::source).hasMessageContaining("avro-binary needs a schema");
    msgs.inheriting(record).source();
    var typed = parse(LIST + "'Encoding':'json','Schema':'int'");
    assertThat(typed.inheriting(record).schema()).contains(Schema.create(Schema.Type.INT));
  }

  @Test
  void aFileMayHoldADescriptor() throws Exception {
    Files.createDirectory(folder.resolve("schemas"));
    Files.writeString(folder.resolve("schemas/n.avsc"), "\"int\"");
    var json =
        Files.writeString(
            folder.resolve("in.json"),
            """
            {"Transport": {"Type": "inline", "Data": ["1", "2"]}, "Encoding": "JSON",
             "Schema": {"type": "array", "items": {"$ref": "n"}}}
            """);
    var yaml =
        Files.writeString(
            folder.resolve("in.yaml"),
            """
            transport:
              type: inline
              data: ['1', '2']
            encoding: json
            schema: {type: array, items: {$ref: 'urn:fastscore:schema:n'}}
            """);
    var one = Streams.parse(json.toString());
    assertThat(one.schema().orElseThrow().getElementType().getType()).isEqualTo(Schema.Type.INT);
    assertThat(Streams.parse(yaml.toString()).resolved()).isEqualTo(one.resolved());
    assertThat(Reading.of(one.source()).values()).containsExactly(1L, 2L);
    assertThat(Streams.parse("file:" + json).describe()).startsWith("file ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"Transport\":5}",
        "{\"transport\":{\"by\":\"sea\"}}",
        "{\"a\":1}",
        "[1]",
        "{\"Transport\":\"sea\"}\n{\"Transport\":\"air\"}",
        "{"
      })
  void aFileOfDataIsNone(String text) throws Exception {
    var data = Files.writeString(folder.resolve("data.json"), text);
    assertThat(Streams.parse(data.toString()).describe()).isEqualTo("file " + data);
  }

  @ParameterizedTest
  @CsvSource({
    "a.jsonl, json",
    "a.csv, csv",
    "tcp:h:1, json",
    "file:/x/a.utf8, utf-8",
    "http://h/a.msgpack?x=1.csv, msgpack",
    "a.avro, avro-binary"
  })
  void theEndingOfANameSaysTheEncoding(String text, String encoding) {
    var found = Streams.parse(text).resolved().get("encoding");
    assertThat(found instanceof Map<?, ?> map ? map.get("type") : found).isEqualTo(encoding);
  }

  @Test
  void secretsStayNames() {
    var spec = parse("'Transport':{'Type':'http','Url':'http://h/','Token':'secret://weir-none'}");
    assertThat(Json.toText(spec.resolved())).contains("secret://weir-none");
    var settings = ((TransportStream) spec).descriptor.settings();
    assertThatThrownBy(() -> settings.secret("token"))
        .hasMessageContaining("there is no secret 'weir-none'");
  }
}
