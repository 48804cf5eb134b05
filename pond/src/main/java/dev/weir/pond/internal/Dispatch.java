package dev.weir.pond.internal;

import dev.weir.pond.Event;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which of many fish ask for an event: found by its tags. Not thread-safe. */
public final class Dispatch {

  private final Map<String, List<Swimmer<?, ?>>> byTag = new HashMap<>();
  private final List<Swimmer<?, ?>> untagged = new ArrayList<>();

  public Dispatch(Iterable<? extends Swimmer<?, ?>> swimmers) {
    var uses = new HashMap<String, Integer>();
    for (var each : swimmers) {
      for (var all : each.fish().where().alternatives()) {
        all.tags().forEach(tag -> uses.merge(tag, 1, Integer::sum));
      }
    }
    for (var each : swimmers) {
      for (var all : each.fish().where().alternatives()) {
        var rarest = all.tags().stream().min((a, b) -> Integer.compare(uses.get(a), uses.get(b)));
        var list =
            rarest.isPresent()
                ? byTag.computeIfAbsent(rarest.get(), tag -> new ArrayList<>())
                : untagged;
        if (list.isEmpty() || list.get(list.size() - 1) != each) {
          list.add(each);
        }
      }
    }
  }

  /** The fish that ask for the event, each once. */
  public Iterable<Swimmer<?, ?>> askedBy(Event event) {
    var asked = new LinkedHashSet<Swimmer<?, ?>>();
    add(asked, untagged, event);
    for (var tag : event.tags()) {
      add(asked, byTag.getOrDefault(tag, List.of()), event);
    }
    return asked;
  }

  private static void add(Set<Swimmer<?, ?>> asked, List<Swimmer<?, ?>> some, Event event) {
    for (var each : some) {
      if (each.fish().where().matches(event)) {
        asked.add(each);
      }
    }
  }
}
