package dev.weir.views;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Changes of any number of inputs, which happen together or not at all. A step with an id happens
 * once, however often it is given. Not thread-safe while it is built.
 */
public final class Step {

  /** Rows and how their weights change, in order; some replace what has their key. */
  static final class Changes {
    final Delta delta = new Delta();

    /** Which rows replace; null if none does. */
    private boolean[] puts;

    /** Whether what has the row's key is removed before its weight changes. */
    boolean isPut(int i) {
      return puts != null && i < puts.length && puts[i];
    }

    void put(Object row, long weight) {
      if (puts == null || puts.length <= delta.size) {
        puts = puts == null ? new boolean[delta.size + 4] : Arrays.copyOf(puts, 2 * delta.size + 4);
      }
      puts[delta.size] = true;
      delta.add(row, weight);
    }
  }

  final String id;
  final Map<Input<?>, Changes> changes;
  private Input<?> lastInput;
  private Changes lastChanges;

  private Step(String id, Map<Input<?>, Changes> changes) {
    this.id = id;
    this.changes = changes;
  }

  /** The same changes as a step of this id. */
  Step as(String other) {
    return new Step(other, changes);
  }

  /** A step that may be given once. */
  public static Step once() {
    return new Step(null, new LinkedHashMap<>());
  }

  /** A step that is known by its id. */
  public static Step of(String id) {
    return new Step(id, new LinkedHashMap<>());
  }

  @SafeVarargs
  public final <T> Step insert(Input<T> input, T... rows) {
    for (var row : rows) {
      add(input, row, 1);
    }
    return this;
  }

  @SafeVarargs
  public final <T> Step remove(Input<T> input, T... rows) {
    for (var row : rows) {
      add(input, row, -1);
    }
    return this;
  }

  public <T> Step replace(Input<T> input, T old, T row) {
    return add(input, old, -1).add(input, row, 1);
  }

  /** Puts a row in the place of the one with its key. The input must be kept by a key. */
  public <T> Step upsert(Input<T> input, T row) {
    return put(input, row, 1);
  }

  /** Removes what has the key of a row, if anything has. The input must be kept by a key. */
  public <T> Step removeKeyOf(Input<T> input, T row) {
    return put(input, row, 0);
  }

  private <T> Step put(Input<T> input, T row, long weight) {
    if (input.key == null) {
      throw new ViewException(
          "input %s has no key: declare one with keep".formatted(input.node.name));
    }
    of(input, row).put(row, weight);
    return this;
  }

  public <T> Step add(Input<T> input, T row, long weight) {
    of(input, row).delta.add(row, weight);
    return this;
  }

  public <T> Step add(Input<T> input, ZSet<T> rows) {
    rows.forEach((row, weight) -> add(input, row, weight));
    return this;
  }

  private Changes of(Input<?> input, Object row) {
    if (row == null) {
      throw new ViewException("input %s: a row is null".formatted(input.node.name));
    }
    if (input != lastInput) {
      lastChanges = changes.computeIfAbsent(input, i -> new Changes());
      lastInput = input;
    }
    return lastChanges;
  }
}
