package dev.weir.state.internal;

import dev.weir.state.Row;

/**
 * A row put, or a key deleted.
 *
 * @param row the row; where deleted, its key or more
 */
record Change(Row row, boolean deleted) {

  static Change put(Row row) {
    return new Change(row, false);
  }

  static Change delete(Row key) {
    return new Change(key, true);
  }
}
