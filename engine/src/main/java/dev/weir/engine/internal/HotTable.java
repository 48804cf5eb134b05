package dev.weir.engine.internal;

import dev.weir.graph.KeyGroups;
import dev.weir.graph.StateTable;
import dev.weir.state.ColumnType;
import dev.weir.state.Commit;
import dev.weir.state.Cut;
import dev.weir.state.Row;
import dev.weir.state.RowBlock;
import dev.weir.state.Table;
import dev.weir.state.WeirException;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * An operator's share of a table: all its rows in memory, and which of them changed since the last
 * barrier. In the store the same rows carry the job and the operator before their own columns.
 *
 * <p>Freezing copies what changed; it becomes rows of a commit elsewhere, while the operator goes
 * on.
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

  private HotTable(Schema schema, boolean keyed, int replica, int replicas) {
    this.table = JobTables.ofOperator(schema, keyed);
    this.keyLength = schema.keyLength();
    this.keyed = keyed;
    this.replica = replica;
    this.replicas = replicas;
    this.rows = new RowTable(schema.name(), schema.columns(), keyLength);
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
        rows.load(stored.next().without(keyed ? 3 : 2));
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
  }

  @Override
  public void delete(Row key) {
    rows.remove(key);
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
    return rows.changed();
  }

  /** Takes the changes since the last freeze. */
  Frozen freeze() {
    var changes = rows.freeze();
    if (replicas > 1) {
      for (int i = 0; i < changes.count(); i++) {
        checkOwn(changes.get(i, 0));
      }
      changes.deleted().forEach(key -> checkOwn(key.get(0)));
    }
    return (commit, job, operator) -> put(changes, commit, job, operator);
  }

  private void put(RowTable.Changes changes, Commit.Builder commit, String job, String operator) {
    if (changes.count() > 0) {
      commit.put(table, new Block(changes, job, operator, keyed));
    }
    for (var key : changes.deleted()) {
      commit.delete(
          table,
          keyed
              ? key.after(job, operator, (long) KeyGroups.of(key.get(0)))
              : key.after(job, operator));
    }
  }

  /** Changed rows as they stand in the store. */
  private record Block(RowTable.Changes changes, String job, String operator, boolean keyed)
      implements RowBlock {

    @Override
    public int size() {
      return changes.count();
    }

    @Override
    public Object get(int row, int column) {
      return switch (column) {
        case 0 -> job;
        case 1 -> operator;
        case 2 -> keyed ? (Object) (long) KeyGroups.of(changes.get(row, 0)) : changes.get(row, 0);
        default -> changes.get(row, column - (keyed ? 3 : 2));
      };
    }
  }

  private void checkOwn(Object key) {
    if (KeyGroups.replica(KeyGroups.of(key), replicas) != replica) {
      throw new WeirException(
          "table "
              + table.name()
              + ": replica "
              + replica
              + " of "
              + replicas
              + " has written a row of key "
              + key
              + ", whose records go to another replica; the first column of a keyed table is the"
              + " key by which records are dealt");
    }
  }

  /** Changes of one table in one epoch. */
  @FunctionalInterface
  interface Frozen {
    void into(Commit.Builder commit, String job, String operator);
  }
}
