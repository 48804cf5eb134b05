package dev.weir.models;

import dev.weir.graph.Json;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.StateTable;
import dev.weir.runners.Change;
import dev.weir.runners.FromRunner;
import dev.weir.runners.Item;
import dev.weir.runners.RunnerException;
import dev.weir.runners.ToRunner;
import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Row;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The cells and pools of one operator: the master copy of every value, and the leases by which
 * runners work on copies of their own.
 *
 * <p>A value here is as its last holder gave it back or synced it; a runner with an exclusive lease
 * may have a newer one. After all have synced, everything here is the state of the cut, and {@link
 * #write} puts what has changed into the tables.
 *
 * <p>Values are kept as JSON text, in the same String objects as in the tables' rows.
 *
 * <p>Thread-safe under one lock, but for {@link #open} and {@link #write}, which use tables and
 * belong to the operator's thread.
 */
final class SharedState {

  static final StateTable.Schema CELL =
      new StateTable.Schema(
          "cell",
          List.of(Column.of("name", ColumnType.TEXT), Column.of("value", ColumnType.JSON)),
          1,
          List.of());
  static final StateTable.Schema POOL =
      new StateTable.Schema(
          "pool",
          List.of(
              Column.of("pool", ColumnType.TEXT),
              Column.of("key", ColumnType.TEXT),
              Column.of("value", ColumnType.JSON)),
          2,
          List.of());

  /** A pool of more text than this is not leased as a whole unless that was asked for. */
  private static final int POOLS_SHOWN = 100;

  private static final long WHOLE_POOL_LIMIT = 64L << 20;

  /** A cell's or a key's value. */
  private static final class Entry {
    final String name;
    String text;
    boolean changed;

    Entry(String name, String text) {
      this.name = name;
      this.text = text;
    }
  }

  /**
   * Values by name. An entry without text is absent; it stays until its deletion is written. {@code
   * changed} holds the entries that are not in the tables as they are here, each once.
   */
  private static final class Values {
    final Map<String, Entry> entries = new HashMap<>();
    final List<Entry> changed = new ArrayList<>();
    int present;
    long length;

    String text(String name) {
      var entry = entries.get(name);
      return entry == null ? null : entry.text;
    }

    void load(String name, String text) {
      entries.put(name, new Entry(name, text));
      present++;
      length += name.length() + text.length();
    }

    void set(String name, String text) {
      var entry = entries.get(name);
      if (entry == null) {
        entry = new Entry(name, null);
        entries.put(name, entry);
      }
      if (entry.text != null) {
        present--;
        length -= name.length() + entry.text.length();
      }
      if (text != null) {
        present++;
        length += name.length() + text.length();
      }
      entry.text = text;
      if (!entry.changed) {
        entry.changed = true;
        changed.add(entry);
      }
    }
  }

  private final Object lock = new Object();
  private final Values cells = new Values();
  private final Map<String, Values> pools = new HashMap<>();
  private final LeaseTable leases = new LeaseTable(new Decisions(), this::isSmall);
  private StateTable cellTable;
  private StateTable poolTable;

  /** Declares the tables and takes their values. */
  void open(OperatorContext context) {
    cellTable = context.table(CELL);
    poolTable = context.table(POOL);
    synchronized (lock) {
      cellTable.forEach(row -> cells.load(row.text(0), row.text(1)));
      poolTable.forEach(row -> pool(row.text(0)).load(row.text(1), row.text(2)));
    }
  }

  /** How many cells there are, and keys of each pool; of many pools only the first. */
  Map<String, Object> sizes() {
    synchronized (lock) {
      var sizes = new LinkedHashMap<String, Object>();
      sizes.put("cells", (long) cells.present);
      var byName = new LinkedHashMap<String, Object>();
      pools.entrySet().stream()
          .sorted(Map.Entry.comparingByKey())
          .limit(POOLS_SHOWN)
          .forEach(pool -> byName.put(pool.getKey(), (long) pool.getValue().present));
      sizes.put("pools", byName);
      return sizes;
    }
  }

  /** Puts the values that have changed since the last time into the tables. */
  void write() {
    synchronized (lock) {
      for (var entry : cells.changed) {
        entry.changed = false;
        cellTable.put(Row.of(entry.name, entry.text));
      }
      cells.changed.clear();
      pools.forEach(
          (pool, values) -> {
            for (var entry : values.changed) {
              entry.changed = false;
              if (entry.text == null) {
                poolTable.delete(Row.of(pool, entry.name));
                values.entries.remove(entry.name);
              } else {
                poolTable.put(Row.of(pool, entry.name, entry.text));
              }
            }
            values.changed.clear();
          });
    }
  }

  void join(Member member) {
    synchronized (lock) {
      leases.join(member);
    }
  }

  /** The member has synced and is no more: what it holds is free. */
  void leave(Member member) {
    synchronized (lock) {
      leases.leave(member);
    }
  }

  /** Answers a need, now or when others have given back what it is for. */
  void need(Member member, FromRunner.Need need) {
    synchronized (lock) {
      if (need.peek()) {
        var answer = peek(need.request(), need.item());
        member.post(() -> answer);
        return;
      }
      var request =
          new LeaseTable.Request(
              member, need.request(), need.item(), need.exclusive(), need.locked());
      var deadlock = leases.ask(request);
      if (deadlock.isPresent()) {
        var refusal = new ToRunner.Refuse(need.request(), deadlock.get());
        member.post(() -> refusal);
      } else if (!request.granted()) {
        member.blocked(need.item());
      }
    }
  }

  /** Leases given back, with what was changed under them. */
  void back(Member member, FromRunner.Back back) {
    var texts = texts(back.changes());
    synchronized (lock) {
      apply(member, back.changes(), texts);
      for (var item : back.released()) {
        member.gaveBack(item);
      }
      leases.back(member, back.released());
    }
  }

  /** What a runner has changed under leases that it keeps. */
  void sync(Member member, List<Change> changes) {
    var texts = texts(changes);
    synchronized (lock) {
      apply(member, changes, texts);
    }
  }

  /** Asks for the lease of an edit. */
  void ask(Edit edit) {
    synchronized (lock) {
      leases.ask(new LeaseTable.Request(edit, 0, edit.item(), true, List.of()));
    }
  }

  /** Makes an edit that has its lease, and gives the lease back. */
  void make(Edit edit) {
    synchronized (lock) {
      var item = edit.item();
      (item.isCell() ? cells : pool(item.pool())).set(item.name(), edit.text());
      leases.leave(edit);
    }
  }

  /** How often a lease went from one runner to another. */
  long handOvers() {
    synchronized (lock) {
      return leases.handOvers();
    }
  }

  private static String[] texts(List<Change> changes) {
    var texts = new String[changes.size()];
    for (int i = 0; i < texts.length; i++) {
      var change = changes.get(i);
      texts[i] = change.present() ? Json.toText(change.value()) : null;
    }
    return texts;
  }

  private void apply(Member member, List<Change> changes, String[] texts) {
    for (int i = 0; i < texts.length; i++) {
      var item = changes.get(i).item();
      if (item.isWholePool() || (item.isCell() && texts[i] == null)) {
        throw broken(member, "reports a change of " + item + " that there cannot be");
      }
      if (!leases.mayWrite(member, item)) {
        throw broken(member, "has changed " + item + " without a lease to write it");
      }
      (item.isCell() ? cells : pool(item.pool())).set(item.name(), texts[i]);
    }
  }

  private static RunnerException broken(Member member, String what) {
    return new RunnerException("runner " + member.number() + " broke the protocol: it " + what);
  }

  private ToRunner.Grant peek(long request, Item item) {
    if (item.isWholePool()) {
      var copy = new LinkedHashMap<String, Object>();
      for (var entry : pool(item.pool()).entries.values()) {
        if (entry.text != null) {
          copy.put(entry.name, Json.parse(entry.text));
        }
      }
      return new ToRunner.Grant(request, item, false, true, copy);
    }
    return grant(request, item, false, text(item));
  }

  private String text(Item item) {
    return item.isCell() ? cells.text(item.name()) : pool(item.pool()).text(item.name());
  }

  private static ToRunner.Grant grant(long request, Item item, boolean exclusive, String text) {
    return new ToRunner.Grant(
        request, item, exclusive, text != null, text == null ? null : Json.parse(text));
  }

  private Values pool(String name) {
    return pools.computeIfAbsent(name, n -> new Values());
  }

  private boolean isSmall(String pool) {
    return pool(pool).length <= WHOLE_POOL_LIMIT;
  }

  private final class Decisions implements LeaseTable.Decisions {
    @Override
    public void grant(LeaseTable.Request request, Item item, boolean exclusive) {
      if (item.isWholePool()) {
        var view = new PoolView(pool(item.pool()));
        request.member.post(() -> new ToRunner.Grant(request.id, item, exclusive, true, view));
      } else {
        var text = text(item);
        request.member.post(() -> SharedState.grant(request.id, item, exclusive, text));
      }
      request.member.unblocked();
    }

    @Override
    public void recall(Member member, Item item) {
      member.recalled(item);
      member.post(() -> new ToRunner.Recall(item));
    }
  }

  /**
   * A leased pool as a map, each value made when it is read. Needs no lock: until the lessee has
   * had it, no one may write the pool.
   */
  private static final class PoolView extends AbstractMap<String, Object> {
    private final Values values;

    PoolView(Values values) {
      this.values = values;
    }

    @Override
    public int size() {
      return values.present;
    }

    @Override
    public Set<Map.Entry<String, Object>> entrySet() {
      return new AbstractSet<>() {
        @Override
        public int size() {
          return values.present;
        }

        @Override
        public Iterator<Map.Entry<String, Object>> iterator() {
          return values.entries.values().stream()
              .filter(e -> e.text != null)
              .<Map.Entry<String, Object>>map(
                  e -> new SimpleImmutableEntry<>(e.name, Json.parse(e.text)))
              .iterator();
        }
      };
    }
  }
}
