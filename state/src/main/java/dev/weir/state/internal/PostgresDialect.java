package dev.weir.state.internal;

import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Index;
import dev.weir.state.Row;
import dev.weir.state.StoreException;
import dev.weir.state.StoreFullException;
import dev.weir.state.Table;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.zip.CRC32;
import org.postgresql.Driver;

/**
 * Postgres: a store is a schema.
 *
 * <p>The one writer at a time holds an advisory lock of the schema; readers are read-only
 * transactions of isolation repeatable read. Rows are inserted and deleted by one array for each
 * column, so that a statement costs one round trip, whatever its size. Text is kept in the
 * collation {@code C}, which is the order of its UTF-8 bytes; the characters 0 and 1, of which
 * Postgres does not know the first, are kept as 1 followed by 1 or 2, which keeps the order.
 */
final class PostgresDialect implements Dialect {

  private static final int WAIT_SECONDS = 30;
  private static final int ROWS_PER_STATEMENT = 2_000;
  private static final int NAME_BYTES = 63;
  private static final int OLDEST_SERVER = 13;

  /** The name of the row of {@link Books#META} that changes with each commit. */
  private static final String VERSION = "version";

  private final PostgresAddress address;

  PostgresDialect(PostgresAddress address) {
    this.address = address;
  }

  @Override
  public String url() {
    return address.url();
  }

  @Override
  public String where() {
    return address.url();
  }

  /** A connection that commits each statement. */
  Connection connect() throws SQLException {
    var url =
        "jdbc:postgresql://%s:%d/".formatted(address.host(), address.port()) + address.database();
    var connection = new Driver().connect(url, address.properties());
    if (connection == null) {
      throw new StoreException("the driver of Postgres does not take the address " + url);
    }
    return connection;
  }

  @Override
  public Connection openWriter() throws SQLException {
    var connection = connect();
    try {
      checkServer(connection);
      connection.setAutoCommit(false);
      execute(connection, "set lock_timeout = '" + WAIT_SECONDS + "s'");
      execute(
          connection,
          "select set_config('synchronous_commit', 'on', false)"
              + " where current_setting('synchronous_commit') = 'off'");
      connection.commit();
      if (!schemaExists(connection)) {
        lock(connection);
        execute(connection, "create schema if not exists " + JdbcReader.quoted(address.schema()));
      }
      connection.commit();
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private void checkServer(Connection connection) throws SQLException {
    int version = connection.getMetaData().getDatabaseMajorVersion();
    if (version < OLDEST_SERVER) {
      throw new StoreException(
          "%s is a Postgres of version %d; a store needs %d or newer"
              .formatted(where(), version, OLDEST_SERVER));
    }
    var encoding = text(connection, "show server_encoding");
    if (!encoding.equals("UTF8")) {
      throw new StoreException(
          "%s: the database has the encoding %s; a store needs UTF8 (create database … encoding 'UTF8' template template0)"
              .formatted(where(), encoding));
    }
  }

  private boolean schemaExists(Connection connection) throws SQLException {
    try (var statement =
        connection.prepareStatement("select 1 from pg_namespace where nspname = ?")) {
      statement.setString(1, address.schema());
      try (var rows = statement.executeQuery()) {
        return rows.next();
      }
    }
  }

  @Override
  public Connection openReader() throws SQLException {
    var connection = connect();
    try {
      connection.setReadOnly(true);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      connection.setAutoCommit(false);
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  @Override
  public List<String> createMore() {
    return List.of(
        "insert into " + Books.META + " values ('" + VERSION + "', '0')",
        PostgresChunks.CREATE,
        PostgresChunks.PACKED_ALREADY);
  }

  @Override
  public void beginWrite(Connection connection) throws SQLException {
    lock(connection);
  }

  private void lock(Connection connection) throws SQLException {
    execute(connection, "select pg_advisory_xact_lock(%s)".formatted(lockName("writer")));
  }

  /** The number of an advisory lock of this store; the lock is the server's, whoever holds it. */
  String lockName(String purpose) {
    var crc = new CRC32();
    crc.update(("weir " + purpose + " " + address.schema()).getBytes(StandardCharsets.UTF_8));
    return String.valueOf(crc.getValue() | (0x57656972L << 32));
  }

  @Override
  public void beginRead(Connection connection) throws SQLException {
    execute(connection, "select 1 from " + Books.META + " limit 1");
  }

  /** The number of the transaction, by which the server knows later how it ended. */
  @Override
  public String mark(Connection connection) throws SQLException {
    return text(
        connection,
        ("update %s set value = (value::bigint + 1)::text where name = '%s'"
                + " returning pg_current_xact_id()::text")
            .formatted(Books.META, VERSION));
  }

  @Override
  public void commit(Connection connection) throws SQLException {
    connection.commit();
  }

  /** Asked on a new connection, for as long as the old session may still be ending. */
  @Override
  public boolean isCommitted(String mark) throws SQLException {
    try (var connection = connect()) {
      for (int i = 0; ; i++) {
        var status = text(connection, "select pg_xact_status('" + mark + "'::xid8)");
        if (!"in progress".equals(status)) {
          return "committed".equals(status);
        }
        if (i == WAIT_SECONDS * 10) {
          throw new SQLException("transaction " + mark + " is still in progress", "08007");
        }
        execute(connection, "select pg_sleep(0.1)");
      }
    }
  }

  @Override
  public void rollback(Connection connection) throws SQLException {
    connection.rollback();
  }

  @Override
  public boolean freeRoom(Connection connection) {
    return true;
  }

  /** Prepared, since some of this is said with each commit: the driver keeps what it was told. */
  static void execute(Connection connection, String sql) throws SQLException {
    try (var statement = connection.prepareStatement(sql)) {
      statement.execute();
    }
  }

  private static String text(Connection connection, String sql) throws SQLException {
    try (var statement = connection.prepareStatement(sql);
        var rows = statement.executeQuery()) {
      return rows.next() ? rows.getString(1) : null;
    }
  }

  @Override
  public String createTable(Table table) {
    checkName(table.name());
    var parts = new ArrayList<String>();
    for (var column : table.columns()) {
      checkName(column.name());
      parts.add(
          JdbcReader.quoted(column.name())
              + " "
              + type(column.type())
              + (isText(column.type()) ? " collate \"C\"" : "")
              + (column.nullable() ? "" : " not null"));
    }
    var key = table.key().stream().map(c -> JdbcReader.quoted(c.name())).toList();
    parts.add("primary key (" + String.join(", ", key) + ")");
    return "create table %s (%s)"
        .formatted(JdbcReader.quoted(table.name()), String.join(", ", parts));
  }

  private void checkName(String name) {
    if (name.length() > NAME_BYTES) {
      throw new StoreException(
          "%s: the name %s is longer than the %d characters that Postgres knows"
              .formatted(where(), name, NAME_BYTES));
    }
  }

  /** Names of indexes are shared by all tables of the schema, and cut when they are long. */
  @Override
  public String indexName(Table table, Index index) {
    var name = table.name() + "_" + index.name();
    if (name.length() <= NAME_BYTES) {
      return name;
    }
    var crc = new CRC32();
    crc.update(name.getBytes(StandardCharsets.UTF_8));
    return name.substring(0, NAME_BYTES - 9) + "_%08x".formatted(crc.getValue());
  }

  private static boolean isText(ColumnType type) {
    return type == ColumnType.TEXT || type == ColumnType.JSON;
  }

  private static String type(ColumnType type) {
    return switch (type) {
      case INTEGER -> "bigint";
      case REAL -> "double precision";
      case TEXT, JSON -> "text";
      case BOOLEAN -> "boolean";
      case BYTES -> "bytea";
      case INSTANT -> "timestamptz";
    };
  }

  @Override
  public boolean takesColumns() {
    return true;
  }

  @Override
  public String insert(Table table, int rows, int shared, boolean replace) {
    var columns = table.columns();
    var sql = new StringBuilder("insert into ").append(JdbcReader.quoted(table.name()));
    for (int i = 0; i < columns.size(); i++) {
      var value = "?::" + type(columns.get(i).type());
      // In the select list: as a table, the rows would be made twice.
      sql.append(i == 0 ? " select " : ", ").append(i < shared ? value : "unnest(" + value + "[])");
    }
    if (replace) {
      var key = table.key().stream().map(c -> JdbcReader.quoted(c.name())).toList();
      sql.append(" on conflict (").append(String.join(", ", key)).append(") do ");
      var sets =
          columns.subList(table.keyLength(), columns.size()).stream()
              .map(c -> JdbcReader.quoted(c.name()))
              .map(name -> name + " = excluded." + name)
              .toList();
      sql.append(sets.isEmpty() ? "nothing" : "update set " + String.join(", ", sets));
    }
    return sql.toString();
  }

  @Override
  public String delete(Table table) {
    var names = new ArrayList<String>();
    var equal = new ArrayList<String>();
    for (int i = 0; i < table.keyLength(); i++) {
      names.add("k" + i);
      equal.add("t." + JdbcReader.quoted(table.key().get(i).name()) + " = k.k" + i);
    }
    return "delete from %s t using %s as k(%s) where %s"
        .formatted(
            JdbcReader.quoted(table.name()),
            unnest(table.key()),
            String.join(", ", names),
            String.join(" and ", equal));
  }

  private static String unnest(List<Column> columns) {
    return "unnest("
        + String.join(", ", columns.stream().map(c -> "?::" + type(c.type()) + "[]").toList())
        + ")";
  }

  @Override
  public void bindColumns(
      PreparedStatement statement, List<Column> columns, int shared, String subject, List<Row> rows)
      throws SQLException {
    for (int i = 0; i < columns.size(); i++) {
      int at = subject == null ? i : i - 1;
      var column = columns.get(i);
      if (i < shared) {
        bind(statement, i + 1, column.type(), at < 0 ? subject : rows.get(0).get(at));
      } else if (at < 0) {
        var same = new String[rows.size()];
        Arrays.fill(same, escaped(subject));
        bindArray(statement, i + 1, column, same);
      } else {
        bindArray(statement, i + 1, column, array(column, rows, at));
      }
    }
  }

  private static void bindArray(
      PreparedStatement statement, int parameter, Column column, Object[] values)
      throws SQLException {
    var type =
        switch (column.type()) {
          case INTEGER -> "int8";
          case REAL -> "float8";
          case TEXT, JSON, INSTANT -> "text";
          case BOOLEAN -> "bool";
          case BYTES -> "bytea";
        };
    statement.setArray(parameter, statement.getConnection().createArrayOf(type, values));
  }

  private static Object[] array(Column column, List<Row> rows, int at) {
    int size = rows.size();
    IntFunction<Object> value = i -> rows.get(i).get(at);
    return switch (column.type()) {
      case INTEGER -> fill(new Long[size], value);
      case REAL -> fill(new Double[size], value);
      case BOOLEAN -> fill(new Boolean[size], value);
      case BYTES -> fill(new byte[size][], value);
      case TEXT, JSON -> fill(new String[size], i -> escaped((String) value.apply(i)));
      case INSTANT -> fill(new String[size], i -> text((Instant) value.apply(i)));
    };
  }

  private static Object[] fill(Object[] array, IntFunction<Object> value) {
    Arrays.setAll(array, value);
    return array;
  }

  /** ISO 8601, but for the year 0, which is 1 BC here. */
  private static String text(Instant instant) {
    if (instant == null) {
      return null;
    }
    var utc = instant.atOffset(ZoneOffset.UTC);
    return utc.getYear() > 0 ? utc.toString() : utc.withYear(1) + " BC";
  }

  static String escaped(String text) {
    if (text == null || (text.indexOf('\u0000') < 0 && text.indexOf('\u0001') < 0)) {
      return text;
    }
    return text.replace("\u0001", "\u0001\u0002").replace("\u0000", "\u0001\u0001");
  }

  private static String unescaped(String text) {
    if (text == null || text.indexOf('\u0001') < 0) {
      return text;
    }
    return text.replace("\u0001\u0001", "\u0000").replace("\u0001\u0002", "\u0001");
  }

  @Override
  public int rowsPerInsert(Table table) {
    return ROWS_PER_STATEMENT;
  }

  @Override
  public String nullsFirst(Column column) {
    return column.nullable() ? " nulls first" : "";
  }

  @Override
  public void bind(PreparedStatement statement, int parameter, ColumnType type, Object value)
      throws SQLException {
    switch (type) {
      case INTEGER -> statement.setLong(parameter, (Long) value);
      case REAL -> statement.setDouble(parameter, (Double) value);
      case TEXT, JSON -> statement.setString(parameter, escaped((String) value));
      case BOOLEAN -> statement.setBoolean(parameter, (Boolean) value);
      case BYTES -> statement.setBytes(parameter, (byte[]) value);
      case INSTANT ->
          statement.setObject(
              parameter, ((Instant) value).atOffset(ZoneOffset.UTC), Types.TIMESTAMP_WITH_TIMEZONE);
    }
  }

  @Override
  public Object read(ResultSet rows, int position, Column column) throws SQLException {
    return switch (column.type()) {
      case INTEGER -> {
        long value = rows.getLong(position);
        yield value == 0 && rows.wasNull() ? null : (Object) value;
      }
      case REAL -> {
        double value = rows.getDouble(position);
        yield value == 0 && rows.wasNull() ? null : (Object) value;
      }
      case TEXT, JSON -> unescaped(rows.getString(position));
      case BOOLEAN -> {
        boolean value = rows.getBoolean(position);
        yield !value && rows.wasNull() ? null : (Object) value;
      }
      case BYTES -> rows.getBytes(position);
      case INSTANT -> {
        var time = rows.getObject(position, OffsetDateTime.class);
        yield time == null ? null : time.toInstant();
      }
    };
  }

  @Override
  public List<String> existingTables(Connection connection) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            "select tablename from pg_tables where schemaname = ? order by tablename")) {
      statement.setString(1, address.schema());
      try (var rows = statement.executeQuery()) {
        var names = new ArrayList<String>();
        while (rows.next()) {
          names.add(rows.getString(1));
        }
        return names;
      }
    }
  }

  @Override
  public long version(Connection connection) throws SQLException {
    var version =
        text(connection, "select value from " + Books.META + " where name = '" + VERSION + "'");
    connection.rollback();
    return version == null ? 0 : Long.parseLong(version);
  }

  @Override
  public StoreException translate(SQLException e, String doing) {
    var state = e.getSQLState() == null ? "" : e.getSQLState();
    var what = "store %s: cannot %s: ".formatted(where(), doing);
    if (state.equals("53100")) {
      return new StoreFullException(
          "the disk of the server that holds %s is full: nothing was changed. Make room, then go on"
              .formatted(where()),
          e);
    }
    return new StoreException(what + reason(e, state), e);
  }

  private String reason(SQLException e, String state) {
    if (state.startsWith("28")) {
      return "the server does not let user %s in (%s). Check user and password in the address"
          .formatted(address.user(), e.getMessage());
    }
    if (state.equals("08001") || state.equals("08004")) {
      return "no Postgres answers at %s:%d (%s)"
          .formatted(address.host(), address.port(), e.getMessage());
    }
    if (state.startsWith("08") || state.startsWith("57P")) {
      return "the connection was lost (%s). What was not committed is undone; try again when the server is back"
          .formatted(e.getMessage());
    }
    return switch (state) {
      case "3D000" ->
          "there is no database %s; create it (createdb %s) or name another"
              .formatted(address.database(), address.database());
      case "42501" ->
          "user %s has not the right to do this (%s). Grant it, or create the schema for the user: create schema %s authorization %s"
              .formatted(address.user(), e.getMessage(), address.schema(), address.user());
      case "55P03" ->
          "another process has been writing to it for more than %d s; try again when it is done"
              .formatted(WAIT_SECONDS);
      case "54000" ->
          "a value is too long for a key or an index of Postgres, which takes about 2,700 bytes (%s)"
              .formatted(e.getMessage());
      case "23505" ->
          "there is a row already of a key that was to be new (%s)".formatted(e.getMessage());
      case "53300" ->
          "the server has no connection left (%s). Raise max_connections, or run fewer processes"
              .formatted(e.getMessage());
      default -> e.getMessage();
    };
  }
}
