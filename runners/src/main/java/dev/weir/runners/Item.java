package dev.weir.runners;

/**
 * What a runner can hold a lease on: a cell, one key of a pool, or a whole pool.
 *
 * @param pool the pool, or null for a cell
 * @param name the cell or the key; null for a whole pool
 */
public record Item(String pool, String name) {

  public static Item cell(String name) {
    return new Item(null, name);
  }

  public static Item key(String pool, String key) {
    return new Item(pool, key);
  }

  public static Item pool(String pool) {
    return new Item(pool, null);
  }

  public boolean isCell() {
    return pool == null;
  }

  public boolean isWholePool() {
    return name == null;
  }

  /** As written in messages: {@code cell 'c'}, {@code key 'k' of pool 'p'}, {@code pool 'p'}. */
  @Override
  public String toString() {
    if (isCell()) {
      return "cell '" + name + "'";
    }
    return isWholePool() ? "pool '" + pool + "'" : "key '" + name + "' of pool '" + pool + "'";
  }
}
