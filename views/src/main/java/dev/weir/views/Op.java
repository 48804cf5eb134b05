package dev.weir.views;

import dev.weir.state.Commit;
import java.util.List;

/** What runs a node. */
abstract class Op {

  /** The row that is being worked on, for messages. */
  Object current;

  /** Takes the changes of its inputs and adds its own to {@code out}. */
  abstract void eval(Delta[] in, Delta out);

  /** Adds rows to a state, one after the other, so that the one that cannot be added is known. */
  final void addAll(Delta in, Weights to) {
    for (int i = 0; i < in.size; i++) {
      current = in.rows[i];
      to.add(current, in.weights[i]);
    }
  }

  /** Whether it has something to do in a step that brings it nothing. */
  boolean isTimed() {
    return false;
  }

  List<State> states() {
    return List.of();
  }

  void collect(Commit.Builder commit) {
    states().forEach(state -> state.collect(commit));
  }

  void settle() {
    var states = states();
    for (int i = 0; i < states.size(); i++) {
      states.get(i).settle();
    }
  }

  void undo() {
    states().forEach(State::undo);
  }

  void load(Committed committed) {
    states().forEach(state -> state.load(committed));
  }
}
