package dev.weir.state;

import java.util.List;

/**
 * An ordered index over columns of a {@link Table}. Ascending; nulls first.
 *
 * @param name unique within the table
 */
public record Index(String name, List<String> columns) {

  public Index {
    columns = List.copyOf(columns);
  }
}
