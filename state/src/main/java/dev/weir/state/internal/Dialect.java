package dev.weir.state.internal;

import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Index;
import dev.weir.state.Row;
import dev.weir.state.StoreException;
import dev.weir.state.Table;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** How one kind of database differs from the others: all SQL that is not the same for each. */
interface Dialect {

  /** The address of the store. */
  String url();

  /** Where the store is, for messages. */
  String where();

  /** A connection that writes. */
  Connection openWriter() throws SQLException;

  /** A connection that only reads. */
  Connection openReader() throws SQLException;

  /** Statements that create what a new store needs beside its books. */
  default List<String> createMore() {
    return List.of();
  }

  /** Begins the writing transaction, waiting a bounded time for its turn. */
  void beginWrite(Connection connection) throws SQLException;

  /** Begins a transaction that sees what is committed now, and nothing later. */
  void beginRead(Connection connection) throws SQLException;

  /**
   * By what the running transaction, which is complete, will be known if its commit fails and it is
   * in doubt how it ended; null if that is never in doubt.
   */
  default String mark(Connection connection) throws SQLException {
    return null;
  }

  void commit(Connection connection) throws SQLException;

  /** Whether the transaction of this mark is committed; asked after its connection was lost. */
  default boolean isCommitted(String mark) throws SQLException {
    return false;
  }

  void rollback(Connection connection) throws SQLException;

  /** After the disk was full: gives back the room that the failed transaction took; if it could. */
  boolean freeRoom(Connection connection) throws SQLException;

  /** A statement that creates a table with its primary key, without its indexes. */
  String createTable(Table table);

  /** The name of an index in the database. */
  default String indexName(Table table, Index index) {
    return table.name() + "_" + index.name();
  }

  /**
   * A statement that inserts rows. Its parameters are the values of the first {@code shared}
   * columns, which are the same in all rows, once; then the other values row by row. If the dialect
   * takes columns, they are one array for each column.
   *
   * @param replace whether a row of the same key is replaced
   */
  String insert(Table table, int rows, int shared, boolean replace);

  /** Whether rows are handed over column by column, as arrays, to {@link #bindColumns}. */
  default boolean takesColumns() {
    return false;
  }

  /** A statement that deletes the rows of many keys, given as one array for each key column. */
  default String delete(Table table) {
    throw new UnsupportedOperationException();
  }

  /**
   * Binds arrays of the leading values of rows; of the first {@code shared} columns their value.
   *
   * @param subject the first value of each row, which the rows lack; or null
   */
  default void bindColumns(
      PreparedStatement statement, List<Column> columns, int shared, String subject, List<Row> rows)
      throws SQLException {
    throw new UnsupportedOperationException();
  }

  /** How many rows one statement inserts at most. */
  int rowsPerInsert(Table table);

  /** What an {@code order by} entry says after the column to put nulls first. */
  String nullsFirst(Column column);

  /** Whether many rows are better read as one value, see {@link JoinedRows}. */
  default boolean joinsRows() {
    return false;
  }

  /** What an {@code order by} entry says after the column. */
  default String order(Column column, boolean descending) {
    if (!descending) {
      return nullsFirst(column);
    }
    return nullsFirst(column).isEmpty() ? " desc" : " desc nulls last";
  }

  void bind(PreparedStatement statement, int parameter, ColumnType type, Object value)
      throws SQLException;

  /** A value in its kept form, or null. */
  Object read(ResultSet rows, int position, Column column) throws SQLException;

  /** The names of the tables that are in the database. */
  List<String> existingTables(Connection connection) throws SQLException;

  /** A number that changes when another connection has committed. */
  long version(Connection connection) throws SQLException;

  /**
   * What the caller is told.
   *
   * @param doing what failed, to follow "cannot"
   */
  StoreException translate(SQLException e, String doing);
}
