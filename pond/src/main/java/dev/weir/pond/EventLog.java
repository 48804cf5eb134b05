package dev.weir.pond;

import dev.weir.pond.internal.CutView;
import dev.weir.pond.internal.History;
import dev.weir.pond.internal.LogTables;
import dev.weir.pond.internal.LogWriter;
import dev.weir.state.Commit;
import dev.weir.state.Store;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.random.RandomGenerator;

/**
 * The events that this node knows: those it appended to its own stream, and those it took over from
 * others. Events are never changed. Their order is the same on every node: {@link EventKey}.
 *
 * <p>Several logs, in one process or in several, may be open on one store; a store that several
 * nodes share is their common log.
 *
 * <p>Thread-safe. Closing it leaves the store open.
 */
public final class EventLog implements AutoCloseable {

  private final Store store;
  private final String node;
  private final LogWriter writer;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  private EventLog(Store store, String node, Clock clock) {
    this.store = store;
    this.node = node;
    this.writer = new LogWriter(store, node, clock);
  }

  /** Opens the log of a store as the node that the store names; a new store gets a new node. */
  public static EventLog open(Store store, Clock clock, RandomGenerator random) {
    declare(store);
    try (var cut = store.read()) {
      var known = cut.get(LogTables.NODE, "self");
      if (known.isPresent()) {
        return new EventLog(store, known.get().text(1), clock);
      }
    }
    var name = new StringBuilder("n");
    random.ints(9, 0, 36).forEach(i -> name.append(Character.forDigit(i, 36)));
    store.commit(Commit.builder().put(LogTables.NODE, "self", name.toString()).build());
    return new EventLog(store, name.toString(), clock);
  }

  /** Opens the log of a store as a node with this name, which no other node may have. */
  public static EventLog open(Store store, String node, Clock clock) {
    LogWriter.checkStream(node);
    declare(store);
    return new EventLog(store, node, clock);
  }

  private static void declare(Store store) {
    store.declare(
        LogTables.EVENT,
        LogTables.TAG,
        LogTables.STREAM,
        LogTables.QUARANTINE,
        LogTables.NODE,
        LogTables.LEFT_OUT,
        LogTables.STATE);
  }

  /** The name of this node, which is that of its stream. */
  public String node() {
    return node;
  }

  public Store store() {
    return store;
  }

  /** As {@link #append(List)}. */
  public List<Event> append(Draft... drafts) {
    return append(Arrays.asList(drafts));
  }

  /**
   * Appends events to this node's stream, all or none. They are durable when this returns; calls
   * that wait at the same time share one commit.
   *
   * @throws BadEventException when one is not well formed
   */
  public List<Event> append(List<Draft> drafts) {
    var checked = new ArrayList<Draft>(drafts.size());
    for (var draft : drafts) {
      LogWriter.checkPayload(draft.payload());
      checked.add(new Draft(Tags.checked(draft.tags()), draft.payload()));
    }
    var events = writer.append(checked);
    if (!events.isEmpty()) {
      tell();
    }
    return events;
  }

  /**
   * Takes over events of other nodes. Events that the log has are left alone, so that a delivery
   * may be repeated; of each stream they have to come without gaps. One that says something else
   * than the event that the log has at its place, or is not well formed, is put into quarantine,
   * and the others go on.
   */
  public Ingested ingest(List<Event> events) {
    var result = writer.ingest(events);
    if (result.added() > 0) {
      tell();
    }
    return result;
  }

  /** Fills an empty log with events of any streams, this node's too, that a log had before. */
  void restore(List<Event> events) {
    writer.restore(events);
  }

  /**
   * An event that a fish leaves out.
   *
   * @param error what its fold raised
   */
  public record LeftOut(Event event, String error) {}

  /** The events that a fish has put in quarantine: {@link Fish.OnError#QUARANTINE}. */
  public List<LeftOut> leftOut(FishId fish) {
    var all = new ArrayList<LeftOut>();
    try (var view = new CutView(store.read(), node)) {
      for (var row : view.rows(LogTables.LEFT_OUT, fish.subject())) {
        view.at(row.text(1), row.integer(2))
            .ifPresent(event -> all.add(new LeftOut(event, row.text(4))));
      }
    }
    return all;
  }

  /**
   * Lets a fish fold the events again that it has put in quarantine, from the next time that it
   * wakes; one that is awake goes on without them. Snapshots without them are not used any more.
   *
   * @return the events
   */
  public List<LeftOut> release(FishId fish) {
    var all = leftOut(fish);
    var commit = Commit.builder();
    for (var each : all) {
      commit.delete(
          LogTables.LEFT_OUT, fish.subject(), each.event().stream(), each.event().offset());
    }
    if (!all.isEmpty()) {
      store.commit(commit.build());
    }
    return all;
  }

  /** How far this log goes. */
  public Offsets present() {
    try (var view = view()) {
      return view.present();
    }
  }

  /** The log as it is now. */
  public LogView view() {
    return new CutView(store.read(), node);
  }

  /** Up to so many events beyond the offsets, stream by stream, as an exchange sends them. */
  public List<Event> read(Offsets known, int limit) {
    try (var view = view()) {
      var events = new ArrayList<Event>();
      for (var stream : view.present().byStream().keySet()) {
        long first = Math.max(known.of(stream) + 1, Math.max(0, view.floors().of(stream)));
        for (long offset = first;
            offset <= view.present().of(stream) && events.size() < limit;
            offset++) {
          view.at(stream, offset).ifPresent(events::add);
        }
      }
      return events;
    }
  }

  /**
   * Removes events for good, where no fish needs them any more: those before a time that every
   * given fish has a usable snapshot of, newer than them. Offsets stay as they are.
   *
   * @param needed the fish that are to go on; one without a snapshot keeps everything
   * @return what was removed, and what was kept for whom
   * @throws PondException when snapshots of a fish that is not given would lose their events
   */
  public Removed removeBefore(Instant time, Collection<? extends Fish<?, ?>> needed) {
    for (var snapshot : store.snapshots().list()) {
      var subject = snapshot.subject();
      if (FishId.isSubject(subject)
          && needed.stream().noneMatch(fish -> fish.id().subject().equals(subject))) {
        throw new PondException(
            "%s has snapshots, and may need events from before %s: give that fish too, or remove its snapshots"
                .formatted(subject, time));
      }
    }
    var limits = new TreeMap<String, Long>();
    var reasons = new ArrayList<String>();
    try (var view = new CutView(store.read(), node)) {
      for (var stream : view.present().byStream().keySet()) {
        limits.put(stream, view.firstFrom(stream, time));
      }
      for (var fish : needed) {
        var follows = History.newestSnapshot(this, fish, view);
        boolean held = false;
        for (var limit : limits.entrySet()) {
          long most = follows.of(limit.getKey()) + 1;
          held |= limit.getValue() > most;
          limit.setValue(Math.min(limit.getValue(), most));
        }
        if (held) {
          reasons.add(
              "fish %s has a usable snapshot only of %s"
                  .formatted(fish.id(), follows.byStream().isEmpty() ? "nothing" : follows));
        }
      }
    }
    long count = 0;
    for (var limit : limits.entrySet()) {
      count += writer.remove(limit.getKey(), limit.getValue());
    }
    return new Removed(count, List.copyOf(reasons));
  }

  /**
   * What was removed from a log.
   *
   * @param kept why events were kept that are old enough, in words
   */
  public record Removed(long events, List<String> kept) {}

  /** The events that were put aside when they arrived, with the reasons. */
  public List<Ingested.Refused> quarantined() {
    return writer.quarantined();
  }

  /** Has something called after each append, by the thread that appended; until it is cancelled. */
  public Cancel onAppend(Runnable listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  private void tell() {
    listeners.forEach(Runnable::run);
  }

  @Override
  public void close() {
    writer.close();
  }
}
