package dev.weir.state.internal;

import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Index;
import dev.weir.state.Row;
import dev.weir.state.StoreException;
import dev.weir.state.Table;
import dev.weir.state.TableMismatchException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * A table's definition as text that a person can read, as it is kept in {@code weir_table} and in
 * manifests: {@code "subject TEXT KEY, name TEXT KEY, value JSON NULL"} and {@code "by_name(name);
 * by_value(value, name)"}.
 */
final class TableText {

  private static final String NAME = "[a-z][a-z0-9_]*";

  private static final String DESCENDING = " DESC";

  private TableText() {}

  /** Refuses a table whose names could not be written. */
  static void check(Table table) {
    for (var column : table.columns()) {
      if (!column.name().matches(NAME)) {
        throw new IllegalArgumentException(
            "table %s: the name of column %s is not lower-case words joined by _"
                .formatted(table.name(), column.name()));
      }
    }
    for (var index : table.indexes()) {
      if (!index.name().matches(NAME) || index.columns().isEmpty()) {
        throw new IllegalArgumentException(
            "table %s: index %s needs a lower-case name and columns"
                .formatted(table.name(), index.name()));
      }
      for (var column : index.columns()) {
        if (table.indexOf(column).isEmpty()) {
          throw new IllegalArgumentException(
              "table %s: index %s is over %s, which is no column of it"
                  .formatted(table.name(), index.name(), column));
        }
      }
    }
    if (table.indexes().stream().map(Index::name).distinct().count() != table.indexes().size()) {
      throw new IllegalArgumentException("table %s: two indexes have one name".formatted(table));
    }
  }

  static Row row(Table table) {
    return Row.of(
        table.name(), table.role().name().toLowerCase(Locale.ROOT), columns(table), indexes(table));
  }

  static Table table(Row row) {
    return table(row.text(0), row.text(1), row.text(2), row.text(3));
  }

  static String columns(Table table) {
    var parts = new ArrayList<String>();
    for (int i = 0; i < table.columns().size(); i++) {
      var column = table.columns().get(i);
      parts.add(
          column.name()
              + " "
              + column.type()
              + (i < table.keyLength() ? " KEY" : column.nullable() ? " NULL" : ""));
    }
    return String.join(", ", parts);
  }

  static String indexes(Table table) {
    return String.join(
        "; ",
        table.indexes().stream()
            .map(i -> i.name() + "(" + String.join(", ", indexed(i)) + ")")
            .toList());
  }

  private static List<String> indexed(Index index) {
    return index.columns().stream()
        .map(column -> index.descending().contains(column) ? column + DESCENDING : column)
        .toList();
  }

  private static Index index(String text) {
    int open = text.indexOf('(');
    var columns = new ArrayList<String>();
    var descending = new HashSet<String>();
    for (var part : text.substring(open + 1, text.length() - 1).split(", ", -1)) {
      boolean down = part.endsWith(DESCENDING);
      var column = down ? part.substring(0, part.length() - DESCENDING.length()) : part;
      columns.add(column);
      if (down) {
        descending.add(column);
      }
    }
    return new Index(text.substring(0, open), columns, descending);
  }

  static Table table(String name, String role, String columnsText, String indexesText) {
    try {
      var columns = new ArrayList<Column>();
      int keyLength = 0;
      for (var part : columnsText.split(", ", -1)) {
        var words = part.split(" ", -1);
        columns.add(
            new Column(
                words[0],
                ColumnType.valueOf(words[1]),
                words.length > 2 && words[2].equals("NULL")));
        if (words.length > 2 && words[2].equals("KEY")) {
          keyLength++;
        }
      }
      var indexes = new ArrayList<Index>();
      for (var part : indexesText.isEmpty() ? new String[0] : indexesText.split("; ", -1)) {
        indexes.add(index(part));
      }
      return new Table(
          name, columns, keyLength, indexes, Table.Role.valueOf(role.toUpperCase(Locale.ROOT)));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new StoreException(
          "the definition of table %s cannot be read: %s".formatted(name, columnsText), e);
    }
  }

  /**
   * The table as it is to be kept: the known one with the new indexes of the declared one, and its
   * new columns that may be null.
   *
   * @throws TableMismatchException when there are other differences
   */
  static Table reconcile(Table known, Table declared, String where) {
    var differences = new ArrayList<String>();
    if (known.role() != declared.role()) {
      differences.add("it is %s, not %s".formatted(word(known), word(declared)));
    }
    boolean wider = declared.widens(known);
    boolean same =
        known.columns().equals(declared.columns()) && known.keyLength() == declared.keyLength();
    if (!same && !wider) {
      differences.addAll(columnDifferences(known, declared));
    }
    var indexes = new LinkedHashMap<String, Index>();
    known.indexes().forEach(i -> indexes.put(i.name(), i));
    for (var index : declared.indexes()) {
      var other = indexes.putIfAbsent(index.name(), index);
      if (other != null && !other.equals(index)) {
        differences.add(
            "index %s is over %s, not %s".formatted(index.name(), indexed(other), indexed(index)));
      }
    }
    if (!differences.isEmpty()) {
      throw mismatch(declared, where, differences);
    }
    return new Table(
        known.name(),
        wider ? declared.columns() : known.columns(),
        known.keyLength(),
        List.copyOf(indexes.values()),
        known.role());
  }

  /** Says how the columns of two tables differ. */
  static TableMismatchException mismatch(Table known, Table declared, String where) {
    return mismatch(declared, where, columnDifferences(known, declared));
  }

  private static TableMismatchException mismatch(
      Table declared, String where, List<String> differences) {
    return new TableMismatchException(
        ("table %s in %s is not as the program declares it:%n  %s%n"
                + "Choices: run the program version that made it; give the new table another"
                + " name; or use a new store (state moves by export and import of a snapshot)")
            .formatted(
                declared.name(), where, String.join(System.lineSeparator() + "  ", differences)));
  }

  private static List<String> columnDifferences(Table known, Table declared) {
    var differences = new ArrayList<String>();
    for (int i = 0; i < known.columns().size(); i++) {
      var column = known.columns().get(i);
      int there = declared.indexOf(column.name()).orElse(-1);
      if (there < 0) {
        differences.add("column %s is gone from the program".formatted(column.name()));
      } else if (!Objects.equals(describe(known, i), describe(declared, there))) {
        differences.add(
            "column %s is %s in the store and %s in the program"
                .formatted(column.name(), describe(known, i), describe(declared, there)));
      }
    }
    for (int i = 0; i < declared.columns().size(); i++) {
      var column = declared.columns().get(i);
      if (known.indexOf(column.name()).isEmpty()) {
        differences.add(
            "column %s (%s) is new in the program".formatted(column.name(), describe(declared, i)));
      }
    }
    if (differences.isEmpty()) {
      differences.add("its columns are in another order: " + columns(known));
    }
    return differences;
  }

  private static String describe(Table table, int i) {
    var column = table.columns().get(i);
    return column.type()
        + (i < table.keyLength() ? ", part of the key" : column.nullable() ? ", nullable" : "");
  }

  private static String word(Table table) {
    return table.role() == Table.Role.STATE ? "a table of state" : "book-keeping";
  }
}
