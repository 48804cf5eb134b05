package dev.weir.streams.internal;

import dev.weir.graph.Names;
import dev.weir.state.WeirException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads descriptors. Names are FastScore's ({@code NagleTime}) or Weir's own ({@code nagle-time});
 * types are written in any case. Whatever is left out has its default, and a field that nobody
 * knows is refused.
 */
final class DescriptorReader {

  private static final List<String> FIELDS =
      List.of(
          "version",
          "description",
          "transport",
          "loop",
          "skip-to",
          "skip-to-record",
          "envelope",
          "encoding",
          "schema",
          "batching",
          "linger-time",
          "end-marker");

  private final Path folder;

  /**
   * @param folder where the schemas are that it refers to
   */
  DescriptorReader(Path folder) {
    this.folder = folder;
  }

  /**
   * The descriptor of a JSON value.
   *
   * @throws WeirException when it is none, or breaks a rule
   */
  Descriptor read(Map<String, Object> json) {
    var fields = named("a stream", json, FIELDS);
    var transport = transport(fields.get("transport"));
    var settings = settings(transport, fields.get("transport"));
    if (fields.get("end-marker") != null) {
      throw bad("there are no end markers any more: a stream ends with {\"$fastscore\":\"end\"}");
    }
    var abilities = transport.abilities(settings);
    boolean messages =
        abilities.contains(Transport.Ability.MESSAGES)
            || abilities.contains(Transport.Ability.ROWS);
    var name = encoding(fields.get("encoding"));
    var csv = csv(fields.get("encoding"));
    var envelope =
        fields.containsKey("envelope")
            ? envelope(fields.get("envelope"))
            : messages ? new Envelope.None() : usualEnvelope(name);
    boolean inherits = !fields.containsKey("schema") || "$inherit".equals(fields.get("schema"));
    var schema =
        inherits || fields.get("schema") == null
            ? null
            : SchemaText.parse(fields.get("schema"), folder);
    boolean loop = flag("loop", fields.get("loop"), false);
    var descriptor =
        new Descriptor(
            text("description", fields.get("description")),
            transport,
            settings,
            new Format(name, csv, envelope, schema),
            inherits,
            fields.containsKey("batching") ? batching(fields.get("batching")) : Batching.NORMAL,
            loop,
            whole("skip-to", fields.get("skip-to")),
            fields.containsKey("skip-to-record")
                ? skipToRecord(fields.get("skip-to-record"))
                : transport.usualSkipToRecord(loop),
            fields.containsKey("linger-time")
                ? whole("linger-time", fields.get("linger-time"))
                : (Long) Descriptor.LINGER_MILLIS,
            false);
    Rules.check(descriptor);
    return descriptor;
  }

  /** The fields under their own names. */
  private static Map<String, Object> named(String what, Map<?, ?> json, List<String> names) {
    var fields = new LinkedHashMap<String, Object>();
    json.forEach(
        (key, value) -> {
          var name =
              names.stream()
                  .filter(n -> Names.normal(n).equals(Names.normal((String) key)))
                  .findFirst()
                  .orElseThrow(() -> unknown(what, (String) key, names));
          if (fields.containsKey(name)) {
            throw bad(what + " has the field '" + name + "' twice");
          }
          fields.put(name, value);
        });
    return fields;
  }

  private static WeirException unknown(String what, String field, List<String> names) {
    var near = Names.nearest(field, names);
    return bad(
        what
            + " has no field '"
            + field
            + "'"
            + near.map(n -> "; did you mean '" + n + "'?")
                .orElse(names.isEmpty() ? "" : "; it has " + String.join(", ", names)));
  }

  private static Transport transport(Object json) {
    var type =
        json instanceof String text ? text : json instanceof Map<?, ?> map ? type(map) : null;
    if (type == null) {
      throw bad(
          "a stream needs a transport, such as \"transport\":{\"type\":\"file\",\"path\":\"in.jsonl\"}");
    }
    return Transports.find(type)
        .orElseThrow(
            () ->
                bad(
                    "there is no transport '"
                        + type
                        + "'"
                        + Names.nearest(type, Transports.NAMES)
                            .map(n -> "; did you mean '" + n + "'?")
                            .orElse("; there are " + String.join(", ", Transports.NAMES))));
  }

  private static String type(Map<?, ?> map) {
    for (var entry : map.entrySet()) {
      if (Names.normal((String) entry.getKey()).equals("type")) {
        return entry.getValue() instanceof String text ? text : null;
      }
    }
    return null;
  }

  private static Settings settings(Transport transport, Object json) {
    var names = new ArrayList<>(transport.fields().stream().map(Field::name).toList());
    names.add("type");
    var what = "transport '" + transport.name() + "'";
    var given = json instanceof Map<?, ?> map ? named(what, map, names) : Map.<String, Object>of();
    var values = new LinkedHashMap<String, Object>();
    for (var field : transport.fields()) {
      var value = given.get(field.name());
      if (value == null && field.required()) {
        throw bad(what + " needs the field '" + field.name() + "'");
      }
      values.put(field.name(), value == null ? field.fallback() : checked(what, field, value));
    }
    return new Settings(values);
  }

  private static Object checked(String what, Field field, Object value) {
    boolean good =
        switch (field.type()) {
          case TEXT -> value instanceof String;
          case TEXTS -> isTexts(value);
          case TEXT_OR_TEXTS -> value instanceof String || isTexts(value);
          case WHOLE -> value instanceof Long n && n >= 0;
          case NUMBER -> value instanceof Number n && n.doubleValue() >= 0;
          case FLAG -> value instanceof Boolean;
        };
    if (!good) {
      throw bad(what + ": '" + field.name() + "' is " + field.type().words + ", not " + value);
    }
    return value;
  }

  private static boolean isTexts(Object value) {
    return value instanceof List<?> list && list.stream().allMatch(String.class::isInstance);
  }

  private static Format.Name encoding(Object json) {
    if (json == null) {
      return Format.Name.RAW;
    }
    var word =
        json instanceof Map<?, ?> map ? type(map) : json instanceof String text ? text : null;
    var normal = word == null ? "" : Names.normal(word);
    return switch (normal) {
      case "raw", "null", "none" -> Format.Name.RAW;
      case "utf8" -> Format.Name.UTF_8;
      case "json" -> Format.Name.JSON;
      case "csv" -> Format.Name.CSV;
      case "msgpack" -> Format.Name.MSGPACK;
      case "avrobinary" -> Format.Name.AVRO;
      case "soaprpc" -> throw bad("the encoding soap-rpc is not supported");
      default ->
          throw bad(
              "there is no encoding '"
                  + json
                  + "'; there are null (bytes), utf-8, json, csv, msgpack and avro-binary");
    };
  }

  private static Format.Csv csv(Object json) {
    if (!(json instanceof Map<?, ?> map)) {
      return Format.Csv.USUAL;
    }
    if (encoding(json) != Format.Name.CSV) {
      named("the encoding " + type(map), map, List.of("type"));
      return Format.Csv.USUAL;
    }
    var fields = named("the encoding csv", map, List.of("type", "quote-character", "delimiter"));
    var csv =
        new Format.Csv(
            character("quote-character", fields.get("quote-character"), '"'),
            character("delimiter", fields.get("delimiter"), ','));
    if (csv.quote() == csv.delimiter()) {
      throw bad("csv: the quote character and the delimiter are the same");
    }
    return csv;
  }

  private static char character(String name, Object value, char fallback) {
    if (value == null) {
      return fallback;
    }
    if (value instanceof String text && text.length() == 1 && text.charAt(0) < 0x80) {
      return text.charAt(0);
    }
    throw bad("csv: '" + name + "' is one ASCII character, not " + value);
  }

  private static Envelope usualEnvelope(Format.Name name) {
    return switch (name) {
      case CSV -> new Envelope.DelimitedCsv("\r\n", true, true);
      case MSGPACK, AVRO -> new Envelope.None();
      default -> new Envelope.Delimited("\n");
    };
  }

  private static Envelope envelope(Object json) {
    if (json == null) {
      return new Envelope.None();
    }
    var type =
        json instanceof Map<?, ?> map ? type(map) : json instanceof String text ? text : null;
    var map = json instanceof Map<?, ?> m ? m : Map.of();
    switch (type == null ? "" : Names.normal(type)) {
      case "delimited":
        var delimited = named("the envelope delimited", map, List.of("type", "separator"));
        return new Envelope.Delimited(separator(delimited, "\n"));
      case "fixed":
        var fixed = named("the envelope fixed", map, List.of("type", "size"));
        var size = whole("size", fixed.get("size"));
        if (size == null || size == 0 || size > MessageReader.MAX_MESSAGE) {
          throw bad("the envelope fixed needs a size, from 1 to " + MessageReader.MAX_MESSAGE);
        }
        return new Envelope.Fixed(size.intValue());
      case "delimitedcsv":
        var csv =
            named(
                "the envelope delimited-csv",
                map,
                List.of("type", "separator", "skip-header", "skip-blank-lines"));
        return new Envelope.DelimitedCsv(
            separator(csv, "\r\n"),
            flag("skip-header", csv.get("skip-header"), true),
            flag("skip-blank-lines", csv.get("skip-blank-lines"), true));
      case "ocfblock":
        var ocf =
            named(
                "the envelope ocf-block",
                map,
                List.of("type", "sync-marker", "compress", "skip-header"));
        return ocf(ocf);
      default:
        throw bad(
            "there is no envelope '"
                + json
                + "'; there are null, delimited, fixed, delimited-csv and ocf-block");
    }
  }

  private static Envelope ocf(Map<String, Object> fields) {
    var marker = text("sync-marker", fields.get("sync-marker"));
    if (marker != null) {
      byte[] sync;
      try {
        sync = Base64.getDecoder().decode(marker);
      } catch (IllegalArgumentException e) {
        throw bad("the envelope ocf-block: the sync marker is no base64");
      }
      if (sync.length != 16) {
        throw bad("the envelope ocf-block: the sync marker is 16 bytes, not " + sync.length);
      }
    }
    var compress = text("compress", fields.get("compress"));
    if (compress != null && !compress.equalsIgnoreCase("deflate")) {
      throw bad("the envelope ocf-block: compress is null or deflate, not " + compress);
    }
    boolean skipHeader = flag("skip-header", fields.get("skip-header"), true);
    if (marker == null && !skipHeader) {
      throw bad("the envelope ocf-block needs a sync marker where there is no header");
    }
    return new Envelope.OcfBlock(marker, compress != null, skipHeader);
  }

  private static String separator(Map<String, Object> fields, String fallback) {
    var separator = text("separator", fields.get("separator"));
    if (separator != null && separator.isEmpty()) {
      throw bad("a separator has one character at least");
    }
    return separator == null ? fallback : separator;
  }

  private static Batching batching(Object json) {
    if (json == null) {
      return Batching.SINGLE;
    }
    if (json instanceof String text) {
      switch (Names.normal(text)) {
        case "normal":
          return Batching.NORMAL;
        case "explicit":
          return Batching.EXPLICIT;
        default:
      }
    }
    if (!(json instanceof Map<?, ?> map)) {
      throw bad(
          "batching is normal, explicit, null or {\"watermark\":N,\"nagle-time\":MILLISECONDS}, not "
              + json);
    }
    var fields = named("batching", map, List.of("watermark", "nagle-time"));
    var watermark = whole("watermark", fields.get("watermark"));
    if (watermark != null && watermark == 0) {
      throw bad("a watermark is 1 or more");
    }
    return new Batching(watermark, whole("nagle-time", fields.get("nagle-time")));
  }

  private static Object skipToRecord(Object value) {
    if (value instanceof String text && List.of("earliest", "latest").contains(text)) {
      return text;
    }
    if (value instanceof String) {
      throw bad("skip-to-record is a number, earliest or latest, not " + value);
    }
    return whole("skip-to-record", value);
  }

  private static String text(String name, Object value) {
    if (value == null || value instanceof String) {
      return (String) value;
    }
    throw bad("'" + name + "' is text, not " + value);
  }

  private static Long whole(String name, Object value) {
    if (value == null || (value instanceof Long n && n >= 0)) {
      return (Long) value;
    }
    throw bad("'" + name + "' is a whole number, 0 or more, not " + value);
  }

  private static boolean flag(String name, Object value, boolean fallback) {
    return Optional.ofNullable(value)
        .map(
            v -> {
              if (v instanceof Boolean flag) {
                return flag;
              }
              throw bad("'" + name + "' is true or false, not " + v);
            })
        .orElse(fallback);
  }

  private static WeirException bad(String message) {
    return new WeirException(message);
  }
}
