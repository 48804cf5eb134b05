package dev.weir.streams.internal;

import com.fasterxml.jackson.core.io.NumberOutput;
import dev.weir.graph.BadJsonException;
import dev.weir.graph.Batch;
import dev.weir.graph.Control;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Writes records as JSON Lines: compact, UTF-8, a line feed behind each. The text is that of {@link
 * dev.weir.graph.Json#toText}. Not thread-safe.
 *
 * <p>Invariant: {@code bytes} begins with {@code size} bytes of text, and at most one line of it is
 * unfinished.
 */
final class JsonLineEncoder {

  private static final int PIECE = 1 << 16;
  private static final int USUAL_CAPACITY = 2 * PIECE;
  private static final int MAX_KEPT = 16 * PIECE;
  private static final int STRING_PART = 1 << 12;
  private static final int MAX_DEPTH = 1000;
  private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] LOWEST_LONG =
      Long.toString(Long.MIN_VALUE).getBytes(StandardCharsets.US_ASCII);

  /** For each ASCII character: 0 when it stands for itself, 'u' or what follows its backslash. */
  private static final byte[] ESCAPES = new byte[128];

  static {
    Arrays.fill(ESCAPES, 0, ' ', (byte) 'u');
    ESCAPES['\n'] = 'n';
    ESCAPES['\r'] = 'r';
    ESCAPES['\t'] = 't';
    ESCAPES['\b'] = 'b';
    ESCAPES['\f'] = 'f';
    ESCAPES['"'] = '"';
    ESCAPES['\\'] = '\\';
  }

  private byte[] bytes = new byte[USUAL_CAPACITY];
  private int size;

  /** Where encoded lines go: the bytes from {@code from} to {@code to}, whole lines. */
  interface Lines {
    void append(byte[] lines, int from, int to);
  }

  /**
   * Encodes a batch and passes it on, in one piece or several. Afterwards nothing is held back.
   *
   * @param name what a message calls the stream
   * @throws BadJsonException when a record is not a JSON value; pieces before it were passed on
   */
  void write(Batch batch, String name, Lines to) {
    size = 0;
    for (int i = 0; i < batch.size(); i++) {
      try {
        line(batch.get(i));
      } catch (BadJsonException e) {
        throw new BadJsonException(
            "record " + batch.sequence(i) + " cannot be written to " + name + ": " + e.getMessage(),
            e);
      }
      if (size >= PIECE) {
        pass(to);
      }
    }
    pass(to);
  }

  /**
   * Encodes one record, without a line feed.
   *
   * @throws BadJsonException when it is not a JSON value; nothing was written
   */
  void write(Object record, Bytes to) {
    size = 0;
    value(record instanceof Control control ? Controls.toJson(control) : record, 0);
    pass((text, from, end) -> to.write(text, from, end - from));
  }

  private void pass(Lines to) {
    if (size > 0) {
      to.append(bytes, 0, size);
      size = 0;
    }
    if (bytes.length > MAX_KEPT) {
      bytes = new byte[USUAL_CAPACITY];
    }
  }

  private void line(Object record) {
    value(record instanceof Control control ? Controls.toJson(control) : record, 0);
    put('\n');
  }

  private void room(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }

  private void value(Object value, int depth) {
    if (value instanceof Long number) {
      number(number);
    } else if (value instanceof String text) {
      string(text);
    } else if (value instanceof Double number) {
      if (!Double.isFinite(number)) {
        throw new BadJsonException(number + " is not a JSON value");
      }
      ascii(NumberOutput.toString(number, true));
    } else if (value instanceof Map<?, ?> map) {
      object(map, deeper(depth));
    } else if (value instanceof List<?> list) {
      array(list, deeper(depth));
    } else if (value == null || value instanceof Boolean || value instanceof BigInteger) {
      ascii(String.valueOf(value));
    } else if (value instanceof Integer number) {
      number(number.longValue());
    } else {
      throw new BadJsonException("a " + value.getClass().getName() + " is not a JSON value");
    }
  }

  private static int deeper(int depth) {
    if (depth == MAX_DEPTH) {
      throw new BadJsonException("nested deeper than " + MAX_DEPTH);
    }
    return depth + 1;
  }

  private void object(Map<?, ?> map, int depth) {
    char separator = '{';
    for (var entry : map.entrySet()) {
      put(separator);
      if (!(entry.getKey() instanceof String key)) {
        throw new BadJsonException(
            "a JSON object's keys are text, and this one is " + entry.getKey());
      }
      string(key);
      put(':');
      value(entry.getValue(), depth);
      separator = ',';
    }
    if (separator == '{') {
      put('{');
    }
    put('}');
  }

  private void array(List<?> list, int depth) {
    char separator = '[';
    for (var element : list) {
      put(separator);
      value(element, depth);
      separator = ',';
    }
    if (separator == '[') {
      put('[');
    }
    put(']');
  }

  private void put(char ascii) {
    room(1);
    bytes[size++] = (byte) ascii;
  }

  private void number(long number) {
    room(LOWEST_LONG.length);
    if (number == Long.MIN_VALUE) {
      System.arraycopy(LOWEST_LONG, 0, bytes, size, LOWEST_LONG.length);
      size += LOWEST_LONG.length;
      return;
    }
    long rest = number;
    if (rest < 0) {
      bytes[size++] = '-';
      rest = -rest;
    }
    int digits = 1;
    for (long power = 10; digits < 19 && rest >= power; digits++) {
      power *= 10;
    }
    int at = size + digits;
    size = at;
    do {
      bytes[--at] = (byte) ('0' + rest % 10);
      rest /= 10;
    } while (rest != 0);
  }

  private void ascii(String text) {
    room(text.length());
    for (int i = 0; i < text.length(); i++) {
      bytes[size++] = (byte) text.charAt(i);
    }
  }

  private void string(String text) {
    put('"');
    int length = text.length();
    for (int i = 0; i < length; ) {
      i = part(text, i, Math.min(length, i + STRING_PART));
    }
    put('"');
  }

  /** Writes the characters up to {@code end}, or to one more where that keeps a pair together. */
  private int part(String text, int from, int end) {
    // No character needs more than the six bytes of its escape.
    room((end - from + 1) * 6);
    var to = bytes;
    int at = size;
    int i = from;
    while (i < end) {
      char c = text.charAt(i++);
      if (c < 128) {
        byte escape = ESCAPES[c];
        if (escape == 0) {
          to[at++] = (byte) c;
        } else if (escape == 'u') {
          at = escaped(c, at);
        } else {
          to[at++] = '\\';
          to[at++] = escape;
        }
      } else if (c < 0x800) {
        to[at++] = (byte) (0xC0 | (c >> 6));
        to[at++] = (byte) (0x80 | (c & 0x3F));
      } else if (!Character.isSurrogate(c)) {
        to[at++] = (byte) (0xE0 | (c >> 12));
        to[at++] = (byte) (0x80 | ((c >> 6) & 0x3F));
        to[at++] = (byte) (0x80 | (c & 0x3F));
      } else if (Character.isHighSurrogate(c)
          && i < text.length()
          && Character.isLowSurrogate(text.charAt(i))) {
        int point = Character.toCodePoint(c, text.charAt(i++));
        to[at++] = (byte) (0xF0 | (point >> 18));
        to[at++] = (byte) (0x80 | ((point >> 12) & 0x3F));
        to[at++] = (byte) (0x80 | ((point >> 6) & 0x3F));
        to[at++] = (byte) (0x80 | (point & 0x3F));
      } else {
        // Half of a pair has no UTF-8; as an escape it reads back.
        at = escaped(c, at);
      }
    }
    size = at;
    return i;
  }

  private int escaped(char c, int from) {
    int at = from;
    bytes[at++] = '\\';
    bytes[at++] = 'u';
    for (int shift = 12; shift >= 0; shift -= 4) {
      bytes[at++] = HEX[(c >> shift) & 0xF];
    }
    return at;
  }
}
