package dev.weir.views;

import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Commit;
import dev.weir.state.Row;
import dev.weir.state.Table;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What is known of each group whose rows need not be kept: how many there are, and a sum. With a
 * bound, groups that were not needed for some time are read from the table again when they are.
 */
final class Groups implements State {

  /** One group. */
  static final class Group extends Slot {
    long rows;
    Object sum;

    /** The number of its row in the table; zero if it has none. */
    long id;

    long rowsBefore;
    Object sumBefore;

    Group(Object key, int hash, Object sum) {
      super(key, hash);
      this.sum = sum;
    }
  }

  /** New groups of one step, where they are numbered by steps. */
  private static final int PER_STEP_BITS = 28;

  private final Table table;
  private final RowType<Object> keys;
  private final Fold<Object, Object, Object> fold;
  private final SlotTable<Group> groups = new SlotTable<>();
  private final List<Group> touched = new ArrayList<>();
  private final long bound;

  /** Where the columns of a key begin. */
  private final int first;

  private Committed committed;
  private long size;
  private long lastId;
  private long lastStep;

  /**
   * @param bound how many groups may stay in memory; zero for all
   */
  Groups(String name, RowType<Object> keys, Fold<Object, Object, Object> fold, long bound) {
    this.keys = keys;
    this.fold = fold;
    this.bound = bound;
    this.first = bound == 0 ? 2 : 3;
    var columns = new ArrayList<Column>();
    columns.add(Column.of("view", ColumnType.TEXT));
    if (bound != 0) {
      columns.add(Column.of("row_key", ColumnType.INTEGER));
    }
    columns.add(Column.of("row_id", ColumnType.INTEGER));
    keys.columns("key", true, columns);
    fold.sums().columns("sum", true, columns);
    columns.add(Column.of("row_weight", ColumnType.INTEGER));
    this.table = new Table(name, columns, first, List.of(), Table.Role.STATE);
  }

  void add(Object key, Object row, long weight) {
    int hash = SlotTable.hash(key);
    var group = groups.find(key, hash);
    if (group == null) {
      group = new Group(key, hash, fold.zero());
      if (bound != 0 && committed != null) {
        read(group);
      }
      groups.add(group);
      size += group.id == 0 ? 1 : 0;
    }
    if (!group.touched) {
      group.touched = true;
      group.used = true;
      group.rowsBefore = group.rows;
      group.sumBefore = group.sum;
      touched.add(group);
    }
    group.rows = Math.addExact(group.rows, weight);
    group.sum = fold.add(group.sum, row, weight);
  }

  private void read(Group group) {
    if (committed.cleared) {
      return;
    }
    try (var rows = committed.cut().scan(table, committed.view, Home.of(keys, group.key))) {
      while (rows.hasNext()) {
        var row = rows.next();
        var key = keys.decode(row, first);
        if (key == null ? group.key == null : key.equals(group.key)) {
          fill(group, row);
        }
      }
    }
  }

  private void fill(Group group, Row row) {
    group.sum = fold.sums().decode(row, first + keys.width());
    group.id = row.integer(first - 1);
    group.rows = row.integer(row.size() - 1);
  }

  List<Group> touched() {
    return touched;
  }

  @Override
  public Table table() {
    return table;
  }

  @Override
  public long size() {
    return size;
  }

  /** Whether nothing is left of a group, not even the trace of rows removed before they came. */
  private boolean isNothing(Object sum, long rows) {
    return rows == 0 && sum.equals(fold.zero());
  }

  @Override
  public void collect(Commit.Builder commit) {
    for (var group : touched) {
      if (isNothing(group.sum, group.rows)) {
        if (group.id != 0) {
          if (bound == 0) {
            commit.delete(table, committed.view, group.id);
          } else {
            commit.delete(table, committed.view, Home.of(keys, group.key), group.id);
          }
        }
        continue;
      }
      if (group.rows == group.rowsBefore && group.sum.equals(group.sumBefore)) {
        continue;
      }
      boolean fresh = group.id == 0;
      if (fresh) {
        group.id = newId();
      }
      var values = new Object[table.columns().size()];
      values[0] = committed.view;
      values[first - 1] = group.id;
      fold.sums().encode(group.sum, values, keys.encode(group.key, values, first));
      if (bound != 0) {
        values[1] = Home.of(values, first, first + keys.width());
      }
      values[values.length - 1] = group.rows;
      if (fresh) {
        commit.insert(table, Row.of(values));
      } else {
        commit.put(table, Row.of(values));
      }
    }
  }

  private long newId() {
    if (bound != 0 && committed.step != lastStep) {
      lastStep = committed.step;
      lastId = lastStep << PER_STEP_BITS;
    }
    return ++lastId;
  }

  @Override
  public void settle() {
    for (int i = 0; i < touched.size(); i++) {
      var group = touched.get(i);
      group.touched = false;
      group.sumBefore = null;
      if (isNothing(group.sum, group.rows)) {
        groups.remove(group);
        size--;
      }
    }
    touched.clear();
    if (bound != 0 && groups.size() > bound) {
      groups.removeUnused(group -> groups.size() > bound);
    }
  }

  @Override
  public void undo() {
    for (var group : touched) {
      group.rows = group.rowsBefore;
      group.sum = group.sumBefore;
      if (isNothing(group.sum, group.rows)) {
        group.id = 0;
      }
    }
    settle();
  }

  @Override
  public List<Object> defaults(List<Added> added) {
    var to = new ArrayList<Object>(Collections.nCopies(first, Added.UNKNOWN));
    keys.defaults(added, to);
    fold.sums().defaults(added, to);
    to.add(Added.UNKNOWN);
    return to;
  }

  @Override
  public void complete(Object[] row) {
    if (bound != 0) {
      row[1] = Home.of(row, first, first + keys.width());
    }
  }

  @Override
  public void load(Committed from) {
    committed = from;
    if (from.cleared) {
      return;
    }
    if (bound != 0) {
      size = from.cut().count(table, from.view);
      return;
    }
    try (var rows = from.cut().scan(table, from.view)) {
      while (rows.hasNext()) {
        var row = rows.next();
        var key = keys.decode(row, first);
        var group = new Group(key, SlotTable.hash(key), null);
        fill(group, row);
        lastId = group.id;
        groups.add(group);
        size++;
      }
    }
  }
}
