package dev.weir.streams.jdbc;

import dev.weir.graph.FencedException;
import dev.weir.graph.Json;
import dev.weir.graph.OutboxSink;
import dev.weir.graph.OutboxSink.Claim;
import dev.weir.graph.TransientFailureException;
import dev.weir.state.WeirException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A connection that writes epochs to a table. In the same database the table {@code weir_epoch}
 * holds, for each claim's name, the last epoch and the run that may write: its row is locked and
 * checked in the transaction that writes an epoch.
 */
final class JdbcTarget implements OutboxSink.Target {

  private static final String CREATE =
      "create table if not exists weir_epoch (name varchar(400) not null primary key,"
          + " epoch bigint, run bigint not null)";

  private final JdbcSettings settings;
  private final Claim claim;
  private final Connection connection;
  private final TargetTable table;

  JdbcTarget(JdbcSettings settings, Claim claim) {
    this.settings = settings;
    this.claim = claim;
    this.connection = Database.connect(settings);
    boolean done = false;
    try {
      table = TargetTable.look(settings, connection);
      takeOver();
      done = true;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  TargetTable table() {
    return table;
  }

  private void takeOver() {
    try {
      Database.begin(connection);
      if (!exists()) {
        Database.execute(connection, CREATE);
      }
      update(
          "insert into weir_epoch (name, run) values (?, ?)"
              + " on conflict (name) do update set run = excluded.run",
          claim.name(),
          claim.run());
      Database.commit(connection);
    } catch (SQLException e) {
      var told = Database.translated(settings, "cannot keep the number of the last epoch", e);
      throw told instanceof TransientFailureException
          ? told
          : new WeirException(
              told.getMessage() + "\n  who may create tables can make it: " + CREATE, e);
    }
  }

  private boolean exists() throws SQLException {
    try (var tables = connection.getMetaData().getTables(null, null, "weir_epoch", null)) {
      return tables.next();
    }
  }

  @Override
  public OptionalLong published() {
    try {
      var row = row("");
      Database.endRead(connection);
      return row.get(0) == null ? OptionalLong.empty() : OptionalLong.of(row.get(0));
    } catch (SQLException e) {
      throw Database.translated(settings, "does not say what was written", e);
    }
  }

  /** The epoch, or null, and the run. */
  private List<Long> row(String locking) throws SQLException {
    try (var statement =
        connection.prepareStatement("select epoch, run from weir_epoch where name = ?" + locking)) {
      statement.setString(1, claim.name());
      try (var rows = statement.executeQuery()) {
        if (!rows.next()) {
          throw new WeirException(
              "the row '"
                  + claim.name()
                  + "' was deleted from the table weir_epoch of "
                  + settings.where());
        }
        long epoch = rows.getLong(1);
        return java.util.Arrays.asList(rows.wasNull() ? null : epoch, rows.getLong(2));
      }
    }
  }

  @Override
  public void declare(long epoch) {
    publish(epoch, List.of());
  }

  @Override
  public void publish(long epoch, List<byte[]> pieces) {
    try {
      Database.begin(connection);
      var row = row(settings.isSqlite() ? "" : " for update");
      if (row.get(1) != claim.run()) {
        close();
        throw new FencedException(
            "run " + row.get(1) + " writes to " + settings.where() + " in this one's place", null);
      }
      insert(pieces);
      update("update weir_epoch set epoch = ? where name = ?", epoch, claim.name());
      Database.commit(connection);
    } catch (SQLException e) {
      throw Database.translated(settings, "did not take the rows of epoch " + epoch, e);
    }
  }

  private void insert(List<byte[]> pieces) throws SQLException {
    var statements = new LinkedHashMap<List<String>, PreparedStatement>();
    try {
      List<String> present = List.of();
      for (var piece : pieces) {
        for (var line : new String(piece, StandardCharsets.UTF_8).lines().toList()) {
          var fields = asMap(Json.parse(line));
          var names = new ArrayList<>(fields.keySet());
          // Rows are written in their order, whatever their columns are.
          if (!names.equals(present) && !present.isEmpty()) {
            statements.get(present).executeBatch();
          }
          present = names;
          var statement = statements.get(names);
          if (statement == null) {
            statement = connection.prepareStatement(table.insert(names));
            statements.put(names, statement);
          }
          bind(statement, fields);
          statement.addBatch();
        }
        if (!present.isEmpty()) {
          statements.get(present).executeBatch();
        }
      }
    } finally {
      statements.values().forEach(Database::close);
    }
  }

  private void bind(PreparedStatement statement, Map<String, Object> fields) throws SQLException {
    int i = 1;
    for (var field : fields.entrySet()) {
      var value = table.value(field.getKey(), field.getValue());
      if (value == null) {
        statement.setNull(
            i++, settings.isSqlite() ? Types.NULL : table.column(field.getKey()).type());
      } else {
        statement.setObject(i++, value);
      }
    }
  }

  private void update(String sql, Object... parameters) throws SQLException {
    try (var statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      statement.executeUpdate();
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> asMap(Object json) {
    return (Map<String, Object>) json;
  }

  @Override
  public void close() {
    Database.close(connection);
  }
}
