package dev.weir.streams.internal;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.Schema;

/**
 * A stream's descriptor, checked and with all its defaults. Immutable. Read by {@link
 * DescriptorReader}.
 *
 * @param description the user's words; null for none
 * @param inherits whether the schema is that of the slot that the stream is attached to; {@code
 *     format} has it once it is known
 * @param loop whether it starts over at its end
 * @param skipTo the offset of the first byte that is read; null for 0
 * @param skipToRecord a number of records to pass over (Long), {@code earliest} or {@code latest};
 *     null for none
 * @param lingerMillis how long a sink that is closed waits until its output has been taken; null
 *     for ever
 * @param inSets whether sources mark sets, see {@link dev.weir.streams.StreamSpec#inSets}
 */
record Descriptor(
    String description,
    Transport transport,
    Settings settings,
    Format format,
    boolean inherits,
    Batching batching,
    boolean loop,
    Long skipTo,
    Object skipToRecord,
    Long lingerMillis,
    boolean inSets) {

  static final long LINGER_MILLIS = 3000;

  /** A descriptor of only defaults. */
  static Descriptor of(Transport transport, Map<String, Object> settings, Format format) {
    return new Descriptor(
        null,
        transport,
        new Settings(settings),
        format,
        true,
        Batching.NORMAL,
        false,
        null,
        null,
        LINGER_MILLIS,
        false);
  }

  boolean can(Transport.Ability ability) {
    return transport.abilities(settings).contains(ability);
  }

  Descriptor withSchema(Schema schema) {
    return withFormat(format.withSchema(schema));
  }

  Descriptor withFormat(Format format) {
    return new Descriptor(
        description,
        transport,
        settings,
        format,
        inherits,
        batching,
        loop,
        skipTo,
        skipToRecord,
        lingerMillis,
        inSets);
  }

  Descriptor withSets() {
    return new Descriptor(
        description,
        transport,
        settings,
        format,
        inherits,
        batching,
        loop,
        skipTo,
        skipToRecord,
        lingerMillis,
        true);
  }

  /** The descriptor in Weir's own words, complete. */
  Map<String, Object> toJson() {
    var json = new LinkedHashMap<String, Object>();
    json.put("version", "1.2");
    if (description != null) {
      json.put("description", description);
    }
    var to = new LinkedHashMap<String, Object>();
    to.put("type", transport.name());
    to.putAll(settings.values());
    json.put("transport", to);
    json.put("loop", loop);
    json.put("skip-to", skipTo);
    json.put("skip-to-record", skipToRecord);
    json.putAll(format.toJson());
    if (inherits) {
      json.put("schema", "$inherit");
    }
    json.put("batching", batching.toJson());
    json.put("linger-time", lingerMillis);
    return json;
  }
}
