package dev.weir.streams.internal;

import dev.weir.graph.Control;
import dev.weir.graph.Control.Kind;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The forms that control records have in the encodings. FastScore's are read and written. */
final class Controls {

  private static final String NAME = "$fastscore";
  private static final String OWN_NAME = "$weir";
  private static final String PEACE = "\u262e";
  private static final byte FA = (byte) 0xFA;
  private static final String RAW_NAME = "stscore.";
  private static final int RAW_LENGTH = 12;

  private Controls() {}

  /** The control record that a value is; the value itself if it is none. */
  static Object of(Object value) throws BadMessageException {
    // At most the name and three properties: most records are told by their size.
    if (!(value instanceof Map<?, ?> map) || map.isEmpty() || map.size() > 4) {
      return value;
    }
    var word = map.get(NAME);
    if (word == null) {
      word = map.get(OWN_NAME);
    }
    if (word == null) {
      return value;
    }
    for (var key : map.keySet()) {
      if (!List.of(NAME, OWN_NAME, "id", "timestamp", "misc").contains(key)) {
        throw new BadMessageException("a control record has no '" + key + "'");
      }
    }
    return new Control(
        kind(word), number(map, "id"), number(map, "timestamp"), misc(map.get("misc")));
  }

  private static Kind kind(Object word) throws BadMessageException {
    for (var kind : Kind.values()) {
      if (kind.word().equals(word)) {
        return kind;
      }
    }
    throw new BadMessageException("a control record is end, set or pig, not '" + word + "'");
  }

  private static Long number(Map<?, ?> map, String key) throws BadMessageException {
    var value = map.get(key);
    if (value == null || value instanceof Long) {
      return (Long) value;
    }
    throw new BadMessageException(
        "a control record's "
            + key
            + " is a whole number"
            + (value instanceof BigInteger ? " of 64 bits" : ""));
  }

  private static String misc(Object value) throws BadMessageException {
    if (value == null || value instanceof String) {
      return (String) value;
    }
    throw new BadMessageException("a control record's misc is text");
  }

  /** A control record as a JSON value. */
  static Map<String, Object> toJson(Control control) {
    var json = new LinkedHashMap<String, Object>();
    json.put(NAME, control.kind().word());
    if (control.id() != null) {
      json.put("id", control.id());
    }
    if (control.timestamp() != null) {
      json.put("timestamp", control.timestamp());
    }
    if (control.misc() != null) {
      json.put("misc", control.misc());
    }
    return json;
  }

  /**
   * The control record of a text such as {@code ☮fastscore.pig|1234|3476304987|misc}, or the text.
   */
  static Object ofText(String text) throws BadMessageException {
    if (!text.startsWith(PEACE + "fastscore.") && !text.startsWith(PEACE + "weir.")) {
      return text;
    }
    var parts = text.substring(text.indexOf('.') + 1).split("\\|", 4);
    return new Control(
        kind(parts[0]),
        number(parts, 1, "id"),
        number(parts, 2, "timestamp"),
        parts.length > 3 && !parts[3].isEmpty() ? parts[3] : null);
  }

  private static Long number(String[] parts, int i, String what) throws BadMessageException {
    if (parts.length <= i || parts[i].isEmpty()) {
      return null;
    }
    try {
      return Long.parseLong(parts[i]);
    } catch (NumberFormatException e) {
      throw new BadMessageException("a control record's " + what + " is a whole number");
    }
  }

  static String toText(Control control) {
    var text = PEACE + "fastscore." + control.kind().word();
    if (control.id() == null && control.timestamp() == null && control.misc() == null) {
      return text;
    }
    return text
        + "|"
        + or(control.id(), "")
        + "|"
        + or(control.timestamp(), "")
        + "|"
        + or(control.misc(), "");
  }

  private static Object or(Object value, Object other) {
    return value == null ? other : value;
  }

  /**
   * The control record of bytes: FA, {@code stscore.set}, and then, or not, 4 bytes of id, 8 of
   * timestamp and text. Null if they are none.
   */
  static Control ofBytes(byte[] bytes, int from, int to) {
    if (to - from < RAW_LENGTH || bytes[from] != FA) {
      return null;
    }
    var word = new String(bytes, from + 1, RAW_LENGTH - 1, StandardCharsets.ISO_8859_1);
    if (!word.startsWith(RAW_NAME)) {
      return null;
    }
    for (var kind : Kind.values()) {
      if (word.equals(RAW_NAME + kind.word())) {
        int rest = from + RAW_LENGTH;
        if (to - rest < 12) {
          return Control.of(kind);
        }
        var properties = ByteBuffer.wrap(bytes, rest, to - rest);
        return new Control(
            kind,
            (long) properties.getInt(),
            properties.getLong(),
            to - rest > 12
                ? new String(bytes, rest + 12, to - rest - 12, StandardCharsets.ISO_8859_1)
                : null);
      }
    }
    return null;
  }

  static byte[] toBytes(Control control) {
    var misc = control.misc() == null ? "" : control.misc();
    boolean bare = control.id() == null && control.timestamp() == null && misc.isEmpty();
    var bytes = ByteBuffer.allocate(RAW_LENGTH + (bare ? 0 : 12 + misc.length()));
    bytes.put(FA).put((RAW_NAME + control.kind().word()).getBytes(StandardCharsets.ISO_8859_1));
    if (!bare) {
      bytes.putInt(control.id() == null ? 0 : control.id().intValue());
      bytes.putLong(control.timestamp() == null ? 0 : control.timestamp());
      bytes.put(misc.getBytes(StandardCharsets.ISO_8859_1));
    }
    return bytes.array();
  }

  /** The name of a control record in Avro, such as {@code $fastscore.set}. */
  static String name(Kind kind) {
    return NAME + "." + kind.word();
  }

  /** The kind of a name in Avro; null if it is none. */
  static Kind kindOfName(String name) {
    for (var kind : Kind.values()) {
      if (name.equals(name(kind)) || name.equals(OWN_NAME + "." + kind.word())) {
        return kind;
      }
    }
    return null;
  }

  /** What people call a value's type, for messages. */
  static String typeOf(Object value) {
    if (value == null) {
      return "null";
    }
    return value instanceof Map
        ? "an object"
        : value instanceof List
            ? "an array"
            : "a "
                + (value instanceof Number
                    ? "number"
                    : value instanceof String
                        ? "text"
                        : value.getClass().getSimpleName().toLowerCase(Locale.ROOT));
  }
}
