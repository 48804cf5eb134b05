package dev.weir.streams.jdbc;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Which rows, where, and how they are used.
 *
 * @param url the database, as its driver has it: {@code jdbc:sqlite:…} or {@code jdbc:postgresql:…}
 * @param properties what the driver gets beside it, such as user and password
 * @param from what is read: a table, or a query in brackets
 * @param table what is written; may be empty in a source
 * @param key columns that tell rows apart. A source has one or none: it goes on behind the last one
 *     that was read, so keys must ascend. A sink replaces the row with the same key; without one it
 *     inserts
 * @param columns the columns that are written; empty for those that a record names
 * @param follow whether a source waits for more rows at the end of the table
 * @param interval how often it then looks
 * @param timeout how long the database may be away
 */
public record JdbcSettings(
    String url,
    Map<String, String> properties,
    String from,
    String table,
    List<String> key,
    List<String> columns,
    boolean follow,
    Duration interval,
    Duration timeout) {

  /** How long the database may be away, unless it is said otherwise. */
  public static final Duration TIMEOUT = Duration.ofMinutes(1);

  public JdbcSettings {
    properties = Map.copyOf(properties);
    key = List.copyOf(key);
    columns = List.copyOf(columns);
  }

  /** Whether the database is SQLite; else it is Postgres. */
  boolean isSqlite() {
    return url.startsWith("jdbc:sqlite:");
  }

  /** The database for people: without user, password and settings. */
  String where() {
    return url.replaceFirst("\\?.*", "");
  }
}
