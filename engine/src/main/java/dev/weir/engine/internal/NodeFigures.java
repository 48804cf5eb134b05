package dev.weir.engine.internal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The figures of a node, put together from those of its replicas: numbers are added up, lists are
 * joined, and what each replica said stands under {@code replicas}. Stateless.
 */
final class NodeFigures {

  private static final String REPLICAS = "replicas";

  private NodeFigures() {}

  /** The figures of a node whose replicas have these, in their order. */
  static Map<String, Object> of(List<Map<String, Object>> replicas) {
    if (replicas.size() == 1) {
      return replicas.get(0);
    }
    var all = new LinkedHashMap<String, Object>();
    var each = new LinkedHashMap<String, Object>();
    for (int i = 0; i < replicas.size(); i++) {
      add(all, replicas.get(i));
      each.put(Integer.toString(i), replicas.get(i));
    }
    all.remove("alignment");
    all.put(REPLICAS, each);
    return all;
  }

  /** What a replica goes on from: its own figures, or the first of them all together. */
  static Map<String, Object> share(Map<String, Object> node, int replica, int replicas) {
    if (replicas > 1
        && node.get(REPLICAS) instanceof Map<?, ?> each
        && each.size() == replicas
        && each.get(Integer.toString(replica)) instanceof Map<?, ?> own) {
      return object(own);
    }
    return replica == 0 ? node : Map.of();
  }

  private static void add(Map<String, Object> sum, Map<String, Object> more) {
    more.forEach((name, value) -> sum.merge(name, value, NodeFigures::plus));
  }

  private static Object plus(Object a, Object b) {
    if (a instanceof Long x && b instanceof Long y) {
      return x + y;
    }
    if (a instanceof Number x && b instanceof Number y) {
      return x.doubleValue() + y.doubleValue();
    }
    if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
      var sum = new LinkedHashMap<>(object(x));
      add(sum, object(y));
      return sum;
    }
    if (a instanceof List<?> x && b instanceof List<?> y) {
      var all = new ArrayList<Object>(x);
      all.addAll(y);
      return all;
    }
    return a;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Map<?, ?> json) {
    return (Map<String, Object>) json;
  }
}
