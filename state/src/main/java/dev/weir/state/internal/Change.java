package dev.weir.state.internal;

import dev.weir.state.Row;

/**
 * A row put, or a key deleted.
 *
 * @param row the row; where deleted, its key or more
 * @param fresh whether there is no row of this key yet
 */
record Change(Row row, boolean deleted, boolean fresh) {

  Change(Row row, boolean deleted) {
    this(row, deleted, false);
  }

  static Change put(Row row) {
    return new Change(row, false);
  }

  static Change insert(Row row) {
    return new Change(row, false, true);
  }

  static Change delete(Row key) {
    return new Change(key, true);
  }
}
