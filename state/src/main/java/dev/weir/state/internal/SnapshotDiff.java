package dev.weir.state.internal;

import dev.weir.state.Row;
import dev.weir.state.Snapshots;
import dev.weir.state.Table;
import dev.weir.state.TableMismatchException;
import java.util.Collections;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.TreeSet;

/** Goes through both snapshots side by side. */
final class SnapshotDiff implements Snapshots.Diff {
  private final SnapshotContents a;
  private final SnapshotContents b;
  private final Iterator<String> tables;
  private Table table;
  private RowOrder order;
  private Iterator<Row> before = Collections.emptyIterator();
  private Iterator<Row> after = Collections.emptyIterator();
  private Row left;
  private Row right;
  private Snapshots.RowDiff next;

  SnapshotDiff(SnapshotContents a, SnapshotContents b) {
    this.a = a;
    this.b = b;
    var names = new TreeSet<String>();
    for (var table : a.tables()) {
      names.add(table.name());
      b.tables().stream()
          .filter(t -> t.name().equals(table.name()) && !t.equals(table))
          .findFirst()
          .ifPresent(
              t -> {
                throw new TableMismatchException(
                    "snapshots %s and %s cannot be compared: table %s has (%s) in one and (%s) in the other"
                        .formatted(
                            a.snapshot().id(),
                            b.snapshot().id(),
                            t.name(),
                            TableText.columns(table),
                            TableText.columns(t)));
              });
    }
    b.tables().forEach(table -> names.add(table.name()));
    tables = names.iterator();
  }

  @Override
  public boolean hasNext() {
    while (next == null) {
      if (left == null && before.hasNext()) {
        left = before.next();
      }
      if (right == null && after.hasNext()) {
        right = after.next();
      }
      if (left == null && right == null) {
        if (!tables.hasNext()) {
          return false;
        }
        openTable(tables.next());
        continue;
      }
      int c = left == null ? 1 : right == null ? -1 : order.compare(left, right);
      if (c != 0 || !left.equals(right)) {
        next = new Snapshots.RowDiff(table, c <= 0 ? left : null, c >= 0 ? right : null);
      }
      left = c <= 0 ? null : left;
      right = c >= 0 ? null : right;
    }
    return true;
  }

  private void openTable(String name) {
    var stackA = a.manifest().stack(name);
    var stackB = b.manifest().stack(name);
    var stack = stackA.or(() -> stackB).orElseThrow();
    table = stack.table().content();
    order = RowOrder.ofKey(table);
    boolean same =
        Objects.equals(stackA.map(Manifest.Stack::segments), stackB.map(Manifest.Stack::segments));
    before = stackA.isEmpty() || same ? Collections.emptyIterator() : a.rows(table);
    after = stackB.isEmpty() || same ? Collections.emptyIterator() : b.rows(table);
  }

  @Override
  public Snapshots.RowDiff next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    var result = next;
    next = null;
    return result;
  }

  @Override
  public void close() {
    a.close();
    b.close();
  }
}
