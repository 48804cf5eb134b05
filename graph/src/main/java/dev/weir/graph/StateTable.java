package dev.weir.graph;

import dev.weir.state.Column;
import dev.weir.state.Index;
import dev.weir.state.Row;
import java.util.List;
import java.util.function.Consumer;

/**
 * One operator's rows of a table: hot in memory, written behind. What is put before a barrier is in
 * that barrier's commit. Only the operator's own thread may use it.
 */
public interface StateTable {

  /** The row with this key, or null. */
  Row get(Row key);

  /** Inserts a row, or replaces the one with its key. */
  void put(Row row);

  /** Deletes the row with this key, if there is one. */
  void delete(Row key);

  /** Every row, in no order. The table must not be changed meanwhile. */
  void forEach(Consumer<Row> action);

  int size();

  /**
   * The name and the operator's own columns of a table; the first {@code keyLength} are its key.
   *
   * @see dev.weir.state.Table for the rules of names and keys
   */
  record Schema(String name, List<Column> columns, int keyLength, List<Index> indexes) {
    public Schema {
      columns = List.copyOf(columns);
      indexes = List.copyOf(indexes);
    }
  }
}
