package dev.weir.state;

import java.util.Objects;

/** A column of a {@link Table}. Key columns are never nullable. */
public record Column(String name, ColumnType type, boolean nullable) {

  public Column {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
  }

  /** A column that always has a value. */
  public static Column of(String name, ColumnType type) {
    return new Column(name, type, false);
  }

  /** A column that may be null. */
  public static Column nullable(String name, ColumnType type) {
    return new Column(name, type, true);
  }
}
