package dev.weir.graph;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * JSON values as Java objects, and their text (RFC 8259).
 *
 * <p>A number without fraction or exponent is a {@link Long}, or a {@link BigInteger} where it is
 * too long for one; any other is a {@link Double}, and must be finite. An object is a {@link Map}
 * in the order of the text, in which the last of two equal keys wins. Text written here reads back
 * as an equal value. Values may be nested to a depth of 1000.
 *
 * <p>All methods are thread-safe.
 */
public final class Json {

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNumberLength(5000)
                  .build())
          .build();

  private static final Pattern START_MARKER =
      Pattern.compile("\\s*\\(start marker at \\[.*?\\]\\)");

  private Json() {}

  /**
   * The compact text of a value.
   *
   * @throws BadJsonException when it is not a JSON value
   */
  public static String toText(Object value) {
    if (value instanceof Long || value instanceof Boolean || value == null) {
      return String.valueOf(value);
    }
    var text = new StringWriter();
    try (var out = FACTORY.createGenerator(text)) {
      write(value, out);
    } catch (IOException e) {
      throw new BadJsonException("cannot be written as JSON: " + e.getMessage(), e);
    }
    return text.toString();
  }

  /**
   * The value of a text.
   *
   * @throws BadJsonException when the text is not exactly one JSON value
   */
  public static Object parse(String text) {
    try (var in = FACTORY.createParser(text)) {
      if (in.nextToken() == null) {
        throw new BadJsonException("not JSON: the text is empty");
      }
      var value = read(in);
      if (in.nextToken() != null) {
        throw new BadJsonException(
            "not JSON: something follows the value, at character "
                + in.currentTokenLocation().getCharOffset());
      }
      return value;
    } catch (JsonProcessingException e) {
      throw new BadJsonException("not JSON: " + message(e), e);
    } catch (IOException e) {
      throw new BadJsonException("not JSON: " + e.getMessage(), e);
    }
  }

  /** What is wrong, without the parser's words about where it was reading from. */
  private static String message(JsonProcessingException e) {
    return START_MARKER.matcher(e.getOriginalMessage()).replaceAll("");
  }

  /**
   * Writes one value.
   *
   * @throws BadJsonException when it is not a JSON value; part of it may have been written
   */
  public static void write(Object value, JsonGenerator out) throws IOException {
    if (value == null) {
      out.writeNull();
    } else if (value instanceof Long number) {
      out.writeNumber(number.longValue());
    } else if (value instanceof Double number) {
      if (!Double.isFinite(number)) {
        throw new BadJsonException(number + " is not a JSON value");
      }
      out.writeNumber(number.doubleValue());
    } else if (value instanceof String text) {
      if (isUnicode(text)) {
        out.writeString(text);
      } else {
        out.writeRawValue(escaped(text));
      }
    } else if (value instanceof Boolean bool) {
      out.writeBoolean(bool);
    } else if (value instanceof Map<?, ?> map) {
      out.writeStartObject();
      for (var entry : map.entrySet()) {
        out.writeFieldName(key(entry.getKey()));
        write(entry.getValue(), out);
      }
      out.writeEndObject();
    } else if (value instanceof List<?> list) {
      out.writeStartArray();
      for (var element : list) {
        write(element, out);
      }
      out.writeEndArray();
    } else if (value instanceof Integer number) {
      out.writeNumber(number.intValue());
    } else if (value instanceof BigInteger number) {
      out.writeNumber(number);
    } else {
      throw new BadJsonException("a " + value.getClass().getName() + " is not a JSON value");
    }
  }

  /**
   * Reads one value whose first token the parser is at; afterwards it is at the last one.
   *
   * @throws IOException when the text is not JSON
   * @throws BadJsonException when it is, and cannot be held: a number beyond the range of a double
   */
  public static Object read(JsonParser in) throws IOException {
    var token = in.currentToken();
    switch (token) {
      case VALUE_NUMBER_INT:
        return in.getNumberType() == JsonParser.NumberType.BIG_INTEGER
            ? in.getBigIntegerValue()
            : (Object) in.getLongValue();
      case VALUE_NUMBER_FLOAT:
        double number = in.getDoubleValue();
        if (!Double.isFinite(number)) {
          throw new BadJsonException("the number " + in.getText() + " is too large for a double");
        }
        return number;
      case VALUE_STRING:
        return in.getText();
      case VALUE_TRUE:
        return true;
      case VALUE_FALSE:
        return false;
      case VALUE_NULL:
        return null;
      case START_ARRAY:
        var list = new ArrayList<Object>();
        while (next(in) != JsonToken.END_ARRAY) {
          list.add(read(in));
        }
        return list;
      case START_OBJECT:
        var map = new LinkedHashMap<String, Object>();
        while (next(in) != JsonToken.END_OBJECT) {
          var key = in.currentName();
          next(in);
          map.put(key, read(in));
        }
        return map;
      default:
        throw new BadJsonException("no JSON value begins with " + token);
    }
  }

  private static JsonToken next(JsonParser in) throws IOException {
    var token = in.nextToken();
    if (token == null) {
      throw new BadJsonException("not JSON: the text ends within a value");
    }
    return token;
  }

  private static String key(Object key) {
    if (!(key instanceof String text)) {
      throw new BadJsonException(
          "a JSON object's keys are text, and this one is a "
              + (key == null ? "null" : key.getClass().getName()));
    }
    if (!isUnicode(text)) {
      throw new BadJsonException("the key " + escaped(text) + " is not Unicode text");
    }
    return text;
  }

  /** Whether every surrogate is half of a pair: else no encoding can write the text as it is. */
  private static boolean isUnicode(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (Character.isHighSurrogate(c)
            && i + 1 < text.length()
            && Character.isLowSurrogate(text.charAt(i + 1))) {
          i++;
        } else {
          return false;
        }
      }
    }
    return true;
  }

  private static String escaped(String text) {
    var s = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c == '"' || c == '\\' || Character.isSurrogate(c)) {
        s.append(String.format("\\u%04x", (int) c));
      } else {
        s.append(c);
      }
    }
    return s.append('"').toString();
  }
}
