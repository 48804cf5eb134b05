package dev.weir.runners.internal;

import dev.weir.runners.RunnerException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads values in Python's {@code marshal} format, version 2: JSON values, tuples as lists, and
 * bytes as {@code byte[]}. Trusts nothing: what is not of the format is a {@link RunnerException}.
 */
public final class MarshalReader {

  // A value of the deepest nesting allowed, inside the lists of a message.
  private static final int MAX_DEPTH = MarshalWriter.MAX_DEPTH + 10;

  private final byte[] bytes;
  private int at;

  private MarshalReader(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Reads the one value that these bytes are. */
  public static Object read(byte[] bytes) {
    var reader = new MarshalReader(bytes);
    Object value = reader.value(0);
    if (reader.at != bytes.length) {
      throw bad((bytes.length - reader.at) + " bytes too many");
    }
    return value;
  }

  private Object value(int depth) {
    need(1);
    byte tag = bytes[at++];
    return switch (tag) {
      case 'i' -> (long) int32();
      case 'g' -> Double.longBitsToDouble(int64());
      case 'u' -> string();
      case 'N' -> null;
      case 'T' -> true;
      case 'F' -> false;
      case '{' -> map(depth);
      case '[', '(' -> list(depth);
      case 'l' -> integer();
      case 'I' -> int64();
      case 's' -> {
        int length = count(1);
        at += length;
        yield Arrays.copyOfRange(bytes, at - length, at);
      }
      default -> throw bad("a value of the unknown type " + tag);
    };
  }

  private List<Object> list(int depth) {
    refuseDepth(depth);
    int items = count(1);
    var list = new ArrayList<Object>(items);
    for (int i = 0; i < items; i++) {
      list.add(value(depth + 1));
    }
    return list;
  }

  private Map<String, Object> map(int depth) {
    refuseDepth(depth);
    var map = new LinkedHashMap<String, Object>();
    while (true) {
      need(1);
      if (bytes[at] == '0') {
        at++;
        return map;
      }
      if (bytes[at++] != 'u') {
        throw bad("a key that is not a str");
      }
      String key = string();
      map.put(key, value(depth + 1));
    }
  }

  private Object integer() {
    int signed = int32();
    int count = Math.abs(signed);
    if (count < 0 || count > (bytes.length - at) / 2) {
      throw bad("an int of " + count + " digits");
    }
    if (count <= 4) {
      long value = 0;
      for (int i = 0; i < count; i++) {
        value |= (long) digit() << (15 * i);
      }
      return signed < 0 ? -value : value;
    }
    var magnitude = new byte[(int) ((15L * count + 7) / 8)];
    int to = magnitude.length;
    int bits = 0;
    int held = 0;
    for (int i = 0; i < count; i++) {
      bits |= digit() << held;
      held += 15;
      while (held >= 8) {
        magnitude[--to] = (byte) bits;
        bits >>>= 8;
        held -= 8;
      }
    }
    if (held > 0) {
      magnitude[--to] = (byte) bits;
    }
    var value = new BigInteger(Integer.signum(signed), magnitude);
    return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
  }

  private int digit() {
    int digit = (bytes[at] & 0xff) | ((bytes[at + 1] & 0xff) << 8);
    at += 2;
    if (digit > 0x7fff) {
      throw bad("a digit of an int that is too large");
    }
    return digit;
  }

  private String string() {
    int length = count(1);
    at += length;
    return Texts.read(bytes, at - length, length);
  }

  /** A count of things of at least {@code width} bytes each, all of which must be there. */
  private int count(int width) {
    int count = int32();
    if (count < 0 || (long) count * width > bytes.length - at) {
      throw bad("a length of " + count);
    }
    return count;
  }

  private int int32() {
    need(4);
    int value =
        (bytes[at] & 0xff)
            | ((bytes[at + 1] & 0xff) << 8)
            | ((bytes[at + 2] & 0xff) << 16)
            | (bytes[at + 3] << 24);
    at += 4;
    return value;
  }

  private long int64() {
    long low = int32() & 0xffffffffL;
    return low | ((long) int32() << 32);
  }

  private void need(int count) {
    if (bytes.length - at < count) {
      throw bad("an end in the middle of a value");
    }
  }

  private static void refuseDepth(int depth) {
    if (depth >= MAX_DEPTH) {
      throw bad("nesting deeper than " + MarshalWriter.MAX_DEPTH + " levels");
    }
  }

  private static RunnerException bad(String what) {
    return new RunnerException("A runner sent what is not a JSON value: " + what + ".");
  }
}
