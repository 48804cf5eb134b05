package dev.weir.streams.internal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.weir.graph.BadJsonException;
import dev.weir.graph.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * The value on a line: whole numbers, short decimals and plain strings by hand, anything else by
 * Jackson. Gives what {@link Json} gives, and is stricter in two things: bytes that are not UTF-8
 * and objects that have a key twice are refused. Not thread-safe.
 */
final class JsonLineDecoder {

  /** Numbers of up to this many digits are exact in a long. */
  private static final int LONG_DIGITS = 18;

  /** Numbers of up to this many digits are exact in a double, and so are these powers of ten. */
  private static final int DOUBLE_DIGITS = 15;

  private static final double[] POWERS_OF_TEN = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15
  };

  private static final Pattern START_MARKER =
      Pattern.compile("\\s*\\(start marker at \\[.*?\\]\\)");

  private final JsonFactory factory =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
          .enable(StreamReadFeature.USE_FAST_BIG_NUMBER_PARSER)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNumberLength(5000)
                  .build())
          .build();

  private final CharsetDecoder utf8 =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);

  private CharBuffer characters = CharBuffer.allocate(1024);

  /** Whether there is nothing but white space. */
  static boolean isBlank(byte[] line, int from, int to) {
    return from == trimRight(line, from, to);
  }

  /** The value of the bytes from {@code from} to {@code to}, which are not all white space. */
  Object decode(byte[] line, int from, int to) throws BadMessageException {
    int end = trimRight(line, from, to);
    byte first = line[from];
    if (first == '-' || (first >= '0' && first <= '9')) {
      var number = number(line, from, end);
      if (number != null) {
        return number;
      }
    } else if (first == '"') {
      var text = string(line, from, end);
      if (text != null) {
        return text;
      }
    }
    return general(line, from, end);
  }

  private static int trimRight(byte[] line, int from, int to) {
    int end = to;
    while (end > from && (line[end - 1] == ' ' || line[end - 1] == '\t' || line[end - 1] == '\r')) {
      end--;
    }
    return end;
  }

  /** A whole number or a decimal whose value needs no rounding but the last; else null. */
  private static Object number(byte[] line, int from, int end) {
    boolean negative = line[from] == '-';
    int digits = negative ? from + 1 : from;
    int i = digits;
    long value = 0;
    while (i < end && i - digits < LONG_DIGITS && line[i] >= '0' && line[i] <= '9') {
      value = value * 10 + (line[i++] - '0');
    }
    if (i == digits || (line[digits] == '0' && i - digits > 1)) {
      return null;
    }
    if (i == end) {
      return negative ? -value : value;
    }
    int length = end - digits - 1;
    if (line[i] != '.' || length > DOUBLE_DIGITS || i + 1 == end) {
      return null;
    }
    int fraction = end - i - 1;
    for (i++; i < end; i++) {
      if (line[i] < '0' || line[i] > '9') {
        return null;
      }
      value = value * 10 + (line[i] - '0');
    }
    double magnitude = value / POWERS_OF_TEN[fraction];
    return negative ? -magnitude : magnitude;
  }

  /** A string of ASCII without escapes; else null. */
  private static String string(byte[] line, int from, int end) {
    if (end - from < 2 || line[end - 1] != '"') {
      return null;
    }
    for (int i = from + 1; i < end - 1; i++) {
      if (line[i] < ' ' || line[i] == '"' || line[i] == '\\') {
        return null;
      }
    }
    return new String(line, from + 1, end - from - 2, StandardCharsets.ISO_8859_1);
  }

  private Object general(byte[] line, int from, int end) throws BadMessageException {
    try (var in = parser(line, from, end)) {
      in.nextToken();
      var value = Json.read(in);
      if (in.nextToken() != null) {
        throw new BadMessageException(
            "not JSON: something follows the value, at column "
                + in.currentTokenLocation().getColumnNr());
      }
      return value;
    } catch (JsonProcessingException e) {
      throw new BadMessageException(message(e));
    } catch (BadJsonException e) {
      throw new BadMessageException(e.getMessage());
    } catch (IOException e) {
      throw new BadMessageException("not JSON: " + e.getMessage());
    }
  }

  private JsonParser parser(byte[] line, int from, int end)
      throws IOException, BadMessageException {
    int bits = 0;
    boolean zero = false;
    for (int i = from; i < end; i++) {
      bits |= line[i];
      zero |= line[i] == 0;
    }
    if (zero) {
      // Jackson would take the line for UTF-16.
      throw new BadMessageException("not JSON: it has a zero byte");
    }
    if (bits >= 0) {
      return factory.createParser(line, from, end - from);
    }
    if (characters.capacity() < end - from || characters.capacity() > MessageReader.BLOCK) {
      characters = CharBuffer.allocate(Math.max(1024, end - from));
    }
    characters.clear();
    var bytes = ByteBuffer.wrap(line, from, end - from);
    utf8.reset();
    if (utf8.decode(bytes, characters, true).isError()) {
      throw new BadMessageException("not UTF-8, at byte " + (bytes.position() - from + 1));
    }
    return factory.createParser(characters.array(), 0, characters.position());
  }

  private static String message(JsonProcessingException e) {
    var message = START_MARKER.matcher(e.getOriginalMessage()).replaceAll("");
    if (message.startsWith("Non-standard token")) {
      message = "NaN and Infinity are no JSON values";
    }
    var where = e.getLocation();
    return "not JSON: " + message + (where == null ? "" : ", at column " + where.getColumnNr());
  }
}
