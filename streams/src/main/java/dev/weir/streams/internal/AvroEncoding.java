package dev.weir.streams.internal;

import dev.weir.graph.Control;
import java.io.EOFException;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.JsonProperties;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.Encoder;
import org.apache.avro.io.EncoderFactory;

/**
 * One datum of Avro's binary encoding. A union's value is read without its tag, and written as the
 * first branch that it fits; a tagged one ({@code {"int":1}}) as the branch that it names. Bytes
 * and fixed are text of the characters U+0000 to U+00FF. Logical types are not looked at.
 */
final class AvroEncoding implements Encoding, Framing.BySelf.Measure {

  private static final int CONTROL_LENGTH = 1 + "$fastscore.end".length();

  private final Schema schema;
  private final Utf8 utf8 = new Utf8();
  private BinaryDecoder decoder;
  private BinaryEncoder encoder;

  AvroEncoding(Schema schema) {
    this.schema = schema;
  }

  /** As {@link Framing.BySelf.Measure}. */
  @Override
  public int length(byte[] bytes, int from, int to) throws BadMessageException {
    var in = DecoderFactory.get().binaryDecoder(bytes, from, to - from, decoder);
    decoder = in;
    try {
      if (mayBeControl(bytes, from, to)) {
        if (to - from < CONTROL_LENGTH) {
          return -1;
        }
        if (control(in) != null) {
          return to - from - in.inputStream().available();
        }
        in = DecoderFactory.get().binaryDecoder(bytes, from, to - from, decoder);
      }
      GenericDatumReader.skip(schema, in);
      int rest = in.inputStream().available();
      return to - from - rest;
    } catch (EOFException e) {
      return -1;
    } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException e) {
      throw new BadMessageException("not Avro of its schema: " + e.getMessage());
    }
  }

  private static boolean mayBeControl(byte[] bytes, int from, int to) {
    // The length of $fastscore.set, or of $weir.set, and the first letter.
    boolean length = bytes[from] == 0x1c || bytes[from] == 0x12;
    return length && (to - from < 2 || bytes[from + 1] == '$');
  }

  /** The record {@code string name, int id, long timestamp, string misc} of a control, or null. */
  private static Control control(BinaryDecoder in) throws IOException {
    var kind = Controls.kindOfName(in.readString());
    if (kind == null) {
      return null;
    }
    long id = in.readInt();
    long timestamp = in.readLong();
    var misc = in.readString();
    return id == 0 && timestamp == 0 && misc.isEmpty()
        ? Control.of(kind)
        : new Control(kind, id, timestamp, misc.isEmpty() ? null : misc);
  }

  @Override
  public Object decode(byte[] bytes, int from, int to) throws BadMessageException {
    if (from == to && schema.getType() != Schema.Type.NULL) {
      throw new BadMessageException("not Avro of its schema: there is nothing");
    }
    var control = controlOf(bytes, from, to);
    if (control != null) {
      return control;
    }
    decoder = DecoderFactory.get().binaryDecoder(bytes, from, to - from, decoder);
    var value = read(decoder);
    try {
      if (!decoder.isEnd()) {
        throw new BadMessageException("not Avro of its schema: something follows the datum");
      }
    } catch (IOException e) {
      throw new BadMessageException(e.getMessage());
    }
    return value;
  }

  private Control controlOf(byte[] bytes, int from, int to) {
    if (from == to || !mayBeControl(bytes, from, to)) {
      return null;
    }
    decoder = DecoderFactory.get().binaryDecoder(bytes, from, to - from, decoder);
    try {
      var control = control(decoder);
      return decoder.isEnd() ? control : null;
    } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException e) {
      return null;
    }
  }

  /** The next datum. */
  Object read(BinaryDecoder in) throws BadMessageException {
    try {
      return value(schema, in);
    } catch (EOFException e) {
      throw new BadMessageException("not Avro of its schema: it ends within the datum");
    } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException e) {
      throw new BadMessageException("not Avro of its schema: " + e.getMessage());
    }
  }

  private Object value(Schema schema, BinaryDecoder in) throws IOException, BadMessageException {
    switch (schema.getType()) {
      case NULL:
        in.readNull();
        return null;
      case BOOLEAN:
        return in.readBoolean();
      case INT:
        return (long) in.readInt();
      case LONG:
        return in.readLong();
      case FLOAT:
        return finite(in.readFloat());
      case DOUBLE:
        return finite(in.readDouble());
      case STRING:
        var text = in.readBytes(null);
        return utf8.decode(text.array(), text.arrayOffset(), text.arrayOffset() + text.remaining());
      case BYTES:
        var bytes = in.readBytes(null);
        return RawEncoding.text(
            bytes.array(), bytes.arrayOffset(), bytes.arrayOffset() + bytes.remaining());
      case FIXED:
        var fixed = new byte[schema.getFixedSize()];
        in.readFixed(fixed);
        return RawEncoding.text(fixed, 0, fixed.length);
      case ENUM:
        return schema.getEnumSymbols().get(in.readEnum());
      case UNION:
        return value(schema.getTypes().get(in.readIndex()), in);
      case ARRAY:
        var list = new ArrayList<Object>();
        for (long n = in.readArrayStart(); n > 0; n = in.arrayNext()) {
          for (; n > 0; n--) {
            list.add(value(schema.getElementType(), in));
          }
        }
        return list;
      case MAP:
        var map = new LinkedHashMap<String, Object>();
        for (long n = in.readMapStart(); n > 0; n = in.mapNext()) {
          for (; n > 0; n--) {
            var key = in.readString();
            map.put(key, value(schema.getValueType(), in));
          }
        }
        return map;
      default:
        var record = new LinkedHashMap<String, Object>();
        for (var field : schema.getFields()) {
          record.put(field.name(), value(field.schema(), in));
        }
        return record;
    }
  }

  private static Double finite(double number) throws BadMessageException {
    if (!Double.isFinite(number)) {
      throw new BadMessageException(number + " is not a JSON value");
    }
    return number;
  }

  @Override
  public boolean encode(Object record, Bytes to) throws BadMessageException {
    try {
      encoder = EncoderFactory.get().directBinaryEncoder(to, encoder);
      if (record instanceof Control control) {
        encoder.writeString(Controls.name(control.kind()));
        encoder.writeInt(control.id() == null ? 0 : control.id().intValue());
        encoder.writeLong(control.timestamp() == null ? 0 : control.timestamp());
        encoder.writeString(control.misc() == null ? "" : control.misc());
      } else {
        write(schema, record, encoder, "$");
      }
      return true;
    } catch (IOException e) {
      throw new BadMessageException(e.getMessage());
    }
  }

  private static void write(Schema schema, Object value, Encoder out, String path)
      throws IOException, BadMessageException {
    if (!fits(schema, value, false)) {
      throw new BadMessageException(
          schema.getName() + " expected, not " + Controls.typeOf(value) + " at " + path);
    }
    switch (schema.getType()) {
      case NULL -> out.writeNull();
      case BOOLEAN -> out.writeBoolean((Boolean) value);
      case INT -> out.writeInt(((Long) value).intValue());
      case LONG -> out.writeLong((Long) value);
      case FLOAT -> out.writeFloat(((Number) value).floatValue());
      case DOUBLE -> out.writeDouble(((Number) value).doubleValue());
      case STRING -> out.writeString((String) value);
      case BYTES -> out.writeBytes(RawEncoding.bytes(value));
      case FIXED -> out.writeFixed(RawEncoding.bytes(value));
      case ENUM -> out.writeEnum(schema.getEnumOrdinal((String) value));
      case UNION -> union(schema, value, out, path);
      case ARRAY -> {
        var list = (List<?>) value;
        out.writeArrayStart();
        out.setItemCount(list.size());
        int i = 0;
        for (var element : list) {
          out.startItem();
          write(schema.getElementType(), element, out, path + "[" + i++ + "]");
        }
        out.writeArrayEnd();
      }
      case MAP -> {
        var map = (Map<?, ?>) value;
        out.writeMapStart();
        out.setItemCount(map.size());
        for (var entry : map.entrySet()) {
          out.startItem();
          out.writeString((String) entry.getKey());
          write(schema.getValueType(), entry.getValue(), out, path + "." + entry.getKey());
        }
        out.writeMapEnd();
      }
      case RECORD -> {
        var record = (Map<?, ?>) value;
        for (var field : schema.getFields()) {
          var of = record.get(field.name());
          if (of == null && !record.containsKey(field.name()) && field.hasDefaultValue()) {
            of = plain(field.defaultVal());
          }
          write(field.schema(), of, out, path + "." + field.name());
        }
      }
    }
  }

  private static void union(Schema schema, Object value, Encoder out, String path)
      throws IOException, BadMessageException {
    var branches = schema.getTypes();
    if (value instanceof Map<?, ?> map && map.size() == 1) {
      var tag = map.keySet().iterator().next();
      for (int i = 0; i < branches.size(); i++) {
        var tagged = map.get(tag);
        if (branches.get(i).getFullName().equals(tag) && fits(branches.get(i), tagged, true)) {
          out.writeIndex(i);
          write(branches.get(i), tagged, out, path);
          return;
        }
      }
    }
    for (int i = 0; i < branches.size(); i++) {
      if (fits(branches.get(i), value, true)) {
        out.writeIndex(i);
        write(branches.get(i), value, out, path);
        return;
      }
    }
    throw new BadMessageException(
        Controls.typeOf(value) + " fits no branch of the union at " + path);
  }

  /**
   * Whether a value is of a type.
   *
   * @param deep whether what is in it is looked at too
   */
  private static boolean fits(Schema schema, Object value, boolean deep) {
    return switch (schema.getType()) {
      case NULL -> value == null;
      case BOOLEAN -> value instanceof Boolean;
      case INT -> value instanceof Long n && n.intValue() == n;
      case LONG -> value instanceof Long;
      case FLOAT, DOUBLE ->
          value instanceof Double || value instanceof Long || value instanceof BigInteger;
      case STRING -> value instanceof String;
      case BYTES -> isBytes(value, -1);
      case FIXED -> isBytes(value, schema.getFixedSize());
      case ENUM -> value instanceof String s && schema.hasEnumSymbol(s);
      case ARRAY ->
          value instanceof List<?> list
              && (!deep || list.stream().allMatch(e -> fits(schema.getElementType(), e, true)));
      case MAP ->
          value instanceof Map<?, ?> map
              && (!deep
                  || map.values().stream().allMatch(e -> fits(schema.getValueType(), e, true)));
      case UNION -> !deep || fitsUnion(schema, value);
      case RECORD ->
          value instanceof Map<?, ?> map
              && (!deep
                  || schema.getFields().stream()
                      .allMatch(
                          f ->
                              map.containsKey(f.name())
                                  ? fits(f.schema(), map.get(f.name()), true)
                                  : f.hasDefaultValue() || fits(f.schema(), null, true)));
    };
  }

  private static boolean fitsUnion(Schema schema, Object value) {
    return schema.getTypes().stream()
        .anyMatch(
            branch ->
                fits(branch, value, true)
                    || (value instanceof Map<?, ?> map
                        && map.size() == 1
                        && map.containsKey(branch.getFullName())
                        && fits(branch, map.get(branch.getFullName()), true)));
  }

  private static boolean isBytes(Object value, int size) {
    return value instanceof String text
        && (size < 0 || text.length() == size)
        && text.chars().allMatch(c -> c <= 0xff);
  }

  /** A default as a JSON value. */
  private static Object plain(Object value) {
    if (value == JsonProperties.NULL_VALUE) {
      return null;
    }
    if (value instanceof Integer number) {
      return number.longValue();
    }
    if (value instanceof Float number) {
      return number.doubleValue();
    }
    if (value instanceof byte[] bytes) {
      return RawEncoding.text(bytes, 0, bytes.length);
    }
    if (value instanceof List<?> list) {
      var plain = new ArrayList<Object>();
      list.forEach(e -> plain.add(plain(e)));
      return plain;
    }
    if (value instanceof Map<?, ?> map) {
      var plain = new LinkedHashMap<String, Object>();
      map.forEach((k, v) -> plain.put((String) k, plain(v)));
      return plain;
    }
    return value;
  }
}
