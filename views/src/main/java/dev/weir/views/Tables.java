package dev.weir.views;

import dev.weir.state.Index;
import java.util.List;

/**
 * Names and makes the tables of a node's states.
 *
 * @param bound how many rows of each state may stay in memory between steps; zero for all
 */
record Tables(String prefix, long bound) {

  String name(String part) {
    return prefix + "_" + part;
  }

  /** The table of a state that is in memory as a whole; none where states are not kept. */
  static EntryTable whole(Tables tables, String part, RowType<Object> type) {
    return tables == null ? null : new EntryTable(tables.name(part), type, List.<Index>of(), 0);
  }

  /** The table of a state of which a part may be in memory; none where states are not kept. */
  static EntryTable bounded(Tables tables, String part, RowType<Object> type) {
    return tables == null
        ? null
        : new EntryTable(tables.name(part), type, List.<Index>of(), tables.bound);
  }
}
