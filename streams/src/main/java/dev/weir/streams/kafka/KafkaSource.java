package dev.weir.streams.kafka;

import dev.weir.graph.Batch;
import dev.weir.graph.Control;
import dev.weir.graph.Rejection;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import dev.weir.graph.TransientFailureException;
import dev.weir.state.WeirException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The committed messages of a topic, a record each. Messages of one partition come in their order;
 * how partitions interleave may differ when they are read again.
 *
 * <p>Position: {@code {"topic":id,"offsets":{"0":next,"1":next},"records":n}}, and {@code
 * "ended":true} behind an end record. A record's number counts the messages from the run's
 * beginning.
 */
public final class KafkaSource implements Source {

  /** A batch ends after this many bytes, so that its size in memory has a bound. */
  private static final int BATCH_BYTES = 4 << 20;

  private static final int LARGEST_POLL = 4096;
  private static final long LOOK = TimeUnit.SECONDS.toNanos(10);
  private static final Duration CLOSING = Duration.ofSeconds(5);
  private static final int SHOWN = 200;

  private final KafkaSettings settings;
  private final Decoding decoding;
  private final LongSupplier nanos;

  private SourceContext context;
  private Consumer<byte[], byte[]> consumer;
  private String topicId;
  private final Map<Integer, Long> offsets = new TreeMap<>();
  private long records;
  private boolean ended;

  private Iterator<ConsumerRecord<byte[], byte[]>> fetched = Collections.emptyIterator();
  private ConsumerRecord<byte[], byte[]> next;

  private long heardAt;
  private long lookedAt;

  /** Turns the value of a message into a record or a {@link Control}. */
  public interface Decoding {
    /**
     * Decodes.
     *
     * @throws WeirException that says what is wrong with the message
     */
    Object decode(byte[] value);
  }

  public KafkaSource(KafkaSettings settings, Decoding decoding, LongSupplier nanos) {
    this.settings = settings;
    this.decoding = decoding;
    this.nanos = nanos;
  }

  @Override
  public void open(SourceContext context, Optional<Map<String, Object>> position)
      throws InterruptedException {
    this.context = context;
    long began = nanos.getAsLong();
    while (true) {
      try {
        connect(position);
        heardAt = nanos.getAsLong();
        lookedAt = heardAt;
        return;
      } catch (TransientFailureException e) {
        if (nanos.getAsLong() - began >= settings.timeout().toNanos()) {
          throw e;
        }
        context.warn(e.getMessage() + "; trying again");
        disconnect();
      }
    }
  }

  private void connect(Optional<Map<String, Object>> position) throws InterruptedException {
    try {
      var properties = Cluster.properties(settings);
      properties.put("enable.auto.commit", false);
      properties.put("allow.auto.create.topics", false);
      properties.put("auto.offset.reset", "none");
      properties.put("isolation.level", "read_committed");
      properties.put("max.poll.records", LARGEST_POLL);
      properties.put("key.deserializer", ByteArrayDeserializer.class);
      properties.put("value.deserializer", ByteArrayDeserializer.class);
      settings.group().ifPresent(group -> properties.put("group.id", group));
      List<Integer> partitions;
      try (var admin = Cluster.admin(settings)) {
        var topic = Cluster.topic(admin, settings);
        topicId = topic.topicId().toString();
        partitions = topic.partitions().stream().map(p -> p.partition()).toList();
      }
      consumer = new KafkaConsumer<>(properties);
      if (position.isPresent()) {
        goOnAt(position.get(), partitions);
      } else {
        begin(partitions);
      }
      assign();
    } catch (KafkaException e) {
      throw Cluster.translated(settings, "cannot be read", e);
    }
  }

  private void begin(List<Integer> partitions) {
    var read = read(partitions);
    var start =
        switch (settings.from()) {
          case "earliest" -> consumer.beginningOffsets(read);
          case "latest" -> consumer.endOffsets(read);
          default -> {
            var same = new HashMap<TopicPartition, Long>();
            read.forEach(p -> same.put(p, Long.valueOf(settings.from())));
            yield same;
          }
        };
    start.forEach((partition, offset) -> offsets.put(partition.partition(), offset));
    if (settings.group().isPresent()) {
      consumer
          .committed(new java.util.HashSet<>(read))
          .forEach(
              (partition, known) -> {
                if (known != null) {
                  offsets.put(partition.partition(), known.offset());
                }
              });
    }
  }

  private void goOnAt(Map<String, Object> position, List<Integer> partitions) {
    if (!topicId.equals(position.get("topic"))) {
      throw new WeirException(
          settings.describe()
              + " is not the topic that was read: it was deleted and made again."
              + " Start over with --fresh");
    }
    ((Map<?, ?>) position.get("offsets"))
        .forEach((p, offset) -> offsets.put(Integer.valueOf((String) p), (Long) offset));
    records = (Long) position.get("records");
    ended = Boolean.TRUE.equals(position.get("ended"));
    // Partitions that were added meanwhile are read from their beginning.
    read(partitions).forEach(p -> offsets.putIfAbsent(p.partition(), 0L));
  }

  /** Those of the topic's partitions that are to be read. */
  private Collection<TopicPartition> read(List<Integer> partitions) {
    if (settings.partition().isPresent()) {
      int only = settings.partition().getAsInt();
      if (!partitions.contains(only)) {
        throw new WeirException(
            settings.describe()
                + " has no partition "
                + only
                + "; it has "
                + (partitions.size() == 1 ? "only 0" : "0 to " + (partitions.size() - 1)));
      }
      return List.of(new TopicPartition(settings.topic(), only));
    }
    return partitions.stream().map(p -> new TopicPartition(settings.topic(), p)).toList();
  }

  private void assign() {
    var assigned = new ArrayList<TopicPartition>();
    offsets.keySet().forEach(p -> assigned.add(new TopicPartition(settings.topic(), p)));
    var before = consumer.assignment();
    consumer.assign(assigned);
    for (var partition : assigned) {
      if (!before.contains(partition)) {
        consumer.seek(partition, offsets.get(partition.partition()));
      }
    }
  }

  @Override
  public Optional<Batch> poll(int max, Duration patience) throws InterruptedException {
    if (ended) {
      return Optional.empty();
    }
    try {
      if (next == null && !fetched.hasNext()) {
        fetched = consumer.poll(patience).iterator();
      }
      if (next == null && !fetched.hasNext()) {
        if (idle()) {
          ended = true;
          return Optional.empty();
        }
        return Optional.of(Batch.of(records + 1));
      }
      heardAt = nanos.getAsLong();
      lookForPartitions();
      return take(max);
    } catch (OffsetOutOfRangeException e) {
      throw gone(e);
    } catch (KafkaException e) {
      throw Cluster.translated(settings, "cannot be read", e);
    }
  }

  private Optional<Batch> take(int max) {
    var values = new Object[max];
    var numbers = new long[max];
    int size = 0;
    long bytes = 0;
    while (size < max && bytes < BATCH_BYTES) {
      if (next == null) {
        if (!fetched.hasNext()) {
          break;
        }
        next = fetched.next();
      }
      var value = decoded(next);
      if (value instanceof Control control) {
        if (size > 0) {
          break; // It is decoded again: a control record is a batch of its own.
        }
        passed();
        if (control.kind() == Control.Kind.END) {
          ended = true;
          return Optional.empty();
        }
        return Optional.of(Batch.of(records, control));
      }
      bytes += Math.max(0, next.serializedValueSize());
      passed();
      if (value != REJECTED) {
        values[size] = value;
        numbers[size++] = records;
      }
    }
    return Optional.of(Batch.of(Arrays.copyOf(values, size), Arrays.copyOf(numbers, size)));
  }

  private static final Object REJECTED = new Object();

  private Object decoded(ConsumerRecord<byte[], byte[]> message) {
    if (message.value() == null) {
      return null;
    }
    try {
      return decoding.decode(message.value());
    } catch (WeirException e) {
      int shown = Math.min(SHOWN, message.value().length);
      var text = new String(message.value(), 0, shown, StandardCharsets.UTF_8);
      context.reject(
          new Rejection(
              Rejection.Reason.ENCODING,
              records + 1,
              shown < message.value().length ? text + "…" : text,
              e.getMessage()
                  + " (partition "
                  + message.partition()
                  + ", offset "
                  + message.offset()
                  + ")"));
      return REJECTED;
    }
  }

  private void passed() {
    offsets.put(next.partition(), next.offset() + 1);
    records++;
    next = null;
  }

  /**
   * Nothing has come: is the cluster there, and is this the end?
   *
   * @return whether the stream has ended
   */
  private boolean idle() throws InterruptedException {
    long now = nanos.getAsLong();
    long silent = now - heardAt;
    boolean over = settings.maxWait().filter(wait -> silent >= wait.toNanos()).isPresent();
    if (!over && now - lookedAt < LOOK) {
      return false;
    }
    lookedAt = now;
    try {
      var ends = consumer.endOffsets(consumer.assignment());
      boolean all = true;
      for (var end : ends.entrySet()) {
        all &= consumer.position(end.getKey()) >= end.getValue();
      }
      lookForPartitions();
      if (over && all) {
        return true;
      }
      if (settings.maxWait().isEmpty()) {
        heardAt = now;
      }
      return false;
    } catch (TimeoutException e) {
      if (silent >= settings.timeout().toNanos()) {
        throw Cluster.translated(settings, "cannot be read", e);
      }
      context.warn(
          settings.describe()
              + " has not answered for "
              + TimeUnit.NANOSECONDS.toSeconds(nanos.getAsLong() - heardAt)
              + " s; waiting for it");
      return false;
    }
  }

  private void lookForPartitions() {
    if (settings.partition().isPresent()) {
      return;
    }
    // Answered from what the client knows and refreshes by itself.
    var known = consumer.partitionsFor(settings.topic());
    if (known.size() > offsets.size()) {
      known.forEach(p -> offsets.putIfAbsent(p.partition(), 0L));
      assign();
    }
  }

  private WeirException gone(OffsetOutOfRangeException e) {
    var partition = e.partitions().iterator().next();
    long wanted = e.offsetOutOfRangePartitions().get(partition);
    long first = consumer.beginningOffsets(List.of(partition)).get(partition);
    long end = consumer.endOffsets(List.of(partition)).get(partition);
    return new WeirException(
        settings.describe()
            + ", partition "
            + partition.partition()
            + ": there is no message "
            + wanted
            + " to go on with; it has "
            + first
            + " to "
            + (end - 1)
            + (wanted < first
                ? ": the cluster keeps messages for a limited time, and some were not read in time"
                : "")
            + "\n  to keep the state and read from the earliest there is, take and restore a"
            + " snapshot, and run with from=earliest\n  to start over, add --fresh",
        e);
  }

  @Override
  public Map<String, Object> position() {
    var byPartition = new LinkedHashMap<String, Object>();
    offsets.forEach((partition, offset) -> byPartition.put(partition.toString(), offset));
    var position = new LinkedHashMap<String, Object>();
    position.put("topic", topicId);
    position.put("offsets", byPartition);
    position.put("records", records);
    if (ended) {
      position.put("ended", true);
    }
    return position;
  }

  @Override
  public void committed(Map<String, Object> position) {
    if (settings.group().isEmpty() || !settings.tellsGroup()) {
      return;
    }
    var told = new HashMap<TopicPartition, OffsetAndMetadata>();
    ((Map<?, ?>) position.get("offsets"))
        .forEach(
            (p, offset) ->
                told.put(
                    new TopicPartition(settings.topic(), Integer.parseInt((String) p)),
                    new OffsetAndMetadata((Long) offset)));
    consumer.commitAsync(told, (offsets, trouble) -> {});
  }

  @Override
  public boolean replayable() {
    return true;
  }

  @Override
  public void close() {
    disconnect();
  }

  private void disconnect() {
    if (consumer != null) {
      boolean interrupted = Thread.interrupted();
      try {
        consumer.close(
            org.apache.kafka.clients.consumer.CloseOptions.timeout(
                interrupted ? Duration.ZERO : CLOSING));
      } catch (KafkaException e) {
        // What was read is in the commit, whatever closing says.
      } finally {
        consumer = null;
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
