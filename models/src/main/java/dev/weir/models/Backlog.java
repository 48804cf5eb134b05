package dev.weir.models;

import dev.weir.graph.Batch;
import dev.weir.graph.Json;
import dev.weir.graph.StateTable;
import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Row;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What input slots have brought and no runner has taken: whole sets and loose records in the order
 * of their coming, and for each slot with sets the one that is being gathered.
 *
 * <p>The records of a set that is not whole at a barrier survive a crash, and so do records that a
 * program has not read: {@link #write} puts them into a table, where a SET is a row without a
 * record. A row's number counts what came on its slot, so that a barrier writes only what is new
 * and deletes only what was taken since the last one.
 *
 * <p>Belongs to the operator's thread.
 */
final class Backlog {

  static final StateTable.Schema PENDING =
      new StateTable.Schema(
          "pending",
          List.of(
              Column.of("slot", ColumnType.INTEGER),
              Column.of("number", ColumnType.INTEGER),
              Column.of("sequence", ColumnType.INTEGER),
              Column.nullable("record", ColumnType.JSON)),
          2,
          List.of());

  /** Records to be taken: as many of them as one likes, or all at once as a set. */
  record Piece(int slot, boolean set, Batch batch) {}

  private record Arrived(long when, boolean set, Batch batch) {}

  private static final class Queue {
    final Deque<Arrived> pieces = new ArrayDeque<>();
    final List<Batch> open = new ArrayList<>();
    int openSize;

    /** How many records and SETs have been taken, and up to which number there are rows. */
    long taken;

    long storedFrom;
    long stored;
  }

  /** A row that says that nobody reads any more. */
  private static final Row UNREAD = Row.of(-1L, 0L, 0L, null);

  private final Map<Integer, Queue> queues = new LinkedHashMap<>();
  private long arrivals;
  private int size;

  Backlog(Collection<Integer> slots) {
    slots.forEach(slot -> queues.put(slot, new Queue()));
  }

  /** Records and sets that can be taken; a set counts for one at least. */
  int size() {
    return size;
  }

  /** Records of a slot that wait in any form. */
  int waiting(int slot) {
    var queue = queues.get(slot);
    return queue.openSize + queue.pieces.stream().mapToInt(p -> p.batch().size()).sum();
  }

  /** The slot whose turn it is, or -1 when there is nothing to take. */
  int next() {
    int slot = -1;
    long first = Long.MAX_VALUE;
    for (var entry : queues.entrySet()) {
      var head = entry.getValue().pieces.peekFirst();
      if (head != null && head.when() < first) {
        first = head.when();
        slot = entry.getKey();
      }
    }
    return slot;
  }

  boolean has(int slot) {
    return !queues.get(slot).pieces.isEmpty();
  }

  /** Whether a set is what is to be taken next of a slot. */
  boolean setIsNext(int slot) {
    return queues.get(slot).pieces.peekFirst().set();
  }

  /** Loose records. */
  void add(int slot, Batch batch) {
    arrive(queues.get(slot), false, batch);
  }

  /** Records of the set that is being gathered; returns how many it has now. */
  int gather(int slot, Batch batch) {
    var queue = queues.get(slot);
    queue.open.add(batch);
    queue.openSize += batch.size();
    return queue.openSize;
  }

  /**
   * The set that is being gathered is whole.
   *
   * @param evenEmpty whether one without records counts
   */
  void close(int slot, boolean evenEmpty) {
    var queue = queues.get(slot);
    if (queue.openSize > 0 || evenEmpty) {
      arrive(queue, true, concatenated(queue.open, queue.openSize));
      queue.open.clear();
      queue.openSize = 0;
    }
  }

  private void arrive(Queue queue, boolean set, Batch batch) {
    queue.pieces.addLast(new Arrived(arrivals++, set, batch));
    size += weight(set, batch);
  }

  private static int weight(boolean set, Batch batch) {
    return set ? Math.max(1, batch.size()) : batch.size();
  }

  /** Takes a whole set, or at most {@code most} loose records. */
  Piece take(int slot, int most) {
    var queue = queues.get(slot);
    var head = queue.pieces.removeFirst();
    if (head.set()) {
      size -= weight(true, head.batch());
      queue.taken += head.batch().size() + 1;
      return new Piece(slot, true, head.batch());
    }
    var parts = new ArrayList<Batch>(1);
    int count = 0;
    while (true) {
      int n = Math.min(head.batch().size(), most - count);
      parts.add(head.batch().slice(0, n));
      count += n;
      if (n < head.batch().size()) {
        queue.pieces.addFirst(
            new Arrived(head.when(), false, head.batch().slice(n, head.batch().size())));
      }
      var following = queue.pieces.peekFirst();
      if (count == most || following == null || following.set()) {
        break;
      }
      head = queue.pieces.removeFirst();
    }
    size -= count;
    queue.taken += count;
    return new Piece(slot, false, concatenated(parts, count));
  }

  private static Batch concatenated(List<Batch> parts, int size) {
    if (parts.size() == 1) {
      return parts.get(0);
    }
    var records = new Object[size];
    var sequences = new long[size];
    int k = 0;
    for (var part : parts) {
      for (int i = 0; i < part.size(); i++) {
        records[k] = part.get(i);
        sequences[k++] = part.sequence(i);
      }
    }
    return Batch.of(records, sequences);
  }

  /** Takes up what {@link #write} left. */
  void read(StateTable table) {
    var rows = new ArrayList<Row>();
    table.forEach(rows::add);
    rows.sort(
        Comparator.<Row>comparingLong(r -> r.integer(0)).thenComparingLong(r -> r.integer(1)));
    for (var row : rows) {
      int slot = (int) row.integer(0);
      var queue = queues.get(slot);
      if (queue == null) {
        continue; // a slot that the model had before it was changed
      }
      if (queue.stored == 0) {
        queue.taken = row.integer(1);
        queue.storedFrom = queue.taken;
      }
      queue.stored = row.integer(1) + 1;
      if (row.get(3) == null) {
        close(slot, true);
      } else {
        gather(slot, Batch.of(row.integer(2), new Object[] {Json.parse(row.text(3))}));
      }
    }
  }

  /** The records that were gathered are loose ones: the slot has no sets. */
  void loosen(int slot) {
    var queue = queues.get(slot);
    if (queue.openSize > 0) {
      arrive(queue, false, concatenated(queue.open, queue.openSize));
      queue.open.clear();
      queue.openSize = 0;
    }
  }

  /** Puts down that nobody reads any more. */
  static void writeUnread(StateTable table) {
    table.put(UNREAD);
  }

  /** Whether, when the table was written, nobody read any more. */
  static boolean unread(StateTable table) {
    return table.get(UNREAD.first(2)) != null;
  }

  /** Makes the table hold what is here. */
  void write(StateTable table) {
    queues.forEach(
        (slot, queue) -> {
          for (long gone = queue.storedFrom; gone < Math.min(queue.taken, queue.stored); gone++) {
            table.delete(Row.of((long) slot, gone));
          }
          long number = queue.taken;
          for (var piece : queue.pieces) {
            number = write(table, slot, number, piece.batch());
            if (piece.set()) {
              long last = piece.batch().isEmpty() ? 0 : sequenceOfLast(piece.batch());
              if (number >= queue.stored) {
                table.put(Row.of((long) slot, number, last, null));
              }
              number++;
            }
          }
          for (var batch : queue.open) {
            number = write(table, slot, number, batch);
          }
          queue.storedFrom = queue.taken;
          queue.stored = number;
        });
  }

  private long write(StateTable table, int slot, long first, Batch batch) {
    var queue = queues.get(slot);
    long number = first;
    for (int i = 0; i < batch.size(); i++, number++) {
      if (number >= queue.stored) {
        table.put(Row.of((long) slot, number, batch.sequence(i), Json.toText(batch.get(i))));
      }
    }
    return number;
  }

  private static long sequenceOfLast(Batch batch) {
    return batch.sequence(batch.size() - 1);
  }

  /** Forgets what a table holds of an earlier stream. */
  static void clear(StateTable table) {
    var rows = new ArrayList<Row>();
    table.forEach(rows::add);
    rows.forEach(row -> table.delete(row.first(2)));
  }
}
