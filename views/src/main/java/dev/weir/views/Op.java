package dev.weir.views;

import dev.weir.state.Commit;
import dev.weir.state.Cut;
import java.util.List;

/** What runs a node. */
abstract class Op {

  /** The row that is being worked on, for messages. */
  Object current;

  /** Takes the changes of its inputs and adds its own to {@code out}. */
  abstract void eval(Delta[] in, Delta out);

  /** Whether it has something to do in a step that brings it nothing. */
  boolean isTimed() {
    return false;
  }

  List<State> states() {
    return List.of();
  }

  void collect(String view, Commit.Builder commit) {
    states().forEach(state -> state.collect(view, commit));
  }

  void settle() {
    states().forEach(State::settle);
  }

  void undo() {
    states().forEach(State::undo);
  }

  void load(String view, Cut cut) {
    states().forEach(state -> state.load(view, cut));
  }
}
