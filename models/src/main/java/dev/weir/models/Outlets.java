package dev.weir.models;

import dev.weir.graph.Batch;
import dev.weir.graph.Control;
import dev.weir.graph.Emitter;
import dev.weir.graph.Rejection;
import dev.weir.models.Slots.Slot;
import dev.weir.runners.Outputs;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Where the outputs of a model go: those that match their slot's schema leave by its port, numbered
 * from 1 for each slot, the others are told. Belongs to the operator's thread.
 */
final class Outlets {

  private static final class Outlet {
    final Slot slot;
    long next = 1;

    Outlet(Slot slot) {
      this.slot = slot;
    }
  }

  private final String model;
  private final Consumer<Rejection> rejected;
  private final Map<Integer, Outlet> outlets = new TreeMap<>();

  Outlets(String model, List<Slot> slots, Consumer<Rejection> rejected) {
    this.model = model;
    this.rejected = rejected;
    slots.forEach(slot -> outlets.put(slot.number(), new Outlet(slot)));
  }

  /** Emits a control record on all of them. */
  void emit(Control control, Emitter out) throws InterruptedException {
    for (var outlet : outlets.values()) {
      emit(outlet, control, out);
    }
  }

  void emit(Outputs outputs, Emitter out) throws InterruptedException {
    int size = outputs.size();
    for (int from = 0; from < size; ) {
      int slot = outputs.slot(from);
      int to = from;
      while (to < size && outputs.slot(to) == slot && !(outputs.value(to) instanceof Control)) {
        to++;
      }
      emit(outlet(slot, outputs.value(from)), outputs, from, to, out);
      if (to < size && outputs.value(to) instanceof Control control) {
        emit(outlet(outputs.slot(to), control), control, out);
        to++;
      }
      from = to;
    }
  }

  private static void emit(Outlet outlet, Control control, Emitter out)
      throws InterruptedException {
    out.emit(outlet.slot.port(), Batch.of(outlet.next - 1, control));
  }

  private void emit(Outlet outlet, Outputs outputs, int from, int to, Emitter out)
      throws InterruptedException {
    var check = outlet.slot.check();
    var good = new Object[to - from];
    int kept = 0;
    for (int i = from; i < to; i++) {
      var value = outputs.value(i);
      if (check == null) {
        good[kept++] = value;
      } else if (check.accepts(value)) {
        good[kept++] = check.plain(value);
      } else {
        rejected.accept(outlet.slot.rejection(Rejection.Reason.OUTPUT_SCHEMA, 0, value));
      }
    }
    if (kept > 0) {
      var batch = Batch.of(outlet.next, kept == good.length ? good : Arrays.copyOf(good, kept));
      outlet.next += kept;
      out.emit(outlet.slot.port(), batch);
    }
  }

  private Outlet outlet(int slot, Object value) {
    var outlet = outlets.get(slot);
    if (outlet == null) {
      throw new ModelException(
          "model "
              + model
              + " has put out "
              + (value instanceof Control ? "a set" : SchemaCheck.shown(value))
              + " for slot "
              + slot
              + ", which it does not declare; it has "
              + (outlets.isEmpty() ? "no output slots" : "the output slots " + outlets.keySet())
              + ". Add a comment to the model: weir.slot."
              + slot
              + ": in-use");
    }
    return outlet;
  }
}
