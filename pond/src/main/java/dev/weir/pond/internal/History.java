package dev.weir.pond.internal;

import dev.weir.pond.At;
import dev.weir.pond.BadQueryException;
import dev.weir.pond.Event;
import dev.weir.pond.EventCursor;
import dev.weir.pond.EventKey;
import dev.weir.pond.EventLog;
import dev.weir.pond.Fish;
import dev.weir.pond.FishStoppedException;
import dev.weir.pond.Moment;
import dev.weir.pond.Offsets;
import dev.weir.pond.Report;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** The past of a fish, folded again from the nearest snapshot. */
public final class History<S, E> {

  private final EventLog log;
  private final Fish<S, E> fish;
  private final Folding<S, E> folding;
  private final Shelf<S, E> shelf;

  /** Where the fold begins again if it fails: not before the last event at which it did. */
  private Checkpoint base;

  private long folded;

  public History(EventLog log, Fish<S, E> fish, Consumer<Report> reports) {
    this.log = log;
    this.fish = fish;
    this.folding = new Folding<>(fish);
    this.base = folding.checkpoint(Offsets.NONE);
    this.shelf = new Shelf<>(log.store(), folding, reports);
  }

  /** How far the newest snapshot of a fish goes that can be used and read. */
  public static Offsets newestSnapshot(EventLog log, Fish<?, ?> fish, CutView view) {
    var shelf = new Shelf<>(log.store(), new Folding<>(fish), report -> {});
    shelf.open();
    var snapshot = shelf.newest(view, null);
    return snapshot == null ? Offsets.NONE : snapshot.offsets();
  }

  /** The state at a point. */
  public Moment<S> at(At point) {
    try (var view = (CutView) log.view()) {
      var end = end(view, point);
      if (end.isPresent()) {
        try (var events = start(view, end.get())) {
          fold(view, events, end.get());
        }
      }
      return moment();
    }
  }

  private Moment<S> moment() {
    return new Moment<>(folding.handOut(), folding.last(), folded);
  }

  /** The last event before the end of a point; empty where there is none. */
  private Optional<EventKey> end(CutView view, At point) {
    if (point instanceof At.ByKey by) {
      return Optional.of(by.key());
    }
    if (point instanceof At.ByOffset by) {
      var event = view.at(by.stream(), by.offset());
      if (event.isEmpty()) {
        throw new BadQueryException(
            "the log has no event at offset %d of %s; it goes to %s"
                .formatted(by.offset(), by.stream(), view.present()));
      }
      return event.map(Event::key);
    }
    try (var events = view.backwards(fish.where())) {
      while (events.hasNext()) {
        var event = events.next();
        if (!(point instanceof At.ByTime by) || !event.time().isAfter(by.time())) {
          return Optional.of(event.key());
        }
      }
      return Optional.empty();
    }
  }

  /** The events from the newest snapshot at or before a key; the fold is at the snapshot. */
  private EventCursor start(CutView view, EventKey end) {
    for (var row : view.rows(LogTables.LEFT_OUT, fish.id().subject())) {
      folding.quarantine(new EventKey(row.integer(3), row.text(1)), row.integer(2));
    }
    shelf.open();
    var snapshot = shelf.newest(view, new EventKey(end.lamport(), end.stream() + "\0"));
    if (snapshot == null) {
      folding.start();
      base = folding.checkpoint(Offsets.NONE);
      return view.after(Offsets.NONE, fish.where());
    }
    folding.restore(snapshot);
    base = snapshot;
    return view.after(snapshot.offsets(), fish.where());
  }

  private void fold(CutView view, EventCursor events, EventKey end) {
    while (events.hasNext() && events.peek().key().compareTo(end) <= 0) {
      fold(view, events.next());
    }
  }

  private void fold(CutView view, Event event) {
    try {
      if (folding.apply(event)) {
        folded++;
      }
    } catch (Folding.Failure e) {
      if (fish.onError() == Fish.OnError.STOP || e.getCause() instanceof FishStoppedException) {
        throw new FishStoppedException(
            "fish %s fails at event %s: %s".formatted(fish.id(), event.id(), e.getCause()),
            e.getCause());
      }
      folding.leftOut.add(event.stream() + "/" + event.offset());
      if (e.damaged) {
        remake(view, event);
      }
    }
  }

  /** The fold may have changed half of the state: makes it again, up to before the event. */
  private void remake(CutView view, Event event) {
    folding.restore(base);
    try (var events = view.after(base.offsets(), fish.where())) {
      while (events.hasNext() && events.peek().key().isBefore(event.key())) {
        folding.apply(events.next());
      }
      base = folding.checkpoint(events.offsets());
    } catch (Folding.Failure e) {
      throw Folding.inconstant(fish, e);
    }
  }

  /**
   * Steps through the states between two points.
   *
   * @param visitor is called after each event with it and the state; false ends the walk
   */
  public void walk(At from, At to, BiPredicate<Event, S> visitor) {
    try (var view = (CutView) log.view()) {
      var end = end(view, to);
      var begin = end(view, from);
      if (end.isEmpty()) {
        return;
      }
      try (var events = start(view, begin.orElse(new EventKey(-1, "")))) {
        begin.ifPresent(key -> fold(view, events, key));
        while (events.hasNext() && events.peek().key().compareTo(end.get()) <= 0) {
          var event = events.next();
          fold(view, event);
          if (!visitor.test(event, folding.handOut())) {
            return;
          }
        }
      }
    }
  }

  /** The first state for which a predicate is false, event by event from the start. */
  public Optional<Moment<S>> firstFalse(Predicate<? super S> predicate) {
    try (var view = (CutView) log.view();
        var events = view.after(Offsets.NONE, fish.where())) {
      while (events.hasNext()) {
        fold(view, events.next());
        if (!predicate.test(folding.handOut())) {
          return Optional.of(moment());
        }
      }
      return Optional.empty();
    }
  }
}
