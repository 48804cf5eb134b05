package dev.weir.graph;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The share of the keys that a key belongs to. Keyed state is kept by key group, and a replica has
 * a range of groups: so the number of replicas can change and every key is found again.
 *
 * <p>Part of what is stored: which group a key has never changes. Stateless.
 */
public final class KeyGroups {

  /** How many groups there are, and so the largest number of replicas. */
  public static final int COUNT = 128;

  private KeyGroups() {}

  /**
   * The group of a key, which is any JSON value. Numbers that are equal have one group, however
   * they are written; so have objects, in whatever order their fields are; so have a list or an
   * object and its canonical {@link #text}.
   */
  public static int of(Object key) {
    if (key instanceof Long n) {
      return of(n.longValue());
    }
    if (key instanceof String text) {
      return ofText(text);
    }
    var canonical = canonical(key);
    if (canonical instanceof Long n) {
      return of(n.longValue());
    }
    return canonical instanceof Double d ? mixed(d.hashCode()) : ofText(text(canonical));
  }

  /** The group of an integer. */
  public static int of(long key) {
    return mixed(Long.hashCode(key));
  }

  /** Which of {@code replicas} has a group. */
  public static int replica(int group, int replicas) {
    return group * replicas / COUNT;
  }

  /** The first group of a replica; those up to the first of the next are its own. */
  public static int first(int replica, int replicas) {
    return (replica * COUNT + replicas - 1) / replicas;
  }

  /**
   * A key as a text that is the same for equal keys: a string as it is, everything else as JSON
   * with the fields of objects in order.
   */
  public static String text(Object key) {
    return key instanceof String text ? text : Json.toText(canonical(key));
  }

  private static Object canonical(Object value) {
    if (value instanceof Map<?, ?> map) {
      var sorted = new TreeMap<String, Object>();
      map.forEach((name, field) -> sorted.put((String) name, canonical(field)));
      return sorted;
    }
    if (value instanceof List<?> list) {
      return list.stream().map(KeyGroups::canonical).toList();
    }
    if (value instanceof Double d && d == Math.rint(d) && !Double.isInfinite(d)) {
      return integer(new BigDecimal(d).toBigInteger());
    }
    return value instanceof BigInteger big ? integer(big) : value;
  }

  private static Object integer(BigInteger big) {
    return big.bitLength() < Long.SIZE ? (Object) big.longValue() : big;
  }

  private static int ofText(String text) {
    return mixed(text.hashCode());
  }

  /** The finish of MurmurHash3: neighbouring numbers come apart. */
  private static int mixed(int hash) {
    int h = hash;
    h = (h ^ (h >>> 16)) * 0x85ebca6b;
    h = (h ^ (h >>> 13)) * 0xc2b2ae35;
    return (h ^ (h >>> 16)) & (COUNT - 1);
  }
}
