package dev.weir.streams.jdbc;

import dev.weir.state.WeirException;
import java.sql.Connection;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The table that a sink writes, as it was when it was looked at. Immutable. */
final class TargetTable {

  private final JdbcSettings settings;
  private final Map<String, Values.Column> columns;

  private TargetTable(JdbcSettings settings, Map<String, Values.Column> columns) {
    this.settings = settings;
    this.columns = columns;
  }

  static TargetTable look(JdbcSettings settings, Connection connection) {
    try (var statement = connection.createStatement();
        var none = statement.executeQuery("select * from " + settings.table() + " where 1 = 0")) {
      var data = none.getMetaData();
      var columns = new LinkedHashMap<String, Values.Column>();
      for (int i = 1; i <= data.getColumnCount(); i++) {
        columns.put(
            data.getColumnName(i),
            new Values.Column(
                data.getColumnName(i),
                data.getColumnType(i),
                data.getColumnTypeName(i),
                data.getPrecision(i),
                data.isNullable(i) == ResultSetMetaData.columnNoNulls && !data.isAutoIncrement(i)));
      }
      Database.endRead(connection);
      var table = new TargetTable(settings, columns);
      settings.key().forEach(table::column);
      settings.columns().forEach(table::column);
      return table;
    } catch (SQLException e) {
      throw Database.translated(settings, "has no table " + settings.table() + " to write", e);
    }
  }

  /**
   * Finds out whether the table can hold a row.
   *
   * @throws WeirException that says why it cannot
   */
  void check(Map<String, Object> fields) {
    if (fields.isEmpty()) {
      throw new WeirException("a row needs at least one column");
    }
    fields.forEach((name, value) -> value(name, value));
    for (var key : settings.key()) {
      if (fields.get(key) == null) {
        throw new WeirException("the key column " + key + " has no value");
      }
    }
  }

  /** The value that the driver is given. */
  Object value(String name, Object value) {
    return Values.write(column(name), value, settings.isSqlite());
  }

  Values.Column column(String name) {
    var column = columns.get(name);
    if (column == null) {
      throw new WeirException(
          "table "
              + settings.table()
              + " of "
              + settings.where()
              + " has no column "
              + name
              + "; it has "
              + String.join(", ", columns.keySet()));
    }
    return column;
  }

  /** A statement that writes a row of these columns. */
  String insert(List<String> names) {
    var sql = new StringBuilder("insert into ").append(settings.table()).append(" (");
    sql.append(String.join(", ", names.stream().map(TargetTable::quoted).toList()));
    sql.append(") values (").append("?, ".repeat(names.size() - 1)).append("?)");
    if (!settings.key().isEmpty()) {
      var others = names.stream().filter(name -> !settings.key().contains(name)).toList();
      sql.append(" on conflict (");
      sql.append(String.join(", ", settings.key().stream().map(TargetTable::quoted).toList()));
      sql.append(others.isEmpty() ? ") do nothing" : ") do update set ");
      sql.append(
          String.join(
              ", ", others.stream().map(n -> quoted(n) + " = excluded." + quoted(n)).toList()));
    }
    return sql.toString();
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
