package dev.weir.streams.jdbc;

import dev.weir.graph.TransientFailureException;
import dev.weir.state.WeirException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/** Connections and their errors. */
final class Database {

  private static final long SQLITE_PATIENCE_MILLIS = 10_000;

  private Database() {}

  /**
   * A connection, in no transaction. With Postgres, whatever is executed begins one; with SQLite
   * only {@link #begin} does, since a transaction of its driver keeps others from writing.
   */
  static Connection connect(JdbcSettings settings) {
    var properties = new Properties();
    checkFile(settings);
    if (settings.isSqlite()) {
      properties.put(
          "busy_timeout",
          Long.toString(Math.min(SQLITE_PATIENCE_MILLIS, settings.timeout().toMillis())));
    } else {
      long seconds = Math.max(1, Math.min(10, settings.timeout().toSeconds()));
      properties.put("connectTimeout", Long.toString(seconds));
      properties.put("loginTimeout", Long.toString(seconds));
      properties.put("socketTimeout", Long.toString(Math.max(1, settings.timeout().toSeconds())));
      properties.put("tcpKeepAlive", "true");
      properties.put("ApplicationName", "weir");
      properties.put("stringtype", "unspecified");
    }
    properties.putAll(settings.properties());
    try {
      var connection = DriverManager.getConnection(settings.url(), properties);
      try {
        connection.setAutoCommit(settings.isSqlite());
        return connection;
      } catch (SQLException e) {
        connection.close();
        throw e;
      }
    } catch (SQLException e) {
      throw translated(settings, "cannot be opened", e);
    }
  }

  /** Begins a transaction that writes. */
  static void begin(Connection connection) throws SQLException {
    if (connection.getAutoCommit()) {
      execute(connection, "begin immediate");
    }
  }

  static void commit(Connection connection) throws SQLException {
    if (connection.getAutoCommit()) {
      execute(connection, "commit");
    } else {
      connection.commit();
    }
  }

  /** Ends a transaction that has only read. */
  static void endRead(Connection connection) throws SQLException {
    if (!connection.getAutoCommit()) {
      connection.rollback();
    }
  }

  static void execute(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** SQLite would make the file. */
  private static void checkFile(JdbcSettings settings) {
    var path = settings.where().substring("jdbc:sqlite:".length());
    if (settings.isSqlite()
        && !path.startsWith(":")
        && !path.startsWith("file:")
        && !Files.exists(Path.of(path))) {
      throw new WeirException("there is no database " + path);
    }
  }

  /** What the user is told; transient where it may pass. */
  static WeirException translated(JdbcSettings settings, String trouble, SQLException e) {
    var deepest = e;
    while (deepest.getNextException() != null) {
      deepest = deepest.getNextException();
    }
    var message = settings.where() + " " + trouble + ": " + deepest.getMessage();
    return mayPass(settings, deepest)
        ? new TransientFailureException(message, e)
        : new WeirException(message, e);
  }

  private static boolean mayPass(JdbcSettings settings, SQLException e) {
    if (settings.isSqlite()) {
      int code = e.getErrorCode() & 0xFF;
      return code == 5 || code == 6; // busy, locked
    }
    var state = e.getSQLState() == null ? "" : e.getSQLState();
    return state.startsWith("08") // no connection
        || state.startsWith("53") // no room, too many connections
        || state.startsWith("57P") // shutting down, starting up
        || state.startsWith("40"); // deadlock, could not be put in order
  }

  static void close(AutoCloseable connection) {
    if (connection != null) {
      try {
        connection.close();
      } catch (Exception ignored) {
        // What was not committed is undone by the database.
      }
    }
  }
}
