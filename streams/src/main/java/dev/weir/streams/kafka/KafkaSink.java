package dev.weir.streams.kafka;

import dev.weir.graph.Batch;
import dev.weir.graph.Json;
import dev.weir.graph.OutboxSink;
import dev.weir.graph.Rejection;
import dev.weir.graph.SinkContext;
import dev.weir.state.WeirException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;

/**
 * Messages of a topic, one for each record, in one transaction for each epoch. Position: {@code
 * {"epoch":n,"records":n}}.
 */
public final class KafkaSink implements OutboxSink {

  /** What Kafka adds to a message at most, with its batch. */
  private static final int OVERHEAD = 256;

  private static final int SHOWN = 200;

  private final KafkaSettings settings;
  private final Encoding encoding;
  private final MessagePieces pieces = new MessagePieces();
  private SinkContext context;
  private long records;
  private volatile int largest = 1 << 20;

  /** Turns a record, or a control record, into the value of a message. */
  public interface Encoding {
    /**
     * Encodes.
     *
     * @return null for what the encoding has no form of, and leaves out
     * @throws WeirException that says why the record cannot be written
     */
    byte[] encode(Object record);
  }

  public KafkaSink(KafkaSettings settings, Encoding encoding) {
    this.settings = settings;
    this.encoding = encoding;
  }

  @Override
  public void open(SinkContext context, Optional<Map<String, Object>> committed) {
    this.context = context;
    records = committed.map(position -> (Long) position.get("records")).orElse(0L);
  }

  @Override
  public void write(Batch batch) {
    if (batch.control() != null) {
      add(batch.control());
      return;
    }
    for (int i = 0; i < batch.size(); i++) {
      add(batch.get(i));
    }
  }

  private void add(Object record) {
    byte[] value;
    try {
      value = encoding.encode(record);
    } catch (WeirException e) {
      reject(String.valueOf(record), e.getMessage());
      return;
    }
    if (value == null) {
      return;
    }
    var key = key(record);
    int size = value.length + (key == null ? 0 : key.length) + OVERHEAD;
    if (size > largest) {
      reject(
          new String(value, StandardCharsets.UTF_8),
          "a message of "
              + size
              + " bytes, but "
              + settings.describe()
              + " takes no more than "
              + largest
              + " (its max.message.bytes)");
      return;
    }
    pieces.add(key, value);
    records++;
  }

  private void reject(String text, String why) {
    var shown = text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text;
    context.reject(new Rejection(Rejection.Reason.ENCODING, 0, shown, why));
  }

  private byte[] key(Object record) {
    if (settings.key().isEmpty()
        || !(record instanceof Map<?, ?> fields)
        || fields.get(settings.key().get()) == null) {
      return null;
    }
    var key = fields.get(settings.key().get());
    return key instanceof String text
        ? text.getBytes(StandardCharsets.UTF_8)
        : Json.toText(key).getBytes(StandardCharsets.UTF_8);
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
    return pieces.take();
  }

  @Override
  public long pending() {
    return pieces.bytes();
  }

  @Override
  public Duration patience() {
    return settings.timeout();
  }

  @Override
  public Target connect(Claim claim) throws InterruptedException {
    try (var admin = Cluster.admin(settings)) {
      var topic = Cluster.topic(admin, settings);
      settings
          .partition()
          .ifPresent(
              p -> {
                if (p >= topic.partitions().size()) {
                  throw new WeirException(
                      settings.describe()
                          + " has no partition "
                          + p
                          + "; it has "
                          + topic.partitions().size());
                }
              });
      largest = Cluster.largestMessage(admin, settings);
      return new KafkaTarget(settings, claim, largest);
    } catch (KafkaException e) {
      throw Cluster.translated(settings, "cannot be written", e);
    }
  }

  @Override
  public void close() {}
}
