package dev.weir.runners.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.weir.runners.RunnerException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads values in R's {@code serialize} form, version 2 in XDR, as JSON values: a vector of length
 * 1 without dimensions as a scalar, other vectors and lists without names as arrays, lists with
 * names as objects, a matrix as an array of its rows, NA and NULL as null. A double that is an
 * integer of at most 2^53 is read as one. Trusts nothing: what is not of the form is a {@link
 * RunnerException}.
 */
public final class RReader {

  /** A value of the deepest nesting allowed, inside the lists of a message. */
  private static final int MAX_DEPTH = MarshalWriter.MAX_DEPTH + 10;

  private static final double LARGEST_INTEGER = 0x1p53;
  private static final int NA = Integer.MIN_VALUE;
  private static final int NA_LOW_WORD = 1954;

  private static final int NIL = 0;
  private static final int SYMBOL = 1;
  private static final int PAIRLIST = 2;
  private static final int CHARS = 9;
  private static final int LOGICALS = 10;
  private static final int INTEGERS = 13;
  private static final int DOUBLES = 14;
  private static final int STRINGS = 16;
  private static final int LIST = 19;
  private static final int NULL = 254;
  private static final int REFERENCE = 255;
  private static final int HAS_ATTRIBUTES = 0x200;
  private static final int HAS_TAG = 0x400;
  private static final int LATIN_1 = 4 << 12;

  private final byte[] bytes;
  private final List<String> symbols = new ArrayList<>();
  private int at;

  RReader(byte[] bytes) {
    this.bytes = bytes;
    need(14);
    if (bytes[0] != 'X' || bytes[1] != '\n') {
      throw bad("not in XDR form");
    }
    at = 2;
    if (int32() != 2) {
      throw bad("not of version 2");
    }
    at += 8;
  }

  /** The one list that these bytes are. */
  public static List<?> list(byte[] bytes) {
    var reader = new RReader(bytes);
    var items = reader.items();
    reader.end();
    return Arrays.asList(items);
  }

  /** The head of a list whose items are read next: how many they are. */
  int head() {
    if (int32() != LIST) {
      throw bad("not a list");
    }
    return count(4);
  }

  /** A vector or list without attributes, whatever its length; none for NULL. */
  Object[] items() {
    int flags = int32();
    if ((flags & 0xff) == NULL || (flags & 0xff) == NIL) {
      return new Object[0];
    }
    if ((flags & HAS_ATTRIBUTES) != 0) {
      throw bad("attributes where there are none");
    }
    return vector(flags & 0xff, 0);
  }

  /** The next value. */
  Object value() {
    return value(0);
  }

  void end() {
    if (at != bytes.length) {
      throw bad((bytes.length - at) + " bytes too many");
    }
  }

  private Object value(int depth) {
    int flags = int32();
    int type = flags & 0xff;
    if (type == NULL || type == NIL) {
      return null;
    }
    if ((flags & HAS_ATTRIBUTES) == 0) {
      if (type != LIST) {
        int length = count(4);
        if (length == 1) {
          return scalar(type);
        }
        return Arrays.asList(vector(type, length, depth));
      }
      return Arrays.asList(vector(type, depth));
    }
    var items = vector(type, depth);
    Object[] names = null;
    int[] dimensions = null;
    for (int node = int32(); (node & 0xff) == PAIRLIST; node = int32()) {
      if ((node & HAS_TAG) == 0) {
        throw bad("an attribute without a name");
      }
      var tag = symbol();
      if (tag.equals("names")) {
        names = items();
      } else if (tag.equals("dim")) {
        dimensions = Arrays.stream(items()).mapToInt(n -> Math.toIntExact((Long) n)).toArray();
      } else {
        value(depth + 1); // a way to look at it, such as the names of rows
      }
    }
    if (dimensions != null) {
      return rows(items, dimensions);
    }
    if (type == LIST && names != null) {
      return object(items, names);
    }
    return type != LIST && items.length == 1 ? items[0] : Arrays.asList(items);
  }

  private static Map<String, Object> object(Object[] items, Object[] names) {
    if (names.length != items.length) {
      throw bad("more or fewer names than items");
    }
    var map = new LinkedHashMap<String, Object>(items.length * 2);
    for (int i = 0; i < items.length; i++) {
      map.put((String) names[i], items[i]);
    }
    return map;
  }

  private static List<Object> rows(Object[] items, int[] dimensions) {
    if (dimensions.length != 2 || (long) dimensions[0] * dimensions[1] != items.length) {
      throw bad("an array of " + dimensions.length + " dimensions");
    }
    int n = dimensions[0];
    var rows = new ArrayList<Object>(n);
    for (int i = 0; i < n; i++) {
      var row = new Object[dimensions[1]];
      for (int j = 0; j < row.length; j++) {
        row[j] = items[j * n + i];
      }
      rows.add(Collections.unmodifiableList(Arrays.asList(row)));
    }
    return rows;
  }

  private Object[] vector(int type, int depth) {
    return vector(type, count(type == DOUBLES ? 8 : 4), depth);
  }

  private Object[] vector(int type, int length, int depth) {
    var items = new Object[length];
    if (type == LIST) {
      if (depth >= MAX_DEPTH) {
        throw bad("nesting deeper than " + MarshalWriter.MAX_DEPTH + " levels");
      }
      for (int i = 0; i < length; i++) {
        items[i] = value(depth + 1);
      }
    } else {
      for (int i = 0; i < length; i++) {
        items[i] = scalar(type);
      }
    }
    return items;
  }

  private Object scalar(int type) {
    return switch (type) {
      case DOUBLES -> number(int64());
      case STRINGS -> chars(int32());
      case LOGICALS -> {
        int truth = int32();
        if (truth == NA) {
          yield null;
        }
        yield truth != 0;
      }
      case INTEGERS -> {
        int number = int32();
        if (number == NA) {
          yield null;
        }
        yield (long) number;
      }
      default -> throw bad("a value of the unknown type " + type);
    };
  }

  private static Object number(long bits) {
    double number = Double.longBitsToDouble(bits);
    if (number == Math.rint(number) && Math.abs(number) <= LARGEST_INTEGER) {
      return (long) number;
    }
    if (Double.isNaN(number)) {
      if ((int) bits == NA_LOW_WORD) {
        return null;
      }
      throw bad("NaN");
    }
    return number;
  }

  private String symbol() {
    int flags = int32();
    if ((flags & 0xff) == REFERENCE) {
      int index = flags >>> 8;
      if (index < 1 || index > symbols.size()) {
        throw bad("a name that was not there before");
      }
      return symbols.get(index - 1);
    }
    if ((flags & 0xff) != SYMBOL) {
      throw bad("an attribute without a name");
    }
    var name = chars(int32());
    if (name == null) {
      throw bad("an attribute without a name");
    }
    symbols.add(name);
    return name;
  }

  private String chars(int flags) {
    if ((flags & 0xff) != CHARS) {
      throw bad("what is no text");
    }
    int length = int32();
    if (length == -1) {
      return null;
    }
    if (length < 0 || length > bytes.length - at) {
      throw bad("a length of " + length);
    }
    at += length;
    return (flags & LATIN_1) != 0
        ? new String(bytes, at - length, length, ISO_8859_1)
        : Texts.read(bytes, at - length, length);
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
        (bytes[at] << 24)
            | ((bytes[at + 1] & 0xff) << 16)
            | ((bytes[at + 2] & 0xff) << 8)
            | (bytes[at + 3] & 0xff);
    at += 4;
    return value;
  }

  private long int64() {
    long high = int32();
    return (high << 32) | (int32() & 0xffffffffL);
  }

  private void need(int count) {
    if (bytes.length - at < count) {
      throw bad("an end in the middle of a value");
    }
  }

  static RunnerException bad(String what) {
    return new RunnerException("A runner sent what is not a JSON value: " + what + ".");
  }
}
