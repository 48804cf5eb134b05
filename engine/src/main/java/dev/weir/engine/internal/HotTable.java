package dev.weir.engine.internal;

import dev.weir.graph.KeyGroups;
import dev.weir.graph.StateTable;
import dev.weir.state.ColumnType;
import dev.weir.state.Commit;
import dev.weir.state.Cut;
import dev.weir.state.Row;
import dev.weir.state.Table;
import dev.weir.state.WeirException;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * An operator's share of a table: all its rows in memory, and which of them changed since the last
 * barrier. In the store the same rows carry the job and the operator before their own columns.
 *
 * <p>Rows are immutable, so freezing the changes of an epoch is handing over a map.
 */
final class HotTable implements StateTable {

  private static final Set<ColumnType> KEYS =
      EnumSet.of(ColumnType.TEXT, ColumnType.INTEGER, ColumnType.REAL, ColumnType.BOOLEAN);

  private final Table table;
  private final int keyLength;
  private final boolean keyed;
  private final int replica;
  private final int replicas;
  private final RowTable rows;
  private Map<Row, Row> changed = new HashMap<>();

  private HotTable(Schema schema, boolean keyed, int replica, int replicas) {
    this.table = stored(schema, keyed);
    this.keyLength = schema.keyLength();
    this.keyed = keyed;
    this.replica = replica;
    this.replicas = replicas;
    this.rows = new RowTable(keyLength);
  }

  /** The rows of a sink, which need not be in memory. */
  static Table ofSink(Schema schema) {
    return stored(schema, false);
  }

  /** A table of an operator as a whole. */
  static HotTable whole(Schema schema) {
    return new HotTable(schema, false, 0, 1);
  }

  /** The rows of one replica of a table that is shared out by the first column of its key. */
  static HotTable keyed(Schema schema, int replica, int replicas) {
    var first = schema.columns().get(0);
    if (!KEYS.contains(first.type())) {
      throw new IllegalArgumentException(
          "keyed table "
              + schema.name()
              + ": its first column "
              + first.name()
              + " is of type "
              + first.type()
              + "; a key by which records are dealt is one of "
              + KEYS);
    }
    return new HotTable(schema, true, replica, replicas);
  }

  /** The table in the store: shared by all jobs and operators that declare it. */
  private static Table stored(Schema schema, boolean keyed) {
    var builder = Table.state(schema.name(), "job").key("operator", ColumnType.TEXT);
    if (keyed) {
      builder.key("key_group", ColumnType.INTEGER);
    }
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
    try (var stored =
        replicas == 1
            ? cut.scan(table, job, operator)
            : cut.range(
                table,
                Row.of(job, operator),
                (long) KeyGroups.first(replica, replicas),
                (long) KeyGroups.first(replica + 1, replicas),
                false)) {
      while (stored.hasNext()) {
        rows.put(stored.next().without(keyed ? 3 : 2));
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
    if (replicas > 1) {
      changed.keySet().forEach(this::checkOwn);
    }
    var frozen = new Frozen(table, keyed, changed);
    changed = new HashMap<>();
    return frozen;
  }

  private void checkOwn(Row key) {
    if (KeyGroups.replica(KeyGroups.of(key.get(0)), replicas) != replica) {
      throw new WeirException(
          "table "
              + table.name()
              + ": replica "
              + replica
              + " of "
              + replicas
              + " has written a row of key "
              + key.get(0)
              + ", whose records go to another replica; the first column of a keyed table is the"
              + " key by which records are dealt");
    }
  }

  /** Changes of one table in one epoch. */
  record Frozen(Table table, boolean keyed, Map<Row, Row> changes) {

    void into(Commit.Builder commit, String job, String operator) {
      changes.forEach(
          (key, row) -> {
            var leading =
                keyed
                    ? new Object[] {job, operator, (long) KeyGroups.of(key.get(0))}
                    : new Object[] {job, operator};
            if (row == null) {
              commit.delete(table, key.after(leading));
            } else {
              commit.put(table, row.after(leading));
            }
          });
    }
  }
}
