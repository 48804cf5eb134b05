package dev.weir.runners.internal;

import dev.weir.runners.RunnerException;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/**
 * Writes JSON values in Python's {@code marshal} format, version 2, into a growing buffer. Lone
 * surrogates in text are kept, as Python's {@code surrogatepass} does. One thread at a time.
 */
public final class MarshalWriter extends GrowingBuffer {

  /** How deep values may be nested, here and in the runner. */
  public static final int MAX_DEPTH = 1000;

  public MarshalWriter(int capacity) {
    super(capacity);
  }

  /** Begins anew with {@code reserved} bytes left free at the start. */
  public MarshalWriter reset(int reserved) {
    clear(reserved);
    return this;
  }

  /** The head of a list whose items are written next. */
  public MarshalWriter list(int items) {
    ensure(5);
    buffer[size++] = '[';
    int32(items);
    return this;
  }

  /** The head of a map whose keys and values are written next, until {@link #endMap}. */
  public void beginMap() {
    tag('{');
  }

  /** The end of a map. */
  public void endMap() {
    tag('0');
  }

  /**
   * Writes one value.
   *
   * @throws RunnerException when it is not a JSON value, or nested too deeply
   */
  public MarshalWriter value(Object value) {
    write(value, 0);
    return this;
  }

  /** Writes bytes, which no JSON value is. */
  public MarshalWriter bytes(byte[] source, int from, int to) {
    ensure(5L + to - from);
    buffer[size++] = 's';
    int32(to - from);
    System.arraycopy(source, from, buffer, size, to - from);
    size += to - from;
    return this;
  }

  private void write(Object value, int depth) {
    if (value instanceof Long number) {
      integer(number);
    } else if (value instanceof String text) {
      string(text);
    } else if (value instanceof Double number) {
      ensure(9);
      buffer[size++] = 'g';
      int64(Double.doubleToRawLongBits(number));
    } else if (value == null) {
      tag('N');
    } else if (value instanceof Boolean truth) {
      tag(truth ? 'T' : 'F');
    } else if (value instanceof Map<?, ?> map) {
      refuseDepth(depth);
      tag('{');
      for (var entry : map.entrySet()) {
        write(entry.getKey(), depth + 1);
        write(entry.getValue(), depth + 1);
      }
      tag('0');
    } else if (value instanceof List<?> list) {
      refuseDepth(depth);
      list(list.size());
      for (var item : list) {
        write(item, depth + 1);
      }
    } else if (value instanceof BigInteger number) {
      big(number);
    } else if (value instanceof Integer number) {
      integer(number);
    } else {
      throw new RunnerException(
          "A record or value is of " + value.getClass() + ", which is not a JSON value.");
    }
  }

  private static void refuseDepth(int depth) {
    if (depth >= MAX_DEPTH) {
      throw new RunnerException(
          "A record or value is nested deeper than " + MAX_DEPTH + " levels: make it flatter.");
    }
  }

  private void tag(char tag) {
    ensure(1);
    buffer[size++] = (byte) tag;
  }

  private void integer(long value) {
    if (value == (int) value) {
      ensure(5);
      buffer[size++] = 'i';
      int32((int) value);
    } else if (value == Long.MIN_VALUE) {
      big(BigInteger.valueOf(value));
    } else {
      ensure(15);
      buffer[size++] = 'l';
      int count = 0;
      for (long rest = Math.abs(value); rest != 0; rest >>>= 15) {
        count++;
      }
      int32(value < 0 ? -count : count);
      for (long rest = Math.abs(value); rest != 0; rest >>>= 15) {
        digit((int) rest & 0x7fff);
      }
    }
  }

  /** Python's long: digits in base 2^15, lowest first; the sign is the sign of their number. */
  private void big(BigInteger value) {
    if (value.bitLength() < Long.SIZE - 1) {
      integer(value.longValue());
      return;
    }
    var magnitude = value.abs().toByteArray();
    int count = (value.abs().bitLength() + 14) / 15;
    ensure(5L + 2L * count);
    buffer[size++] = 'l';
    int32(value.signum() < 0 ? -count : count);
    int at = magnitude.length - 1;
    int bits = 0;
    int held = 0;
    for (int i = 0; i < count; i++) {
      while (held < 15 && at >= 0) {
        bits |= (magnitude[at--] & 0xff) << held;
        held += 8;
      }
      digit(bits & 0x7fff);
      bits >>>= 15;
      held -= 15;
    }
  }

  private void digit(int digit) {
    buffer[size++] = (byte) digit;
    buffer[size++] = (byte) (digit >>> 8);
  }

  private void string(String text) {
    ensure(5);
    buffer[size++] = 'u';
    int start = size;
    size += 4;
    text(text);
    int end = size;
    size = start;
    int32(end - start - 4);
    size = end;
  }

  private void int32(int value) {
    buffer[size] = (byte) value;
    buffer[size + 1] = (byte) (value >>> 8);
    buffer[size + 2] = (byte) (value >>> 16);
    buffer[size + 3] = (byte) (value >>> 24);
    size += 4;
  }

  private void int64(long value) {
    int32((int) value);
    int32((int) (value >>> 32));
  }
}
