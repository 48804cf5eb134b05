package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Control;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * A source that marks sets, see {@link dev.weir.streams.StreamSpec#inSets}. Position: that of the
 * source within, and how many records the running set has, {@code "set":n}.
 */
final class SetSource implements Source {

  private static final String SET = "set";
  private static final String CUT = "cut";
  private static final String HELD = "held";

  private final Source source;
  private final Batching batching;
  private final LongSupplier nanoTime;

  private long pending;
  private long began;
  private long lastNumber;
  private boolean cut;
  private Batch held;

  SetSource(Source source, Batching batching, LongSupplier nanoTime) {
    this.source = source;
    this.batching = batching;
    this.nanoTime = nanoTime;
  }

  @Override
  public void open(SourceContext context, Optional<Map<String, Object>> position) throws Exception {
    if (position.isEmpty()) {
      source.open(context, position);
      return;
    }
    var within = new LinkedHashMap<>(position.get());
    pending = within.containsKey(SET) ? Positions.count(within, SET) : 0;
    cut = Boolean.TRUE.equals(within.remove(CUT));
    within.remove(SET);
    if (within.remove(HELD) instanceof Map<?, ?> json && Controls.of(json) instanceof Control c) {
      held = Batch.of(0, c);
    }
    began = nanoTime.getAsLong();
    source.open(context, Optional.of(within));
  }

  @Override
  public Optional<Batch> poll(int max, Duration patience) throws Exception {
    if (held != null) {
      var batch = held;
      held = null;
      return Optional.of(batch);
    }
    if (pending > 0 && isFull()) {
      return Optional.of(border(true));
    }
    var left = timeLeft();
    if (left != null && (left.isZero() || left.isNegative())) {
      return Optional.of(border(true));
    }
    int most =
        batching.watermark() == null
            ? max
            : (int) Math.min(max, Math.max(1, batching.watermark() - pending));
    var polled = source.poll(most, left == null || left.compareTo(patience) > 0 ? patience : left);
    if (polled.isEmpty()) {
      return pending > 0 ? Optional.of(border(false)) : polled;
    }
    var batch = polled.get();
    if (batch.control() != null) {
      return Optional.of(control(batch));
    }
    if (!batch.isEmpty()) {
      if (pending == 0) {
        began = nanoTime.getAsLong();
      }
      pending += batch.size();
      cut = false;
      lastNumber = batch.sequence(batch.size() - 1);
    }
    return polled;
  }

  private boolean isFull() {
    return batching.watermark() != null && pending >= batching.watermark();
  }

  /** How long the running set may still wait for records; null for ever. */
  private Duration timeLeft() {
    if (pending == 0 || batching.nagleMillis() == null) {
      return null;
    }
    return Duration.ofMillis(batching.nagleMillis()).minusNanos(nanoTime.getAsLong() - began);
  }

  /** A set record of the stream itself says nothing new behind a border that was put there. */
  private Batch control(Batch batch) {
    if (batch.control().kind() == Control.Kind.SET) {
      boolean again = cut && pending == 0;
      pending = 0;
      cut = false;
      return again ? Batch.of(lastNumber) : batch;
    }
    if (pending > 0) {
      held = batch;
      return border(false);
    }
    return batch;
  }

  private Batch border(boolean cut) {
    this.cut = cut;
    pending = 0;
    return Batch.of(lastNumber, Control.SET);
  }

  @Override
  public void committed(Map<String, Object> position) throws Exception {
    source.committed(position);
  }

  @Override
  public Map<String, Object> position() {
    var position = new LinkedHashMap<>(source.position());
    if (pending > 0) {
      position.put(SET, pending);
    }
    if (cut) {
      position.put(CUT, true);
    }
    if (held != null) {
      position.put(HELD, Controls.toJson(held.control()));
    }
    return position;
  }

  @Override
  public boolean replayable() {
    return source.replayable();
  }

  @Override
  public void close() throws Exception {
    source.close();
  }
}
