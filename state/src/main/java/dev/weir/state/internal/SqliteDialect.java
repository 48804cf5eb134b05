package dev.weir.state.internal;

import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.StoreException;
import dev.weir.state.Table;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.StringJoiner;
import java.util.concurrent.ThreadLocalRandom;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * SQLite in a file: write-ahead log, durable at commit.
 *
 * <p>Booleans are 0 and 1, instants ISO 8601 texts of one width, and NaN, which SQLite would turn
 * into null, the text {@code NaN}.
 */
final class SqliteDialect implements Dialect {

  /** Larger than the default: filling a table is a fifth faster, a small commit no slower. */
  private static final int PAGE_BYTES = 8_192;

  private static final int BUSY_MILLIS = 5_000;
  private static final int REOPEN_MILLIS = 20;
  private static final int CACHE_KIB = 64 * 1024;
  private static final int READER_CACHE_KIB = 8 * 1024;
  private static final int CHECKPOINT_PAGES = 4_096;
  private static final int KEPT_LOG_BYTES = 64 * 1024 * 1024;
  private static final int PARAMETERS = 500;
  private static final String NAN = "NaN";

  private final Path file;

  SqliteDialect(Path file) {
    this.file = file;
  }

  @Override
  public String url() {
    return "sqlite:" + file;
  }

  @Override
  public String where() {
    return file.toString();
  }

  @Override
  public Connection openWriter() throws SQLException {
    return patiently(this::writer);
  }

  @Override
  public Connection openReader() throws SQLException {
    return patiently(this::reader);
  }

  /** Opens a connection. */
  private interface Opening {
    Connection open() throws SQLException;
  }

  /**
   * Opens, again and again while others open the file too, for as long as a statement would wait.
   *
   * <p>SQLite does not wait by itself where waiting could be for ever: of two that change a new
   * file to a write-ahead log at once, each with a lock to read that the other waits for, one is
   * told at once that the file is busy. So it is where one opens the file while the last who had it
   * open takes its log away.
   */
  private Connection patiently(Opening opening) throws SQLException {
    long deadline = System.nanoTime() + BUSY_MILLIS * 1_000_000L;
    while (true) {
      try {
        return opening.open();
      } catch (SQLException e) {
        if (!busy(e) || System.nanoTime() - deadline >= 0) {
          throw e;
        }
      }
      try {
        Thread.sleep(ThreadLocalRandom.current().nextInt(1, REOPEN_MILLIS));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StoreException(
            "the thread that was opening %s was interrupted".formatted(file), e);
      }
    }
  }

  private static boolean busy(SQLException e) {
    int code = e.getErrorCode() & 0xff;
    return code == SQLiteErrorCode.SQLITE_BUSY.code || code == SQLiteErrorCode.SQLITE_LOCKED.code;
  }

  private Connection writer() throws SQLException {
    var connection = open(CACHE_KIB);
    try (var statement = connection.createStatement()) {
      try (var rows = statement.executeQuery("pragma journal_mode = wal")) {
        var mode = rows.next() ? rows.getString(1) : "";
        if (!mode.equals("wal")) {
          throw new StoreException(
              "%s cannot have a write-ahead log (its journal mode stays %s): put the store on a local disk"
                  .formatted(file, mode));
        }
      }
      statement.execute("pragma synchronous = full");
      statement.execute("pragma wal_autocheckpoint = " + CHECKPOINT_PAGES);
      statement.execute("pragma journal_size_limit = " + KEPT_LOG_BYTES);
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private Connection reader() throws SQLException {
    var connection = open(READER_CACHE_KIB);
    try (var statement = connection.createStatement()) {
      statement.execute("pragma query_only = 1");
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  private Connection open(int cacheKib) throws SQLException {
    var config = new SQLiteConfig();
    config.setBusyTimeout(BUSY_MILLIS);
    config.setGetGeneratedKeys(false);
    config.setCacheSize(-cacheKib);
    config.setPageSize(PAGE_BYTES);
    Properties properties = config.toProperties();
    return JDBC.createConnection(JDBC.PREFIX + "file:" + escaped(file), properties);
  }

  /** The path as it stands in a URI. */
  private static String escaped(Path file) {
    var text = new StringBuilder();
    for (byte b : file.toString().getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (c > 127 || "%?#&=; ".indexOf(c) >= 0) {
        text.append('%').append("%02X".formatted((int) c));
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }

  @Override
  public void beginWrite(Connection connection) throws SQLException {
    execute(connection, "begin immediate");
  }

  @Override
  public void beginRead(Connection connection) throws SQLException {
    execute(connection, "begin");
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery("select 1 from " + Books.META + " limit 1")) {
      rows.next();
    }
  }

  @Override
  public void commit(Connection connection) throws SQLException {
    execute(connection, "commit");
  }

  @Override
  public void rollback(Connection connection) throws SQLException {
    try {
      execute(connection, "rollback");
    } catch (SQLiteException e) {
      boolean alreadyDone =
          e.getMessage() != null && e.getMessage().contains("no transaction is active");
      if (!alreadyDone) {
        throw e;
      }
    }
  }

  /** The log keeps the length that it once had. Waits for nobody: a reader may need the log. */
  @Override
  public boolean freeRoom(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("pragma busy_timeout = 0");
      try (var rows = statement.executeQuery("pragma wal_checkpoint(truncate)")) {
        return rows.next() && rows.getInt(1) == 0;
      } finally {
        statement.execute("pragma busy_timeout = " + BUSY_MILLIS);
      }
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }

  @Override
  public String createTable(Table table) {
    var parts = new ArrayList<String>();
    for (var column : table.columns()) {
      parts.add(
          JdbcReader.quoted(column.name())
              + " "
              + type(column.type())
              + (column.nullable() ? "" : " not null"));
    }
    var key = table.key().stream().map(c -> JdbcReader.quoted(c.name())).toList();
    parts.add("primary key (" + String.join(", ", key) + ")");
    return "create table %s (%s) without rowid"
        .formatted(JdbcReader.quoted(table.name()), String.join(", ", parts));
  }

  private static String type(ColumnType type) {
    return switch (type) {
      case INTEGER, BOOLEAN -> "integer";
      case REAL -> "real";
      case TEXT, JSON, INSTANT -> "text";
      case BYTES -> "blob";
    };
  }

  @Override
  public String insert(Table table, int rows, int shared, boolean replace) {
    var row = new StringJoiner(", ", "(", ")");
    for (int i = 0; i < table.columns().size(); i++) {
      row.add(i < shared ? "?" + (i + 1) : "?");
    }
    return (replace ? "insert or replace into " : "insert into ")
        + JdbcReader.quoted(table.name())
        + " values "
        + String.join(", ", Collections.nCopies(rows, row.toString()));
  }

  @Override
  public int rowsPerInsert(Table table) {
    return Math.max(1, PARAMETERS / table.columns().size());
  }

  @Override
  public boolean joinsRows() {
    return true;
  }

  @Override
  public String nullsFirst(Column column) {
    return "";
  }

  @Override
  public void bind(PreparedStatement statement, int parameter, ColumnType type, Object value)
      throws SQLException {
    if (value == null) {
      statement.setObject(parameter, null);
      return;
    }
    switch (type) {
      case INTEGER -> statement.setLong(parameter, (Long) value);
      case REAL -> {
        if (((Double) value).isNaN()) {
          statement.setString(parameter, NAN);
        } else {
          statement.setDouble(parameter, (Double) value);
        }
      }
      case TEXT, JSON -> statement.setString(parameter, (String) value);
      case BOOLEAN -> statement.setLong(parameter, ((Boolean) value) ? 1 : 0);
      case BYTES -> statement.setBytes(parameter, (byte[]) value);
      case INSTANT -> statement.setString(parameter, InstantText.write((Instant) value));
    }
  }

  @Override
  public Object read(ResultSet rows, int position, Column column) throws SQLException {
    return switch (column.type()) {
      case INTEGER -> {
        long value = rows.getLong(position);
        yield column.nullable() && value == 0 && rows.wasNull() ? null : (Object) value;
      }
      case REAL -> {
        Object value = rows.getObject(position);
        yield value == null
            ? null
            : value instanceof Number number ? (Object) number.doubleValue() : (Object) Double.NaN;
      }
      case TEXT, JSON -> rows.getString(position);
      case BOOLEAN -> {
        long value = rows.getLong(position);
        yield column.nullable() && value == 0 && rows.wasNull() ? null : (Object) (value != 0);
      }
      case BYTES -> rows.getBytes(position);
      case INSTANT -> {
        var text = rows.getString(position);
        yield text == null ? null : InstantText.read(text);
      }
    };
  }

  @Override
  public List<String> existingTables(Connection connection) throws SQLException {
    try (var statement = connection.createStatement();
        var rows =
            statement.executeQuery(
                "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")) {
      var names = new ArrayList<String>();
      while (rows.next()) {
        names.add(rows.getString(1));
      }
      return names;
    }
  }

  @Override
  public long version(Connection connection) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery("pragma data_version")) {
      rows.next();
      return rows.getLong(1);
    }
  }

  @Override
  public StoreException translate(SQLException e, String doing) {
    int code = e.getErrorCode() & 0xff;
    if (code == SQLiteErrorCode.SQLITE_FULL.code
        || ((code == SQLiteErrorCode.SQLITE_IOERR.code
                || code == SQLiteErrorCode.SQLITE_CANTOPEN.code)
            && Disk.isFull(file))) {
      return Disk.full(file, e);
    }
    var what = "store %s: cannot %s: ".formatted(file, doing);
    if (busy(e)) {
      return new StoreException(
          what
              + "another process has been writing to it for more than %d s; try again when it is done"
                  .formatted(BUSY_MILLIS / 1000),
          e);
    }
    if (code == SQLiteErrorCode.SQLITE_NOTADB.code) {
      return new StoreException(
          what + "the file is not a SQLite database; name another file or move this one away", e);
    }
    if (code == SQLiteErrorCode.SQLITE_CORRUPT.code) {
      return new StoreException(
          what
              + "the database is damaged. Its snapshots are in %s-chunks; put back a copy of the file, or import an export into a new store"
                  .formatted(file),
          e);
    }
    if (code == SQLiteErrorCode.SQLITE_READONLY.code
        || code == SQLiteErrorCode.SQLITE_PERM.code
        || code == SQLiteErrorCode.SQLITE_CANTOPEN.code) {
      return new StoreException(
          what + "no permission to write the file or its folder (" + e.getMessage() + ")", e);
    }
    if (code == SQLiteErrorCode.SQLITE_CONSTRAINT.code) {
      return new StoreException(
          what + "there is a row already of a key that was to be new (" + e.getMessage() + ")", e);
    }
    return new StoreException(what + e.getMessage(), e);
  }
}
