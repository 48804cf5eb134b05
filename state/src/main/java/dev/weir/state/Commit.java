package dev.weir.state;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One transaction of a store, as a value: rows to put and to delete, all or nothing. Later entries
 * win over earlier ones of the same key. Immutable once built; building is not thread-safe.
 *
 * @param changes by table, in the order in which the tables were first named
 */
public record Commit(Map<Table, Changes> changes) {

  /**
   * What happens to one table.
   *
   * @param clear whether all the subject's rows go first (for a table without subjects: all rows)
   * @param rows by key: the new row, or null where the row is deleted
   * @param inserted rows whose keys are new
   * @param blocks more rows to put
   */
  public record Changes(
      boolean clear, Map<Row, Row> rows, List<Row> inserted, List<RowBlock> blocks) {

    /** The number of rows put or deleted, without those that a clear removes. */
    public int size() {
      return rows.size() + inserted.size() + blocks.stream().mapToInt(RowBlock::size).sum();
    }
  }

  public boolean isEmpty() {
    return changes.isEmpty();
  }

  /** The number of rows put or deleted, without those that a clear removes. */
  public int size() {
    return changes.values().stream().mapToInt(Changes::size).sum();
  }

  public static Builder builder() {
    return new Builder();
  }

  /** Collects a commit. Not thread-safe. */
  public static final class Builder {
    private final Map<Table, Changes> changes = new LinkedHashMap<>();

    /** Inserts a row, or replaces the one with its key. */
    public Builder put(Table table, Object... values) {
      return put(table, Row.of(values));
    }

    /** Inserts a row, or replaces the one with its key. */
    public Builder put(Table table, Row row) {
      checkWidth(table, row);
      of(table).rows().put(row.first(table.keyLength()), row);
      return this;
    }

    /**
     * Inserts a row whose key is new: neither in the table, unless this commit clears it, nor named
     * by another entry; otherwise the commit fails. Some stores do that much faster than they put.
     */
    public Builder insert(Table table, Row row) {
      checkWidth(table, row);
      of(table).inserted().add(row);
      return this;
    }

    /**
     * Inserts the rows of a block, or replaces those with their keys. Each key is there once, and
     * nothing else of this commit is about the same row; the store need not find out if it is.
     */
    public Builder put(Table table, RowBlock block) {
      of(table).blocks().add(block);
      return this;
    }

    private static void checkWidth(Table table, Row row) {
      if (row.size() != table.columns().size()) {
        throw new IllegalArgumentException(
            "table " + table.name() + ": a row of " + row.size() + " values");
      }
    }

    /** Deletes the row with this key, if there is one. */
    public Builder delete(Table table, Object... key) {
      return delete(table, Row.of(key));
    }

    /** Deletes the row with this key, if there is one. */
    public Builder delete(Table table, Row key) {
      of(table).rows().put(key, null);
      return this;
    }

    /** Removes the subject's rows of a table before the others of this commit are written. */
    public Builder clear(Table table) {
      changes.put(table, none(true));
      return this;
    }

    public Commit build() {
      return new Commit(new LinkedHashMap<>(changes));
    }

    private Changes of(Table table) {
      return changes.computeIfAbsent(table, t -> none(false));
    }

    private static Changes none(boolean clear) {
      return new Changes(clear, new LinkedHashMap<>(), new ArrayList<>(), new ArrayList<>());
    }
  }
}
