package dev.weir.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How rows are kept: a name, typed columns, a primary key and ordered indexes. The key is the first
 * {@code keyLength} columns, and rows are ordered by it. Immutable.
 *
 * <p>Names are lower-case words joined by underscores and are used as they are in SQL, so that a
 * person can read the table with any SQL client. Tables whose name begins with {@code weir_} are
 * Weir's own book-keeping.
 *
 * <p>A table may be shared by many <em>subjects</em> (jobs, fish): then its first column is a TEXT
 * column that names the subject, and a subject may write only rows that carry its own name.
 *
 * @param role whether rows are state, which snapshots hold and restore replaces, or book-keeping
 */
public record Table(
    String name, List<Column> columns, int keyLength, List<Index> indexes, Role role) {

  /** What a table is for. */
  public enum Role {
    /**
     * Part of its subject's state: in snapshots, replaced by restore. Its first column is the
     * subject.
     */
    STATE,
    /** Positions, catalogues, requests: never in a snapshot. */
    BOOKKEEPING,
    /**
     * A state table as a snapshot holds it: without its subject column and indexes. May have no
     * key; then it has at most one row. Cannot be declared in a store.
     */
    CONTENT
  }

  public Table {
    columns = List.copyOf(columns);
    indexes = List.copyOf(indexes);
    check(name.matches("[a-z][a-z0-9_]*"), name, "its name is not lower-case words joined by _");
    check(
        keyLength >= (role == Role.CONTENT ? 0 : 1) && keyLength <= columns.size(),
        name,
        "it has no key");
    for (var column : columns.subList(0, keyLength)) {
      check(!column.nullable(), name, "key column " + column.name() + " is nullable");
      check(column.type() != ColumnType.JSON, name, "key column " + column.name() + " is JSON");
    }
    check(
        columns.stream().map(Column::name).distinct().count() == columns.size(),
        name,
        "two of its columns have one name");
    check(
        role != Role.STATE || columns.get(0).type() == ColumnType.TEXT,
        name,
        "the first column of a state table names the subject and is TEXT");
  }

  /** The columns of the key. */
  public List<Column> key() {
    return columns.subList(0, keyLength);
  }

  /** The position of a column, if the table has it. */
  public Optional<Integer> indexOf(String column) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name().equals(column)) {
        return Optional.of(i);
      }
    }
    return Optional.empty();
  }

  /** This state table as a snapshot holds it: without its subject column and indexes. */
  public Table content() {
    check(role == Role.STATE, name, "only state tables are in snapshots");
    return new Table(
        name, columns.subList(1, columns.size()), keyLength - 1, List.of(), Role.CONTENT);
  }

  /**
   * Whether this is another table with more columns, all of which may be null: rows of that one are
   * rows of this one, with nulls.
   */
  public boolean widens(Table other) {
    if (!name.equals(other.name) || role != other.role || keyLength != other.keyLength) {
      return false;
    }
    var old = other.columns.iterator();
    var expected = old.hasNext() ? old.next() : null;
    for (int i = 0; i < columns.size(); i++) {
      var column = columns.get(i);
      if (column.equals(expected)) {
        expected = old.hasNext() ? old.next() : null;
      } else if (i < keyLength || !column.nullable() || other.indexOf(column.name()).isPresent()) {
        return false;
      }
    }
    return expected == null && columns.size() > other.columns.size();
  }

  /** A row of a table that this one {@link #widens}, as one of this. */
  public Row widened(Table other, Row row) {
    var values = new Object[columns.size()];
    for (int i = 0; i < other.columns.size(); i++) {
      values[indexOf(other.columns.get(i).name()).orElseThrow()] = row.get(i);
    }
    return Row.of(values);
  }

  /** A table of state whose first key column, named {@code subjectColumn}, names the subject. */
  public static Builder state(String name, String subjectColumn) {
    return new Builder(name, Role.STATE).key(subjectColumn, ColumnType.TEXT);
  }

  /** A table of book-keeping. */
  public static Builder bookkeeping(String name) {
    return new Builder(name, Role.BOOKKEEPING);
  }

  private static void check(boolean good, String table, String what) {
    if (!good) {
      throw new IllegalArgumentException("table " + table + ": " + what);
    }
  }

  /** Builds a table: key columns first, then the others. Not thread-safe. */
  public static final class Builder {
    private final String name;
    private final Role role;
    private final List<Column> columns = new ArrayList<>();
    private final List<Index> indexes = new ArrayList<>();
    private int keyLength;

    private Builder(String name, Role role) {
      this.name = name;
      this.role = role;
    }

    public Builder key(String column, ColumnType type) {
      if (columns.size() != keyLength) {
        throw new IllegalStateException("table " + name + ": key columns come first");
      }
      columns.add(Column.of(column, type));
      keyLength++;
      return this;
    }

    public Builder column(String column, ColumnType type) {
      columns.add(Column.of(column, type));
      return this;
    }

    public Builder nullable(String column, ColumnType type) {
      columns.add(Column.nullable(column, type));
      return this;
    }

    public Builder index(String index, String... over) {
      indexes.add(new Index(index, List.of(over)));
      return this;
    }

    public Table build() {
      return new Table(name, columns, keyLength, indexes, role);
    }
  }
}
