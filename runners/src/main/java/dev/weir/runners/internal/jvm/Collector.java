package dev.weir.runners.internal.jvm;

import dev.weir.graph.Control;
import dev.weir.runners.Outputs;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.BaseStream;

/** Collects the outputs of a batch. */
public final class Collector {

  private final Shapes shapes;
  private Set<Integer> sets = Set.of();
  private Object[] values = new Object[16];
  private int[] slots;
  private int size;

  Collector(Shapes shapes) {
    this.shapes = shapes;
  }

  /** The slots whose outputs are sets. */
  public void sets(Set<Integer> slotsOfSets) {
    sets = slotsOfSets;
  }

  public int size() {
    return size;
  }

  /** Forgets all outputs but the first so many. */
  public void truncate(int count) {
    Arrays.fill(values, count, size, null);
    size = count;
  }

  /** What was collected; the collector is empty again. */
  public Outputs take() {
    if (size == 0) {
      return Outputs.NONE;
    }
    var taken =
        new Outputs(Arrays.copyOf(values, size), slots == null ? null : Arrays.copyOf(slots, size));
    Arrays.fill(values, 0, size, null);
    size = 0;
    slots = null;
    return taken;
  }

  /**
   * What a function has returned: null or an empty optional is no output, a stream, an iterator
   * and, where {@code several}, an iterable are several.
   */
  public void returned(Object result, boolean several) {
    if (result == null) {
      return;
    }
    if (result instanceof Long && sets.isEmpty()) {
      add(1, result);
    } else if (result instanceof BaseStream<?, ?> stream) {
      try (stream) {
        stream.iterator().forEachRemaining(each -> emit(1, each));
      }
    } else if (result instanceof Iterator<?> iterator) {
      iterator.forEachRemaining(each -> emit(1, each));
    } else if (result instanceof Optional<?> optional) {
      returned(optional.orElse(null), several);
    } else if (several && result instanceof Iterable<?> iterable) {
      iterable.forEach(each -> emit(1, each));
    } else {
      emit(1, result);
    }
  }

  void emit(int slot, Object record) {
    if (slot < 1 || slot % 2 == 0) {
      throw new IllegalArgumentException("output slots are odd, and " + slot + " is none");
    }
    if (!sets.isEmpty() && sets.contains(slot)) {
      emitSet(slot, record);
    } else {
      add(slot, shapes.toJson(record, "the output"));
    }
  }

  private void emitSet(int slot, Object set) {
    boolean list = set instanceof Collection || (set != null && set.getClass().isArray());
    if (!list || !(shapes.toJson(set, "the set put out") instanceof List<?> elements)) {
      throw new IllegalArgumentException(
          "slot "
              + slot
              + " holds sets of records, and "
              + (set == null ? "null" : "a " + set.getClass().getSimpleName())
              + " is none: put out a List");
    }
    for (var element : elements) {
      add(slot, element);
    }
    add(slot, Control.SET);
  }

  private void add(int slot, Object value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, size * 2);
    }
    if (slot != 1 || slots != null) {
      addSlot(slot);
    }
    values[size++] = value;
  }

  private void addSlot(int slot) {
    if (slots == null) {
      slots = new int[values.length];
      Arrays.fill(slots, 0, size, 1);
    } else if (slots.length < values.length) {
      slots = Arrays.copyOf(slots, values.length);
    }
    slots[size] = slot;
  }
}
