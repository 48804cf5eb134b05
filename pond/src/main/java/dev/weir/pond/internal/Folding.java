package dev.weir.pond.internal;

import dev.weir.pond.Event;
import dev.weir.pond.EventKey;
import dev.weir.pond.Fish;
import dev.weir.pond.Offsets;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The fold of one fish, at some event. One thread at a time. */
final class Folding<S, E> {

  /** The fold failed at an event. */
  static final class Failure extends Exception {
    private static final long serialVersionUID = 1;
    final transient Event event;
    final boolean damaged;

    Failure(Event event, boolean damaged, RuntimeException cause) {
      super(cause);
      this.event = event;
      this.damaged = damaged;
    }
  }

  final Fish<S, E> fish;

  /** Events that are left out, as {@code STREAM/OFFSET}. */
  final Set<String> leftOut = new HashSet<>();

  /** Those of them that are in quarantine. */
  private final TreeSet<EventKey> quarantined = new TreeSet<>();

  private S state;
  private Event last;
  private EventKey horizon;
  private long events;
  private Instant newest;

  /** Size of the payloads folded so far: what folding them again would cost. */
  private long chars;

  private long stateChars;

  static IllegalStateException inconstant(Fish<?, ?> fish, Failure failure) {
    return new IllegalStateException(
        "the fold of fish %s fails at an event that it folded before: it depends on something else than its arguments"
            .formatted(fish.id()),
        failure);
  }

  Folding(Fish<S, E> fish) {
    this.fish = fish;
    start();
  }

  /** To the state before all events. */
  void start() {
    state = fish.initialState().get();
    last = null;
    horizon = null;
    events = 0;
    newest = null;
  }

  void restore(Checkpoint checkpoint) {
    state = checkpoint.after() == null ? fish.initialState().get() : thaw(checkpoint.state());
    last = checkpoint.after();
    horizon = checkpoint.horizon();
    events = checkpoint.events();
    newest = checkpoint.newest();
  }

  Checkpoint checkpoint(Offsets offsets) {
    return new Checkpoint(last, offsets, horizon, events, newest, last == null ? null : freeze());
  }

  private Object freeze() {
    if (fish.immutable()) {
      return state;
    }
    var text = fish.states().write(state);
    stateChars = text.length();
    return text;
  }

  @SuppressWarnings("unchecked")
  S thaw(Object frozen) {
    return fish.immutable() ? (S) frozen : fish.states().read((String) frozen);
  }

  /** The text of a checkpoint's state. */
  @SuppressWarnings("unchecked")
  String text(Object frozen) {
    if (!fish.immutable()) {
      return (String) frozen;
    }
    var text = fish.states().write((S) frozen);
    stateChars = text.length();
    return text;
  }

  /** Nothing before this reset matters any more. */
  void raiseHorizon(EventKey reset) {
    if (horizon == null || horizon.isBefore(reset)) {
      horizon = reset;
    }
  }

  boolean isBelowHorizon(Event event) {
    return horizon != null && event.key().isBefore(horizon);
  }

  boolean isReset(Event event) {
    return fish.isReset() != null
        && !isLeftOut(event)
        && fish.isReset().test(fish.events().read(event.payload()), event);
  }

  /** From now on the event is left out, until it is released. */
  void quarantine(EventKey key, long offset) {
    leftOut.add(key.stream() + "/" + offset);
    quarantined.add(key);
  }

  /** The events in quarantine before another one: a state after it lacks them. */
  List<EventKey> quarantinedBefore(EventKey key) {
    return List.copyOf(quarantined.headSet(key));
  }

  private boolean isLeftOut(Event event) {
    return !leftOut.isEmpty() && leftOut.contains(event.stream() + "/" + event.offset());
  }

  /** Folds the next event; whether it did, or the event does not matter. */
  boolean apply(Event event) throws Failure {
    if (isBelowHorizon(event) || isLeftOut(event)) {
      return false;
    }
    boolean touched = false;
    boolean reset = false;
    S next;
    try {
      var payload = fish.events().read(event.payload());
      reset = fish.isReset() != null && fish.isReset().test(payload, event);
      var base = reset ? fish.initialState().get() : state;
      touched = !reset && !fish.immutable();
      next = fish.onEvent().apply(base, payload, event);
    } catch (RuntimeException e) {
      throw new Failure(event, touched, e);
    }
    state = next;
    last = event;
    events++;
    chars += event.payload().length();
    if (newest == null || newest.isBefore(event.time())) {
      newest = event.time();
    }
    if (reset) {
      horizon = event.key();
    }
    return true;
  }

  /** The state itself; where states change it is the fold's own. */
  S state() {
    return state;
  }

  /** A state that may be given away. */
  S handOut() {
    return fish.immutable() || state == null
        ? state
        : fish.states().read(fish.states().write(state));
  }

  Event last() {
    return last;
  }

  EventKey key() {
    return last == null ? null : last.key();
  }

  EventKey horizon() {
    return horizon;
  }

  long events() {
    return events;
  }

  long chars() {
    return chars;
  }

  /** The size of the state's text when it was last written; 0 if it never was. */
  long stateChars() {
    return stateChars;
  }
}
