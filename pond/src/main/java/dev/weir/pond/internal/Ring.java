package dev.weir.pond.internal;

import dev.weir.pond.EventKey;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Recent states of a fold, in memory: dense near the end, then at doubling distances, so that going
 * back by a distance costs at most about twice the distance. Oldest first.
 */
final class Ring {

  /** Distances up to this count as this. */
  private static final int LEAST = 32;

  private final List<Checkpoint> states = new ArrayList<>();

  void clear() {
    states.clear();
  }

  void add(Checkpoint state) {
    states.add(state);
    if (states.size() > 8 && (states.size() & 3) == 0) {
      var kept = new BitSet();
      Retention.keepDoubling(states, LEAST, kept);
      int to = 0;
      for (int i = 0; i < states.size(); i++) {
        if (kept.get(i)) {
          states.set(to++, states.get(i));
        }
      }
      states.subList(to, states.size()).clear();
    }
  }

  /** Forgets the states that follow the event or later ones; the newest that is left, or null. */
  Checkpoint backBefore(EventKey key) {
    while (!states.isEmpty() && !states.get(states.size() - 1).isBefore(key)) {
      states.remove(states.size() - 1);
    }
    return newest();
  }

  Checkpoint newest() {
    return states.isEmpty() ? null : states.get(states.size() - 1);
  }

  int size() {
    return states.size();
  }
}
