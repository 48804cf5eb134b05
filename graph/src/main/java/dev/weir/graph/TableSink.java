package dev.weir.graph;

import dev.weir.state.Row;
import java.util.Map;

/**
 * A sink whose records become rows of the store that the run commits to. The rows of an epoch are
 * part of its commit, so each is there once, whatever happens, and needs no outbox. They are in
 * snapshots, and a restore takes them back.
 */
public interface TableSink extends Sink {

  /** The table: the columns of the sink's own rows. The engine keeps apart jobs and sinks. */
  StateTable.Schema schema();

  /**
   * Hands over what changed since the last call: by key the new row, or null where it is deleted.
   * Called after {@link #flush}. The map is the caller's then.
   */
  Map<Row, Row> take();

  /** About how many bytes the next {@link #take} would hand over. */
  long pending();

  @Override
  default Kind kind() {
    return Kind.TRANSACTIONAL;
  }
}
