package dev.weir.streams.internal;

import dev.weir.graph.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.Schema;

/**
 * How bytes are records. Immutable.
 *
 * @param name the encoding
 * @param csv how fields are written in rows of CSV; of no effect in other encodings
 * @param schema of one record; null for none
 */
record Format(Name name, Csv csv, Envelope envelope, Schema schema) {

  /** One JSON value on each line: the default, and the fastest. */
  static final Format JSON_LINES =
      new Format(Name.JSON, Csv.USUAL, new Envelope.Delimited("\n"), null);

  /** The encodings. */
  enum Name {
    /** Bytes: text of the characters U+0000 to U+00FF, one for each byte, as Avro's JSON has it. */
    RAW(null),
    UTF_8("utf-8"),
    JSON("json"),
    CSV("csv"),
    MSGPACK("msgpack"),
    AVRO("avro-binary");

    /** As in a descriptor. */
    final String word;

    Name(String word) {
      this.word = word;
    }
  }

  /** How a row of CSV is written. */
  record Csv(char quote, char delimiter) {
    static final Csv USUAL = new Csv('"', ',');
  }

  Format withSchema(Schema schema) {
    return new Format(name, csv, envelope, schema);
  }

  /** A new encoding for messages, such as those of Kafka. */
  Encoding encoding() {
    return switch (name) {
      case JSON -> new JsonEncoding();
      case UTF_8 -> new Utf8Encoding();
      case RAW -> new RawEncoding();
      case CSV -> new CsvEncoding(this);
      case MSGPACK -> new MsgpackEncoding();
      case AVRO ->
          envelope instanceof Envelope.OcfBlock ocf
              ? new OcfEncoding(schema, ocf)
              : new AvroEncoding(schema);
    };
  }

  /** Where the messages of a stream of bytes end. */
  Framing framing() {
    if (envelope instanceof Envelope.Delimited delimited) {
      var separator = delimited.separator().getBytes(StandardCharsets.UTF_8);
      return separator.length == 1
          ? new Framing.ByByte(separator[0])
          : new Framing.ByText(separator);
    }
    if (envelope instanceof Envelope.DelimitedCsv rows) {
      return new Framing.Rows(
          rows.separator().getBytes(StandardCharsets.UTF_8), rows.endsLines(), csv);
    }
    if (envelope instanceof Envelope.Fixed fixed) {
      return new Framing.BySize(fixed.size());
    }
    if (envelope instanceof Envelope.OcfBlock ocf) {
      return new Framing.BySelf(new OcfEncoding.Blocks(ocf));
    }
    return switch (name) {
      case MSGPACK -> new Framing.BySelf(MsgpackEncoding::length);
      case AVRO -> new Framing.BySelf(new AvroEncoding(schema));
      default -> new Framing.Whole();
    };
  }

  /** Whether a stream of bytes begins with something that is no record. */
  boolean hasHeader() {
    return (envelope instanceof Envelope.DelimitedCsv rows && rows.skipHeader())
        || (envelope instanceof Envelope.OcfBlock ocf && ocf.skipHeader());
  }

  boolean isText() {
    return name == Name.JSON || name == Name.UTF_8 || name == Name.CSV;
  }

  boolean isJsonLines() {
    return name == Name.JSON && JSON_LINES.envelope().equals(envelope);
  }

  Map<String, Object> toJson() {
    var json = new LinkedHashMap<String, Object>();
    json.put("envelope", envelope.toJson());
    json.put(
        "encoding",
        name == Name.CSV
            ? Positions.of(
                "type",
                "csv",
                "quote-character",
                String.valueOf(csv.quote()),
                "delimiter",
                String.valueOf(csv.delimiter()))
            : name.word);
    json.put("schema", schema == null ? null : Json.parse(schema.toString()));
    return json;
  }
}
