package dev.weir.state.internal;

import dev.weir.state.Cut;
import dev.weir.state.Index;
import dev.weir.state.Row;
import dev.weir.state.StoreException;
import dev.weir.state.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/** Tables in memory, as persistent trees: a reader keeps the version that it began with. */
final class MemoryBackend implements Backend {

  /** A table's rows, by key and by each index. */
  private record Kept(Table table, RowTree byKey, Map<String, RowTree> byIndex) {}

  private record Version(long number, Map<String, Kept> tables) {}

  private final ReentrantLock writing = new ReentrantLock();
  private final MemoryChunks chunks = new MemoryChunks();
  private volatile Version current = new Version(0, Map.of());

  @Override
  public String url() {
    return "memory:";
  }

  @Override
  public String where() {
    return "memory";
  }

  @Override
  public Reader read() {
    return new VersionReader(current.tables());
  }

  @Override
  public <T> T write(Function<Transaction, T> body) {
    writing.lock();
    try {
      var transaction = new VersionWriter(current.tables());
      T result = body.apply(transaction);
      current = new Version(current.number() + 1, Map.copyOf(transaction.tables));
      return result;
    } finally {
      writing.unlock();
    }
  }

  @Override
  public long version() {
    return current.number();
  }

  @Override
  public Chunks chunks() {
    return chunks;
  }

  @Override
  public void close() {
    current = new Version(current.number() + 1, Map.of());
  }

  private static class VersionReader implements Reader {
    Map<String, Kept> tables;

    VersionReader(Map<String, Kept> tables) {
      this.tables = tables;
    }

    @Override
    public Row get(Table table, Object... key) {
      return kept(table).byKey().find(key);
    }

    @Override
    public Cut.Rows scan(Table table, Object... keyPrefix) {
      return new IteratorRows(kept(table).byKey().rows(keyPrefix));
    }

    @Override
    public Cut.Rows scan(Table table, Index index, Object... prefix) {
      return new IteratorRows(kept(table).byIndex().get(index.name()).rows(prefix));
    }

    @Override
    public Cut.Rows range(Table table, Object[] prefix, Object from, Object to, boolean reverse) {
      return new IteratorRows(kept(table).byKey().range(prefix, from, to, reverse));
    }

    @Override
    public Cut.Rows range(
        Table table, Index index, Object[] prefix, Object from, Object to, boolean reverse) {
      var rows = new ArrayList<Row>();
      int next = table.indexOf(index.columns().get(prefix.length)).orElseThrow();
      var type = table.columns().get(next).type();
      kept(table)
          .byIndex()
          .get(index.name())
          .rows(prefix)
          .forEachRemaining(
              row -> {
                var value = row.get(next);
                boolean inside =
                    (from == null
                            || (value != null && RowOrder.compareValues(type, value, from) >= 0))
                        && (to == null
                            || (value != null && RowOrder.compareValues(type, value, to) < 0));
                if (inside) {
                  rows.add(row);
                }
              });
      if (reverse) {
        Collections.reverse(rows);
      }
      return new IteratorRows(rows.iterator());
    }

    @Override
    public long count(Table table, Object... keyPrefix) {
      return kept(table).byKey().count(keyPrefix);
    }

    @Override
    public void close() {
      tables = Map.of();
    }

    Kept kept(Table table) {
      var kept = tables.get(table.name());
      if (kept == null) {
        throw new IllegalArgumentException("there is no table " + table.name());
      }
      return kept;
    }
  }

  private static final class VersionWriter extends VersionReader implements Transaction {

    VersionWriter(Map<String, Kept> tables) {
      super(new HashMap<>(tables));
    }

    @Override
    public void create(Table table) {
      var byIndex = new LinkedHashMap<String, RowTree>();
      for (var index : table.indexes()) {
        byIndex.put(index.name(), new RowTree(RowOrder.ofIndex(table, index)));
      }
      tables.put(table.name(), new Kept(table, new RowTree(RowOrder.ofKey(table)), byIndex));
    }

    @Override
    public void create(Table table, Index index) {
      var kept = kept(table);
      var tree = new RowTree(RowOrder.ofIndex(table, index));
      for (var rows = kept.byKey().rows(); rows.hasNext(); ) {
        tree = tree.put(rows.next());
      }
      var byIndex = new LinkedHashMap<>(kept.byIndex());
      byIndex.put(index.name(), tree);
      tables.put(table.name(), new Kept(table, kept.byKey(), byIndex));
    }

    @Override
    public void drop(Table table) {
      tables.remove(table.name());
    }

    @Override
    public void clear(Table table, String subject) {
      var kept = kept(table);
      var prefix = subject == null ? new Object[0] : new Object[] {subject};
      var byIndex = new LinkedHashMap<String, RowTree>(kept.byIndex());
      if (subject == null) {
        byIndex.replaceAll((name, tree) -> tree.removeAll());
      } else if (!byIndex.isEmpty()) {
        for (var rows = kept.byKey().rows(prefix); rows.hasNext(); ) {
          var row = rows.next();
          byIndex.replaceAll((name, tree) -> tree.remove(row));
        }
      }
      tables.put(table.name(), new Kept(kept.table(), kept.byKey().removeAll(prefix), byIndex));
    }

    @Override
    public void apply(Table table, List<Change> sorted) {
      var changed = new Changed(kept(table));
      for (var change : sorted) {
        if (change.deleted()) {
          changed.delete(change.row());
        } else if (change.fresh()) {
          changed.insert(change.row());
        } else {
          changed.put(change.row());
        }
      }
      tables.put(table.name(), changed.kept());
    }

    @Override
    public void put(Table table, Iterator<Row> sorted) {
      var changed = new Changed(kept(table));
      sorted.forEachRemaining(changed::put);
      tables.put(table.name(), changed.kept());
    }

    @Override
    public void load(Table table, String subject, Iterator<Row> sorted) {
      var changed = new Changed(kept(table));
      sorted.forEachRemaining(row -> changed.put(row.after(subject)));
      tables.put(table.name(), changed.kept());
    }
  }

  /** A table while some of its rows change. */
  private static final class Changed {
    private final Table table;
    private final Map<String, RowTree> byIndex;
    private RowTree byKey;

    Changed(Kept kept) {
      table = kept.table();
      byIndex = new LinkedHashMap<>(kept.byIndex());
      byKey = kept.byKey();
    }

    void put(Row row) {
      leaveIndexes(row);
      byIndex.replaceAll((name, tree) -> tree.put(row));
      byKey = byKey.put(row);
    }

    /** Puts a row whose key is new. */
    void insert(Row row) {
      if (find(row) != null) {
        throw new StoreException(
            "store memory: cannot write table %s: there is a row already of a key that was to be new (%s)"
                .formatted(table.name(), row));
      }
      put(row);
    }

    /** Deletes the row with the key that this row begins with. */
    void delete(Row row) {
      leaveIndexes(row);
      byKey = byKey.remove(row);
    }

    private void leaveIndexes(Row row) {
      var old = byIndex.isEmpty() ? null : find(row);
      if (old != null) {
        byIndex.replaceAll((name, tree) -> tree.remove(old));
      }
    }

    private Row find(Row row) {
      var key = new Object[table.keyLength()];
      Arrays.setAll(key, row::get);
      return byKey.find(key);
    }

    Kept kept() {
      return new Kept(table, byKey, byIndex);
    }
  }
}
