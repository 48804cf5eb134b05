package dev.weir.runners.internal.jvm;

import dev.weir.runners.Change;
import dev.weir.runners.FromRunner;
import dev.weir.runners.Item;
import dev.weir.runners.ToRunner;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import weir.DeadlockException;

/**
 * The leases under which a runner works on its own copy of cells and pools, and its conversation
 * about them.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A value is here only while there is a lease on it (or, in an overlay, a copy of it).
 *       Changed values are dirty until they have been sent, with the lease when it is given back,
 *       or with a sync.
 *   <li>A lease is not given back while an update function of the item runs: the item is in {@code
 *       locked}.
 *   <li>At most one need is outstanding, and nothing is given back between a grant's arrival and
 *       its taking: recalls are served in the order of the messages while waiting, and out of order
 *       only when no grant can be on its way.
 * </ul>
 *
 * <p>Belongs to the runner's thread.
 */
public final class Leases {

  /** How long a recalled lease may be kept by a busy program. */
  private static final long PATIENCE_NANOS = 5_000_000;

  /** A value with its lease: a cell's, or that of a key of a pool. */
  static final class Holding {
    final Item item;
    boolean held;
    boolean exclusive;
    boolean dirty;
    boolean present;
    Object json;

    /** The value as {@link #shape} has it, where it cannot be changed; otherwise shape is null. */
    Object java;

    Shape shape;

    Holding(Item item) {
      this.item = item;
    }

    void take(ToRunner.Grant grant, boolean overlay) {
      held = true;
      exclusive = grant.exclusive() || overlay;
      load(grant.present(), grant.value());
    }

    void load(boolean there, Object value) {
      present = there;
      json = value;
      shape = null;
      java = null;
    }

    void drop() {
      held = false;
      exclusive = false;
      dirty = false;
      load(false, null);
    }

    Change change() {
      dirty = false;
      return new Change(item, present, json);
    }
  }

  /** The keys of a pool that are here: all that there are, when the whole pool is. */
  static final class Keys {
    final Item item;
    Map<String, Holding> holdings = new LinkedHashMap<>();
    boolean whole;

    Keys(String pool) {
      this.item = Item.pool(pool);
    }

    Holding add(String key) {
      var holding = new Holding(Item.key(item.pool(), key));
      holdings.put(key, holding);
      return holding;
    }

    void drop() {
      holdings = new LinkedHashMap<>();
      whole = false;
    }
  }

  private final Map<String, Holding> cells = new HashMap<>();
  private final Map<String, Keys> pools = new HashMap<>();
  private final Set<Holding> dirty = new LinkedHashSet<>();
  private final List<Item> locked = new ArrayList<>();
  private final Deque<ToRunner> stash = new ArrayDeque<>();
  private Inbox inbox;
  private Consumer<FromRunner> wire;
  private Thread owner;
  private boolean overlay;
  private long requests;
  private volatile Item waiting;

  /** The program is loaded. Called on the thread to which all this belongs. */
  public void attach(Inbox from, Consumer<FromRunner> to) {
    inbox = from;
    wire = to;
    owner = Thread.currentThread();
  }

  /** What is waited for, for people; from any thread. */
  public Item waiting() {
    return waiting;
  }

  /** The next message other than recalls, which are served. */
  public ToRunner receive() {
    if (!stash.isEmpty()) {
      return stash.poll();
    }
    while (true) {
      if (inbox.take() instanceof Inbox.Letter letter) {
        return letter.message();
      } else {
        served();
      }
    }
  }

  /** Serves the recalls that have waited long enough. To be called between two records. */
  public void due() {
    long before = System.nanoTime() - PATIENCE_NANOS;
    var recalls = inbox.recalls();
    recalls.removeIf(recall -> recall.nanos - before > 0);
    giveBack(recalls);
  }

  /** Serves all recalls. To be called when a batch is done. */
  public void served() {
    if (inbox.urgent()) {
      giveBack(inbox.recalls());
    }
  }

  /** The changed values that have not been sent yet; the leases are kept. */
  public List<Change> sync() {
    var changes = dirty.stream().map(Holding::change).toList();
    dirty.clear();
    return changes;
  }

  public void beginOverlay() {
    overlay = true;
  }

  public void endOverlay() {
    overlay = false;
    dirty.clear();
    cells.values().forEach(Holding::drop);
    pools.values().forEach(Keys::drop);
  }

  Holding cell(String name) {
    return cells.computeIfAbsent(name, n -> new Holding(Item.cell(n)));
  }

  Keys pool(String name) {
    return pools.computeIfAbsent(name, Keys::new);
  }

  /** Has a cell's value here, to read. */
  void toRead(Holding cell) {
    if (!cell.held || Thread.currentThread() != owner) {
      cell.take(need(cell.item, false), overlay);
    }
  }

  /** Has a cell here, to write. */
  void toWrite(Holding cell) {
    if (!locked.isEmpty()) {
      refuseNested(cell.item);
    }
    if (!cell.exclusive || Thread.currentThread() != owner) {
      cell.take(need(cell.item, true), overlay);
    }
  }

  /** The key of a pool, to read; null when it is missing. */
  Holding toRead(Keys pool, String key) {
    var holding = pool.holdings.get(check(pool, key));
    if ((holding != null || pool.whole) && Thread.currentThread() == owner) {
      return holding;
    }
    take(pool, key, false);
    return pool.holdings.get(key);
  }

  /** The key of a pool, to write. */
  Holding toWrite(Keys pool, String key) {
    var holding = pool.holdings.get(check(pool, key));
    if (!locked.isEmpty()) {
      refuseNested(Item.key(pool.item.pool(), key));
    }
    if (Thread.currentThread() != owner
        || (!pool.whole && (holding == null || !holding.exclusive))) {
      take(pool, key, true);
      holding = pool.holdings.get(key);
    }
    return holding == null ? pool.add(key) : holding;
  }

  /** Has all keys of a pool here, to write. */
  Collection<Holding> toRead(Keys pool) {
    if (!pool.whole || Thread.currentThread() != owner) {
      install(pool, need(pool.item, true));
    }
    return pool.holdings.values();
  }

  private void take(Keys pool, String key, boolean exclusive) {
    var grant = need(Item.key(pool.item.pool(), key), exclusive);
    if (grant.item().isWholePool()) {
      install(pool, grant);
    } else {
      var holding = pool.holdings.get(key);
      (holding == null ? pool.add(key) : holding).take(grant, overlay);
    }
  }

  private static void install(Keys pool, ToRunner.Grant grant) {
    var kept = pool.holdings;
    pool.drop();
    pool.whole = true;
    if (grant.value() instanceof Map<?, ?> all) {
      all.forEach((key, value) -> pool.add((String) key).load(true, value));
    }
    // What was changed here is newer than what is granted.
    kept.forEach(
        (key, holding) -> {
          if (holding.dirty) {
            pool.holdings.put(key, holding);
          }
        });
  }

  private static String check(Keys pool, String key) {
    if (key == null) {
      throw new IllegalArgumentException(pool.item + ": a key is a String, not null");
    }
    return key;
  }

  void lock(Holding holding) {
    locked.add(holding.item);
  }

  void unlock() {
    locked.remove(locked.size() - 1);
  }

  void changed(Holding holding) {
    if (!holding.dirty) {
      holding.dirty = true;
      dirty.add(holding);
    }
  }

  private void refuseNested(Item item) {
    if (locked.contains(item)) {
      throw new IllegalStateException(
          item + " is being updated: its update function cannot write it; let it return the value");
    }
  }

  /** Waits for a lease, or for a value to peek at. */
  private ToRunner.Grant need(Item item, boolean exclusive) {
    if (owner == null) {
      throw new IllegalStateException(
          item
              + ": cells and pools can be used in begin, action and end when Weir calls them, not"
              + " while the model is made: initialise them in begin");
    }
    if (Thread.currentThread() != owner) {
      throw new IllegalStateException(
          item
              + ": cells and pools can be used only on the thread that calls begin, action and end");
    }
    served();
    // Before it is asked for: who has heard of the need may ask at once where the runner is.
    waiting = item;
    try {
      wire.accept(new FromRunner.Need(++requests, item, exclusive, List.copyOf(locked), overlay));
      while (true) {
        var mail = inbox.take();
        if (mail instanceof Inbox.Recall recall) {
          giveBack(List.of(recall));
        } else if (mail instanceof Inbox.Letter letter) {
          if (letter.message() instanceof ToRunner.Grant grant) {
            return grant;
          } else if (letter.message() instanceof ToRunner.Refuse refuse) {
            throw new DeadlockException(refuse.message());
          }
          stash.add(letter.message());
        }
      }
    } finally {
      waiting = null;
    }
  }

  private void giveBack(List<Inbox.Recall> recalls) {
    var released = new ArrayList<Item>();
    var changes = new ArrayList<Change>();
    for (var recall : recalls) {
      if (!isLocked(recall.item) && inbox.remove(recall)) {
        release(recall.item, released, changes);
      }
    }
    if (!released.isEmpty()) {
      wire.accept(new FromRunner.Back(List.copyOf(released), List.copyOf(changes)));
    }
  }

  private boolean isLocked(Item item) {
    if (locked.isEmpty()) {
      return false;
    }
    if (item.isCell()) {
      return locked.contains(item);
    }
    var pool = pools.get(item.pool());
    boolean whole = item.isWholePool() || (pool != null && pool.whole);
    return whole
        ? locked.stream().anyMatch(lock -> item.pool().equals(lock.pool()))
        : locked.contains(item);
  }

  private void release(Item item, List<Item> released, List<Change> changes) {
    if (item.isCell()) {
      var cell = cells.get(item.name());
      if (cell != null) {
        send(cell, changes);
        cell.drop();
      }
      released.add(item);
      return;
    }
    var pool = pools.get(item.pool());
    if (item.isWholePool() || (pool != null && pool.whole)) {
      released.add(Item.pool(item.pool()));
      if (pool != null) {
        for (var holding : pool.holdings.values()) {
          send(holding, changes);
          if (!pool.whole) {
            released.add(holding.item);
          }
        }
        pool.drop();
      }
      return;
    }
    var holding = pool == null ? null : pool.holdings.remove(item.name());
    if (holding != null) {
      send(holding, changes);
    }
    released.add(item);
  }

  private void send(Holding holding, List<Change> changes) {
    if (dirty.remove(holding)) {
      changes.add(holding.change());
    }
  }
}
