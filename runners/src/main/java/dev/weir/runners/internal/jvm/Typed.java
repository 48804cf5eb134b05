package dev.weir.runners.internal.jvm;

import dev.weir.runners.internal.jvm.Leases.Holding;

/**
 * Reads and writes values as those of one type.
 *
 * @param <T> the type, boxed
 */
final class Typed<T> {

  private final Shapes shapes;
  private final Shape shape;
  private final Object missing;

  /**
   * Of a type.
   *
   * @param missing how a value reads that is not there; a JSON value
   */
  Typed(Shapes shapes, Shape shape, Object missing) {
    this.shapes = shapes;
    this.shape = shape;
    this.missing = missing;
  }

  @SuppressWarnings("unchecked")
  T get(Holding holding) {
    if (holding.shape == shape) {
      return (T) holding.java;
    }
    if (!holding.present) {
      return missing();
    }
    var value = shape.read(holding.json, holding.item.toString());
    if (shape.immutable()) {
      holding.java = value;
      holding.shape = shape;
    }
    return (T) value;
  }

  @SuppressWarnings("unchecked")
  T missing() {
    return missing == null ? null : (T) shape.read(missing, "the initial value");
  }

  void set(Holding holding, T value) {
    // Only a message wants the name, and most values need none.
    var json = value instanceof Long ? value : shapes.toJson(value, holding.item);
    holding.load(true, json);
    if (shape.immutable()) {
      holding.java = value;
      holding.shape = shape;
    }
  }
}
