package dev.weir.state.internal;

import dev.weir.state.Commit;
import dev.weir.state.Row;
import dev.weir.state.RowBlock;
import dev.weir.state.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.Stream;

/**
 * What one commit does to one table.
 *
 * <p>Invariants: values are checked and in their kept form; the changes, and the rows of each
 * block, are in the order of the key, one for each.
 */
final class Batch {

  private final Table table;
  private final boolean clear;
  private final List<Change> changes;
  private final List<SortedBlock> blocks;

  private Batch(Table table, boolean clear, List<Change> changes, List<SortedBlock> blocks) {
    this.table = table;
    this.clear = clear;
    this.changes = changes;
    this.blocks = blocks;
  }

  /**
   * Checks and sorts.
   *
   * @param table as it is kept
   * @param subject whose rows they have to be, if the table is state
   */
  static Batch of(Table table, Commit.Changes wanted, String subject) {
    var changes = new ArrayList<Change>(wanted.rows().size() + wanted.inserted().size());
    boolean sameKeys = true;
    for (var entry : wanted.rows().entrySet()) {
      var key = entry.getKey();
      var row = entry.getValue();
      checkSubject(table, subject, key.get(0));
      var change =
          row == null
              ? Change.delete(RowCheck.key(table, key))
              : Change.put(RowCheck.row(table, row));
      sameKeys &= !RowCheck.changed(change.row(), row == null ? key : row);
      changes.add(change);
    }
    for (var row : wanted.inserted()) {
      checkSubject(table, subject, row.get(0));
      changes.add(Change.insert(RowCheck.row(table, row)));
    }
    var blocks = new ArrayList<SortedBlock>();
    for (var block : wanted.blocks()) {
      if (table.role() == Table.Role.STATE) {
        for (int i = 0; i < block.size(); i++) {
          checkSubject(table, subject, block.get(i, 0));
        }
      }
      if (RowCheck.isKept(table, block)) {
        blocks.add(new SortedBlock(table, block));
      } else {
        sameKeys = false;
        for (int i = 0; i < block.size(); i++) {
          changes.add(Change.put(RowCheck.row(table, row(table, block, i))));
        }
      }
    }
    var order = RowOrder.ofKey(table);
    var sorted = KeySort.sorted(table, order, changes.toArray(Change[]::new));
    if (!wanted.inserted().isEmpty()) {
      checkInserted(table, sorted, order);
    }
    return new Batch(
        table, wanted.clear(), sameKeys ? sorted : lastOfEachKey(sorted, order), blocks);
  }

  private static void checkSubject(Table table, String subject, Object given) {
    if (table.role() == Table.Role.STATE && !subject.equals(given)) {
      throw new IllegalArgumentException(
          "table %s: a row of %s in a commit of %s".formatted(table.name(), given, subject));
    }
  }

  private static void checkInserted(Table table, List<Change> sorted, RowOrder order) {
    for (int i = 1; i < sorted.size(); i++) {
      var one = sorted.get(i - 1);
      var other = sorted.get(i);
      if ((one.fresh() || other.fresh()) && order.compare(one.row(), other.row()) == 0) {
        throw new IllegalArgumentException(
            "table %s: the commit has more than one row of the key of %s, which it inserts"
                .formatted(table.name(), other.row()));
      }
    }
  }

  /** Keys that differ as values may be one as kept (-0.0, nanoseconds): the later wins. */
  private static List<Change> lastOfEachKey(List<Change> sorted, RowOrder order) {
    var last = new ArrayList<Change>();
    for (var change : sorted) {
      int end = last.size() - 1;
      if (end >= 0 && order.compare(last.get(end).row(), change.row()) == 0) {
        last.set(end, change);
      } else {
        last.add(change);
      }
    }
    return last;
  }

  Table table() {
    return table;
  }

  boolean clears() {
    return clear;
  }

  /** The number of rows put or deleted, without those that the clearing removes. */
  int size() {
    return changes.size() + blocks.stream().mapToInt(SortedBlock::size).sum();
  }

  /** Whether it changes state of the commit's subject. */
  boolean isState() {
    return table.role() == Table.Role.STATE && (clear || size() > 0);
  }

  void apply(Backend.Transaction transaction, String subject) {
    if (clear) {
      transaction.clear(table, table.role() == Table.Role.STATE ? subject : null);
    }
    transaction.apply(table, changes);
    blocks.forEach(block -> transaction.put(table, block.rows().iterator()));
  }

  /** All changes in the order of the key. */
  Iterator<Change> inOrder() {
    if (blocks.isEmpty()) {
      return changes.iterator();
    }
    var order = RowOrder.ofKey(table);
    var runs = new PriorityQueue<Run>((a, b) -> order.compare(a.next.row(), b.next.row()));
    Run.add(runs, changes.iterator());
    for (var block : blocks) {
      Run.add(runs, block.rows().map(Change::put).iterator());
    }
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return !runs.isEmpty();
      }

      @Override
      public Change next() {
        var run = runs.remove();
        Run.add(runs, run.rest);
        return run.next;
      }
    };
  }

  /** Changes in order, of which the first has been taken out. */
  private record Run(Change next, Iterator<Change> rest) {
    static void add(PriorityQueue<Run> runs, Iterator<Change> changes) {
      if (changes.hasNext()) {
        runs.add(new Run(changes.next(), changes));
      }
    }
  }

  private static Row row(Table table, RowBlock block, int place) {
    var values = new Object[table.columns().size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = block.get(place, i);
    }
    return Row.of(values);
  }

  /** A block's rows in the order of the key, each made when it is asked for. */
  private static final class SortedBlock {
    private final Table table;
    private final RowBlock block;
    private final int[] sequence;

    SortedBlock(Table table, RowBlock block) {
      this.table = table;
      this.block = block;
      this.sequence = KeySort.sequence(table, block);
    }

    int size() {
      return sequence.length;
    }

    Stream<Row> rows() {
      return Arrays.stream(sequence).mapToObj(place -> row(table, block, place));
    }
  }
}
