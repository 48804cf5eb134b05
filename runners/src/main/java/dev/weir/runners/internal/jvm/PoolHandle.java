package dev.weir.runners.internal.jvm;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import weir.Pool;

/** A pool as values of one type. */
final class PoolHandle<T> implements Pool<T> {

  private final Leases leases;
  private final Leases.Keys pool;
  private final Typed<T> typed;

  PoolHandle(Leases leases, String name, Typed<T> typed) {
    this.leases = leases;
    this.pool = leases.pool(name);
    this.typed = typed;
  }

  @Override
  public String name() {
    return pool.item.pool();
  }

  @Override
  public T get(String key) {
    var holding = leases.toRead(pool, key);
    return holding == null ? typed.missing() : typed.get(holding);
  }

  @Override
  public void set(String key, T value) {
    var holding = leases.toWrite(pool, key);
    typed.set(holding, value);
    leases.changed(holding);
  }

  @Override
  public T update(String key, UnaryOperator<T> function) {
    var holding = leases.toWrite(pool, key);
    T old = typed.get(holding);
    T fresh;
    leases.lock(holding);
    try {
      fresh = function.apply(old);
    } finally {
      leases.unlock();
    }
    // A nested look at all keys may have brought the pool anew.
    holding = leases.toWrite(pool, key);
    typed.set(holding, fresh);
    leases.changed(holding);
    return fresh;
  }

  @Override
  public boolean delete(String key) {
    var holding = leases.toWrite(pool, key);
    if (!holding.present) {
      return false;
    }
    holding.load(false, null);
    leases.changed(holding);
    return true;
  }

  @Override
  public boolean contains(String key) {
    var holding = leases.toRead(pool, key);
    return holding != null && holding.present;
  }

  @Override
  public List<String> keys() {
    return leases.toRead(pool).stream().filter(h -> h.present).map(h -> h.item.name()).toList();
  }

  @Override
  public Map<String, T> items() {
    var items = new LinkedHashMap<String, T>();
    for (var holding : leases.toRead(pool)) {
      if (holding.present) {
        items.put(holding.item.name(), typed.get(holding));
      }
    }
    return items;
  }

  @Override
  public int size() {
    return (int) leases.toRead(pool).stream().filter(h -> h.present).count();
  }

  @Override
  public String toString() {
    return pool.item.toString();
  }
}
