package dev.weir.views;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Numbers for keys, under which a table finds their rows: the same for equal keys, always. */
final class Home {

  private static final long MIX = 0xff51afd7ed558ccdL;

  private final Map<Class<?>, RowType<Object>> types = new HashMap<>();

  /** The number of a key of whatever type. */
  long of(Object key) {
    if (key instanceof Pair<?, ?> pair) {
      return mixed(of(pair.left()), of(pair.right()));
    } else if (key instanceof Grouped<?, ?> grouped) {
      return mixed(of(grouped.key()), of(grouped.value()));
    } else if (key instanceof Optional<?> maybe) {
      return of(maybe.orElse(null));
    } else if (key instanceof List<?> list) {
      long home = list.size();
      for (var each : list) {
        home = mixed(home, of(each));
      }
      return home;
    }
    return key == null ? 1 : of(types.computeIfAbsent(key.getClass(), Home::type), key);
  }

  @SuppressWarnings("unchecked") // the type of the key itself
  private static RowType<Object> type(Class<?> type) {
    return (RowType<Object>) RowType.of(type);
  }

  /** The number of a row, or of a key whose type is known. */
  static long of(RowType<Object> type, Object row) {
    var values = new Object[type.width()];
    type.encode(row, values, 0);
    return of(values, 0, values.length);
  }

  static long of(Object[] values, int from, int to) {
    long home = 0;
    for (int i = from; i < to; i++) {
      home = mixed(home, one(values[i]));
    }
    return home;
  }

  private static long one(Object value) {
    if (value == null) {
      return 1;
    } else if (value instanceof Long number) {
      return number;
    } else if (value instanceof Double number) {
      // A table keeps negative zero as zero.
      return number == 0 ? 0 : Double.doubleToLongBits(number);
    } else if (value instanceof Boolean truth) {
      return truth ? 3 : 2;
    } else if (value instanceof Instant instant) {
      return mixed(instant.getEpochSecond(), instant.getNano());
    }
    var text = (String) value;
    long hash = text.length();
    for (int i = 0; i < text.length(); i++) {
      hash = hash * 0x100000001b3L ^ text.charAt(i);
    }
    return hash;
  }

  private static long mixed(long a, long b) {
    long hash = (a * 31 + b + 0x9e3779b97f4a7c15L) * MIX;
    hash = (hash ^ (hash >>> 32)) * MIX;
    return hash ^ (hash >>> 29);
  }
}
