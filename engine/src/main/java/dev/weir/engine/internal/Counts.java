package dev.weir.engine.internal;

import dev.weir.graph.Rejection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What one node has counted, from the job's beginning: goes on from what the last commit says.
 * Thread-safe.
 */
final class Counts {

  private final LongAdder in = new LongAdder();
  private final LongAdder out = new LongAdder();
  private final Map<Rejection.Reason, LongAdder> rejected = new ConcurrentHashMap<>();
  private final Map<String, Object> gauges = new ConcurrentHashMap<>();

  Counts(Map<String, Object> committed) {
    in.add(number(committed.get("in")));
    out.add(number(committed.get("out")));
    if (committed.get("rejected") instanceof Map<?, ?> reasons) {
      for (var reason : Rejection.Reason.values()) {
        long n = number(reasons.get(reason.word()));
        if (n > 0) {
          adder(reason).add(n);
        }
      }
    }
  }

  void in(int records) {
    in.add(records);
  }

  void out(int records) {
    out.add(records);
  }

  void rejected(Rejection.Reason reason) {
    adder(reason).increment();
  }

  void gauge(String name, Object value) {
    gauges.put(name, value);
  }

  long in() {
    return in.sum();
  }

  long out() {
    return out.sum();
  }

  long rejected() {
    return rejected.values().stream().mapToLong(LongAdder::sum).sum();
  }

  /** The figures as a JSON value, to be committed. */
  Map<String, Object> json() {
    var json = new LinkedHashMap<String, Object>();
    json.put("in", in());
    json.put("out", out());
    if (!rejected.isEmpty()) {
      var reasons = new LinkedHashMap<String, Object>();
      for (var reason : Rejection.Reason.values()) {
        if (rejected.containsKey(reason)) {
          reasons.put(reason.word(), rejected.get(reason).sum());
        }
      }
      json.put("rejected", reasons);
    }
    json.putAll(new java.util.TreeMap<>(gauges));
    return json;
  }

  private LongAdder adder(Rejection.Reason reason) {
    return rejected.computeIfAbsent(reason, r -> new LongAdder());
  }

  private static long number(Object value) {
    return value instanceof Number n ? n.longValue() : 0;
  }
}
