package dev.weir.state.internal;

import dev.weir.state.Column;
import dev.weir.state.Row;
import dev.weir.state.Table;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;

/**
 * Changes of one table as bytes, in key order. A change is a byte (0 put, 1 delete), the key, and
 * for a put the other columns. Text in a key is written as the number of leading bytes that it
 * shares with the change before it, then the rest.
 *
 * <p>Keeps what the change before was: use one for each run of changes.
 */
final class RowCodec {

  private final Table table;
  private final String[] previousText;
  private final byte[][] previousBytes;

  RowCodec(Table table) {
    this.table = table;
    this.previousText = new String[table.keyLength()];
    this.previousBytes = new byte[table.keyLength()][];
    reset();
  }

  /** Forgets the change before: the next one can be read by itself. */
  void reset() {
    Arrays.fill(previousText, "");
    Arrays.fill(previousBytes, new byte[0]);
  }

  void write(ByteWriter out, Change change) {
    out.write(change.deleted() ? 1 : 0);
    writeKey(out, change.row());
    if (!change.deleted()) {
      for (int i = table.keyLength(); i < table.columns().size(); i++) {
        var column = table.columns().get(i);
        var value = change.row().get(i);
        if (column.nullable()) {
          out.write(value == null ? 0 : 1);
        }
        if (value != null) {
          writeValue(out, column, value);
        }
      }
    }
  }

  Change read(ByteReader in) {
    boolean deleted = in.read() == 1;
    var values = new Object[deleted ? table.keyLength() : table.columns().size()];
    readKey(in, values);
    for (int i = table.keyLength(); i < values.length; i++) {
      var column = table.columns().get(i);
      if (!column.nullable() || in.read() == 1) {
        values[i] = readValue(in, column);
      }
    }
    return new Change(Row.of(values), deleted);
  }

  void writeKey(ByteWriter out, Row row) {
    for (int i = 0; i < table.keyLength(); i++) {
      var column = table.columns().get(i);
      switch (column.type()) {
        case TEXT -> writeKeyText(out, i, row.text(i));
        default -> writeValue(out, column, row.get(i));
      }
    }
  }

  Row readKey(ByteReader in) {
    var values = new Object[table.keyLength()];
    readKey(in, values);
    return Row.of(values);
  }

  private void readKey(ByteReader in, Object[] values) {
    for (int i = 0; i < table.keyLength(); i++) {
      var column = table.columns().get(i);
      values[i] =
          switch (column.type()) {
            case TEXT -> readKeyText(in, i);
            default -> readValue(in, column);
          };
    }
  }

  private void writeKeyText(ByteWriter out, int i, String text) {
    var before = previousBytes[i];
    if (text.equals(previousText[i])) {
      out.writeVarint(before.length).writeVarint(0);
      return;
    }
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    int mismatch = Arrays.mismatch(before, bytes);
    int shared = mismatch < 0 ? bytes.length : mismatch;
    out.writeVarint(shared)
        .writeVarint(bytes.length - shared)
        .writeRaw(bytes, shared, bytes.length - shared);
    previousText[i] = text;
    previousBytes[i] = bytes;
  }

  private String readKeyText(ByteReader in, int i) {
    int shared = in.readLength();
    int rest = in.readLength();
    var before = previousBytes[i];
    if (rest == 0 && shared == before.length) {
      return previousText[i];
    }
    var bytes = Arrays.copyOf(before, shared + rest);
    in.readRaw(bytes, shared, rest);
    previousBytes[i] = bytes;
    previousText[i] = new String(bytes, StandardCharsets.UTF_8);
    return previousText[i];
  }

  private static void writeValue(ByteWriter out, Column column, Object value) {
    switch (column.type()) {
      case INTEGER -> out.writeSigned((Long) value);
      case REAL -> out.writeFixed(Double.doubleToLongBits((Double) value));
      case TEXT, JSON -> out.writeText((String) value);
      case BOOLEAN -> out.write(((Boolean) value) ? 1 : 0);
      case BYTES -> out.writeBytes((byte[]) value);
      case INSTANT -> out.writeSigned(micros((Instant) value));
    }
  }

  private static Object readValue(ByteReader in, Column column) {
    return switch (column.type()) {
      case INTEGER -> (Object) in.readSigned();
      case REAL -> (Object) Double.longBitsToDouble(in.readFixed());
      case TEXT, JSON -> in.readText();
      case BOOLEAN -> (Object) (in.read() == 1);
      case BYTES -> in.readBytes();
      case INSTANT -> instant(in.readSigned());
    };
  }

  static long micros(Instant instant) {
    return Math.addExact(
        Math.multiplyExact(instant.getEpochSecond(), 1_000_000L), instant.getNano() / 1000);
  }

  static Instant instant(long micros) {
    return Instant.ofEpochSecond(
        Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1000);
  }
}
