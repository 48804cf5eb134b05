package dev.weir.streams.kafka;

import dev.weir.graph.OutboxSink;
import dev.weir.graph.OutboxSink.Claim;
import dev.weir.state.WeirException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A producer whose transactional id is the claim's name, so that Kafka fences off older ones. The
 * epoch is an offset that a consumer group of the same name commits in each transaction, for the
 * first partition of the topic.
 */
final class KafkaTarget implements OutboxSink.Target {

  private final KafkaSettings settings;
  private final Claim claim;
  private final TopicPartition marked;
  private final Producer<byte[], byte[]> producer;

  KafkaTarget(KafkaSettings settings, Claim claim, int largest) throws InterruptedException {
    this.settings = settings;
    this.claim = claim;
    this.marked = new TopicPartition(settings.topic(), settings.partition().orElse(0));
    var properties = Cluster.properties(settings);
    int attempt = (int) settings.timeout().toMillis();
    properties.put("transactional.id", claim.name());
    properties.put("request.timeout.ms", (int) Cluster.attempt(settings).toMillis());
    properties.put("delivery.timeout.ms", attempt + 1000);
    properties.put("max.block.ms", attempt);
    properties.put("linger.ms", 5);
    properties.put("batch.size", 1 << 18);
    properties.put("max.request.size", Math.max(largest, 1 << 20));
    properties.put("key.serializer", ByteArraySerializer.class);
    properties.put("value.serializer", ByteArraySerializer.class);
    properties.putAll(settings.properties());
    producer = new KafkaProducer<>(properties);
    try {
      producer.initTransactions();
    } catch (KafkaException e) {
      close();
      throw translated(e);
    }
  }

  @Override
  public OptionalLong published() throws InterruptedException {
    try (var admin = Cluster.admin(settings)) {
      var group = new ListConsumerGroupOffsetsSpec().topicPartitions(List.of(marked));
      var known =
          Cluster.get(
                  settings,
                  "does not say what was published",
                  admin
                      .listConsumerGroupOffsets(
                          Map.of(claim.name(), group),
                          new ListConsumerGroupOffsetsOptions().requireStable(true))
                      .partitionsToOffsetAndMetadata())
              .get(marked);
      return known == null ? OptionalLong.empty() : OptionalLong.of(known.offset());
    } catch (KafkaException e) {
      throw translated(e);
    }
  }

  @Override
  public void declare(long epoch) throws InterruptedException {
    publish(epoch, List.of());
  }

  @Override
  @SuppressWarnings("removal") // the group has no members, so nothing else says what it is
  public void publish(long epoch, List<byte[]> pieces) throws InterruptedException {
    try {
      begin(pieces);
      producer.sendOffsetsToTransaction(
          Map.of(marked, new OffsetAndMetadata(epoch, "epoch of run " + claim.run())),
          new ConsumerGroupMetadata(claim.name()));
      // Throws what any of the messages met.
      producer.commitTransaction();
    } catch (KafkaException e) {
      throw translated(e);
    }
  }

  /** Sends the pieces in a transaction that is left open. */
  void begin(List<byte[]> pieces) {
    producer.beginTransaction();
    for (var piece : pieces) {
      MessagePieces.read(piece, this::send);
    }
  }

  private void send(byte[] key, byte[] value) {
    Integer partition =
        settings.partition().isPresent() ? (Integer) settings.partition().getAsInt() : null;
    // The commit throws what any of them met.
    var unused = producer.send(new ProducerRecord<>(settings.topic(), partition, key, value));
  }

  private WeirException translated(KafkaException e) throws InterruptedException {
    return Cluster.translated(settings, "cannot be written", e);
  }

  @Override
  public void close() {
    boolean interrupted = Thread.interrupted();
    try {
      producer.close(Duration.ZERO);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
