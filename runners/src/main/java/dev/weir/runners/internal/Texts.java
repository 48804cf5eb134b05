package dev.weir.runners.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

/** Reads the form of text that {@link GrowingBuffer#text} writes. */
final class Texts {

  private Texts() {}

  static String read(byte[] bytes, int start, int length) {
    int end = start + length;
    boolean surrogates = false;
    boolean ascii = true;
    for (int i = start; i < end; i++) {
      if (bytes[i] < 0) {
        ascii = false;
        if ((bytes[i] & 0xff) == 0xed && i + 1 < end && (bytes[i + 1] & 0xff) >= 0xa0) {
          surrogates = true;
          break;
        }
      }
    }
    if (ascii) {
      return new String(bytes, start, length, ISO_8859_1);
    }
    return surrogates ? withSurrogates(bytes, start, end) : new String(bytes, start, length, UTF_8);
  }

  /** UTF-8 in which lone surrogates are written like any other character of three bytes. */
  private static String withSurrogates(byte[] bytes, int start, int end) {
    var text = new StringBuilder(end - start);
    int plain = start;
    int i = start;
    while (i < end) {
      if ((bytes[i] & 0xff) == 0xed && i + 2 < end && (bytes[i + 1] & 0xff) >= 0xa0) {
        text.append(new String(bytes, plain, i - plain, UTF_8));
        text.append((char) (0xd000 | ((bytes[i + 1] & 0x3f) << 6) | (bytes[i + 2] & 0x3f)));
        i += 3;
        plain = i;
      } else {
        i++;
      }
    }
    return text.append(new String(bytes, plain, end - plain, UTF_8)).toString();
  }
}
