package dev.weir.engine.internal;

import dev.weir.engine.JobSpec;
import dev.weir.engine.RunListener;
import dev.weir.engine.internal.Event.Contribution;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.OperatorContext.Start;
import dev.weir.graph.OutboxSink;
import dev.weir.graph.Sink;
import dev.weir.state.ColumnType;
import dev.weir.state.Commit;
import dev.weir.state.Row;
import dev.weir.state.Store;
import dev.weir.state.Table;
import dev.weir.state.WeirException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The outboxes of a run: what its sinks committed and their targets do not have yet.
 *
 * <p>Invariant: when a barrier is sent, at most one committed epoch of each sink waits for its
 * target. So the store never holds more than three.
 *
 * <p>Used by the coordinator of the run, but for {@link #settle}.
 */
public final class Outboxes {

  /** The output of the epochs that a target may not have yet. */
  private static final Table OUTBOX =
      Table.bookkeeping("weir_outbox")
          .key("job", ColumnType.TEXT)
          .key("node", ColumnType.TEXT)
          .key("epoch", ColumnType.INTEGER)
          .key("part", ColumnType.INTEGER)
          .column("bytes", ColumnType.BYTES)
          .build();

  /** Under which name each target knows a sink, and what the sink was when it last published. */
  private static final Table TARGET =
      Table.bookkeeping("weir_target")
          .key("job", ColumnType.TEXT)
          .key("node", ColumnType.TEXT)
          .column("name", ColumnType.TEXT)
          .column("sink", ColumnType.TEXT)
          .build();

  private static final long FIRST_WARNING = TimeUnit.SECONDS.toNanos(10);

  private final Store store;
  private final JobSpec spec;
  private final long run;
  private final long committed;
  private final Start start;
  private final RunListener listener;
  private final LongSupplier nanos;
  private final WaitingQueue<Event> events;
  private final Threads threads;
  private final Map<String, Courier> couriers = new LinkedHashMap<>();

  /** By sink, the epochs that were handed to its courier and are not published. */
  private final Map<String, Set<Long>> waiting = new HashMap<>();

  private long waitingSince;
  private long nextWarning = FIRST_WARNING;

  Outboxes(
      Store store,
      JobSpec spec,
      long run,
      long committed,
      Start start,
      RunListener listener,
      LongSupplier nanos,
      WaitingQueue<Event> events,
      Threads threads) {
    this.threads = threads;
    this.store = store;
    this.spec = spec;
    this.run = run;
    this.committed = committed;
    this.start = start;
    this.listener = listener;
    this.nanos = nanos;
    this.events = events;
  }

  static void declare(Store store) {
    store.declare(OUTBOX, TARGET);
  }

  /** Drops output of the epochs after one, which will be made again. */
  public static void dropAfter(Store store, Commit.Builder commit, String job, long epoch) {
    try (var cut = store.read();
        var rows = cut.scan(OUTBOX, job)) {
      while (rows.hasNext()) {
        var row = rows.next();
        if (row.integer(2) > epoch) {
          commit.delete(OUTBOX, job, row.text(1), row.integer(2), row.integer(3));
        }
      }
    }
  }

  /** Drops all output of a job, and under which names its targets know it. */
  static void forget(Store store, Commit.Builder commit, String job) {
    dropAfter(store, commit, job, Long.MIN_VALUE);
    try (var cut = store.read();
        var rows = cut.scan(TARGET, job)) {
      rows.forEachRemaining(row -> commit.delete(TARGET, row.first(TARGET.keyLength())));
    }
  }

  /** Whether a job's last run committed output that it did not see published. */
  public static boolean anyLeft(Store store, String job) {
    try (var cut = store.read()) {
      return cut.count(OUTBOX, job) > 0;
    }
  }

  /**
   * Sends what the job's last run left, where its sinks are still the same, and runs nothing.
   *
   * @throws WeirException when the sinks are others
   */
  void deliverLeft() throws Exception {
    checkLeft(false);
    try {
      for (var entry : spec.graph().nodes().entrySet()) {
        if (entry.getValue() instanceof Node.SinkNode node && !left(entry.getKey()).isEmpty()) {
          var sink = (OutboxSink) node.sink().get();
          var courier = add(entry.getKey(), node, sink, Start.RESUMED);
          courier.recover(left(entry.getKey()));
        }
      }
      settleNow();
    } finally {
      couriers.values().forEach(Courier::close);
    }
  }

  /**
   * Looks whether what was left can be sent by this run's sinks.
   *
   * @param drop whether to drop what cannot, with a warning; else it is refused
   */
  void checkLeft(boolean drop) {
    var commit = Commit.builder();
    for (var node : leftNodes()) {
      var was = target(node).map(row -> row.text(3)).orElse("");
      var now = spec.graph().nodes().get(node);
      if (now != null && now.describe().equals(was)) {
        continue;
      }
      var trouble =
          "job '"
              + spec.name()
              + "' was cut off before all that it had committed was written to "
              + was;
      if (!drop) {
        throw new WeirException(
            trouble
                + "\n  to have it written, give the same output again"
                + "\n  to drop it and start over, add --fresh");
      }
      listener.warn(trouble + "; the rest, of epochs " + left(node).keySet() + ", is dropped");
      left(node).forEach((e, pieces) -> delete(commit, spec.name(), node, e, pieces.size()));
    }
    store.commit(commit.build());
  }

  /** The courier of a sink; none for other sinks than those with outboxes. */
  Courier courier(String node, Node.SinkNode description, Sink sink) {
    return sink instanceof OutboxSink outbox ? add(node, description, outbox, start) : null;
  }

  /** Whether a sink has an outbox. */
  boolean has(String node) {
    return couriers.containsKey(node);
  }

  private Courier add(String node, Node.SinkNode description, OutboxSink sink, Start how) {
    var context =
        new Courier.Context(
            spec.name(),
            name(node, description.describe()),
            run,
            committed,
            how,
            spec.recovery(),
            listener,
            events,
            nanos,
            threads,
            () -> store.position(spec.name()).map(p -> p.run() == run).orElse(true));
    var courier = new Courier(node, sink, context);
    couriers.put(node, courier);
    return courier;
  }

  /** The epoch is committed: what each sink added to it now waits for its target. */
  void committed(long epoch, Map<String, Contribution> contributions) {
    contributions.forEach(
        (node, contribution) -> {
          if (!contribution.output().isEmpty()) {
            if (isEmpty()) {
              waitingSince = nanos.getAsLong();
            }
            waiting.computeIfAbsent(node, n -> new LinkedHashSet<>()).add(epoch);
            couriers.get(node).send(epoch, contribution.output());
          }
        });
  }

  /** The target has got an epoch. */
  void published(Event.Published event) {
    waiting.get(event.node()).remove(event.epoch());
    waitingSince = nanos.getAsLong();
    nextWarning = FIRST_WARNING;
  }

  /** Whether every target has all that is committed. */
  boolean isEmpty() {
    return waiting.values().stream().allMatch(Set::isEmpty);
  }

  /** Whether the targets are near enough for another epoch to end. */
  boolean haveRoom() {
    return waiting.values().stream().allMatch(epochs -> epochs.size() <= 1);
  }

  /** Says so when a target takes long. */
  void watch() {
    if (!isEmpty() && nanos.getAsLong() - waitingSince >= nextWarning) {
      waiting.forEach(
          (node, epochs) -> {
            if (!epochs.isEmpty()) {
              listener.warn(
                  node
                      + ": epoch "
                      + epochs.iterator().next()
                      + " is committed and waits since "
                      + TimeUnit.NANOSECONDS.toSeconds(nextWarning)
                      + " s for "
                      + spec.graph().nodes().get(node).describe()
                      + " to take it");
            }
          });
      nextWarning *= 2;
    }
  }

  /** Adds a sink's output to the commit of its epoch. */
  static void put(Commit.Builder commit, String job, String node, long epoch, List<byte[]> output) {
    for (int i = 0; i < output.size(); i++) {
      commit.put(OUTBOX, job, node, epoch, (long) i, output.get(i));
    }
  }

  static void delete(Commit.Builder commit, String job, String node, long epoch, int pieces) {
    for (int i = 0; i < pieces; i++) {
      commit.delete(OUTBOX, job, node, epoch, (long) i);
    }
  }

  /** Adds the deletion of what the targets have got. On the committer's thread. */
  void settle(Commit.Builder commit) {
    couriers.values().forEach(courier -> courier.settle(commit));
  }

  /** Deletes what the targets have got, in a commit of its own. */
  void settleNow() {
    var commit = Commit.builder();
    settle(commit);
    store.commit(commit.build());
  }

  /** The pieces of a sink that are in the store, by epoch. */
  SortedMap<Long, List<byte[]>> left(String node) {
    var left = new TreeMap<Long, List<byte[]>>();
    try (var cut = store.read();
        var rows = cut.scan(OUTBOX, spec.name(), node)) {
      while (rows.hasNext()) {
        var row = rows.next();
        left.computeIfAbsent(row.integer(2), e -> new ArrayList<>()).add(row.bytes(4));
      }
    }
    return left;
  }

  private Set<String> leftNodes() {
    var nodes = new LinkedHashSet<String>();
    try (var cut = store.read();
        var rows = cut.scan(OUTBOX, spec.name())) {
      rows.forEachRemaining(row -> nodes.add(row.text(1)));
    }
    return nodes;
  }

  private Optional<Row> target(String node) {
    try (var cut = store.read()) {
      return cut.get(TARGET, spec.name(), node);
    }
  }

  /** The name of a sink's claims: made when it first runs, and kept for as long as the store is. */
  private String name(String node, String sink) {
    var known = target(node);
    var name =
        known
            .map(row -> row.text(2))
            .orElseGet(
                () ->
                    "weir-%s-%s-%s"
                        .formatted(
                            spec.name(),
                            node.replaceAll("[^A-Za-z0-9._-]", "_"),
                            UUID.randomUUID().toString().substring(0, 8)));
    if (known.isEmpty() || !known.get().text(3).equals(sink)) {
      store.commit(Commit.builder().put(TARGET, spec.name(), node, name, sink).build());
    }
    return name;
  }
}
