package dev.weir.pond.internal;

import dev.weir.pond.Emission;
import dev.weir.pond.Event;
import dev.weir.pond.EventCursor;
import dev.weir.pond.EventKey;
import dev.weir.pond.EventLog;
import dev.weir.pond.Fish;
import dev.weir.pond.FishStoppedException;
import dev.weir.pond.Offsets;
import dev.weir.pond.Report;
import dev.weir.state.Commit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A fish that is awake: its state follows the log. One thread at a time.
 *
 * <p>Invariant between two calls: unless it stopped, the state is that of the fold over all events
 * of the log as far as {@code seen}; each state in the ring and on the shelf is that of the fold
 * over all of these events up to its own.
 */
public final class Swimmer<S, E> {

  private static final int SPACING = 16;

  /** Looking back for a reset costs at most this share of folding everything. */
  private static final int LOOK_BACK_SHARE = 16;

  private static final int LOOK_BACK_LEAST = 64;

  private final EventLog log;
  private final Fish<S, E> fish;
  private final Folding<S, E> folding;
  private final Ring ring = new Ring();
  private final Shelf<S, E> shelf;
  private final Consumer<Report> reports;
  private Offsets seen = Offsets.NONE;
  private FishStoppedException stopped;
  private long eventsAtLast;
  private long charsAtLast;
  private long folded;
  private long rewinds;

  /** In a common pass: whether this one has to go on by itself. */
  private boolean fell;

  public Swimmer(EventLog log, Fish<S, E> fish, Consumer<Report> reports) {
    this.log = log;
    this.fish = fish;
    this.folding = new Folding<>(fish);
    this.shelf = new Shelf<>(log.store(), folding, reports);
    this.reports = reports;
  }

  public Fish<S, E> fish() {
    return fish;
  }

  /** How many events were folded so far, counting each time. */
  public long folded() {
    return folded;
  }

  /** How many times the fold went back. */
  public long rewinds() {
    return rewinds;
  }

  /** Why the fish stopped, or null. */
  public FishStoppedException stopped() {
    return stopped;
  }

  /** The state now, for its observers; null, and stopped, where it cannot be given away. */
  public Emission<S> now() {
    return emission(Emission.Cause.START, null, folded);
  }

  private Emission<S> emission(Emission.Cause cause, EventKey from, long newlyFolded) {
    try {
      return new Emission<>(folding.handOut(), cause, from, folding.key(), newlyFolded);
    } catch (RuntimeException e) {
      stop(
          "the state of fish %s cannot be copied for its observers: %s. Declare it immutable, or give it a codec"
              .formatted(fish.id(), e.getMessage()),
          e);
      return null;
    }
  }

  /** Prepares to fold; whether a snapshot was found, so that only what follows it is read. */
  private boolean prepare(CutView view) {
    for (var row : view.rows(LogTables.LEFT_OUT, fish.id().subject())) {
      folding.quarantine(new EventKey(row.integer(3), row.text(1)), row.integer(2));
    }
    if (fish.snapshots().every() > 0) {
      shelf.open();
      var snapshot = shelf.newest(view, null);
      if (snapshot != null) {
        restart(snapshot);
        return true;
      }
    }
    restart(start());
    return false;
  }

  private Checkpoint start() {
    folding.start();
    return folding.checkpoint(Offsets.NONE);
  }

  /** To a state that is not in the ring: the ring begins anew with it. */
  private void restart(Checkpoint checkpoint) {
    ring.clear();
    ring.add(checkpoint);
    goTo(checkpoint);
  }

  private void goTo(Checkpoint checkpoint) {
    folding.restore(checkpoint);
    eventsAtLast = folding.events();
    charsAtLast = folding.chars();
    seen = checkpoint.offsets();
  }

  /**
   * Writes the snapshots that have become due: apart from the fold, since nobody who waits for a
   * state needs them.
   */
  public void save() {
    shelf.flush();
  }

  /** Folds what the log has. */
  public void wake(CutView view) {
    if (!prepare(view)) {
      wakeFromStart(view);
    }
    run(view);
  }

  private void wakeFromStart(CutView view) {
    findReset(view);
    checkFloors(view);
  }

  /** A late reset may spare the fold of nearly everything. */
  private void findReset(CutView view) {
    if (fish.isReset() == null) {
      return;
    }
    long most = Math.max(LOOK_BACK_LEAST, view.present().beyond(Offsets.NONE) / LOOK_BACK_SHARE);
    try (var events = view.backwards(fish.where())) {
      for (long i = 0; i < most && events.hasNext(); i++) {
        var event = events.next();
        if (folding.isReset(event)) {
          folding.raiseHorizon(event.key());
          return;
        }
      }
    } catch (RuntimeException e) {
      // An event that cannot be read: the fold meets it again, and knows what to do.
    }
  }

  /** Where events were removed, only a fold that needs none of them can start. */
  private void checkFloors(CutView view) {
    if (view.floors().byStream().isEmpty() || folding.horizon() != null) {
      return;
    }
    stop(
        ("events were removed from the log (below %s), and no snapshot of fish %s that follows them"
                + " can be used: its state cannot be computed. Import a snapshot, or give it another"
                + " query")
            .formatted(view.floors(), fish.id()),
        null);
  }

  /**
   * Several fish that start from nothing read the log together: each event goes to those that ask
   * for it.
   */
  public static void wakeTogether(CutView view, List<Swimmer<?, ?>> swimmers) {
    var fromStart = new ArrayList<Swimmer<?, ?>>();
    for (var each : swimmers) {
      if (each.prepare(view)) {
        each.run(view);
      } else {
        each.wakeFromStart(view);
        fromStart.add(each);
      }
    }
    var byTag = new Dispatch(fromStart);
    try (var events = view.after(Offsets.NONE, dev.weir.pond.Where.allEvents())) {
      while (events.hasNext()) {
        var event = events.next();
        for (var each : byTag.askedBy(event)) {
          if (each.stopped == null && !each.fell) {
            each.fell = !each.step(event, events);
          }
        }
      }
    }
    for (var each : fromStart) {
      if (each.fell) {
        each.fell = false;
        each.run(view);
      } else {
        each.seen = view.present();
      }
    }
  }

  /**
   * Folds what was added to the log since the last call.
   *
   * @return what observers are to be told, or null
   */
  public Emission<S> swim(CutView view) {
    if (stopped != null) {
      return null;
    }
    long before = folded;
    EventKey from;
    boolean late;
    try (var fresh = view.after(seen, fish.where())) {
      while (fresh.hasNext() && folding.isBelowHorizon(fresh.peek())) {
        fresh.next();
      }
      if (!fresh.hasNext()) {
        seen = view.present();
        return null;
      }
      from = fresh.peek().key();
      late = folding.key() != null && from.isBefore(folding.key());
      if (!late && run(fresh)) {
        seen = view.present();
      } else if (!late) {
        run(view);
      } else {
        var reset = newestReset(fresh);
        goBackBefore(view, from);
        if (reset != null) {
          folding.raiseHorizon(reset);
        }
        rewinds++;
      }
    }
    if (late) {
      run(view);
    }
    if (folded == before && !late) {
      return null;
    }
    return emission(late ? Emission.Cause.REWIND : Emission.Cause.APPEND, from, folded - before);
  }

  private EventKey newestReset(EventCursor fresh) {
    EventKey newest = null;
    if (fish.isReset() != null) {
      while (fresh.hasNext()) {
        var event = fresh.next();
        try {
          if (folding.isReset(event)) {
            newest = event.key();
          }
        } catch (RuntimeException e) {
          // The fold meets it again, and knows what to do.
        }
      }
    }
    return newest;
  }

  /** To the newest state that does not follow the event or a later one. */
  private void goBackBefore(CutView view, EventKey late) {
    shelf.forgetFrom(late);
    var near = ring.backBefore(late);
    if (near != null) {
      goTo(near);
      return;
    }
    var far = shelf.newest(view, late);
    restart(far != null ? far : start());
    if (far == null) {
      checkFloors(view);
    }
  }

  /** Folds everything beyond {@code seen}, however often an event is in the way. */
  private void run(CutView view) {
    while (stopped == null) {
      try (var events = view.after(seen, fish.where())) {
        if (run(events)) {
          seen = view.present();
          return;
        }
      }
    }
  }

  /** Whether all was folded; otherwise the fold went back, and is to go on from {@code seen}. */
  private boolean run(EventCursor events) {
    while (events.hasNext()) {
      if (!step(events.next(), events)) {
        return false;
      }
    }
    return true;
  }

  private boolean step(Event event, EventCursor events) {
    try {
      if (folding.apply(event)) {
        folded++;
        keep(events);
      }
      return true;
    } catch (Folding.Failure e) {
      return fail(e);
    }
  }

  private void keep(EventCursor events) {
    if (folding.events() - eventsAtLast >= SPACING
        && (fish.immutable() || folding.chars() - charsAtLast >= folding.stateChars())) {
      Checkpoint checkpoint;
      try {
        checkpoint = folding.checkpoint(events.offsets());
      } catch (RuntimeException e) {
        // The state cannot be written. The shelf says so; going back starts further back.
        charsAtLast = Long.MAX_VALUE / 2;
        shelf.offer(() -> folding.checkpoint(events.offsets()));
        return;
      }
      eventsAtLast = folding.events();
      charsAtLast = folding.chars();
      ring.add(checkpoint);
    }
    shelf.offer(() -> folding.checkpoint(events.offsets()));
  }

  /** What the fish wants done about an event at which its fold failed. */
  private boolean fail(Folding.Failure failure) {
    var event = failure.event;
    var what =
        "fish %s failed at event %s (%s): %s"
            .formatted(
                fish.id(),
                event.id(),
                JsonCodec.shortened(event.payload()),
                failure.getCause().toString());
    if (failure.getCause() instanceof FishStoppedException) {
      // No fault of the event, and the states are gone.
      stop(what, failure.getCause());
      return false;
    }
    if (fish.onError() == Fish.OnError.STOP) {
      if (failure.damaged) {
        goBackTo(event);
      }
      stop(
          what
              + ". It stays at the state before. Mend the fold, or let it skip or quarantine events",
          failure.getCause());
      return false;
    }
    folding.leftOut.add(event.stream() + "/" + event.offset());
    if (fish.onError() == Fish.OnError.QUARANTINE) {
      folding.quarantine(event.key(), event.offset());
      log.store()
          .commit(
              Commit.builder()
                  .put(
                      LogTables.LEFT_OUT,
                      fish.id().subject(),
                      event.stream(),
                      event.offset(),
                      event.lamport(),
                      String.valueOf(failure.getCause()))
                  .build());
    }
    reports.accept(new Report(fish.id().subject(), what + ". The event is left out"));
    if (failure.damaged) {
      goTo(ring.newest());
      return false;
    }
    return true;
  }

  /** The fold may have changed half of the state: makes it again, up to before the event. */
  private void goBackTo(Event event) {
    goTo(ring.newest());
    try (var view = (CutView) log.view();
        var events = view.after(seen, fish.where())) {
      while (events.hasNext() && events.peek().key().isBefore(event.key())) {
        folding.apply(events.next());
      }
    } catch (Folding.Failure e) {
      throw Folding.inconstant(fish, e);
    }
  }

  private void stop(String what, Throwable cause) {
    stopped = new FishStoppedException(what, cause);
    reports.accept(new Report(fish.id().subject(), what));
  }
}
