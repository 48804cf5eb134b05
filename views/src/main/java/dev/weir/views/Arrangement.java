package dev.weir.views;

import dev.weir.state.Commit;
import dev.weir.state.Cut;
import dev.weir.state.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Rows by a key. Ordered within a key if a comparator is given. */
final class Arrangement implements State {

  private final EntryTable kept;
  private final Function<Object, Object> keyOf;
  private final Comparator<Object> order;
  private final Map<Object, Bucket> buckets = new HashMap<>();
  private final List<Entry> touched = new ArrayList<>();
  private final List<Bucket> touchedBuckets = new ArrayList<>();
  private long size;

  Arrangement(EntryTable kept, Function<Object, Object> keyOf, Comparator<Object> order) {
    this.kept = kept;
    this.keyOf = keyOf;
    this.order = order;
  }

  /** The rows of a key, or null. */
  Bucket bucket(Object key) {
    return buckets.get(key);
  }

  Iterable<Bucket> buckets() {
    return buckets.values();
  }

  /** The buckets that the running step has touched. */
  List<Bucket> touchedBuckets() {
    return touchedBuckets;
  }

  /** Adds to the weight of a row; its bucket. */
  Bucket add(Object key, Object row, long weight) {
    var bucket = buckets.get(key);
    if (bucket == null) {
      bucket = new Bucket(key, order);
      buckets.put(key, bucket);
    }
    if (!bucket.touched) {
      bucket.touched = true;
      bucket.madeBefore = bucket.made;
      touchedBuckets.add(bucket);
    }
    var entry = bucket.find(row);
    if (entry == null) {
      entry = bucket.add(row);
      size++;
    }
    if (!entry.touched) {
      entry.touched = true;
      entry.before = entry.weight;
      touched.add(entry);
    }
    entry.weight = Math.addExact(entry.weight, weight);
    bucket.total = Math.addExact(bucket.total, weight);
    return bucket;
  }

  @Override
  public Table table() {
    return kept.table();
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void collect(String view, Commit.Builder commit) {
    kept.collect(view, touched, commit);
  }

  @Override
  public void settle() {
    for (var entry : touched) {
      entry.touched = false;
      if (entry.weight == 0) {
        drop(entry);
      }
    }
    end(false);
  }

  @Override
  public void undo() {
    for (var entry : touched) {
      entry.touched = false;
      entry.bucket.total += entry.before - entry.weight;
      entry.weight = entry.before;
      if (entry.weight == 0) {
        drop(entry);
      }
    }
    end(true);
  }

  private void drop(Entry entry) {
    entry.bucket.remove(entry);
    size--;
  }

  private void end(boolean undone) {
    touched.clear();
    for (var bucket : touchedBuckets) {
      bucket.touched = false;
      if (undone) {
        bucket.made = bucket.madeBefore;
      }
      bucket.madeBefore = null;
      if (bucket.size == 0) {
        buckets.remove(bucket.key);
      }
    }
    touchedBuckets.clear();
  }

  @Override
  public void load(String view, Cut cut) {
    kept.load(view, cut, (row, weight, id) -> add(keyOf.apply(row), row, weight).find(row).id = id);
    settle();
  }
}
