package dev.weir.runners.internal;

import dev.weir.runners.RunnerException;
import java.util.Arrays;

/** Bytes that are being written. One thread at a time. */
public abstract class GrowingBuffer {

  private static final int LARGEST = Integer.MAX_VALUE - 16;

  byte[] buffer;
  int size;

  GrowingBuffer(int capacity) {
    buffer = new byte[capacity];
  }

  /** The buffer; valid up to {@link #size}, and until more is written. */
  public final byte[] buffer() {
    return buffer;
  }

  public final int size() {
    return size;
  }

  /** Begins anew with {@code reserved} bytes left free at the start. */
  final void clear(int reserved) {
    size = 0;
    ensure(reserved);
    size = reserved;
  }

  /** Writes the UTF-8 form of a text, in which lone surrogates are as any character of 3 bytes. */
  final void text(String text) {
    int length = text.length();
    ensure(3L * length);
    int at = size;
    var target = buffer;
    int i = 0;
    for (; i < length; i++) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        break;
      }
      target[at++] = (byte) c;
    }
    for (; i < length; i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        target[at++] = (byte) c;
      } else if (c < 0x800) {
        target[at++] = (byte) (0xc0 | (c >> 6));
        target[at++] = (byte) (0x80 | (c & 0x3f));
      } else if (Character.isHighSurrogate(c)
          && i + 1 < length
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        int point = Character.toCodePoint(c, text.charAt(++i));
        target[at++] = (byte) (0xf0 | (point >> 18));
        target[at++] = (byte) (0x80 | ((point >> 12) & 0x3f));
        target[at++] = (byte) (0x80 | ((point >> 6) & 0x3f));
        target[at++] = (byte) (0x80 | (point & 0x3f));
      } else {
        target[at++] = (byte) (0xe0 | (c >> 12));
        target[at++] = (byte) (0x80 | ((c >> 6) & 0x3f));
        target[at++] = (byte) (0x80 | (c & 0x3f));
      }
    }
    size = at;
  }

  final void ensure(long more) {
    long needed = size + more;
    if (needed > buffer.length) {
      if (needed > LARGEST) {
        throw new RunnerException(
            "The records sent to a runner at once are more than 2 GB: make them smaller.");
      }
      buffer = Arrays.copyOf(buffer, (int) Math.min(LARGEST, Math.max(needed, 2L * buffer.length)));
    }
  }
}
