package dev.weir.views;

import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Slots by their keys: open addressing, with the hashes in an array of their own, so that a search
 * follows a reference only where it finds. A key may be null.
 */
final class SlotTable<S extends Slot> {

  private static final int FEWEST = 8;

  private Slot[] slots = new Slot[FEWEST];

  /** Zero where there is no slot. */
  private int[] hashes = new int[FEWEST];

  private int shift = Integer.numberOfLeadingZeros(FEWEST) + 1;
  private int size;

  /** Where the search for slots to be removed goes on. */
  private int hand;

  /** The hash of a key: never zero, and spread over its high bits. */
  static int hash(Object key) {
    int hash = key == null ? 0 : key.hashCode();
    // Records hash to patterns; without mixing them well, rows would crowd together.
    hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
    hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
    hash ^= hash >>> 16;
    return hash == 0 ? 1 : hash;
  }

  int size() {
    return size;
  }

  @SuppressWarnings("unchecked") // only such slots are added
  S find(Object key, int hash) {
    int mask = hashes.length - 1;
    for (int i = hash >>> shift; hashes[i] != 0; i = (i + 1) & mask) {
      if (hashes[i] == hash) {
        var other = slots[i].key;
        if (key == other || (key != null && key.equals(other))) {
          return (S) slots[i];
        }
      }
    }
    return null;
  }

  /** Adds a slot whose key is not there. */
  void add(S slot) {
    if (++size > hashes.length - hashes.length / 4 - hashes.length / 8) {
      grow();
    }
    place(slot);
  }

  private void place(Slot slot) {
    int mask = hashes.length - 1;
    int i = slot.hash >>> shift;
    while (hashes[i] != 0) {
      i = (i + 1) & mask;
    }
    hashes[i] = slot.hash;
    slots[i] = slot;
  }

  private void grow() {
    var old = slots;
    slots = new Slot[2 * old.length];
    hashes = new int[slots.length];
    shift--;
    hand = 0;
    for (var slot : old) {
      if (slot != null) {
        place(slot);
      }
    }
  }

  void remove(S slot) {
    int mask = hashes.length - 1;
    for (int i = slot.hash >>> shift; hashes[i] != 0; i = (i + 1) & mask) {
      if (slots[i] == slot) {
        removeAt(i);
        return;
      }
    }
  }

  /** Closes the gap, so that what stood behind it for want of room is found. */
  private void removeAt(int at) {
    int mask = hashes.length - 1;
    int gap = at;
    for (int i = (gap + 1) & mask; hashes[i] != 0; i = (i + 1) & mask) {
      int home = hashes[i] >>> shift;
      if (((i - home) & mask) >= ((i - gap) & mask)) {
        hashes[gap] = hashes[i];
        slots[gap] = slots[i];
        gap = i;
      }
    }
    hashes[gap] = 0;
    slots[gap] = null;
    size--;
  }

  @SuppressWarnings("unchecked") // only such slots are added
  void forEach(Consumer<? super S> action) {
    for (var slot : slots) {
      if (slot != null) {
        action.accept((S) slot);
      }
    }
  }

  /**
   * Removes slots that were not used for some time, as long as it is told to go on; none that is
   * touched. Ends after two turns in any case.
   */
  @SuppressWarnings("unchecked") // only such slots are added
  void removeUnused(Predicate<? super S> removed) {
    int steps = 2 * hashes.length;
    int mask = hashes.length - 1;
    while (steps-- > 0) {
      var slot = slots[hand];
      if (slot == null || slot.touched || slot.used) {
        if (slot != null) {
          slot.used = false;
        }
        hand = (hand + 1) & mask;
        continue;
      }
      removeAt(hand);
      if (!removed.test((S) slot)) {
        return;
      }
    }
  }
}
