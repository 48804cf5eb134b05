package dev.weir.engine.internal;

import dev.weir.graph.StateTable;
import dev.weir.state.ColumnType;
import dev.weir.state.Commit;
import dev.weir.state.Cut;
import dev.weir.state.Row;
import dev.weir.state.Table;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * An operator's share of a table: all its rows in memory, and which of them changed since the last
 * barrier. In the store the same rows carry the job and the operator before their own columns.
 *
 * <p>Rows are immutable, so freezing the changes of an epoch is handing over a map.
 */
final class HotTable implements StateTable {

  private final Table table;
  private final int keyLength;
  private final RowTable rows;
  private Map<Row, Row> changed = new HashMap<>();

  HotTable(Schema schema) {
    this.table = stored(schema);
    this.keyLength = schema.keyLength();
    this.rows = new RowTable(keyLength);
  }

  /** The table in the store: shared by all jobs and operators that declare it. */
  private static Table stored(Schema schema) {
    var builder = Table.state(schema.name(), "job").key("operator", ColumnType.TEXT);
    var columns = schema.columns();
    for (int i = 0; i < columns.size(); i++) {
      var column = columns.get(i);
      if (i < schema.keyLength()) {
        builder.key(column.name(), column.type());
      } else if (column.nullable()) {
        builder.nullable(column.name(), column.type());
      } else {
        builder.column(column.name(), column.type());
      }
    }
    schema.indexes().forEach(i -> builder.index(i.name(), i.columns().toArray(String[]::new)));
    return builder.build();
  }

  Table table() {
    return table;
  }

  void load(Cut cut, String job, String operator) {
    try (var stored = cut.scan(table, job, operator)) {
      while (stored.hasNext()) {
        rows.put(stored.next().without(2));
      }
    }
  }

  @Override
  public Row get(Row key) {
    return rows.get(key);
  }

  @Override
  public void put(Row row) {
    rows.put(row);
    changed.put(row.first(keyLength), row);
  }

  @Override
  public void delete(Row key) {
    if (rows.get(key) != null) {
      rows.remove(key);
      changed.put(key, null);
    }
  }

  @Override
  public void forEach(Consumer<Row> action) {
    rows.forEach(action);
  }

  @Override
  public int size() {
    return rows.size();
  }

  /** Whether anything changed since the last freeze. */
  boolean changed() {
    return !changed.isEmpty();
  }

  /** Takes the changes since the last freeze: by key the new row, or null where it was deleted. */
  Frozen freeze() {
    var frozen = new Frozen(table, changed);
    changed = new HashMap<>();
    return frozen;
  }

  /** Changes of one table in one epoch. */
  record Frozen(Table table, Map<Row, Row> changes) {

    void into(Commit.Builder commit, String job, String operator) {
      changes.forEach(
          (key, row) -> {
            if (row == null) {
              commit.delete(table, key.after(job, operator));
            } else {
              commit.put(table, row.after(job, operator));
            }
          });
    }
  }
}
