package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Sink;
import dev.weir.graph.SinkContext;
import java.util.Map;
import java.util.Optional;

/** Counts records, and keeps none. Position: {@code {"records":n}}. */
final class DiscardSink implements Sink {

  private long records;

  @Override
  public void open(SinkContext context, Optional<Map<String, Object>> committed) {
    records = committed.map(p -> Positions.count(p, "records")).orElse(0L);
  }

  @Override
  public void write(Batch batch) {
    records += batch.control() == null ? batch.size() : 0;
  }

  @Override
  public Map<String, Object> flush(long epoch) {
    return Positions.of("records", records);
  }

  @Override
  public Kind kind() {
    return Kind.IDEMPOTENT;
  }

  @Override
  public void close() {}
}
