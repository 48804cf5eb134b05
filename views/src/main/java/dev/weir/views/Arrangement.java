package dev.weir.views;

import dev.weir.state.Commit;
import dev.weir.state.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/**
 * Rows by a key. Ordered within a key if a comparator is given. With a bound, keys whose rows were
 * not needed for some time are read from the table again when they are.
 *
 * <p>Where all that is done with rows is to go over them with their weights, and no table needs to
 * know them one by one, equal rows need not be brought together at once: see {@link Bucket}.
 */
final class Arrangement implements State {

  private final EntryTable kept;
  private final Function<Object, Object> keyOf;
  private final Comparator<Object> order;
  private final SlotTable<Bucket> buckets = new SlotTable<>();
  private final Touched touched = new Touched();
  private final List<Bucket> touchedBuckets = new ArrayList<>();
  private final boolean bounded;
  private final boolean loose;

  /** Buckets that were loose before this step. */
  private final List<Bucket> tightened = new ArrayList<>();

  private final Home homes = new Home();
  private Committed committed;
  private long size;

  /** Rows in memory, and keys that are known to have none. */
  private long inMemory;

  Arrangement(EntryTable kept, Function<Object, Object> keyOf, Comparator<Object> order) {
    this(kept, keyOf, order, false);
  }

  /** Rows over which one only goes. */
  static Arrangement linear(EntryTable kept, Function<Object, Object> keyOf) {
    return new Arrangement(kept, keyOf, null, kept == null);
  }

  private Arrangement(
      EntryTable kept, Function<Object, Object> keyOf, Comparator<Object> order, boolean loose) {
    this.loose = loose;
    this.kept = kept;
    this.keyOf = keyOf;
    this.order = order;
    this.bounded = kept != null && kept.bound != 0;
  }

  /** The rows of a key, or null. */
  Bucket bucket(Object key) {
    return bucket(key, SlotTable.hash(key));
  }

  /** The rows of a key, or null. */
  Bucket bucket(Object key, int hash) {
    var bucket = buckets.find(key, hash);
    if (!bounded) {
      return bucket;
    }
    if (bucket == null) {
      bucket = read(key, hash);
    }
    bucket.used = true;
    return bucket;
  }

  private Bucket read(Object key, int hash) {
    var bucket = create(key, hash);
    kept.load(
        committed,
        homes.of(key),
        (row, weight, id) -> {
          var other = keyOf.apply(row);
          if (key == null ? other == null : key.equals(other)) {
            int place = bucket.add(row, SlotTable.hash(row));
            bucket.weights[place] = weight;
            bucket.ids[place] = id;
            bucket.total = Math.addExact(bucket.total, weight);
          }
        });
    inMemory += Math.max(1, bucket.size);
    return bucket;
  }

  private Bucket create(Object key, int hash) {
    var bucket = new Bucket(key, hash, kept != null, order);
    bucket.loose = loose;
    buckets.add(bucket);
    return bucket;
  }

  /** The buckets that the running step has touched. */
  List<Bucket> touchedBuckets() {
    return touchedBuckets;
  }

  /** The rows of a key, to be changed. */
  Bucket touch(Object key, int hash) {
    var bucket = bucket(key, hash);
    if (bucket == null) {
      bucket = create(key, hash);
    }
    if (!bucket.touched) {
      bucket.touched = true;
      touchedBuckets.add(bucket);
    }
    return bucket;
  }

  /** Adds to the weight of a row. */
  void add(Object key, Object row, long weight) {
    add(touch(key, SlotTable.hash(key)), row, weight);
  }

  /** Adds to the weight of a row of a bucket that is touched; the row's place. */
  int add(Bucket bucket, Object row, long weight) {
    int place = bucket.loose && weight > 0 ? append(bucket, row) : place(bucket, row);
    touched.add(bucket, place);
    long now = Math.addExact(bucket.weights[place], weight);
    long total = Math.addExact(bucket.total, weight);
    bucket.weights[place] = now;
    bucket.total = total;
    return place;
  }

  private int place(Bucket bucket, Object row) {
    if (bucket.loose) {
      tightened.add(bucket);
      bucket.tighten(touched);
    }
    int hash = SlotTable.hash(row);
    int place = bucket.find(row, hash);
    if (place < 0) {
      place = bucket.add(row, hash);
      size++;
      inMemory++;
    }
    return place;
  }

  private int append(Bucket bucket, Object row) {
    size++;
    inMemory++;
    return bucket.append(row);
  }

  /** Hands over every row, also those that only the table has. */
  void copyTo(Delta out) {
    if (bounded) {
      kept.load(committed, (row, weight, id) -> out.add(row, weight));
      return;
    }
    buckets.forEach(
        bucket -> {
          for (int i = 0; i < bucket.size; i++) {
            out.add(bucket.rows[i], bucket.weights[i]);
          }
        });
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
  public void collect(Commit.Builder commit) {
    kept.collect(committed, touched, (bucket, place) -> homes.of(bucket.key), commit);
  }

  @Override
  public void settle() {
    forgetZeros();
    tightened.clear();
    for (int i = 0; i < touchedBuckets.size(); i++) {
      var bucket = touchedBuckets.get(i);
      bucket.touched = false;
      if (bucket.loose && bucket.size >= bucket.looseLimit) {
        bringTogether(bucket);
      }
      if (bucket.size == 0) {
        buckets.remove(bucket);
      }
    }
    touchedBuckets.clear();
    if (bounded && inMemory > kept.bound) {
      buckets.removeUnused(
          bucket -> {
            inMemory -= Math.max(1, bucket.size);
            return inMemory > kept.bound;
          });
    }
  }

  private void forgetZeros() {
    int removed = touched.settle();
    size -= removed;
    inMemory -= removed;
  }

  /** A loose bucket stays so as long as it grows by rows that differ. */
  private void bringTogether(Bucket bucket) {
    bucket.tighten(touched);
    if (touched.size == 0) {
      bucket.loosen();
      bucket.looseLimit = 2 * bucket.size;
    } else {
      forgetZeros();
    }
  }

  @Override
  public void undo() {
    for (int i = touched.size - 1; i >= 0; i--) {
      var bucket = touched.buckets[i];
      bucket.total += touched.before[i] - touched.weight(i);
      bucket.weights[touched.places[i]] = touched.before[i];
    }
    tightened.forEach(Bucket::loosen);
    settle();
  }

  @Override
  public List<Object> defaults(List<Added> added) {
    return kept.defaults(added);
  }

  @Override
  public void complete(Object[] row) {
    kept.complete(row, each -> homes.of(keyOf.apply(each)));
  }

  @Override
  public void load(Committed from) {
    committed = from;
    if (bounded) {
      size = kept.count(from);
      return;
    }
    kept.load(
        from,
        (row, weight, id) -> {
          var key = keyOf.apply(row);
          var bucket = touch(key, SlotTable.hash(key));
          int place = add(bucket, row, weight);
          bucket.ids[place] = id;
        });
    settle();
  }
}
