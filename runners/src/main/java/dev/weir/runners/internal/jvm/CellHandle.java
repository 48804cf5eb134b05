package dev.weir.runners.internal.jvm;

import java.util.function.UnaryOperator;
import weir.Cell;

/** A cell as values of one type. */
final class CellHandle<T> implements Cell<T> {

  private final Leases leases;
  private final Leases.Holding holding;
  private final Typed<T> typed;

  CellHandle(Leases leases, String name, Typed<T> typed) {
    this.leases = leases;
    this.holding = leases.cell(name);
    this.typed = typed;
  }

  @Override
  public String name() {
    return holding.item.name();
  }

  @Override
  public T get() {
    leases.toRead(holding);
    return typed.get(holding);
  }

  @Override
  public void set(T value) {
    leases.toWrite(holding);
    typed.set(holding, value);
    leases.changed(holding);
  }

  @Override
  public T update(UnaryOperator<T> function) {
    leases.toWrite(holding);
    T old = typed.get(holding);
    T fresh;
    leases.lock(holding);
    try {
      fresh = function.apply(old);
    } finally {
      leases.unlock();
    }
    typed.set(holding, fresh);
    leases.changed(holding);
    return fresh;
  }

  @Override
  public String toString() {
    return holding.item.toString();
  }
}
