package dev.weir.state.internal;

import dev.weir.state.Column;
import dev.weir.state.Cut;
import dev.weir.state.Index;
import dev.weir.state.Row;
import dev.weir.state.Table;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;

/** Reads tables by one connection, and keeps its prepared statements. One thread at a time. */
class JdbcReader implements Backend.Reader {

  final Dialect dialect;
  final Connection connection;

  /** Statements that are not in use, by their SQL. */
  private final Map<String, PreparedStatement> idle = new HashMap<>();

  private final Set<Cut.Rows> open = new HashSet<>();

  JdbcReader(Dialect dialect, Connection connection) {
    this.dialect = dialect;
    this.connection = connection;
  }

  @Override
  public Row get(Table table, Object... key) {
    try (var rows = scan(table, key)) {
      return rows.hasNext() ? rows.next() : null;
    }
  }

  @Override
  public Cut.Rows scan(Table table, Object... keyPrefix) {
    return scan(table, table.key(), table.key(), keyPrefix);
  }

  @Override
  public Cut.Rows range(Table table, Object[] prefix, Object from, Object to, boolean reverse) {
    return scan(table, table.key(), table.key(), Set.of(), prefix, from, to, reverse);
  }

  @Override
  public Cut.Rows scan(Table table, Index index, Object... prefix) {
    return range(table, index, prefix, null, null, false);
  }

  @Override
  public Cut.Rows range(
      Table table, Index index, Object[] prefix, Object from, Object to, boolean reverse) {
    var columns = index.columns().stream().map(c -> column(table, c)).toList();
    var order = new ArrayList<>(columns);
    table.key().stream().filter(c -> !order.contains(c)).forEach(order::add);
    return scan(table, columns, order, index.descending(), prefix, from, to, reverse);
  }

  @Override
  public long count(Table table, Object... keyPrefix) {
    var sql =
        "select count(*) from " + quoted(table.name()) + where(table.key(), keyPrefix, null, null);
    try {
      var statement = statement(sql);
      bind(statement, table.key(), keyPrefix, null, null);
      try (var rows = statement.executeQuery()) {
        rows.next();
        return rows.getLong(1);
      } finally {
        release(sql, statement);
      }
    } catch (SQLException e) {
      throw dialect.translate(e, "count the rows of table " + table.name());
    }
  }

  /** Ends all reading that is still under way. */
  void closeRows() {
    List.copyOf(open).forEach(Cut.Rows::close);
  }

  /** Closes the connection. */
  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw dialect.translate(e, "close");
    }
  }

  /** A prepared statement that nobody else uses until it is released. */
  final PreparedStatement statement(String sql) throws SQLException {
    var statement = idle.remove(sql);
    return statement != null ? statement : connection.prepareStatement(sql);
  }

  final void release(String sql, PreparedStatement statement) throws SQLException {
    var other = idle.putIfAbsent(sql, statement);
    if (other != null) {
      statement.close();
    }
  }

  static String quoted(String name) {
    return '"' + name + '"';
  }

  static Column column(Table table, String name) {
    return table.columns().get(table.indexOf(name).orElseThrow());
  }

  /** The values of the prefix are not read again: they are known. */
  private Cut.Rows scan(Table table, List<Column> by, List<Column> order, Object[] prefix) {
    return scan(table, by, order, Set.of(), prefix, null, null, false);
  }

  private Cut.Rows scan(
      Table table,
      List<Column> by,
      List<Column> order,
      Set<String> descending,
      Object[] prefix,
      Object from,
      Object to,
      boolean reverse) {
    var row = new Object[table.columns().size()];
    var read = new ArrayList<Integer>();
    for (int i = 0; i < row.length; i++) {
      int at = by.subList(0, prefix.length).indexOf(table.columns().get(i));
      if (at >= 0) {
        row[i] = prefix[at];
      } else {
        read.add(i);
      }
    }
    var selected =
        read.isEmpty()
            ? "1"
            : String.join(
                ", ", read.stream().map(i -> quoted(table.columns().get(i).name())).toList());
    var rest = order.subList(Math.min(prefix.length, order.size()), order.size());
    var ordered =
        rest.isEmpty()
            ? ""
            : " order by "
                + String.join(
                    ", ",
                    rest.stream()
                        .map(
                            c ->
                                quoted(c.name())
                                    + dialect.order(c, descending.contains(c.name()) != reverse))
                        .toList());
    var sql =
        "select "
            + selected
            + " from "
            + quoted(table.name())
            + where(by, prefix, from, to)
            + ordered;
    try {
      var statement = statement(sql);
      bind(statement, by, prefix, from, to);
      var rows =
          new ResultRows(
              table,
              row,
              read.stream().mapToInt(Integer::intValue).toArray(),
              sql,
              statement,
              statement.executeQuery());
      open.add(rows);
      var columns = read.stream().map(i -> table.columns().get(i)).toList();
      boolean joins = dialect.joinsRows() && JoinedRows.can(columns);
      if (!joins || rest.isEmpty() || !order.equals(table.key())) {
        return rows;
      }
      // Behind the last row, in the order of the scan, up to where it ends.
      var start = reverse ? from : null;
      var end = reverse ? null : to;
      var bounds = where(by, prefix, start, end);
      var page =
          " from %s%s (%s) %s (%s)%s limit ?)"
              .formatted(
                  quoted(table.name()),
                  bounds.isEmpty() ? " where" : bounds + " and",
                  String.join(", ", rest.stream().map(c -> quoted(c.name())).toList()),
                  reverse ? "<" : ">",
                  String.join(", ", Collections.nCopies(rest.size(), "?")),
                  ordered);
      var paged = new PagedRows(rows, columns, page, prefix, start, end);
      open.add(paged);
      return paged;
    } catch (SQLException e) {
      throw dialect.translate(e, "read table " + table.name());
    }
  }

  /** Binds what {@link #where} asks for; how many parameters that were. */
  private int bind(
      PreparedStatement statement, List<Column> columns, Object[] values, Object from, Object to)
      throws SQLException {
    int parameter = 0;
    for (int i = 0; i < values.length; i++) {
      if (values[i] != null) {
        dialect.bind(statement, ++parameter, columns.get(i).type(), values[i]);
      }
    }
    for (var bound : new Object[] {from, to}) {
      if (bound != null) {
        dialect.bind(statement, ++parameter, columns.get(values.length).type(), bound);
      }
    }
    return parameter;
  }

  private static String where(List<Column> columns, Object[] values, Object from, Object to) {
    var parts = new ArrayList<String>();
    for (int i = 0; i < values.length; i++) {
      parts.add(quoted(columns.get(i).name()) + (values[i] == null ? " is null" : " = ?"));
    }
    if (from != null) {
      parts.add(quoted(columns.get(values.length).name()) + " >= ?");
    }
    if (to != null) {
      parts.add(quoted(columns.get(values.length).name()) + " < ?");
    }
    return parts.isEmpty() ? "" : " where " + String.join(" and ", parts);
  }

  /**
   * Rows by key: the first ones by one statement, since there may be few; those behind them page by
   * page, joined.
   */
  private final class PagedRows implements Cut.Rows {
    private static final int FIRST = 128;
    private static final int PAGE = 1_000;
    private static final long PAGE_BYTES = 1 << 20;

    private final ResultRows first;
    private final JoinedRows joined;
    private final List<Column> key;
    private final Object[] prefix;
    private final Object start;
    private final Object end;

    /** Counts a page's rows and their bytes of text; null where there is no text. */
    private final String measure;

    private final String select;
    private int given;
    private int size = PAGE;
    private Row last;
    private boolean over;

    /**
     * @param page the end of a statement that reads, within parentheses, the rows behind one, with
     *     parameters for the prefix, the bounds, that row's key behind the prefix, and how many
     */
    PagedRows(
        ResultRows first,
        List<Column> columns,
        String page,
        Object[] prefix,
        Object start,
        Object end) {
      this.first = first;
      this.joined = new JoinedRows(columns);
      this.key = first.table.key();
      this.prefix = prefix;
      this.start = start;
      this.end = end;
      this.measure =
          JoinedRows.textBytes(columns)
              .map(bytes -> "select count(*), sum(n) from (select %s as n".formatted(bytes) + page)
              .orElse(null);
      this.select =
          "select cast(group_concat(j, '') as blob) from (select %s as j"
                  .formatted(JoinedRows.joined(columns))
              + page;
    }

    @Override
    public boolean hasNext() {
      if (given < FIRST) {
        return first.hasNext();
      }
      if (!over && !joined.hasNext()) {
        turn();
      }
      return joined.hasNext();
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      if (given < FIRST) {
        given++;
        last = first.next();
      } else {
        var values = first.known.clone();
        joined.next(values, first.read);
        last = Row.of(values);
      }
      return last;
    }

    /** Reads the next page. */
    private void turn() {
      first.close();
      try {
        if (measure != null) {
          fit();
        }
        var rows = page(select, result -> result.getBytes(1));
        if (rows == null) {
          close();
          return;
        }
        joined.take(rows);
        size = Math.min(PAGE, 2 * size);
      } catch (SQLException e) {
        throw dialect.translate(e, "read table " + first.table.name());
      }
    }

    /** Makes the next page small enough where rows are long. */
    private void fit() throws SQLException {
      while (true) {
        var measured = page(measure, rows -> new long[] {rows.getLong(1), rows.getLong(2)});
        if (measured[0] <= 1 || measured[1] <= PAGE_BYTES) {
          return;
        }
        long fewer = PAGE_BYTES * measured[0] / measured[1];
        size = (int) Math.max(1, Math.min(measured[0] - 1, fewer));
      }
    }

    private <T> T page(String sql, Reading<T> reading) throws SQLException {
      var statement = statement(sql);
      int parameter = bind(statement, key, prefix, start, end);
      for (int i = prefix.length; i < key.size(); i++) {
        dialect.bind(statement, ++parameter, key.get(i).type(), last.get(i));
      }
      statement.setInt(++parameter, size);
      try (var rows = statement.executeQuery()) {
        rows.next();
        return reading.read(rows);
      } finally {
        release(sql, statement);
      }
    }

    @Override
    public void close() {
      first.close();
      open.remove(this);
      over = true;
      joined.take(JoinedRows.NONE);
    }
  }

  /** What is read of a row. */
  private interface Reading<T> {
    T read(ResultSet rows) throws SQLException;
  }

  private final class ResultRows implements Cut.Rows {
    private final Table table;
    private final Object[] known;
    private final int[] read;
    private final String sql;
    private final PreparedStatement statement;
    private ResultSet rows;
    private boolean ready;

    ResultRows(
        Table table,
        Object[] known,
        int[] read,
        String sql,
        PreparedStatement statement,
        ResultSet rows) {
      this.table = table;
      this.known = known;
      this.read = read;
      this.sql = sql;
      this.statement = statement;
      this.rows = rows;
    }

    @Override
    public boolean hasNext() {
      try {
        if (!ready && rows != null) {
          ready = rows.next();
          if (!ready) {
            close();
          }
        }
        return ready;
      } catch (SQLException e) {
        throw dialect.translate(e, "read table " + table.name());
      }
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      ready = false;
      try {
        var values = known.clone();
        for (int i = 0; i < read.length; i++) {
          values[read[i]] = dialect.read(rows, i + 1, table.columns().get(read[i]));
        }
        return Row.of(values);
      } catch (SQLException e) {
        throw dialect.translate(e, "read table " + table.name());
      }
    }

    @Override
    public void close() {
      if (rows == null) {
        return;
      }
      try {
        rows.close();
        rows = null;
        ready = false;
        open.remove(this);
        release(sql, statement);
      } catch (SQLException e) {
        throw dialect.translate(e, "read table " + table.name());
      }
    }
  }
}
