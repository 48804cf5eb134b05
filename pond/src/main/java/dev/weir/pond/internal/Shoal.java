package dev.weir.pond.internal;

import dev.weir.pond.Cancel;
import dev.weir.pond.Event;
import dev.weir.pond.Fish;
import dev.weir.pond.FishId;
import dev.weir.pond.Offsets;
import dev.weir.pond.Pond;
import dev.weir.pond.Report;
import dev.weir.pond.Where;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;

/** Many fish observed as one list; each was named by an event. Used by the pond's worker only. */
public final class Shoal<S> {

  private static final class Member<S> {
    Cancel observing;
    Instant named;
    S state;
    boolean known;
  }

  private final Where seeds;
  private final Function<Event, Optional<Fish<S, ?>>> make;
  private final Duration expireAfter;
  private final Pond.Options options;
  private final BiFunction<Fish<S, ?>, Consumer<S>, Cancel> observe;
  private final Consumer<List<S>> observer;
  private final Map<FishId, Member<S>> members = new LinkedHashMap<>();
  private Offsets seen = Offsets.NONE;
  private boolean changed = true;
  private int named;

  public Shoal(
      Where seeds,
      Function<Event, Optional<Fish<S, ?>>> make,
      Duration expireAfter,
      Pond.Options options,
      BiFunction<Fish<S, ?>, Consumer<S>, Cancel> observe,
      Consumer<List<S>> observer) {
    this.seeds = seeds;
    this.make = make;
    this.expireAfter = expireAfter;
    this.options = options;
    this.observe = observe;
    this.observer = observer;
  }

  /**
   * After the fish are up to date: finds new ones, or tells what has changed.
   *
   * @return whether there are new ones, so that their states have to be awaited
   */
  public boolean step(CutView view) {
    int before = named;
    try (var fresh = view.after(seen, seeds)) {
      while (fresh.hasNext()) {
        take(fresh.next());
      }
    }
    seen = view.present();
    expire();
    if (named > before) {
      return true;
    }
    if (changed) {
      changed = false;
      var states = new ArrayList<S>();
      for (var member : members.values()) {
        if (member.known) {
          states.add(member.state);
        }
      }
      observer.accept(states);
    }
    return false;
  }

  private void take(Event event) {
    Optional<Fish<S, ?>> asked;
    try {
      asked = make.apply(event);
    } catch (RuntimeException e) {
      options
          .reports()
          .accept(new Report("event " + event.id(), "names no fish, since this failed: " + e));
      return;
    }
    if (asked.isEmpty()) {
      return;
    }
    var member = members.get(asked.get().id());
    if (member == null) {
      var added = new Member<S>();
      members.put(asked.get().id(), added);
      changed = true;
      named++;
      added.observing =
          observe.apply(
              asked.get(),
              state -> {
                added.state = state;
                added.known = true;
                changed = true;
              });
      member = added;
    }
    if (member.named == null || member.named.isBefore(event.time())) {
      member.named = event.time();
    }
  }

  private void expire() {
    if (expireAfter == null) {
      return;
    }
    var limit = options.clock().instant().minus(expireAfter);
    members
        .values()
        .removeIf(
            member -> {
              boolean old = member.named.isBefore(limit);
              if (old) {
                member.observing.close();
                changed = true;
              }
              return old;
            });
  }

  public void close() {
    members.values().forEach(member -> member.observing.close());
    members.clear();
  }
}
