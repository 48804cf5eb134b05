package dev.weir.views;

import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Commit;
import dev.weir.state.Index;
import dev.weir.state.Row;
import dev.weir.state.Table;
import java.util.ArrayList;
import java.util.List;

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
  private final int width;

  /** How many rows may stay in memory; zero for all. */
  final long bound;

  /** Where the columns of a row begin. */
  private final int first;

  private long lastId;
  private long lastStep;

  EntryTable(String name, RowType<Object> type, List<Index> indexes, long bound) {
    this.type = type;
    this.width = type.width();
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
    for (int i = 0; i < touched.size; i++) {
      var bucket = touched.buckets[i];
      int place = touched.places[i];
      long weight = bucket.weights[place];
      if (weight == touched.before[i]) {
        continue;
      }
      if (weight == 0) {
        if (bucket.ids[place] != 0) {
          delete(committed, bucket, place, homes, commit);
        }
        continue;
      }
      if (bucket.ids[place] == 0) {
        bucket.ids[place] = newId(committed);
      }
      var values = new Object[first + width + 1];
      values[0] = committed.view;
      if (bound != 0) {
        values[1] = homes.of(bucket, place);
      }
      values[first - 1] = bucket.ids[place];
      type.encode(bucket.rows[place], values, first);
      values[first + width] = weight;
      commit.put(table, Row.of(values));
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

  private long newId(Committed committed) {
    if (bound == 0) {
      return ++lastId;
    }
    // The last number is not known where not all rows are read; that of the step is.
    if (committed.step != lastStep) {
      lastStep = committed.step;
      lastId = lastStep << PER_STEP_BITS;
    }
    return ++lastId;
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
        each.row(type.decode(row, first), row.integer(first + width), id);
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
        each.row(type.decode(row, first), row.integer(first + width), row.integer(first - 1));
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
