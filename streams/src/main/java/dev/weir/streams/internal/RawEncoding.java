package dev.weir.streams.internal;

import dev.weir.graph.Control;
import java.nio.charset.StandardCharsets;

/** Bytes, as text of the characters U+0000 to U+00FF. */
final class RawEncoding implements Encoding {

  @Override
  public Object decode(byte[] bytes, int from, int to) {
    var control = Controls.ofBytes(bytes, from, to);
    return control != null ? control : text(bytes, from, to);
  }

  static String text(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }

  @Override
  public boolean encode(Object record, Bytes to) throws BadMessageException {
    to.write(record instanceof Control control ? Controls.toBytes(control) : bytes(record));
    return true;
  }

  /** The bytes that a text stands for. */
  static byte[] bytes(Object record) throws BadMessageException {
    if (!(record instanceof String text)) {
      throw new BadMessageException(
          "bytes are text of characters up to U+00FF, and this is " + Controls.typeOf(record));
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0xff) {
        throw new BadMessageException(
            "bytes are text of characters up to U+00FF, and character " + (i + 1) + " is beyond");
      }
    }
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
