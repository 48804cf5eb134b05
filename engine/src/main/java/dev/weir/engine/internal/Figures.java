package dev.weir.engine.internal;

import dev.weir.state.Snapshot;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a run tells of itself: how fast records flow, how long epochs take to commit, how full its
 * queues are. Its counts go on from the job's beginning; times and rates are of this run.
 *
 * <p>Used by the coordinator of the run only.
 */
final class Figures {

  private final Timing commits = new Timing();
  private final Timing barriers = new Timing();
  private final Map<Flow, Rate> rates = new HashMap<>();
  private long issuedAt;
  private OptionalLong started = OptionalLong.empty();
  private long sampledAt;
  private long snapshots;
  private Optional<String> lastSnapshot = Optional.empty();

  /** A count of a node, by where it stands in its figures. */
  private record Flow(String node, List<String> path) {}

  /** A barrier was sent. */
  void issued(long nanos) {
    issuedAt = nanos;
  }

  /** The last barrier has passed all nodes. */
  void passed(long nanos) {
    barriers.took(nanos - issuedAt);
  }

  /** A commit took this long. */
  void committed(long nanos) {
    commits.took(nanos);
  }

  void snapshot(Snapshot snapshot) {
    snapshots++;
    lastSnapshot = Optional.of(snapshot.id());
  }

  /** Takes note of the counts, to know rates by. */
  void sample(long nanos, Iterable<? extends Task> tasks) {
    if (started.isEmpty()) {
      started = OptionalLong.of(nanos);
      sampledAt = nanos;
    }
    for (var task : tasks) {
      task.counts.flows().forEach((path, n) -> rate(task, path).sample(nanos, n));
    }
    sampledAt = nanos;
  }

  private double rate(long nanos, Wire wire) {
    var port = List.of("outputs", "" + wire.connection().outPort());
    double sum = 0;
    for (var task : wire.from()) {
      var n = task.counts.flows().get(port);
      sum += n == null ? 0 : rate(task, port).perSecond(nanos, n);
    }
    return sum;
  }

  /** A port is first seen when records have passed it: since the time before, that is. */
  private Rate rate(Task task, List<String> path) {
    return rates.computeIfAbsent(new Flow(task.name, path), flow -> new Rate(sampledAt, 0));
  }

  /** The figures of the run as a whole, as a JSON value. */
  Map<String, Object> ofRun(long nanos) {
    var json = new LinkedHashMap<String, Object>();
    json.put("seconds", started.isEmpty() ? 0 : (nanos - started.getAsLong()) / 1_000_000_000L);
    json.put("commit", commits.json());
    json.put("barrier", barriers.json());
    json.put("snapshots", snapshots);
    lastSnapshot.ifPresent(id -> json.put("snapshot", id));
    return json;
  }

  /**
   * The figures of this moment, as a JSON value.
   *
   * @param tasks by node, in the order of the graph
   * @param run what else is to be said of the run
   */
  Map<String, Object> live(
      long nanos, Map<String, List<Task>> tasks, List<Wire> wires, Map<String, Object> run) {
    sample(nanos, tasks.values().stream().flatMap(List::stream).toList());
    var nodes = new LinkedHashMap<String, Object>();
    tasks.forEach(
        (node, replicas) ->
            nodes.put(node, NodeFigures.of(replicas.stream().map(t -> live(nanos, t)).toList())));
    var all = new LinkedHashMap<>(ofRun(nanos));
    all.putAll(run);
    var json = new LinkedHashMap<String, Object>();
    json.put("run", all);
    json.put("nodes", nodes);
    json.put("edges", wires.stream().map(wire -> edge(nanos, wire)).toList());
    return json;
  }

  private Map<String, Object> live(long nanos, Task task) {
    var json = task.figures();
    task.counts.flows().forEach((path, n) -> put(json, path, rate(task, path).perSecond(nanos, n)));
    return json;
  }

  /** Puts a rate beside its count: {@code in-rate}, or {@code rate} of a port. */
  private static void put(Map<String, Object> json, List<String> path, double rate) {
    if (path.size() == 1) {
      json.put(path.get(0) + "-rate", rate);
    } else {
      port(json, path).put("rate", rate);
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> port(Map<String, Object> json, List<String> path) {
    return ((Map<String, Map<String, Object>>) json.get(path.get(0))).get(path.get(1));
  }

  private Map<String, Object> edge(long nanos, Wire wire) {
    var edge = new LinkedHashMap<String, Object>();
    edge.put("from", wire.connection().from());
    edge.put("out-port", (long) wire.connection().outPort());
    edge.put("to", wire.connection().to());
    edge.put("in-port", (long) wire.connection().inPort());
    edge.put("records", wire.records());
    edge.put("rate", rate(nanos, wire));
    edge.put("queued", wire.queued());
    edge.put("bytes", wire.bytes());
    edge.put("room", wire.room());
    return edge;
  }
}
