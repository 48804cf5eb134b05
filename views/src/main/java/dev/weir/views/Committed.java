package dev.weir.views;

import dev.weir.state.Cut;
import dev.weir.state.Store;

/** A view as a store holds it, after its last step: what states read. Not thread-safe. */
final class Committed {

  final String view;
  private final Store store;

  /** The step that is being made; the numbers of new rows begin with it. */
  long step;

  /** Whether the states are to begin with nothing, and what is in their tables will be cleared. */
  boolean cleared;

  private Cut cut;

  Committed(String view, Store store) {
    this.view = view;
    this.store = store;
  }

  /** The rows after the last step, until {@link #release}. */
  Cut cut() {
    if (cut == null) {
      cut = store.read();
    }
    return cut;
  }

  /** Must be called before a step is committed or undone, since a cut shows no later step. */
  void release() {
    if (cut != null) {
      cut.close();
      cut = null;
    }
  }
}
