package dev.weir.views;

import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Commit;
import dev.weir.state.Row;
import dev.weir.state.Table;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The changes of a result in its last steps: {@code view, step, row_id}, the columns of the rows,
 * {@code row_weight}. In memory only where there is no store.
 */
final class History implements State {

  private record Past(long step, ZSet<Object> change) {}

  private final Table table;
  private final RowType<Object> type;
  private final long steps;
  private final Deque<Past> past = new ArrayDeque<>();
  private ZSet<Object> change = ZSet.empty();
  private Committed committed;

  History(String name, RowType<Object> type, long steps) {
    this.type = type;
    this.steps = steps;
    this.table = table(name, type);
  }

  static Table table(String name, RowType<Object> type) {
    var columns = new ArrayList<Column>();
    columns.add(Column.of("view", ColumnType.TEXT));
    columns.add(Column.of("step", ColumnType.INTEGER));
    columns.add(Column.of("row_id", ColumnType.INTEGER));
    columns.addAll(type.columns());
    columns.add(Column.of("row_weight", ColumnType.INTEGER));
    return new Table(name, columns, 3, List.of(), Table.Role.STATE);
  }

  void add(Delta delta) {
    change = delta.toZSet();
  }

  /** Remembers the change of a step that is done, where there is no store. */
  void remember(long step) {
    if (committed == null && !change.isEmpty()) {
      past.add(new Past(step, change));
    }
    change = ZSet.empty();
    while (!past.isEmpty() && past.peek().step() <= step - steps) {
      past.remove();
    }
  }

  /** Takes the changes after a step from the rows. */
  void goBack(long step, ZSet.Builder<Object> rows) {
    for (var each : past) {
      if (each.step() > step) {
        each.change().forEach((row, weight) -> rows.add(row, -weight));
      }
    }
  }

  @Override
  public Table table() {
    return table;
  }

  @Override
  public long size() {
    return past.size();
  }

  @Override
  public void collect(Commit.Builder commit) {
    try (var old =
        committed
            .cut()
            .range(table, Row.of(committed.view), null, committed.step - steps + 1, false)) {
      old.forEachRemaining(row -> commit.delete(table, row.first(3)));
    }
    var id = new long[1];
    change.forEach(
        (row, weight) -> {
          var values = new Object[type.width() + 4];
          values[0] = committed.view;
          values[1] = committed.step;
          values[2] = ++id[0];
          type.encode(row, values, 3);
          values[values.length - 1] = weight;
          commit.put(table, Row.of(values));
        });
  }

  @Override
  public void settle() {}

  @Override
  public void undo() {
    change = ZSet.empty();
  }

  @Override
  public void load(Committed from) {
    committed = from;
  }

  @Override
  public List<Object> defaults(List<Added> added) {
    var to = new ArrayList<Object>();
    to.add(Added.UNKNOWN);
    to.add(Added.UNKNOWN);
    to.add(Added.UNKNOWN);
    type.defaults(added, to);
    to.add(Added.UNKNOWN);
    return to;
  }
}
