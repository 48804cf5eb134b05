package dev.weir.runners.internal.jvm;

import java.util.function.Consumer;
import weir.Cell;
import weir.Pool;

/** What a model has of its runner. Belongs to the runner's thread. */
public final class Host {

  private final Shapes shapes = new Shapes();
  private final Leases leases = new Leases();
  private final Collector outputs = new Collector(shapes);
  private Consumer<String> printer = line -> {};

  /** The cell of this name; see {@link weir.Model}. */
  public <T> Cell<T> cell(String name, Class<T> type, T initial) {
    return new CellHandle<>(leases, named(name, "cell"), typed("cell " + name, type, initial));
  }

  /** The pool of this name; see {@link weir.Model}. */
  public <T> Pool<T> pool(String name, Class<T> type, T missing) {
    return new PoolHandle<>(leases, named(name, "pool"), typed("pool " + name, type, missing));
  }

  private static String named(String name, String what) {
    if (name == null) {
      throw new IllegalArgumentException("the name of a " + what + " is null");
    }
    return name;
  }

  private <T> Typed<T> typed(String what, Class<T> type, T missing) {
    return new Typed<>(
        shapes, shapes.of(type), shapes.toJson(missing, "the initial value of " + what));
  }

  /** Puts out a record. */
  public void emit(int slot, Object record) {
    outputs.emit(slot, record);
  }

  /** Writes to the log. */
  public void log(String text) {
    String.valueOf(text).lines().forEach(printer);
  }

  public void logTo(Consumer<String> lines) {
    printer = lines;
  }

  public Leases leases() {
    return leases;
  }

  public Collector outputs() {
    return outputs;
  }

  Shapes shapes() {
    return shapes;
  }
}
