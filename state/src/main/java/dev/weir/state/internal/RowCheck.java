package dev.weir.state.internal;

import dev.weir.state.Column;
import dev.weir.state.Row;
import dev.weir.state.RowBlock;
import dev.weir.state.Table;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Checks values against the columns of a table, and brings each into the one form that is kept. */
final class RowCheck {

  private static final Instant FIRST = Instant.parse("0000-01-01T00:00:00Z");
  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999999999Z");

  /** How much of a row a message shows. */
  private static final int LONGEST = 200;

  private RowCheck() {}

  /** A whole row in its kept form: this one, unless something had to be changed. */
  static Row row(Table table, Row row) {
    if (row.size() != table.columns().size()) {
      throw new IllegalArgumentException(
          "table %s has %d columns, the row %d values"
              .formatted(table.name(), table.columns().size(), row.size()));
    }
    return checked(table, row);
  }

  /** A whole key in its kept form. */
  static Row key(Table table, Row key) {
    if (key.size() != table.keyLength()) {
      throw new IllegalArgumentException(
          "table %s has a key of %d columns, not %d"
              .formatted(table.name(), table.keyLength(), key.size()));
    }
    return checked(table, key);
  }

  /** Checks the rows of a block; whether they are all in their kept form. */
  static boolean isKept(Table table, RowBlock rows) {
    boolean kept = true;
    for (int column = 0; column < table.columns().size(); column++) {
      for (int row = 0; row < rows.size(); row++) {
        var value = rows.get(row, column);
        kept &= checked(table, column, value) == value;
      }
    }
    return kept;
  }

  /** Whether a row had to be changed to be in its kept form. */
  @SuppressWarnings("ReferenceEquality") // a row that had not to be changed is the same object
  static boolean changed(Row kept, Row given) {
    return kept != given;
  }

  /** The leading values of a key or an index, to look up. */
  static Object value(Table table, Column column, Object value) {
    return value == null ? null : kept(table, column, value, false);
  }

  private static Row checked(Table table, Row row) {
    Object[] changed = null;
    for (int i = 0; i < row.size(); i++) {
      Object value = row.get(i);
      Object kept;
      try {
        kept = checked(table, i, value);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(e.getMessage() + " in row " + shown(row), e);
      }
      if (kept != value) {
        if (changed == null) {
          changed = new Object[row.size()];
          for (int j = 0; j < changed.length; j++) {
            changed[j] = row.get(j);
          }
        }
        changed[i] = kept;
      }
    }
    return changed == null ? row : Row.of(changed);
  }

  private static Object checked(Table table, int i, Object value) {
    var column = table.columns().get(i);
    if (value == null) {
      if (!column.nullable()) {
        throw bad(table, column, "has no value");
      }
      return null;
    }
    return kept(table, column, value, i < table.keyLength());
  }

  private static Object kept(Table table, Column column, Object value, boolean inKey) {
    if (!column.type().javaType().isInstance(value)) {
      throw bad(
          table,
          column,
          "is %s and takes a %s, not a %s"
              .formatted(
                  column.type(),
                  column.type().javaType().getSimpleName(),
                  value.getClass().getSimpleName()));
    }
    switch (column.type()) {
      case REAL -> {
        double real = (Double) value;
        if (inKey && Double.isNaN(real)) {
          throw bad(table, column, "is part of the key and cannot be NaN");
        }
        return real == 0 && 1 / real < 0 ? (Object) 0.0 : value;
      }
      case TEXT, JSON -> {
        if (!isUnicode((String) value)) {
          throw bad(table, column, "holds an unpaired surrogate, which is not Unicode text");
        }
        return value;
      }
      case INSTANT -> {
        var instant = (Instant) value;
        if (instant.isBefore(FIRST) || instant.isAfter(LAST)) {
          throw bad(table, column, "is outside the years 0000 to 9999: " + instant);
        }
        var micros = instant.truncatedTo(ChronoUnit.MICROS);
        return micros.equals(instant) ? instant : micros;
      }
      default -> {
        return value;
      }
    }
  }

  private static boolean isUnicode(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (i + 1 == text.length()
            || !Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1))) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  private static String shown(Row row) {
    var text = row.toString();
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
  }

  private static IllegalArgumentException bad(Table table, Column column, String what) {
    return new IllegalArgumentException(
        "table %s: column %s %s".formatted(table.name(), column.name(), what));
  }
}
