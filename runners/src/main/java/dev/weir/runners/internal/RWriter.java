package dev.weir.runners.internal;

import dev.weir.graph.Batch;
import dev.weir.runners.RunnerException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes JSON values in R's {@code serialize} form, version 2 in XDR, into a growing buffer: null
 * as NULL, a scalar as a vector of length 1 (a number always as a double), an array as a list
 * without names, an object as a list with names. One thread at a time.
 */
public final class RWriter extends GrowingBuffer {

  private static final int MAX_DEPTH = MarshalWriter.MAX_DEPTH;

  private static final int SYMBOL = 1;
  private static final int CHARS = 9;
  private static final int LOGICALS = 10;
  private static final int INTEGERS = 13;
  private static final int DOUBLES = 14;
  private static final int STRINGS = 16;
  private static final int LIST = 19;
  private static final int NULL = 254;
  private static final int REFERENCE = 255;
  private static final int IS_OBJECT = 0x100;
  private static final int HAS_ATTRIBUTES = 0x200;
  private static final int ATTRIBUTE = 0x402; // a node of a pairlist with a tag
  private static final int UTF_8 = 8 << 12;
  private static final int ASCII = 64 << 12;
  private static final int NA = Integer.MIN_VALUE;
  private static final long NA_DOUBLE = 0x7FF00000000007A2L;

  // The symbols written so far, which may be referred to.
  private final List<String> symbols = new ArrayList<>();

  public RWriter(int capacity) {
    super(capacity);
  }

  /** Begins anew with {@code reserved} bytes left free at the start, and writes the head. */
  public RWriter reset(int reserved) {
    clear(reserved);
    symbols.clear();
    ensure(14);
    buffer[size++] = 'X';
    buffer[size++] = '\n';
    int32(2);
    int32(0x00040000);
    int32(0x00020300);
    return this;
  }

  /** The head of a list without names whose items are written next. */
  public RWriter list(int items) {
    return vector(LIST, items);
  }

  /**
   * Writes one value.
   *
   * @throws RunnerException when it is not a JSON value, nested too deeply, or not one that R can
   *     have
   */
  public RWriter value(Object value) {
    write(value, 0);
    return this;
  }

  /** Writes the records as something that R code can go through: a vector where they are alike. */
  public RWriter records(Batch batch) {
    int n = batch.size();
    var first = n == 0 ? null : batch.get(0);
    if (first instanceof Number && all(batch, Number.class)) {
      vector(DOUBLES, n);
      ensure(8L * n);
      for (int i = 0; i < n; i++) {
        int64(Double.doubleToRawLongBits(((Number) batch.get(i)).doubleValue()));
      }
    } else if (first instanceof String && all(batch, String.class)) {
      vector(STRINGS, n);
      for (int i = 0; i < n; i++) {
        chars((String) batch.get(i));
      }
    } else {
      list(n);
      for (int i = 0; i < n; i++) {
        write(batch.get(i), 0);
      }
    }
    return this;
  }

  private static boolean all(Batch batch, Class<?> kind) {
    for (int i = 1; i < batch.size(); i++) {
      if (!kind.isInstance(batch.get(i))) {
        return false;
      }
    }
    return true;
  }

  /**
   * Writes the records as one set: objects as a data.frame, arrays and scalars as a matrix with a
   * row for each, none as a data.frame without rows and columns.
   */
  public RWriter set(Batch batch) {
    int n = batch.size();
    if (n == 0 || batch.get(0) instanceof Map) {
      frame(batch);
    } else {
      matrix(batch);
    }
    return this;
  }

  private void frame(Batch batch) {
    int n = batch.size();
    var columns = new LinkedHashMap<String, Object[]>();
    for (int i = 0; i < n; i++) {
      if (!(batch.get(i) instanceof Map<?, ?> record)) {
        throw mixed(batch.get(i));
      }
      for (var field : record.entrySet()) {
        columns.computeIfAbsent((String) field.getKey(), key -> new Object[n])[i] =
            field.getValue();
      }
    }
    ensure(4);
    int32(LIST | IS_OBJECT | HAS_ATTRIBUTES);
    length(columns.size());
    columns.values().forEach(this::column);
    attribute("names");
    vector(STRINGS, columns.size());
    columns.keySet().forEach(this::chars);
    attribute("class");
    vector(STRINGS, 1);
    chars("data.frame");
    attribute("row.names");
    if (n == 0) {
      vector(INTEGERS, 0);
    } else {
      vector(INTEGERS, 2);
      ensure(8);
      int32(NA);
      int32(-n);
    }
    end();
  }

  /** An array's items may be of several kinds only where they are no numbers or text. */
  private void matrix(Batch batch) {
    int n = batch.size();
    boolean arrays = batch.get(0) instanceof List;
    int width = arrays ? ((List<?>) batch.get(0)).size() : 1;
    var cells = new Object[n * width];
    for (int i = 0; i < n; i++) {
      Object record = batch.get(i);
      if (record instanceof Map || record instanceof List != arrays) {
        throw mixed(record);
      }
      if (record instanceof List<?> row) {
        if (row.size() != width) {
          throw new RunnerException(
              "A record set has arrays of "
                  + width
                  + " and of "
                  + row.size()
                  + " items, which cannot be a matrix: make them of one length.");
        }
        for (int j = 0; j < width; j++) {
          cells[j * n + i] = row.get(j);
        }
      } else {
        cells[i] = record;
      }
    }
    int head = size;
    column(cells);
    // The type is the lowest byte.
    buffer[head + 2] |= HAS_ATTRIBUTES >> 8;
    attribute("dim");
    vector(INTEGERS, 2);
    ensure(8);
    int32(n);
    int32(width);
    end();
  }

  private static RunnerException mixed(Object record) {
    return new RunnerException(
        "A record set has records of several kinds, which R cannot have in one: all must be"
            + " objects, arrays or scalars. One is "
            + (record == null ? "null" : "of " + record.getClass())
            + ".");
  }

  /** A vector of one type with NA for null where the values are alike, else a list. */
  private void column(Object[] values) {
    int kind = 0;
    for (var value : values) {
      int its =
          value == null
              ? 0
              : value instanceof Number
                  ? DOUBLES
                  : value instanceof String ? STRINGS : value instanceof Boolean ? LOGICALS : LIST;
      if (its != 0 && kind != 0 && its != kind) {
        kind = LIST;
        break;
      }
      kind = its == 0 ? kind : its;
    }
    vector(kind == 0 ? LOGICALS : kind, values.length);
    ensure(8L * values.length);
    for (var value : values) {
      switch (kind) {
        case DOUBLES ->
            int64(
                value == null
                    ? NA_DOUBLE
                    : Double.doubleToRawLongBits(((Number) value).doubleValue()));
        case STRINGS -> chars((String) value);
        case LIST -> write(value, 1);
        default -> int32(value == null ? NA : (Boolean) value ? 1 : 0);
      }
    }
  }

  private void write(Object value, int depth) {
    if (value instanceof Number number) {
      vector(DOUBLES, 1);
      ensure(8);
      int64(Double.doubleToRawLongBits(number.doubleValue()));
    } else if (value instanceof String text) {
      vector(STRINGS, 1);
      chars(text);
    } else if (value == null) {
      ensure(4);
      int32(NULL);
    } else if (value instanceof Boolean truth) {
      vector(LOGICALS, 1);
      ensure(4);
      int32(truth ? 1 : 0);
    } else if (value instanceof Map<?, ?> map) {
      refuseDepth(depth);
      ensure(4);
      int32(LIST | HAS_ATTRIBUTES);
      length(map.size());
      for (var item : map.values()) {
        write(item, depth + 1);
      }
      attribute("names");
      vector(STRINGS, map.size());
      for (var key : map.keySet()) {
        chars((String) key);
      }
      end();
    } else if (value instanceof List<?> list) {
      refuseDepth(depth);
      list(list.size());
      for (var item : list) {
        write(item, depth + 1);
      }
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

  private RWriter vector(int type, int length) {
    ensure(8);
    int32(type);
    int32(length);
    return this;
  }

  private void length(int length) {
    ensure(4);
    int32(length);
  }

  /** The tag of an attribute, whose value is written next. */
  private void attribute(String name) {
    ensure(8);
    int32(ATTRIBUTE);
    int known = symbols.indexOf(name);
    if (known >= 0) {
      int32((known + 1) << 8 | REFERENCE);
    } else {
      symbols.add(name);
      int32(SYMBOL);
      chars(name);
    }
  }

  /** The end of the attributes. */
  private void end() {
    ensure(4);
    int32(NULL);
  }

  private void chars(String text) {
    ensure(8);
    if (text == null) {
      int32(CHARS);
      int32(-1);
      return;
    }
    int head = size;
    size += 8;
    text(text);
    int end = size;
    int length = end - head - 8;
    if (text.indexOf('\0') >= 0) {
      throw new RunnerException(
          "A record or value has a text with the character U+0000, which R cannot have: remove it.");
    }
    size = head;
    int32(CHARS | (length == text.length() ? ASCII : UTF_8));
    int32(length);
    size = end;
  }

  private void int32(int value) {
    Frames.putLength(buffer, size, value);
    size += 4;
  }

  private void int64(long value) {
    int32((int) (value >>> 32));
    int32((int) value);
  }
}
