package dev.weir.engine.internal;

import dev.weir.graph.Rejection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What one node has counted, from the job's beginning: goes on from what the last commit says.
 * Counted by the batch, so that it costs a record nothing. Thread-safe.
 *
 * <p>As JSON: {@code in}, {@code out} and {@code rejected} of the whole node, then the same for
 * each port under {@code inputs} and {@code outputs}.
 */
final class Counts {

  private final long inBefore;
  private final long outBefore;
  private final LongAdder in = new LongAdder();
  private final LongAdder out = new LongAdder();
  private final Map<Rejection.Reason, LongAdder> rejected = new ConcurrentHashMap<>();
  private final Map<Integer, Port> inputs = new ConcurrentHashMap<>();
  private final Map<Integer, Port> outputs = new ConcurrentHashMap<>();
  private final Map<String, Object> gauges = new ConcurrentHashMap<>();

  /** What has passed a port, and what has not. */
  private static final class Port {
    private final LongAdder records = new LongAdder();
    private final Map<Rejection.Reason, LongAdder> rejected = new ConcurrentHashMap<>();

    private long before;

    long passed() {
      return records.sum() - before;
    }

    static void load(Map<Integer, Port> ports, Object committed) {
      if (committed instanceof Map<?, ?> byNumber) {
        byNumber.forEach(
            (number, figures) -> {
              var port = of(ports, Integer.parseInt(number.toString()));
              if (figures instanceof Map<?, ?> map) {
                port.before = number(map.get("records"));
                port.records.add(port.before);
                loadRejected(port.rejected, map.get("rejected"));
              }
            });
      }
    }

    static Port of(Map<Integer, Port> ports, int number) {
      return ports.computeIfAbsent(number, n -> new Port());
    }

    static Map<String, Object> json(Map<Integer, Port> ports) {
      var json = new LinkedHashMap<String, Object>();
      new TreeMap<>(ports)
          .forEach(
              (number, port) -> {
                var figures = new LinkedHashMap<String, Object>();
                figures.put("records", port.records.sum());
                putRejected(figures, port.rejected);
                json.put(number.toString(), figures);
              });
      return json;
    }
  }

  Counts(Map<String, Object> committed) {
    inBefore = number(committed.get("in"));
    outBefore = number(committed.get("out"));
    in.add(inBefore);
    out.add(outBefore);
    loadRejected(rejected, committed.get("rejected"));
    Port.load(inputs, committed.get("inputs"));
    Port.load(outputs, committed.get("outputs"));
  }

  /** Records that a source has read. */
  void in(int records) {
    in.add(records);
  }

  /** Records that a sink has written. */
  void out(int records) {
    out.add(records);
  }

  /** Records that have come in at a port. */
  void in(int port, int records) {
    in.add(records);
    Port.of(inputs, port).records.add(records);
  }

  /** Records that have gone out of a port; a negative one is not for outputs. */
  void out(int port, int records) {
    if (port >= 0) {
      out.add(records);
    }
    Port.of(outputs, port).records.add(records);
  }

  void rejected(Rejection rejection) {
    count(rejected, rejection.reason());
    if (rejection.slot() >= 0) {
      boolean output = rejection.slot() % 2 == 1;
      var port = Port.of(output ? outputs : inputs, rejection.slot() / 2);
      count(port.rejected, rejection.reason());
    }
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

  /** Records that have gone out of a port. */
  long sent(int port) {
    var counted = outputs.get(port);
    return counted == null ? 0 : counted.records.sum();
  }

  long rejected() {
    return rejected.values().stream().mapToLong(LongAdder::sum).sum();
  }

  /** What has passed since the run began, by where its count stands in {@link #json}. */
  Map<List<String>, Long> flows() {
    var flows = new HashMap<List<String>, Long>();
    flows.put(List.of("in"), in() - inBefore);
    flows.put(List.of("out"), out() - outBefore);
    inputs.forEach((n, port) -> flows.put(List.of("inputs", "" + n), port.passed()));
    outputs.forEach((n, port) -> flows.put(List.of("outputs", "" + n), port.passed()));
    return flows;
  }

  /** The figures as a JSON value, to be committed. */
  Map<String, Object> json() {
    var json = new LinkedHashMap<String, Object>();
    json.put("in", in());
    json.put("out", out());
    putRejected(json, rejected);
    if (!inputs.isEmpty()) {
      json.put("inputs", Port.json(inputs));
    }
    if (!outputs.isEmpty()) {
      json.put("outputs", Port.json(outputs));
    }
    json.putAll(new TreeMap<>(gauges));
    return json;
  }

  private static void loadRejected(Map<Rejection.Reason, LongAdder> rejected, Object committed) {
    if (committed instanceof Map<?, ?> reasons) {
      for (var reason : Rejection.Reason.values()) {
        long n = number(reasons.get(reason.word()));
        if (n > 0) {
          rejected.computeIfAbsent(reason, r -> new LongAdder()).add(n);
        }
      }
    }
  }

  private static void putRejected(
      Map<String, Object> json, Map<Rejection.Reason, LongAdder> rejected) {
    if (!rejected.isEmpty()) {
      var reasons = new LinkedHashMap<String, Object>();
      for (var reason : Rejection.Reason.values()) {
        if (rejected.containsKey(reason)) {
          reasons.put(reason.word(), rejected.get(reason).sum());
        }
      }
      json.put("rejected", reasons);
    }
  }

  private static void count(Map<Rejection.Reason, LongAdder> rejected, Rejection.Reason reason) {
    rejected.computeIfAbsent(reason, r -> new LongAdder()).increment();
  }

  private static long number(Object value) {
    return value instanceof Number n ? n.longValue() : 0;
  }
}
