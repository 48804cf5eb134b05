package dev.weir.views;

import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Commit;
import dev.weir.state.Cut;
import dev.weir.state.Row;
import dev.weir.state.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What is known of each group whose rows need not be kept: how many there are, and a sum. */
final class Groups implements State {

  /** One group. */
  static final class Group {
    final Object key;
    long rows;
    Object sum;
    long id;
    long rowsBefore;
    Object sumBefore;
    boolean touched;

    Group(Object key, Object sum) {
      this.key = key;
      this.sum = sum;
    }
  }

  private final Table table;
  private final RowType<Object> keys;
  private final Fold<Object, Object, Object> fold;
  private final Map<Object, Group> groups = new HashMap<>();
  private final List<Group> touched = new ArrayList<>();
  private long lastId;

  Groups(String name, RowType<Object> keys, Fold<Object, Object, Object> fold) {
    this.keys = keys;
    this.fold = fold;
    var columns = new ArrayList<Column>();
    columns.add(Column.of("view", ColumnType.TEXT));
    columns.add(Column.of("row_id", ColumnType.INTEGER));
    keys.columns("key", true, columns);
    fold.sums().columns("sum", true, columns);
    columns.add(Column.of("row_weight", ColumnType.INTEGER));
    this.table = new Table(name, columns, 2, List.of(), Table.Role.STATE);
  }

  void add(Object key, Object row, long weight) {
    var group = groups.get(key);
    if (group == null) {
      group = new Group(key, fold.zero());
      groups.put(key, group);
    }
    if (!group.touched) {
      group.touched = true;
      group.rowsBefore = group.rows;
      group.sumBefore = group.sum;
      touched.add(group);
    }
    group.rows = Math.addExact(group.rows, weight);
    group.sum = fold.add(group.sum, row, weight);
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
    return groups.size();
  }

  /** Whether nothing is left of a group, not even the trace of rows removed before they came. */
  private boolean isNothing(Object sum, long rows) {
    return rows == 0 && sum.equals(fold.zero());
  }

  @Override
  public void collect(String view, Commit.Builder commit) {
    for (var group : touched) {
      if (isNothing(group.sum, group.rows)) {
        if (group.id != 0) {
          commit.delete(table, view, group.id);
        }
        continue;
      }
      if (group.rows == group.rowsBefore && group.sum.equals(group.sumBefore)) {
        continue;
      }
      if (group.id == 0) {
        group.id = ++lastId;
      }
      var values = new Object[table.columns().size()];
      values[0] = view;
      values[1] = group.id;
      fold.sums().encode(group.sum, values, keys.encode(group.key, values, 2));
      values[values.length - 1] = group.rows;
      commit.put(table, Row.of(values));
    }
  }

  @Override
  public void settle() {
    for (var group : touched) {
      group.touched = false;
      group.sumBefore = null;
      if (isNothing(group.sum, group.rows)) {
        groups.remove(group.key);
      }
    }
    touched.clear();
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
  public void load(String view, Cut cut) {
    try (var rows = cut.scan(table, view)) {
      while (rows.hasNext()) {
        var row = rows.next();
        var group = new Group(keys.decode(row, 2), fold.sums().decode(row, 2 + keys.width()));
        group.id = row.integer(1);
        group.rows = row.integer(row.size() - 1);
        lastId = group.id;
        groups.put(group.key, group);
      }
    }
  }
}
