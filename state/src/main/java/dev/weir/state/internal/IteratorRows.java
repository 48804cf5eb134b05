package dev.weir.state.internal;

import dev.weir.state.Cut;
import dev.weir.state.Row;
import java.util.Collections;
import java.util.Iterator;

/** The rows of an iterator, until they are closed. */
final class IteratorRows implements Cut.Rows {

  private Iterator<Row> rows;

  IteratorRows(Iterator<Row> rows) {
    this.rows = rows;
  }

  static IteratorRows none() {
    return new IteratorRows(Collections.emptyIterator());
  }

  @Override
  public boolean hasNext() {
    return rows.hasNext();
  }

  @Override
  public Row next() {
    return rows.next();
  }

  @Override
  public void close() {
    rows = Collections.emptyIterator();
  }
}
