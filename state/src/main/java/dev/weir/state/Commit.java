package dev.weir.state;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

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
   * @param blocks more rows to put
   */
  public record Changes(boolean clear, Map<Row, Row> rows, List<RowBlock> blocks) {

    /** The number of rows put or deleted, without those that a clear removes. */
    public int size() {
      return rows.size() + blocks.stream().mapToInt(RowBlock::size).sum();
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
    private final Map<Table, Map<Row, Row>> rows = new LinkedHashMap<>();
    private final Map<Table, List<RowBlock>> blocks = new HashMap<>();
    private final Collection<Table> cleared = new ArrayList<>();

    /** Inserts a row, or replaces the one with its key. */
    public Builder put(Table table, Object... values) {
      return put(table, Row.of(values));
    }

    /** Inserts a row, or replaces the one with its key. */
    public Builder put(Table table, Row row) {
      if (row.size() != table.columns().size()) {
        throw new IllegalArgumentException(
            "table " + table.name() + ": a row of " + row.size() + " values");
      }
      of(table).put(row.first(table.keyLength()), Objects.requireNonNull(row));
      return this;
    }

    /**
     * Inserts the rows of a block, or replaces those with their keys. Each key is there once, and
     * nothing else of this commit is about the same row; the store need not find out if it is.
     */
    public Builder put(Table table, RowBlock block) {
      of(table);
      blocks.computeIfAbsent(table, t -> new ArrayList<>()).add(block);
      return this;
    }

    /** Deletes the row with this key, if there is one. */
    public Builder delete(Table table, Object... key) {
      return delete(table, Row.of(key));
    }

    /** Deletes the row with this key, if there is one. */
    public Builder delete(Table table, Row key) {
      of(table).put(key, null);
      return this;
    }

    /** Removes the subject's rows of a table before the others of this commit are written. */
    public Builder clear(Table table) {
      of(table).clear();
      blocks.remove(table);
      cleared.add(table);
      return this;
    }

    public Commit build() {
      var changes = new LinkedHashMap<Table, Changes>();
      rows.forEach(
          (table, byKey) ->
              changes.put(
                  table,
                  new Changes(
                      cleared.contains(table),
                      byKey,
                      List.copyOf(blocks.getOrDefault(table, List.of())))));
      return new Commit(changes);
    }

    private Map<Row, Row> of(Table table) {
      return rows.computeIfAbsent(table, t -> new LinkedHashMap<>());
    }
  }
}
