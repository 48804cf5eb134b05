package dev.weir.runners;

import java.util.List;

/**
 * Output records in order, each for a slot. A {@link dev.weir.graph.Control#SET} among them ends a
 * set of its slot. Immutable.
 */
public final class Outputs {

  /** No outputs. */
  public static final Outputs NONE = new Outputs(new Object[0], null);

  private final Object[] values;
  private final int[] slots;

  /**
   * Neither array is copied.
   *
   * @param slots the output slot of each, or null when all are for slot 1
   */
  public Outputs(Object[] values, int[] slots) {
    this.values = values;
    this.slots = slots;
  }

  public int size() {
    return values.length;
  }

  public Object value(int i) {
    return values[i];
  }

  public int slot(int i) {
    return slots == null ? 1 : slots[i];
  }

  /** The values, whatever their slot; not to be changed. */
  public List<Object> values() {
    return java.util.Arrays.asList(values);
  }
}
