package dev.weir.pond.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.weir.pond.BadEventException;
import dev.weir.pond.Event;
import dev.weir.pond.EventKey;
import dev.weir.pond.Fish;
import dev.weir.pond.FishId;
import dev.weir.pond.Offsets;
import dev.weir.pond.Report;
import dev.weir.state.DamagedSnapshotException;
import dev.weir.state.Row;
import dev.weir.state.Snapshot;
import dev.weir.state.Store;
import dev.weir.state.UnknownSnapshotException;
import dev.weir.state.WeirException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The state snapshots of one fish in the catalogue. A snapshot never becomes wrong: it says which
 * events it follows, and whether it can be used is decided against the log each time. One thread at
 * a time.
 */
final class Shelf<S, E> {

  private static final int PART = 64 * 1024;

  /** A snapshot is due when folding again costs this share of writing the state, or more. */
  private static final int COST_SHARE = 4;

  /**
   * What a snapshot says besides its state, as JSON in the catalogue.
   *
   * @param without the events in quarantine that its state lacks; null for none
   */
  record Meta(
      String fingerprint,
      After after,
      Offsets offsets,
      EventKey horizon,
      long events,
      Instant newest,
      String stateHash,
      List<EventKey> without) {}

  /** The event that a snapshot follows. */
  record After(String stream, long offset, long lamport, Instant time, String hash) {

    static After of(Event event) {
      return new After(
          event.stream(), event.offset(), event.lamport(), event.time(), contentHash(event));
    }

    EventKey key() {
      return new EventKey(lamport, stream);
    }
  }

  /** A state that is in the catalogue, or is to come into it. */
  private record Kept(String id, Meta meta, Checkpoint pending) implements Retention.Mark {

    EventKey key() {
      return pending != null ? pending.key() : meta.after().key();
    }

    @Override
    public long events() {
      return pending != null ? pending.events() : meta.events();
    }

    @Override
    public Instant newest() {
      return pending != null ? pending.newest() : meta.newest();
    }
  }

  private static final Comparator<Kept> NEWEST_FIRST = Comparator.comparing(Kept::key).reversed();

  private final Store store;
  private final Fish<S, E> fish;
  private final Folding<S, E> folding;
  private final Consumer<Report> reports;
  private final String fingerprint;
  private final Set<String> damaged = new HashSet<>();
  private List<Kept> kept = new ArrayList<>();

  /** Snapshots that are not kept any more, to be removed when the new ones are written. */
  private final List<String> dropped = new ArrayList<>();

  private long charsAtLast;
  private boolean first;
  private boolean checked;
  private boolean ended;

  Shelf(Store store, Folding<S, E> folding, Consumer<Report> reports) {
    this.store = store;
    this.fish = folding.fish;
    this.folding = folding;
    this.reports = reports;
    this.fingerprint = fish.fingerprint();
  }

  private String subject() {
    return fish.id().subject();
  }

  /** Reads what the catalogue has. */
  void open() {
    kept = new ArrayList<>();
    var all = store.snapshots().list(subject());
    for (var snapshot : all) {
      var meta = meta(snapshot);
      if (meta == null || !meta.fingerprint().equals(fingerprint)) {
        continue;
      }
      if (snapshot.damaged()) {
        report(snapshot.id(), "is damaged and skipped");
      } else {
        kept.add(new Kept(snapshot.id(), meta, null));
      }
    }
    first = all.isEmpty();
    kept.sort(Comparator.comparing(Kept::key));
  }

  private Meta meta(Snapshot snapshot) {
    try {
      var meta = JsonCodec.MAPPER.readValue(snapshot.positions(), Meta.class);
      boolean whole =
          meta != null
              && meta.fingerprint() != null
              && meta.after() != null
              && meta.offsets() != null
              && meta.newest() != null;
      if (whole) {
        return meta;
      }
    } catch (JsonProcessingException e) {
      report(snapshot.id(), "cannot be read: " + e.getOriginalMessage());
      return null;
    }
    report(snapshot.id(), "does not say which events it follows");
    return null;
  }

  /**
   * The newest state that the log agrees with and that follows nothing at or after the key. One
   * before whose event the log has an event that it does not follow is wrong for good, and removed.
   */
  Checkpoint newest(CutView view, EventKey before) {
    for (var each : kept.stream().sorted(NEWEST_FIRST).toList()) {
      if (before != null && !each.key().isBefore(before)) {
        continue;
      }
      if (each.pending() != null) {
        return each.pending();
      }
      if (!agrees(view, each)) {
        continue;
      }
      var late = firstUnseen(view, each.meta());
      if (late != null && late.isBefore(each.key())) {
        kept.remove(each);
        remove(each.id());
        continue;
      }
      var checkpoint = load(each);
      if (checkpoint != null) {
        return checkpoint;
      }
    }
    return null;
  }

  /** Whether the log has the events that the snapshot follows. */
  private boolean agrees(CutView view, Kept each) {
    var meta = each.meta();
    if (!meta.offsets().isWithin(view.present())) {
      report(
          each.id(),
          "follows events that the log does not have (the log goes to %s, the snapshot to %s); it is not used"
              .formatted(view.present(), meta.offsets()));
      return false;
    }
    var without = meta.without() == null ? List.<EventKey>of() : meta.without();
    if (!without.equals(folding.quarantinedBefore(each.key()))) {
      // Events were released since, or put aside: another state is asked for.
      return false;
    }
    var after = meta.after();
    var there = view.at(after.stream(), after.offset());
    if (there.isPresent()
        ? !contentHash(there.get()).equals(after.hash())
        : after.offset() >= view.floors().of(after.stream())) {
      report(each.id(), "follows an event that the log has otherwise; it is not used");
      return false;
    }
    for (var floor : view.floors().byStream().entrySet()) {
      if (floor.getValue() - 1 > meta.offsets().of(floor.getKey())) {
        return false;
      }
    }
    return true;
  }

  private EventKey firstUnseen(CutView view, Meta meta) {
    try (var events = view.after(meta.offsets(), fish.where())) {
      while (events.hasNext()) {
        var key = events.next().key();
        if (meta.horizon() == null || !key.isBefore(meta.horizon())) {
          return key;
        }
      }
      return null;
    }
  }

  static String contentHash(Event event) {
    return LogWriter.sha256(event.tags() + " " + event.time() + " " + event.payload())
        .substring(0, 32);
  }

  /** The state of a snapshot; null, and reported, where it cannot be read. */
  private Checkpoint load(Kept each) {
    if (damaged.contains(each.id())) {
      return null;
    }
    var meta = each.meta();
    try {
      var text = LogTables.stateText(store.snapshots(), each.id());
      if (!LogWriter.sha256(text).equals(meta.stateHash())) {
        throw new BadEventException("its state is not the one that was written");
      }
      var state = fish.states().read(text);
      var after =
          new Event(
              meta.after().stream(),
              meta.after().offset(),
              meta.after().lamport(),
              meta.after().time(),
              List.of(),
              "null",
              false);
      return new Checkpoint(
          after,
          meta.offsets(),
          meta.horizon(),
          meta.events(),
          meta.newest(),
          fish.immutable() ? state : text);
    } catch (UnknownSnapshotException e) {
      return null;
    } catch (WeirException e) {
      damaged.add(each.id());
      if (e instanceof DamagedSnapshotException) {
        store.snapshots().verify(each.id());
      }
      report(each.id(), "is damaged and skipped: " + e.getMessage());
    } catch (RuntimeException e) {
      damaged.add(each.id());
      report(each.id(), "cannot be read by the fish and is skipped: " + e);
    }
    return null;
  }

  /** Takes a checkpoint for a snapshot if one is due. */
  void offer(java.util.function.Supplier<Checkpoint> checkpoint) {
    int every = fish.snapshots().every();
    if (every <= 0 || ended || folding.events() - lastEvents() < every) {
      return;
    }
    if ((folding.chars() - charsAtLast) * COST_SHARE < folding.stateChars()) {
      return;
    }
    charsAtLast = folding.chars();
    try {
      kept.add(new Kept(null, null, checkpoint.get()));
      thin();
    } catch (RuntimeException e) {
      noMore("its state cannot be written: " + e.getMessage());
    }
  }

  private long lastEvents() {
    return kept.isEmpty() ? 0 : kept.get(kept.size() - 1).events();
  }

  private void thin() {
    var keep = Retention.keep(fish.snapshots(), kept);
    var left = new ArrayList<Kept>();
    var gone = new ArrayList<Kept>();
    for (int i = 0; i < kept.size(); i++) {
      (keep.get(i) ? left : gone).add(kept.get(i));
    }
    kept = left;
    dropped.addAll(gone.stream().map(Kept::id).filter(Objects::nonNull).toList());
  }

  /** Writes the snapshots that are due, and removes those that are not kept any more. */
  void flush() {
    for (int i = 0; i < kept.size() && !ended; i++) {
      var each = kept.get(i);
      if (each.pending() != null) {
        kept.set(i, write(each.pending()));
      }
    }
    kept.removeIf(Objects::isNull);
    kept.removeIf(each -> each.id() == null);
    dropped.forEach(this::remove);
    dropped.clear();
  }

  private Kept write(Checkpoint checkpoint) {
    String text;
    try {
      text = folding.text(checkpoint.state());
      checkRoundTrip(checkpoint, text);
    } catch (RuntimeException e) {
      noMore(e.getMessage());
      return null;
    }
    var meta =
        new Meta(
            fingerprint,
            After.of(checkpoint.after()),
            checkpoint.offsets(),
            checkpoint.horizon(),
            checkpoint.events(),
            checkpoint.newest(),
            LogWriter.sha256(text),
            folding.quarantinedBefore(checkpoint.key()));
    var rows = new ArrayList<Row>();
    for (int from = 0; from < text.length(); ) {
      int to = Math.min(text.length(), from + PART);
      if (to < text.length() && Character.isHighSurrogate(text.charAt(to - 1))) {
        to++;
      }
      rows.add(Row.of((long) rows.size(), text.substring(from, to)));
      from = to;
    }
    try {
      var snapshot =
          store
              .snapshots()
              .add(
                  subject(),
                  checkpoint.events(),
                  Snapshot.Why.EVENTS,
                  ("v" + fish.id().version() + " " + fish.revision()).strip(),
                  JsonCodec.MAPPER.writeValueAsString(meta),
                  Map.of(LogTables.STATE, rows));
      if (first) {
        first = false;
        removeOlderVersions();
      }
      return new Kept(snapshot.id(), meta, null);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A state that reads back otherwise than it was must not become a snapshot. */
  private void checkRoundTrip(Checkpoint checkpoint, String text) {
    if (checked) {
      return;
    }
    var back = fish.states().read(text);
    var again = fish.states().write(back);
    boolean same = again.equals(text);
    var state = checkpoint.state();
    if (same && fish.immutable() && state != null && definesEquals(state.getClass())) {
      same = state.equals(back);
    }
    if (!same) {
      throw new BadEventException(
          "its state reads back otherwise than it was written: %s became %s"
              .formatted(JsonCodec.shortened(text), JsonCodec.shortened(again)));
    }
    checked = true;
  }

  private static boolean definesEquals(Class<?> type) {
    try {
      return type.getMethod("equals", Object.class).getDeclaringClass() != Object.class;
    } catch (NoSuchMethodException e) {
      return false;
    }
  }

  /** The first snapshot of a version ends those of older ones. */
  private void removeOlderVersions() {
    var family = subject().substring(0, subject().lastIndexOf('@') + 1);
    for (var snapshot : store.snapshots().list()) {
      var other = snapshot.subject();
      if (other.startsWith(family) && FishId.isSubject(other)) {
        var version = other.substring(family.length());
        if (version.matches("[0-9]{1,9}") && Integer.parseInt(version) < fish.id().version()) {
          remove(snapshot.id());
        }
      }
    }
  }

  /** After a late event: what follows it or later ones is wrong. */
  void forgetFrom(EventKey key) {
    var left = new ArrayList<Kept>();
    for (var each : kept) {
      if (each.key().isBefore(key)) {
        left.add(each);
      } else if (each.id() != null) {
        remove(each.id());
      }
    }
    kept = left;
    charsAtLast = 0;
  }

  private void remove(String id) {
    try {
      store.snapshots().remove(id);
    } catch (UnknownSnapshotException e) {
      // Somebody else removed it.
    }
  }

  private void noMore(String why) {
    ended = true;
    reports.accept(new Report(subject(), "takes no snapshots: " + why));
  }

  private void report(String id, String what) {
    reports.accept(new Report(subject(), "snapshot %s %s".formatted(id, what)));
  }
}
