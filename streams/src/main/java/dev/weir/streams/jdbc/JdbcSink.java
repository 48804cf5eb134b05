package dev.weir.streams.jdbc;

import dev.weir.graph.Batch;
import dev.weir.graph.Json;
import dev.weir.graph.OutboxSink;
import dev.weir.graph.Rejection;
import dev.weir.graph.SinkContext;
import dev.weir.state.WeirException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Rows of a table, inserted or replaced by key, in one transaction for each epoch. A record is an
 * object whose fields are columns; where the columns are given, it may be a list of their values,
 * and where there is one column, its value. What the table cannot hold is rejected.
 *
 * <p>Position: {@code {"epoch":n,"records":n}}. In the outbox a record is a line of JSON.
 */
public final class JdbcSink implements OutboxSink {

  /** A piece is closed when it is this large. */
  private static final int PIECE = 1 << 18;

  private static final int SHOWN = 200;

  private final JdbcSettings settings;
  private SinkContext context;
  private volatile TargetTable table;
  private long records;

  private List<byte[]> full = new ArrayList<>();
  private long fullBytes;
  private final ByteArrayOutputStream piece = new ByteArrayOutputStream();

  public JdbcSink(JdbcSettings settings) {
    this.settings = settings;
  }

  @Override
  public void open(SinkContext context, Optional<Map<String, Object>> committed) {
    this.context = context;
    records = committed.map(position -> (Long) position.get("records")).orElse(0L);
  }

  @Override
  public void write(Batch batch) {
    if (batch.control() != null) {
      return; // A table has no form of them.
    }
    for (int i = 0; i < batch.size(); i++) {
      add(batch.get(i));
    }
  }

  private void add(Object record) {
    try {
      var fields = fields(record);
      table.check(fields);
      piece.writeBytes(Json.toText(fields).getBytes(StandardCharsets.UTF_8));
      piece.write('\n');
      records++;
      if (piece.size() >= PIECE) {
        closePiece();
      }
    } catch (WeirException e) {
      var text = Json.toText(record);
      context.reject(
          new Rejection(
              Rejection.Reason.OUTPUT_SCHEMA,
              0,
              text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text,
              e.getMessage()));
    }
  }

  private Map<String, Object> fields(Object record) {
    var columns = settings.columns();
    if (record instanceof Map<?, ?> map) {
      var fields = new LinkedHashMap<String, Object>();
      if (columns.isEmpty()) {
        map.forEach((name, value) -> fields.put((String) name, value));
      } else {
        columns.forEach(name -> fields.put(name, map.get(name)));
      }
      return fields;
    }
    List<?> values = record instanceof List<?> list ? list : java.util.Arrays.asList(record);
    if (columns.isEmpty() || values.size() != columns.size()) {
      throw new WeirException(
          "a row is an object whose fields are columns"
              + (columns.isEmpty()
                  ? "; name the columns to write lists or single values"
                  : ", or a list of values of " + columns));
    }
    var fields = new LinkedHashMap<String, Object>();
    for (int i = 0; i < columns.size(); i++) {
      fields.put(columns.get(i), values.get(i));
    }
    return fields;
  }

  private void closePiece() {
    full.add(piece.toByteArray());
    fullBytes += piece.size();
    piece.reset();
  }

  @Override
  public Map<String, Object> flush(long epoch) {
    var position = new LinkedHashMap<String, Object>();
    position.put("epoch", epoch);
    position.put("records", records);
    return position;
  }

  @Override
  public List<byte[]> take() {
    if (piece.size() > 0) {
      closePiece();
    }
    var taken = full;
    full = new ArrayList<>();
    fullBytes = 0;
    return taken;
  }

  @Override
  public long pending() {
    return fullBytes + piece.size();
  }

  @Override
  public Duration patience() {
    return settings.timeout();
  }

  @Override
  public Target connect(Claim claim) {
    var target = new JdbcTarget(settings, claim);
    table = target.table();
    return target;
  }

  @Override
  public void close() {}
}
