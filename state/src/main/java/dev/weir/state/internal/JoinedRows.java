package dev.weir.state.internal;

import dev.weir.state.Column;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * Many rows as one value: a call into SQLite for each value of each row takes longer than SQLite's
 * own work, above all in a process that is young.
 *
 * <p>Of each value, one after another: a number or a truth as digits and a colon; a text as its
 * bytes' number, a colon, and the bytes; nothing as a tilde.
 */
final class JoinedRows {

  static final byte[] NONE = {};

  private static final byte NOTHING = '~';

  private final List<Column> columns;
  private byte[] bytes = NONE;
  private int at;

  JoinedRows(List<Column> columns) {
    this.columns = columns;
  }

  /** Whether rows of such columns can be joined: reals and bytes would not come back the same. */
  static boolean can(List<Column> columns) {
    return columns.stream()
        .allMatch(
            column ->
                switch (column.type()) {
                  case INTEGER, BOOLEAN, TEXT, JSON, INSTANT -> true;
                  case REAL, BYTES -> false;
                });
  }

  /** SQL of a row's values joined, by one call: a chain of operators copies what it has so far. */
  static String joined(List<Column> columns) {
    var parts =
        columns.stream()
            .map(
                column -> {
                  var name = JdbcReader.quoted(column.name());
                  var part =
                      isText(column)
                          ? "octet_length(%s), ':', %s".formatted(name, name)
                          : name + ", ':'";
                  return column.nullable()
                      ? "iif(%s is null, '~', concat(%s))".formatted(name, part)
                      : part;
                })
            .toList();
    return "concat(" + String.join(", ", parts) + ")";
  }

  /** SQL of how many bytes of text there are in a row; empty where there can be none. */
  static Optional<String> textBytes(List<Column> columns) {
    var parts =
        columns.stream()
            .filter(JoinedRows::isText)
            .map(column -> "ifnull(octet_length(" + JdbcReader.quoted(column.name()) + "), 0)")
            .toList();
    return parts.isEmpty() ? Optional.empty() : Optional.of(String.join(" + ", parts));
  }

  private static boolean isText(Column column) {
    return switch (column.type()) {
      case TEXT, JSON, INSTANT -> true;
      default -> false;
    };
  }

  /** Begins with other rows. */
  void take(byte[] joined) {
    bytes = joined;
    at = 0;
  }

  boolean hasNext() {
    return at < bytes.length;
  }

  /** Reads the next row's values into their places. */
  void next(Object[] row, int[] places) {
    for (int i = 0; i < places.length; i++) {
      row[places[i]] = value(columns.get(i));
    }
  }

  private Object value(Column column) {
    if (bytes[at] == NOTHING) {
      at++;
      return null;
    }
    long number = number();
    return switch (column.type()) {
      case INTEGER -> (Object) number;
      case BOOLEAN -> (Object) (number != 0);
      case INSTANT -> InstantText.read(text((int) number));
      default -> text((int) number);
    };
  }

  private long number() {
    boolean negative = bytes[at] == '-';
    at += negative ? 1 : 0;
    // Negative, since the least number has no positive one.
    long number = 0;
    for (; bytes[at] != ':'; at++) {
      number = 10 * number - (bytes[at] - '0');
    }
    at++;
    return negative ? number : -number;
  }

  private String text(int length) {
    var text = new String(bytes, at, length, StandardCharsets.UTF_8);
    at += length;
    return text;
  }
}
