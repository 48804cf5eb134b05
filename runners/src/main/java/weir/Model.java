package weir;

import dev.weir.runners.internal.jvm.Host;

/**
 * A model that has state or puts out more than what it returns. Its functions are found by their
 * names: {@code action}, which takes a record, and optionally {@code begin} and {@code end}.
 *
 * <pre>{@code
 * import weir.*;
 *
 * class Sum extends Model {
 *   final Cell<Long> sum = cell("sum", Long.class, 0L);
 *
 *   long action(long x) {
 *     return sum.update(old -> old + x);
 *   }
 * }
 * }</pre>
 *
 * <p>Cells and pools are named anywhere, and used within {@code begin}, {@code action} and {@code
 * end}, on the thread that calls them. Other fields are of one runner and do not survive it.
 */
public abstract class Model {

  private final Host host = new Host();

  /** The cell of this name. Its values are of this type, and null while it was never set. */
  protected final <T> Cell<T> cell(String name, Class<T> type) {
    return host.cell(name, type, null);
  }

  /** The cell of this name, which reads as {@code initial} while it was never set. */
  protected final <T> Cell<T> cell(String name, Class<T> type, T initial) {
    return host.cell(name, type, initial);
  }

  /** The pool of this name. Its values are of this type; that of a missing key is null. */
  protected final <T> Pool<T> pool(String name, Class<T> type) {
    return host.pool(name, type, null);
  }

  /** The pool of this name, in which a missing key reads as {@code missing}. */
  protected final <T> Pool<T> pool(String name, Class<T> type, T missing) {
    return host.pool(name, type, missing);
  }

  /** Puts out a record on slot 1, before what the running function returns. */
  protected final void emit(Object record) {
    host.emit(1, record);
  }

  /** Puts out a record on a slot; those of outputs are odd. */
  protected final void emit(int slot, Object record) {
    host.emit(slot, record);
  }

  /** Writes to the log of the job, as {@code System.out.println} does. */
  protected final void log(String text) {
    host.log(text);
  }
}
