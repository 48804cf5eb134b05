package dev.weir.views;

import dev.weir.graph.Json;
import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Row;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Rows as JSON objects with the columns of their tables: {@code {"basket_id": 1, "total": 23.0}}. A
 * name may also be written as in Java, {@code basketId}; names that are no columns do not matter. A
 * row that is one plain value may be that value.
 *
 * <p>Text columns, which hold decimals, dates and UUIDs too, take numbers as they are written;
 * times are ISO 8601. Immutable.
 */
final class JsonRows<T> {

  private final RowType<T> type;
  private final List<Column> columns;

  JsonRows(RowType<T> type) {
    this.type = type;
    this.columns = type.columns();
  }

  /**
   * Reads a row.
   *
   * @throws ViewException when it cannot be one
   */
  T read(Object json) {
    return read(json, false);
  }

  /** Reads a row of which only the key is wanted: what is missing is zero, false or null. */
  T readKey(Object json) {
    return read(json, true);
  }

  private T read(Object json, boolean lenient) {
    var values = new Object[columns.size()];
    if (json instanceof Map<?, ?> object) {
      var byColumn = new LinkedHashMap<String, Object>();
      object.forEach((name, value) -> byColumn.putIfAbsent(RowType.snake((String) name), value));
      object.forEach((name, value) -> byColumn.put((String) name, value));
      for (int i = 0; i < values.length; i++) {
        var column = columns.get(i);
        var value = byColumn.get(column.name());
        if (value == null && isMark(i) && !byColumn.containsKey(column.name())) {
          value = isThere(column.name(), byColumn);
        }
        if (value == null && lenient && !column.nullable()) {
          value = zero(column.type());
        }
        values[i] = value(column, value);
      }
    } else if (values.length == 1 && !(json instanceof List)) {
      values[0] = value(columns.get(0), json);
    } else {
      throw new ViewException(
          "%s is no row: it is to be an object with %s"
              .formatted(
                  Json.toText(json),
                  String.join(", ", columns.stream().map(Column::name).toList())));
    }
    try {
      return type.decode(Row.of(values), 0);
    } catch (ViewException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new ViewException(
          "%s is no row of type %s: %s".formatted(Json.toText(json), type.text(), e), e);
    }
  }

  /** Whether a column says that the part of the row before it is there. */
  private boolean isMark(int at) {
    var column = columns.get(at);
    return column.type() == ColumnType.BOOLEAN && column.name().endsWith("_is");
  }

  private static boolean isThere(String mark, Map<String, Object> row) {
    var prefix = mark.substring(0, mark.length() - "is".length());
    return row.entrySet().stream()
        .anyMatch(each -> each.getKey().startsWith(prefix) && each.getValue() != null);
  }

  private static Object zero(ColumnType type) {
    return switch (type) {
      case INTEGER -> 0L;
      case REAL -> 0.0;
      case BOOLEAN -> false;
      case INSTANT -> Instant.EPOCH;
      default -> "\0";
    };
  }

  private static Object value(Column column, Object json) {
    if (json == null) {
      if (!column.nullable()) {
        throw new ViewException("column %s has no value".formatted(column.name()));
      }
      return null;
    }
    var value =
        switch (column.type()) {
          case INTEGER -> whole(json);
          case REAL -> json instanceof Number number ? number.doubleValue() : special(json);
          case BOOLEAN -> json instanceof Boolean ? json : null;
          case TEXT -> text(json);
          case INSTANT -> time(json);
          case JSON -> Json.toText(json);
          case BYTES -> null;
        };
    if (value == null) {
      throw new ViewException(
          "column %s is %s, which is no %s"
              .formatted(
                  column.name(),
                  Json.toText(json),
                  switch (column.type()) {
                    case INTEGER -> "whole number of 64 bits";
                    case REAL -> "number";
                    case BOOLEAN -> "true or false";
                    case INSTANT -> "time in ISO 8601, such as 2026-01-31T12:00:00Z";
                    default -> "text";
                  }));
    }
    return value;
  }

  private static Long whole(Object json) {
    if (json instanceof Double real && real == Math.rint(real) && Math.abs(real) < 0x1p63) {
      return real.longValue();
    }
    return json instanceof Long number ? number : null;
  }

  private static Double special(Object json) {
    return json.equals("NaN") || json.equals("Infinity") || json.equals("-Infinity")
        ? Double.valueOf((String) json)
        : null;
  }

  private static String text(Object json) {
    if (json instanceof Double real) {
      return new BigDecimal(real.toString()).toString();
    }
    return json instanceof String || json instanceof Long || json instanceof BigInteger
        ? json.toString()
        : null;
  }

  private static Instant time(Object json) {
    try {
      return json instanceof String text ? Instant.parse(text) : null;
    } catch (DateTimeException e) {
      return null;
    }
  }

  /** A row as JSON: what {@link #read} reads as the same row. */
  Map<String, Object> write(T row) {
    var values = new Object[columns.size()];
    type.encode(row, values, 0);
    var json = new LinkedHashMap<String, Object>();
    for (int i = 0; i < values.length; i++) {
      json.put(columns.get(i).name(), plain(columns.get(i), values[i]));
    }
    return json;
  }

  private static Object plain(Column column, Object value) {
    if (value == null) {
      return null;
    }
    return switch (column.type()) {
      case INSTANT -> value.toString();
      case JSON -> Json.parse((String) value);
      case REAL -> Double.isFinite((Double) value) ? value : value.toString();
      default -> value;
    };
  }
}
