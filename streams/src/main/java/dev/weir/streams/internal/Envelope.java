package dev.weir.streams.internal;

import java.util.LinkedHashMap;
import java.util.Map;

/** How messages are put into a stream of bytes. Immutable. */
sealed interface Envelope {

  /** As in a descriptor; null for {@link None}. */
  Object toJson();

  /**
   * None: each message is what the transport gives; in a stream of bytes the encoding itself says
   * where a message ends (MessagePack, Avro), or else the whole stream is one message.
   */
  record None() implements Envelope {
    @Override
    public Object toJson() {
      return null;
    }
  }

  /** Messages with a separator behind each; the last one needs none. */
  record Delimited(String separator) implements Envelope {
    @Override
    public Object toJson() {
      return object("delimited", "separator", separator);
    }
  }

  /** Messages of {@code size} bytes; shorter ones are filled with zeros, longer ones cut. */
  record Fixed(int size) implements Envelope {
    @Override
    public Object toJson() {
      return object("fixed", "size", (long) size);
    }
  }

  /**
   * Rows of CSV: a separator within quotes is none.
   *
   * @param skipHeader whether the first row names the columns
   */
  record DelimitedCsv(String separator, boolean skipHeader, boolean skipBlankLines)
      implements Envelope {
    /** Whether a row ends with its line, however that does. */
    boolean endsLines() {
      return separator.equals("\n") || separator.equals("\r\n");
    }

    @Override
    public Object toJson() {
      return object(
          "delimited-csv",
          "separator",
          separator,
          "skip-header",
          skipHeader,
          "skip-blank-lines",
          skipBlankLines);
    }
  }

  /**
   * The blocks of an Avro object container file.
   *
   * @param syncMarker 16 bytes in base64; null for those of the header
   * @param skipHeader whether the stream begins with a header
   */
  record OcfBlock(String syncMarker, boolean deflate, boolean skipHeader) implements Envelope {
    @Override
    public Object toJson() {
      return object(
          "ocf-block",
          "sync-marker",
          syncMarker,
          "compress",
          deflate ? "deflate" : null,
          "skip-header",
          skipHeader);
    }
  }

  private static Map<String, Object> object(String type, Object... fields) {
    var object = new LinkedHashMap<String, Object>();
    object.put("type", type);
    object.putAll(Positions.of(fields));
    return object;
  }
}
