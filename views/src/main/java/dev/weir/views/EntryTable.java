package dev.weir.views;

import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Commit;
import dev.weir.state.Cut;
import dev.weir.state.Index;
import dev.weir.state.Row;
import dev.weir.state.Table;
import java.util.ArrayList;
import java.util.List;

/**
 * The table of rows with weights: {@code view, row_id}, the columns of the rows, {@code
 * row_weight}. Rows are numbered in the order in which they came, so that a table grows at its end.
 */
final class EntryTable {

  private final Table table;
  private final RowType<Object> type;
  private final int width;
  private long lastId;

  EntryTable(String name, RowType<Object> type, List<Index> indexes) {
    this.table = table(name, type, indexes);
    this.type = type;
    this.width = type.width();
  }

  private static Table table(String name, RowType<Object> type, List<Index> indexes) {
    var columns = new ArrayList<Column>();
    columns.add(Column.of("view", ColumnType.TEXT));
    columns.add(Column.of("row_id", ColumnType.INTEGER));
    columns.addAll(type.columns());
    columns.add(Column.of("row_weight", ColumnType.INTEGER));
    try {
      return new Table(name, columns, 2, indexes, Table.Role.STATE);
    } catch (IllegalArgumentException e) {
      throw new ViewException(
          "%s cannot be a table: %s (view, row_id and row_weight are taken)"
              .formatted(type.text(), e.getMessage()),
          e);
    }
  }

  Table table() {
    return table;
  }

  /** Adds what changed to a commit. */
  void collect(String view, List<Entry> touched, Commit.Builder commit) {
    for (var entry : touched) {
      if (entry.weight == entry.before) {
        continue;
      }
      if (entry.weight == 0) {
        commit.delete(table, view, entry.id);
        continue;
      }
      if (entry.id == 0) {
        entry.id = ++lastId;
      }
      var values = new Object[width + 3];
      values[0] = view;
      values[1] = entry.id;
      type.encode(entry.row, values, 2);
      values[width + 2] = entry.weight;
      commit.put(table, Row.of(values));
    }
  }

  void load(String view, Cut cut, Loaded each) {
    try (var rows = cut.scan(table, view)) {
      while (rows.hasNext()) {
        var row = rows.next();
        lastId = row.integer(1);
        each.row(type.decode(row, 2), row.integer(width + 2), lastId);
      }
    }
  }

  interface Loaded {
    void row(Object row, long weight, long id);
  }
}
