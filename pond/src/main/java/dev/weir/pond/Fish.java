package dev.weir.pond;

import dev.weir.pond.internal.Definitions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiPredicate;
import java.util.function.Supplier;

/**
 * A fold over the events of a log: which events, from which state, how. Immutable.
 *
 * <p>The fold is called with events in their total order. A late event, one that sorts before
 * events that were folded already, makes the fold go back and come again; so it must depend on
 * nothing but its arguments and change nothing but the state.
 *
 * @param <S> its state
 * @param <E> what its events carry
 */
public final class Fish<S, E> {

  /** The state after an event. May return the state that it was given, changed. */
  @FunctionalInterface
  public interface OnEvent<S, E> {
    S apply(S state, E payload, Event event);
  }

  /** What happens when the fold fails at an event. */
  public enum OnError {
    /** The fish stops at the state before the event and says so. */
    STOP,
    /** The event is left out, and reported. */
    SKIP,
    /** The event is left out from now on, in every fold of the fish, until it is released. */
    QUARANTINE
  }

  private final FishId id;
  private final Where where;
  private final Supplier<S> initialState;
  private final OnEvent<S, E> onEvent;
  private final BiPredicate<E, Event> isReset;
  private final Codec<S> states;
  private final Codec<E> events;
  private final boolean immutable;
  private final String revision;
  private final OnError onError;
  private final SnapshotPolicy snapshots;

  private Fish(Builder<S, E> builder) {
    this.id = builder.id;
    this.where = builder.where;
    this.initialState = Objects.requireNonNull(builder.initialState, "initialState");
    this.onEvent = Objects.requireNonNull(builder.onEvent, "onEvent");
    this.isReset = builder.isReset;
    this.states = builder.states;
    this.events = builder.events;
    this.immutable = builder.immutable;
    this.revision = builder.revision;
    this.onError = builder.onError;
    this.snapshots = builder.snapshots;
  }

  /** A fish whose state and events are JSON by {@link Codec#json(Class)}. */
  public static <S, E> Builder<S, E> of(FishId id, Class<S> state, Class<E> event) {
    var builder = new Builder<>(id, Codec.json(state), Codec.json(event));
    builder.immutable = Definitions.isImmutable(state);
    return builder;
  }

  /** A fish with codecs of its own. */
  public static <S, E> Builder<S, E> of(FishId id, Codec<S> states, Codec<E> events) {
    return new Builder<>(id, states, events);
  }

  /** A fish whose state is the latest event's payload, or null. */
  public static <E> Fish<E, E> latestEvent(FishId id, Where where, Class<E> event) {
    return Fish.of(id, event, event)
        .where(where)
        .initialState(() -> null)
        .onEvent((state, payload, meta) -> payload)
        .isReset((payload, meta) -> true)
        .build();
  }

  /** A fish whose state is the payloads of the latest events, at most so many, oldest first. */
  public static <E> Fish<List<E>, E> eventsAscending(
      FishId id, Where where, Class<E> event, int capacity) {
    return latest(id, where, event, capacity, false);
  }

  /** A fish whose state is the payloads of the latest events, at most so many, latest first. */
  public static <E> Fish<List<E>, E> eventsDescending(
      FishId id, Where where, Class<E> event, int capacity) {
    return latest(id, where, event, capacity, true);
  }

  private static <E> Fish<List<E>, E> latest(
      FishId id, Where where, Class<E> event, int capacity, boolean latestFirst) {
    if (capacity < 1) {
      throw new PondException("the capacity of fish %s is not positive".formatted(id));
    }
    return Fish.of(id, Codec.jsonList(event), Codec.json(event))
        .where(where)
        .initialState(ArrayList::new)
        .onEvent(
            (state, payload, meta) -> {
              state.add(latestFirst ? 0 : state.size(), payload);
              if (state.size() > capacity) {
                state.remove(latestFirst ? capacity : 0);
              }
              return state;
            })
        .revision("capacity " + capacity)
        .build();
  }

  public FishId id() {
    return id;
  }

  public Where where() {
    return where;
  }

  public Supplier<S> initialState() {
    return initialState;
  }

  public OnEvent<S, E> onEvent() {
    return onEvent;
  }

  /** Whether an event resets the state; null if none does. */
  public BiPredicate<E, Event> isReset() {
    return isReset;
  }

  public Codec<S> states() {
    return states;
  }

  public Codec<E> events() {
    return events;
  }

  /** Whether no state is ever changed after it was returned. */
  public boolean immutable() {
    return immutable;
  }

  public String revision() {
    return revision;
  }

  public OnError onError() {
    return onError;
  }

  public SnapshotPolicy snapshots() {
    return snapshots;
  }

  /**
   * What a state depends on besides the events, as far as it is declared: version, where, revision,
   * whether there are resets, and what happens on errors. A snapshot with another one is not used.
   */
  public String fingerprint() {
    return Definitions.fingerprint(this);
  }

  /** Collects a fish. Not thread-safe. */
  public static final class Builder<S, E> {
    private final FishId id;
    private final Codec<S> states;
    private final Codec<E> events;
    private Where where = Where.allEvents();
    private Supplier<S> initialState;
    private OnEvent<S, E> onEvent;
    private BiPredicate<E, Event> isReset;
    private boolean immutable;
    private String revision = "";
    private OnError onError = OnError.STOP;
    private SnapshotPolicy snapshots = SnapshotPolicy.DEFAULT;

    private Builder(FishId id, Codec<S> states, Codec<E> events) {
      this.id = Objects.requireNonNull(id, "id");
      this.states = states;
      this.events = events;
    }

    public Builder<S, E> where(Where asked) {
      where = asked;
      return this;
    }

    /** Gives the state before all events, a new one at each call. */
    public Builder<S, E> initialState(Supplier<S> supplier) {
      initialState = supplier;
      return this;
    }

    public Builder<S, E> onEvent(OnEvent<S, E> fold) {
      onEvent = fold;
      return this;
    }

    /**
     * Recognises events that determine the state whatever it was: they are applied to the initial
     * state, and nothing before them is folded.
     */
    public Builder<S, E> isReset(BiPredicate<E, Event> reset) {
      isReset = reset;
      return this;
    }

    /**
     * Promises that the fold returns new states and changes none, and that nobody else does. Then
     * states are kept and handed out as they are; otherwise copies are, made by the codec. Known by
     * itself of numbers, text, enums, times, and records of these.
     */
    public Builder<S, E> immutable() {
      immutable = true;
      return this;
    }

    /** Names the logic of the fold, where it changes without a new version. */
    public Builder<S, E> revision(String name) {
      revision = name;
      return this;
    }

    public Builder<S, E> onError(OnError policy) {
      onError = policy;
      return this;
    }

    public Builder<S, E> snapshots(SnapshotPolicy policy) {
      snapshots = policy;
      return this;
    }

    public Fish<S, E> build() {
      return new Fish<>(this);
    }
  }
}
