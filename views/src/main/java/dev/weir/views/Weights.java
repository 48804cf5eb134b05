package dev.weir.views;

import dev.weir.state.Commit;
import dev.weir.state.Table;
import java.util.List;

/**
 * Rows with their weights. With a bound, some rows leave memory and are read from the table again
 * when they are needed.
 */
final class Weights implements State {

  private final EntryTable kept;
  private final Bucket rows;
  private final Touched touched = new Touched();
  private final boolean bounded;
  private Committed committed;

  /** How many rows have a weight other than zero. */
  private long live;

  /** Which row leaves memory next. */
  private int hand;

  /**
   * @param kept its table; null for what can be made again
   */
  Weights(EntryTable kept) {
    this.kept = kept;
    this.rows = new Bucket(null, 0, kept != null, null);
    this.bounded = kept != null && kept.bound != 0;
  }

  /** Adds to the weight of a row; the weight before. */
  long add(Object row, long weight) {
    int hash = SlotTable.hash(row);
    int place = rows.find(row, hash);
    if (place < 0) {
      place = rows.add(row, hash);
      if (bounded) {
        read(place);
      }
    }
    touched.add(rows, place);
    long old = rows.weights[place];
    long now = Math.addExact(old, weight);
    rows.weights[place] = now;
    live += (now == 0 ? 0 : 1) - (old == 0 ? 0 : 1);
    return old;
  }

  private void read(int place) {
    kept.load(
        committed,
        home(rows, place),
        (row, weight, id) -> {
          if (row.equals(rows.rows[place])) {
            rows.weights[place] = weight;
            rows.ids[place] = id;
          }
        });
  }

  private long home(Bucket bucket, int place) {
    return Home.of(kept.type(), bucket.rows[place]);
  }

  void addAll(Delta delta) {
    for (int i = 0; i < delta.size; i++) {
      add(delta.rows[i], delta.weights[i]);
    }
  }

  boolean isEmpty() {
    return live == 0;
  }

  /** Whether all rows are in memory. */
  boolean isWhole() {
    return !bounded;
  }

  /** Hands over every row. They must all be in memory. */
  void copyTo(Delta out) {
    for (int i = 0; i < rows.size; i++) {
      if (rows.weights[i] != 0) {
        out.add(rows.rows[i], rows.weights[i]);
      }
    }
  }

  @Override
  public Table table() {
    return kept.table();
  }

  @Override
  public long size() {
    return live;
  }

  @Override
  public void collect(Commit.Builder commit) {
    if (kept != null) {
      kept.collect(committed, touched, this::home, commit);
    }
  }

  @Override
  public void settle() {
    touched.settle();
    if (!bounded) {
      return;
    }
    while (rows.size > kept.bound) {
      hand = hand >= rows.size ? 0 : hand;
      rows.remove(hand++);
    }
  }

  @Override
  public void undo() {
    for (int i = touched.size - 1; i >= 0; i--) {
      live += (touched.before[i] == 0 ? 0 : 1) - (touched.weight(i) == 0 ? 0 : 1);
      rows.weights[touched.places[i]] = touched.before[i];
    }
    settle();
  }

  @Override
  public List<Object> defaults(List<Added> added) {
    return kept.defaults(added);
  }

  @Override
  public void complete(Object[] row) {
    kept.complete(row, each -> Home.of(kept.type(), each));
  }

  @Override
  public void load(Committed from) {
    committed = from;
    if (bounded) {
      live = kept.count(from);
      return;
    }
    kept.load(
        from,
        (row, weight, id) -> {
          int place = rows.add(row, SlotTable.hash(row));
          rows.weights[place] = weight;
          rows.ids[place] = id;
          live++;
        });
  }
}
