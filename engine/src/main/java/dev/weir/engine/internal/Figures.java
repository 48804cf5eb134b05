package dev.weir.engine.internal;

import dev.weir.graph.Graph;
import dev.weir.state.Snapshot;
import java.util.ArrayList;
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

  private final Graph graph;
  private final Timing commits = new Timing();
  private final Timing barriers = new Timing();
  private final Map<String, Rate> in = new HashMap<>();
  private final Map<String, Rate> out = new HashMap<>();
  private long issuedAt;
  private OptionalLong started = OptionalLong.empty();
  private long snapshots;
  private Optional<String> lastSnapshot = Optional.empty();

  Figures(Graph graph) {
    this.graph = graph;
  }

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
    }
    for (var task : tasks) {
      rate(in, task, nanos, task.counts.in()).sample(nanos, task.counts.in());
      rate(out, task, nanos, task.counts.out()).sample(nanos, task.counts.out());
    }
  }

  private static Rate rate(Map<String, Rate> rates, Task task, long nanos, long count) {
    return rates.computeIfAbsent(task.name, name -> new Rate(nanos, count));
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
   * @param run what else is to be said of the run
   */
  Map<String, Object> live(long nanos, Map<String, Task> tasks, Map<String, Object> run) {
    sample(nanos, tasks.values());
    var nodes = new LinkedHashMap<String, Object>();
    for (var name : graph.nodes().keySet()) {
      var task = tasks.get(name);
      var json = task.figures();
      json.put("in-rate", in.get(name).perSecond(nanos, task.counts.in()));
      json.put("out-rate", out.get(name).perSecond(nanos, task.counts.out()));
      nodes.put(name, json);
    }
    var all = new LinkedHashMap<>(ofRun(nanos));
    all.putAll(run);
    var json = new LinkedHashMap<String, Object>();
    json.put("run", all);
    json.put("nodes", nodes);
    json.put("edges", edges(tasks));
    return json;
  }

  private List<Object> edges(Map<String, Task> tasks) {
    var edges = new ArrayList<Object>();
    for (var node : graph.nodes().keySet()) {
      var into = graph.into(node);
      for (int i = 0; i < into.size(); i++) {
        var c = into.get(i);
        var mailbox = tasks.get(node).mailbox;
        var edge = new LinkedHashMap<String, Object>();
        edge.put("from", c.from());
        edge.put("out-port", (long) c.outPort());
        edge.put("to", node);
        edge.put("in-port", (long) c.inPort());
        edge.put("records", tasks.get(c.from()).counts.sent(c.outPort()));
        edge.put("queued", (long) mailbox.waiting(i));
        edge.put("room", (long) mailbox.capacity());
        edges.add(edge);
      }
    }
    return edges;
  }
}
