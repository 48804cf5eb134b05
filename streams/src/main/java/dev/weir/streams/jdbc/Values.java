package dev.weir.streams.jdbc;

import dev.weir.graph.Json;
import dev.weir.state.WeirException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * SQL values as JSON values and back. Whole numbers, numbers, booleans and text are themselves; a
 * column of JSON holds any value; dates, times and UUIDs are text in ISO 8601 form; bytes are text
 * of the characters U+0000 to U+00FF.
 */
final class Values {

  private Values() {}

  // Reading

  /** The JSON value of a column of the present row. */
  static Object read(ResultSet row, int column, int type, String typeName) throws SQLException {
    if (typeName.equals("json") || typeName.equals("jsonb")) {
      var text = row.getString(column);
      return text == null ? null : Json.parse(text);
    }
    return switch (type) {
      case Types.DATE,
          Types.TIME,
          Types.TIMESTAMP,
          Types.TIME_WITH_TIMEZONE,
          Types.TIMESTAMP_WITH_TIMEZONE ->
          time(row.getString(column));
      case Types.BIT, Types.BOOLEAN -> {
        boolean value = row.getBoolean(column);
        if (row.wasNull()) {
          yield null;
        }
        yield value;
      }
      default -> json(row.getObject(column));
    };
  }

  /** SQL puts a blank between date and time, and leaves the minutes out of a zone. */
  private static String time(String sql) {
    return sql == null
        ? null
        : sql.replace(' ', 'T').replaceFirst("(:[\\d.]+[+-]\\d\\d)$", "$1:00");
  }

  private static Object json(Object value) throws SQLException {
    if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
      return ((Number) value).longValue();
    } else if (value instanceof Float f) {
      return number(Double.parseDouble(f.toString()));
    } else if (value instanceof Double d) {
      return number(d);
    } else if (value instanceof BigDecimal decimal) {
      return decimal.scale() <= 0 ? whole(decimal.toBigInteger()) : (Object) decimal.doubleValue();
    } else if (value instanceof byte[] bytes) {
      return new String(bytes, StandardCharsets.ISO_8859_1);
    } else if (value instanceof Array array) {
      var list = new ArrayList<>();
      for (var each : (Object[]) array.getArray()) {
        list.add(json(each));
      }
      return list;
    } else if (value == null
        || value instanceof Long
        || value instanceof Boolean
        || value instanceof String) {
      return value;
    }
    return value.toString();
  }

  private static Object number(double value) {
    return Double.isFinite(value) ? value : (Object) Double.toString(value);
  }

  private static Object whole(BigInteger value) {
    return value.bitLength() < Long.SIZE ? value.longValue() : (Object) value;
  }

  // Writing

  /** A column that can be written. */
  record Column(String name, int type, String typeName, int size, boolean required) {}

  /**
   * The value that the driver is given for a JSON value.
   *
   * @throws WeirException when the column cannot hold it
   */
  static Object write(Column column, Object value, boolean sqlite) {
    if (value == null) {
      if (column.required()) {
        throw new WeirException("column " + column.name() + " must have a value");
      }
      return null;
    }
    return sqlite ? sqlite(value) : postgres(column, value);
  }

  private static Object sqlite(Object value) {
    return value instanceof List || value instanceof java.util.Map
        ? Json.toText(value)
        : value instanceof Boolean b
            ? (b ? 1L : 0L)
            : value instanceof BigInteger big ? big.toString() : value;
  }

  private static Object postgres(Column column, Object value) {
    if (column.typeName().equals("json") || column.typeName().equals("jsonb")) {
      return Json.toText(value);
    }
    return switch (column.type()) {
      case Types.SMALLINT, Types.TINYINT -> whole(column, value, 15);
      case Types.INTEGER -> whole(column, value, 31);
      case Types.BIGINT -> whole(column, value, 63);
      case Types.REAL, Types.FLOAT, Types.DOUBLE -> {
        check(value instanceof Number, column, value);
        yield ((Number) value).doubleValue();
      }
      case Types.NUMERIC, Types.DECIMAL -> {
        check(value instanceof Number, column, value);
        yield new BigDecimal(value.toString());
      }
      case Types.BIT, Types.BOOLEAN -> {
        check(value instanceof Boolean, column, value);
        yield value;
      }
      case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY -> {
        var text = text(column, value);
        check(text.chars().allMatch(c -> c < 256), column, value);
        yield text.getBytes(StandardCharsets.ISO_8859_1);
      }
      case Types.CHAR, Types.VARCHAR, Types.LONGVARCHAR -> {
        var text = text(column, value);
        if (text.indexOf('\0') >= 0) {
          throw new WeirException("column " + column.name() + " cannot hold the character U+0000");
        }
        if (text.codePointCount(0, text.length()) > column.size()) {
          throw new WeirException(
              "column " + column.name() + " holds at most " + column.size() + " characters");
        }
        yield text;
      }
      case Types.DATE -> parsed(column, value, LocalDate::parse);
      case Types.TIME -> parsed(column, value, LocalTime::parse, OffsetTime::parse);
      case Types.TIMESTAMP, Types.TIMESTAMP_WITH_TIMEZONE ->
          parsed(column, value, LocalDateTime::parse, OffsetDateTime::parse);
      default ->
          column.typeName().equals("uuid")
              ? parsed(column, value, UUID::fromString)
              : text(column, value);
    };
  }

  private static Object whole(Column column, Object value, int bits) {
    // A number of no more bits is its own sign behind them.
    check(
        value instanceof Long number && (number >> bits == 0 || number >> bits == -1),
        column,
        value);
    return value;
  }

  private static String text(Column column, Object value) {
    check(value instanceof String, column, value);
    return (String) value;
  }

  @SafeVarargs
  private static String parsed(Column column, Object value, Consumer<String>... parsers) {
    var text = text(column, value);
    for (var parser : parsers) {
      try {
        parser.accept(text.replaceFirst("^(\\d{4}-\\d\\d-\\d\\d) ", "$1T"));
        return text;
      } catch (DateTimeException | IllegalArgumentException e) {
        // Perhaps the next one.
      }
    }
    check(false, column, value);
    return text;
  }

  private static void check(boolean good, Column column, Object value) {
    if (!good) {
      var text = Json.toText(value);
      throw new WeirException(
          "column "
              + column.name()
              + " is "
              + column.typeName()
              + " and cannot hold "
              + (text.length() > 80 ? text.substring(0, 80) + "…" : text));
    }
  }
}
