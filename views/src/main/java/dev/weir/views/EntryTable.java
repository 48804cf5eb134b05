package dev.weir.views;

import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Commit;
import dev.weir.state.Index;
import dev.weir.state.Row;
import dev.weir.state.Table;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * The table of rows with weights: {@code view, row_id}, the columns of the rows, {@code
 * row_weight}. Rows are numbered in the order in which they came, so that a table grows at its end.
 *
 * <p>Where a part of it may be in memory, a column {@code row_key} before the number holds that of
 * the row's key, so that the rows of a key are found.
 */
final class EntryTable {

  /** New rows of one step, where rows are numbered by steps. */
  private static final int PER_STEP_BITS = 28;

  private final Table table;
  private final RowType<Object> type;

  /** How many rows may stay in memory; zero for all. */
  final long bound;

  /** Where the columns of a row begin. */
  private final int first;

  private final List<Computed> computed;
  private long lastId;
  private long lastStep;

  EntryTable(String name, RowType<Object> type, List<Index> indexes, long bound) {
    this(name, type, indexes, List.of(), bound);
  }

  EntryTable(
      String name, RowType<Object> type, List<Index> indexes, List<Computed> computed, long bound) {
    this.type = type;
    this.computed = computed;
    this.bound = bound;
    this.first = bound == 0 ? 2 : 3;
    this.table = table(name, indexes);
  }

  private Table table(String name, List<Index> indexes) {
    var columns = new ArrayList<Column>();
    columns.add(Column.of("view", ColumnType.TEXT));
    if (bound != 0) {
      columns.add(Column.of("row_key", ColumnType.INTEGER));
    }
    columns.add(Column.of("row_id", ColumnType.INTEGER));
    columns.addAll(type.columns());
    computed.forEach(each -> each.type().columns(each.name(), true, columns));
    columns.add(Column.of("row_weight", ColumnType.INTEGER));
    try {
      return new Table(name, columns, first, indexes, Table.Role.STATE);
    } catch (IllegalArgumentException e) {
      throw new ViewException(
          "%s cannot be a table: %s (view, row_key, row_id and row_weight are taken)"
              .formatted(type.text(), e.getMessage()),
          e);
    }
  }

  Table table() {
    return table;
  }

  RowType<Object> type() {
    return type;
  }

  /** The number of the key of a row. */
  interface Homes {
    long of(Bucket bucket, int place);
  }

  /**
   * Adds what changed to a commit.
   *
   * @param homes asked only where a part may be in memory
   */
  void collect(Committed committed, Touched touched, Homes homes, Commit.Builder commit) {
    long known = lastId(committed);
    for (int i = 0; i < touched.size; i++) {
      var bucket = touched.buckets[i];
      int place = touched.places[i];
      long weight = bucket.weights[place];
      // A row that the step touched more than once is inserted but once.
      if (weight == touched.before[i] || bucket.ids[place] > known) {
        continue;
      }
      if (weight == 0) {
        if (bucket.ids[place] != 0) {
          delete(committed, bucket, place, homes, commit);
        }
        continue;
      }
      boolean fresh = bucket.ids[place] == 0;
      if (fresh) {
        bucket.ids[place] = ++lastId;
      }
      var values = new Object[table.columns().size()];
      values[0] = committed.view;
      if (bound != 0) {
        values[1] = homes.of(bucket, place);
      }
      values[first - 1] = bucket.ids[place];
      fill(bucket.rows[place], values);
      values[values.length - 1] = weight;
      if (fresh) {
        commit.insert(table, Row.of(values));
      } else {
        commit.put(table, Row.of(values));
      }
    }
  }

  private void fill(Object row, Object[] values) {
    int next = type.encode(row, values, first);
    for (var each : computed) {
      try {
        next = each.type().encode(each.function().apply(row), values, next);
      } catch (RuntimeException e) {
        throw new ViewException(
            "column %s of table %s cannot be computed for row %s: %s"
                .formatted(each.name(), table.name(), row, e),
            e);
      }
    }
  }

  /** A row by itself, as if it were the only one. */
  Row row(String view, long id, Object row, long weight) {
    var values = new Object[table.columns().size()];
    values[0] = view;
    if (bound != 0) {
      values[1] = 0L;
    }
    values[first - 1] = id;
    fill(row, values);
    values[values.length - 1] = weight;
    return Row.of(values);
  }

  List<Object> defaults(List<Added> added) {
    var to = new ArrayList<Object>(Collections.nCopies(first, Added.UNKNOWN));
    type.defaults(added, to);
    // What is computed is filled in by complete.
    to.addAll(Collections.nCopies(table.columns().size() - to.size(), (Object) null));
    return to;
  }

  /** Fills in what follows from the row's own columns. */
  void complete(Object[] values, ToLongFunction<Object> home) {
    var row = type.decode(Row.of(values), first);
    fill(row, values);
    if (bound != 0) {
      values[1] = home.applyAsLong(row);
    }
  }

  private void delete(
      Committed committed, Bucket bucket, int place, Homes homes, Commit.Builder commit) {
    if (bound == 0) {
      commit.delete(table, committed.view, bucket.ids[place]);
    } else {
      commit.delete(table, committed.view, homes.of(bucket, place), bucket.ids[place]);
    }
  }

  private long lastId(Committed committed) {
    // The last number is not known where not all rows are read; that of the step is.
    if (bound != 0 && committed.step != lastStep) {
      lastStep = committed.step;
      lastId = lastStep << PER_STEP_BITS;
    }
    return lastId;
  }

  /** Reads all rows. */
  void load(Committed committed, Loaded each) {
    if (committed.cleared) {
      return;
    }
    try (var rows = committed.cut().scan(table, committed.view)) {
      while (rows.hasNext()) {
        var row = rows.next();
        long id = row.integer(first - 1);
        lastId = bound == 0 ? id : lastId;
        each.row(type.decode(row, first), row.integer(row.size() - 1), id);
      }
    }
  }

  /** Reads the rows of all keys that have this number. */
  void load(Committed committed, long home, Loaded each) {
    if (committed.cleared) {
      return;
    }
    try (var rows = committed.cut().scan(table, committed.view, home)) {
      while (rows.hasNext()) {
        var row = rows.next();
        each.row(type.decode(row, first), row.integer(row.size() - 1), row.integer(first - 1));
      }
    }
  }

  long count(Committed committed) {
    return committed.cleared ? 0 : committed.cut().count(table, committed.view);
  }

  /** A row as the table has it. */
  Object decode(Row row) {
    return type.decode(row, first);
  }

  interface Loaded {
    void row(Object row, long weight, long id);
  }
}
