package dev.weir.views;

import dev.weir.state.Commit;
import dev.weir.state.Table;
import java.util.List;

/**
 * What an operator remembers from step to step. During a step it notes what it touches; then {@link
 * #collect} hands over the rows that changed, and either {@link #settle} or {@link #undo} ends the
 * step.
 */
interface State {

  /** The table that keeps it. */
  Table table();

  /** The number of rows. */
  long size();

  /** Adds the changed rows to a commit. May be called again when the commit failed. */
  void collect(Commit.Builder commit);

  /** The step is done. */
  void settle();

  /** Goes back to what was before the step. */
  void undo();

  /** Begins with what the store holds. */
  void load(Committed committed);

  /** For each column of the table, what is declared for rows that lack it. */
  List<Object> defaults(List<Added> added);

  /** Fills in the columns of a row that follow from the others. */
  default void complete(Object[] row) {}
}
