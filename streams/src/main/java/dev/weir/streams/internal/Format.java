package dev.weir.streams.internal;

import dev.weir.graph.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.Schema;

/**
 * How bytes are records. Immutable.
 *
 * @param csv how fields are written in rows of CSV; of no effect in other encodings
 * @param schema of one record; null for none
 */
record Format(Name encoding, Csv csv, Envelope envelope, Schema schema) {

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
    return new Format(encoding, csv, envelope, schema);
  }

  /** A new encoding for messages, such as those of Kafka. */
  Encoding encoding() {
    throw new UnsupportedOperationException("follows");
  }

  Map<String, Object> toJson() {
    var json = new LinkedHashMap<String, Object>();
    json.put("envelope", envelope.toJson());
    json.put(
        "encoding",
        encoding == Name.CSV
            ? Positions.of(
                "type",
                "csv",
                "quote-character",
                String.valueOf(csv.quote()),
                "delimiter",
                String.valueOf(csv.delimiter()))
            : encoding.word);
    json.put("schema", schema == null ? null : Json.parse(schema.toString()));
    return json;
  }
}
