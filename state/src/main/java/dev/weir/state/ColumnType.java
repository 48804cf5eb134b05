package dev.weir.state;

import java.time.Instant;

/** The type of a column, and the Java type of its values. */
public enum ColumnType {
  /** A 64-bit signed integer. */
  INTEGER(Long.class),
  /** An IEEE 754 double; negative zero is kept as zero. NaN is not allowed in a key. */
  REAL(Double.class),
  /** Unicode text, without unpaired surrogates; ordered by its UTF-8 bytes. */
  TEXT(String.class),
  BOOLEAN(Boolean.class),
  /** Opaque bytes; ordered as unsigned. Values must not be changed after they were handed over. */
  BYTES(byte[].class),
  /** The text of one JSON value (RFC 8259). Not allowed in a key. */
  JSON(String.class),
  /**
   * A point in time in the years 0000 to 9999, cut to the microsecond; in SQLite an ISO 8601 text
   * in UTC, in Postgres a timestamptz.
   */
  INSTANT(Instant.class);

  private final Class<?> javaType;

  ColumnType(Class<?> javaType) {
    this.javaType = javaType;
  }

  public Class<?> javaType() {
    return javaType;
  }
}
