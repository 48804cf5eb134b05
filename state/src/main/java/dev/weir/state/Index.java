package dev.weir.state;

import java.util.List;
import java.util.Set;

/**
 * An ordered index over columns of a {@link Table}. Each column is ascending with nulls first, or
 * descending with nulls last.
 *
 * @param name unique within the table
 * @param descending those of the columns that are
 */
public record Index(String name, List<String> columns, Set<String> descending) {

  public Index {
    columns = List.copyOf(columns);
    descending = Set.copyOf(descending);
    if (!columns.containsAll(descending)) {
      throw new IllegalArgumentException(
          "index %s: %s are not all columns of it".formatted(name, descending));
    }
  }

  /** All columns ascending. */
  public Index(String name, List<String> columns) {
    this(name, columns, Set.of());
  }

  /** This index with these of its columns descending. */
  public Index descending(String... of) {
    return new Index(name, columns, Set.of(of));
  }
}
