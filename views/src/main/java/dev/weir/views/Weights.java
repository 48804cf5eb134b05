package dev.weir.views;

import dev.weir.state.Commit;
import dev.weir.state.Cut;
import dev.weir.state.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Rows with their weights. */
final class Weights implements State {

  private final EntryTable kept;
  private final Map<Object, Entry> entries = new HashMap<>();
  private final List<Entry> touched = new ArrayList<>();

  /** How many rows have a weight other than zero. */
  private long live;

  /**
   * @param kept its table; null for what can be made again
   */
  Weights(EntryTable kept) {
    this.kept = kept;
  }

  long weight(Object row) {
    var entry = entries.get(row);
    return entry == null ? 0 : entry.weight;
  }

  /** Adds to the weight of a row; the weight before. */
  long add(Object row, long weight) {
    var entry = entries.get(row);
    if (entry == null) {
      entry = new Entry(row, null);
      entries.put(row, entry);
    }
    if (!entry.touched) {
      entry.touched = true;
      entry.before = entry.weight;
      touched.add(entry);
    }
    long old = entry.weight;
    entry.weight = Math.addExact(old, weight);
    live += (entry.weight == 0 ? 0 : 1) - (old == 0 ? 0 : 1);
    return old;
  }

  void addAll(Delta delta) {
    for (int i = 0; i < delta.size; i++) {
      add(delta.rows[i], delta.weights[i]);
    }
  }

  boolean isEmpty() {
    return live == 0;
  }

  /** Hands over every row. */
  void copyTo(Delta out) {
    for (var entry : entries.values()) {
      if (entry.weight != 0) {
        out.add(entry.row, entry.weight);
      }
    }
  }

  /** Hands over every row as it was before the running step. */
  void copyBefore(Delta out) {
    for (var entry : entries.values()) {
      long before = entry.touched ? entry.before : entry.weight;
      if (before != 0) {
        out.add(entry.row, before);
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
  public void collect(String view, Commit.Builder commit) {
    if (kept != null) {
      kept.collect(view, touched, commit);
    }
  }

  @Override
  public void settle() {
    for (var entry : touched) {
      entry.touched = false;
      if (entry.weight == 0) {
        entries.remove(entry.row);
      }
    }
    touched.clear();
  }

  @Override
  public void undo() {
    for (var entry : touched) {
      live += (entry.before == 0 ? 0 : 1) - (entry.weight == 0 ? 0 : 1);
      entry.weight = entry.before;
    }
    settle();
  }

  @Override
  public void load(String view, Cut cut) {
    kept.load(
        view,
        cut,
        (row, weight, id) -> {
          var entry = new Entry(row, null);
          entry.weight = weight;
          entry.id = id;
          entries.put(row, entry);
          live++;
        });
  }
}
