package dev.weir.streams.internal;

import dev.weir.state.WeirException;
import java.util.List;
import org.apache.avro.Schema;

/** What must fit together in a descriptor. Each rule has its message. */
final class Rules {

  private Rules() {}

  /** The rules that hold whether the stream is read or written. */
  static void check(Descriptor d) {
    var envelope = d.format().envelope();
    var name = d.format().name();
    boolean seeks = d.can(Transport.Ability.SEEK);
    boolean messages = d.can(Transport.Ability.MESSAGES);
    boolean bare = envelope instanceof Envelope.None;
    rule(
        !d.loop() || seeks,
        d,
        "loop needs a transport that can be read again, such as file or inline");
    rule(!messages || bare, d, "it carries messages by itself: the envelope must be null");
    boolean lines =
        envelope instanceof Envelope.Delimited || envelope instanceof Envelope.DelimitedCsv;
    rule(
        !(lines && (name == Format.Name.MSGPACK || name == Format.Name.AVRO)),
        d,
        name.word + " may hold any byte, so no separator can delimit it: leave out the envelope");
    rule(
        !(envelope instanceof Envelope.OcfBlock) || name == Format.Name.AVRO,
        d,
        "the envelope ocf-block is for the encoding avro-binary");
    rule(
        !(envelope instanceof Envelope.DelimitedCsv) || name == Format.Name.CSV,
        d,
        "the envelope delimited-csv is for the encoding csv");
    rule(
        d.skipTo() == null || (seeks && !messages),
        d,
        "skip-to counts bytes: it needs a file or inline bytes");
    rule(
        d.skipToRecord() == null || (seeks && messages),
        d,
        "skip-to-record counts records: it needs inline records or a message log such as kafka");
    if (d.can(Transport.Ability.ROWS)) {
      rule(
          name == Format.Name.RAW && (d.inherits() || d.format().schema() == null),
          d,
          "its records are rows: the encoding and the schema must be null");
    } else if (!d.inherits()) {
      checkSchema(d);
    }
    d.transport().check(d);
  }

  static void checkReading(Descriptor d) {
    if (d.can(Transport.Ability.ROWS)) {
      return;
    }
    boolean headed = d.format().hasHeader();
    rule(
        d.format().name() != Format.Name.CSV || isRecord(d.format().schema()) || headed,
        d,
        "csv without a header needs the schema of a record, to name its columns");
    rule(
        d.format().name() != Format.Name.AVRO || d.format().schema() != null || headed,
        d,
        "avro-binary needs a schema");
    checkSchema(d);
  }

  static void checkWriting(Descriptor d) {
    if (d.can(Transport.Ability.ROWS)) {
      return;
    }
    rule(
        d.format().name() != Format.Name.CSV || isRecord(d.format().schema()),
        d,
        "csv output needs the schema of a record, to name its columns");
    rule(
        d.format().name() != Format.Name.AVRO || d.format().schema() != null,
        d,
        "avro-binary needs a schema");
    checkSchema(d);
  }

  /** A schema must be one that the encoding can have. */
  private static void checkSchema(Descriptor d) {
    var schema = d.format().schema();
    boolean headed = d.format().envelope() instanceof Envelope.OcfBlock && d.format().hasHeader();
    switch (d.format().name()) {
      case RAW ->
          rule(
              schema == null || schema.getType() == Schema.Type.BYTES,
              d,
              "without an encoding a record is bytes, so its schema is \"bytes\" or null, not "
                  + schema);
      case UTF_8 ->
          rule(
              schema == null || schema.getType() == Schema.Type.STRING,
              d,
              "utf-8 is text, so its schema is \"string\" or null, not " + schema);
      case AVRO -> rule(schema != null || headed, d, "avro-binary needs a schema");
      case CSV ->
          rule(
              schema == null || isRecord(schema),
              d,
              "a row of csv is a record, so its schema is one, not " + schema);
      default -> {}
    }
  }

  private static boolean isRecord(Schema schema) {
    return schema != null && schema.getType() == Schema.Type.RECORD;
  }

  private static void rule(boolean holds, Descriptor d, String message) {
    if (!holds) {
      throw new WeirException("the " + d.transport().name() + " stream: " + message);
    }
  }

  /** Of a list of choices, as messages have it. */
  static String oneOf(List<String> choices) {
    return String.join(", ", choices);
  }
}
