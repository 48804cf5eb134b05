package dev.weir.streams.internal;

import dev.weir.graph.Control;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.msgpack.core.MessageInsufficientBufferException;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePackException;
import org.msgpack.core.MessagePacker;
import org.msgpack.core.MessageUnpacker;

/**
 * One MessagePack value. Binary is text of the characters U+0000 to U+00FF, as in {@link
 * RawEncoding}, and text is written as text. Control records have the form of JSON.
 */
final class MsgpackEncoding implements Encoding {

  private static final int MAX_DEPTH = 1000;

  /** As {@link Framing.BySelf.Measure}. */
  static int length(byte[] bytes, int from, int to) throws BadMessageException {
    try (var in = MessagePack.newDefaultUnpacker(bytes, from, to - from)) {
      in.skipValue();
      return (int) in.getTotalReadBytes();
    } catch (MessageInsufficientBufferException e) {
      return -1;
    } catch (IOException | MessagePackException e) {
      throw new BadMessageException("not MessagePack: " + e.getMessage());
    }
  }

  @Override
  public Object decode(byte[] bytes, int from, int to) throws BadMessageException {
    try (var in = MessagePack.newDefaultUnpacker(bytes, from, to - from)) {
      var value = value(in, 0);
      if (in.hasNext()) {
        throw new BadMessageException(
            "not MessagePack: something follows the value, at byte "
                + (in.getTotalReadBytes() + 1));
      }
      return Controls.of(value);
    } catch (MessageInsufficientBufferException e) {
      throw new BadMessageException("not MessagePack: it ends within a value");
    } catch (IOException | MessagePackException e) {
      throw new BadMessageException("not MessagePack: " + e.getMessage());
    }
  }

  private static Object value(MessageUnpacker in, int depth)
      throws IOException, BadMessageException {
    if (depth > MAX_DEPTH) {
      throw new BadMessageException("nested deeper than " + MAX_DEPTH);
    }
    switch (in.getNextFormat().getValueType()) {
      case NIL:
        in.unpackNil();
        return null;
      case BOOLEAN:
        return in.unpackBoolean();
      case INTEGER:
        var number = in.unpackBigInteger();
        return number.bitLength() < 64 ? (Object) number.longValue() : number;
      case FLOAT:
        double real = in.unpackDouble();
        if (!Double.isFinite(real)) {
          throw new BadMessageException(real + " is not a JSON value");
        }
        return real;
      case STRING:
        return in.unpackString();
      case BINARY:
        var bytes = in.readPayload(in.unpackBinaryHeader());
        return RawEncoding.text(bytes, 0, bytes.length);
      case ARRAY:
        var list = new ArrayList<Object>();
        for (int i = in.unpackArrayHeader(); i > 0; i--) {
          list.add(value(in, depth + 1));
        }
        return list;
      case MAP:
        var map = new LinkedHashMap<String, Object>();
        for (int i = in.unpackMapHeader(); i > 0; i--) {
          var key = value(in, depth + 1);
          if (!(key instanceof String text)) {
            throw new BadMessageException(
                "a JSON object's keys are text, and this one is " + Controls.typeOf(key));
          }
          map.put(text, value(in, depth + 1));
        }
        return map;
      default:
        throw new BadMessageException("an extension type of MessagePack is no JSON value");
    }
  }

  @Override
  public boolean encode(Object record, Bytes to) throws BadMessageException {
    try (var out = MessagePack.newDefaultBufferPacker()) {
      pack(record instanceof Control control ? Controls.toJson(control) : record, out);
      to.write(out.toByteArray());
      return true;
    } catch (IOException e) {
      throw new BadMessageException(e.getMessage());
    }
  }

  private static void pack(Object value, MessagePacker out)
      throws IOException, BadMessageException {
    if (value == null) {
      out.packNil();
    } else if (value instanceof Long number) {
      out.packLong(number);
    } else if (value instanceof Integer number) {
      out.packInt(number);
    } else if (value instanceof Double number) {
      out.packDouble(number);
    } else if (value instanceof String text) {
      out.packString(text);
    } else if (value instanceof Boolean bool) {
      out.packBoolean(bool);
    } else if (value instanceof BigInteger number) {
      if (number.signum() < 0 ? number.bitLength() > 63 : number.bitLength() > 64) {
        throw new BadMessageException("MessagePack has no whole numbers beyond 64 bits");
      }
      out.packBigInteger(number);
    } else if (value instanceof List<?> list) {
      out.packArrayHeader(list.size());
      for (var element : list) {
        pack(element, out);
      }
    } else if (value instanceof Map<?, ?> map) {
      out.packMapHeader(map.size());
      for (var entry : map.entrySet()) {
        pack(entry.getKey(), out);
        pack(entry.getValue(), out);
      }
    } else {
      throw new BadMessageException("a " + value.getClass().getName() + " is not a JSON value");
    }
  }
}
