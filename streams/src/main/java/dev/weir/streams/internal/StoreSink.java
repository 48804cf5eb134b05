package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Json;
import dev.weir.graph.KeyGroups;
import dev.weir.graph.Rejection;
import dev.weir.graph.SinkContext;
import dev.weir.graph.StateTable;
import dev.weir.graph.TableSink;
import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Row;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Records as rows of the store: numbered from 1 in their order, or one for each key, the last. A
 * record that is an object has the key in a field. Position: {@code {"records":n}}.
 */
final class StoreSink implements TableSink {

  private static final int SHOWN = 200;

  /** About what a row takes beside its text. */
  private static final int ROW = 150;

  private final String table;
  private final String key;
  private SinkContext context;
  private Map<Row, Row> changed = new HashMap<>();
  private long pending;
  private long records;

  /**
   * @param key the field of the key; null to number the rows
   */
  StoreSink(String table, String key) {
    this.table = table;
    this.key = key;
  }

  @Override
  public StateTable.Schema schema() {
    return new StateTable.Schema(
        table,
        List.of(
            key == null
                ? Column.of("number", ColumnType.INTEGER)
                : Column.of("key", ColumnType.TEXT),
            Column.of("record", ColumnType.JSON)),
        1,
        List.of());
  }

  @Override
  public void open(SinkContext opened, Optional<Map<String, Object>> committed) {
    context = opened;
    records = committed.map(p -> Positions.count(p, "records")).orElse(0L);
  }

  @Override
  public void write(Batch batch) {
    if (batch.control() != null) {
      return;
    }
    for (var record : batch.records()) {
      var text = Json.toText(record);
      if (key == null) {
        put(records + 1, text);
      } else if (record instanceof Map<?, ?> map && map.containsKey(key)) {
        put(KeyGroups.text(map.get(key)), text);
      } else {
        context.reject(
            new Rejection(
                Rejection.Reason.OUTPUT_SCHEMA,
                0,
                text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text,
                "it has no field '" + key + "', which is the key of table " + table));
      }
    }
  }

  private void put(Object of, String text) {
    records++;
    pending += ROW + text.length();
    changed.put(Row.of(of), Row.of(of, text));
  }

  @Override
  public Map<String, Object> flush(long epoch) {
    return Positions.of("records", records);
  }

  @Override
  public Map<Row, Row> take() {
    var taken = changed;
    changed = new HashMap<>();
    pending = 0;
    return taken;
  }

  @Override
  public long pending() {
    return pending;
  }

  @Override
  public void close() {}
}
