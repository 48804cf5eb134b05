package dev.weir.views;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Changes of any number of inputs, which happen together or not at all. A step with an id happens
 * once, however often it is given. Not thread-safe while it is built.
 */
public final class Step {

  /** A row and how its weight changes; put replaces what has its key. */
  record Change(Object row, long weight, boolean put) {}

  final String id;
  final Map<Input<?>, List<Change>> changes = new LinkedHashMap<>();

  private Step(String id) {
    this.id = id;
  }

  /** A step that may be given once. */
  public static Step once() {
    return new Step(null);
  }

  /** A step that is known by its id. */
  public static Step of(String id) {
    return new Step(id);
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
    if (input.key == null) {
      throw new ViewException(
          "input %s has no key: declare one with keep".formatted(input.node.name));
    }
    list(input).add(new Change(row, 1, true));
    return this;
  }

  public <T> Step add(Input<T> input, T row, long weight) {
    if (row == null) {
      throw new ViewException("input %s: a row is null".formatted(input.node.name));
    }
    list(input).add(new Change(row, weight, false));
    return this;
  }

  public <T> Step add(Input<T> input, ZSet<T> rows) {
    rows.forEach((row, weight) -> add(input, row, weight));
    return this;
  }

  private List<Change> list(Input<?> input) {
    return changes.computeIfAbsent(input, i -> new ArrayList<>());
  }
}
