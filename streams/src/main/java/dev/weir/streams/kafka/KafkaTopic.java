package dev.weir.streams.kafka;

import dev.weir.state.WeirException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A topic whose texts are read to its end and appended to, apart from any job: where several
 * processes leave messages for each other. Texts of one key keep their order. One thread at a time.
 */
public final class KafkaTopic implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMillis(200);

  private final KafkaSettings settings;
  private final Consumer<byte[], byte[]> consumer;
  private final List<TopicPartition> partitions;
  private Producer<byte[], byte[]> producer;

  /**
   * Opens a topic at its beginning.
   *
   * @throws WeirException when there is no such topic, or the cluster does not answer
   */
  public KafkaTopic(KafkaSettings settings) throws InterruptedException {
    this.settings = settings;
    Consumer<byte[], byte[]> opened = null;
    boolean done = false;
    try (var admin = Cluster.admin(settings)) {
      partitions =
          Cluster.topic(admin, settings).partitions().stream()
              .map(p -> new TopicPartition(settings.topic(), p.partition()))
              .toList();
      var properties = Cluster.properties(settings);
      properties.put("enable.auto.commit", false);
      properties.put("allow.auto.create.topics", false);
      properties.put("auto.offset.reset", "earliest");
      properties.put("isolation.level", "read_committed");
      properties.put("key.deserializer", ByteArrayDeserializer.class);
      properties.put("value.deserializer", ByteArrayDeserializer.class);
      opened = new KafkaConsumer<>(properties);
      opened.assign(partitions);
      opened.seekToBeginning(partitions);
      done = true;
    } catch (KafkaException e) {
      throw Cluster.translated(settings, "cannot be read", e);
    } finally {
      if (!done && opened != null) {
        opened.close();
      }
    }
    this.consumer = opened;
  }

  /** Some of the texts that follow those read before; none at the end of the topic. */
  public List<String> fresh() throws InterruptedException {
    try {
      var ends = consumer.endOffsets(partitions);
      var texts = new ArrayList<String>();
      while (texts.isEmpty()
          && partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        for (var message : consumer.poll(PATIENCE)) {
          if (message.value() != null) {
            texts.add(new String(message.value(), StandardCharsets.UTF_8));
          }
        }
      }
      return texts;
    } catch (KafkaException e) {
      throw Cluster.translated(settings, "cannot be read", e);
    }
  }

  /** A text, and whose order it belongs to. */
  public record Text(String key, String text) {}

  /** Appends texts. They are durable when this returns; if it throws, some may be. */
  public void append(List<Text> texts) throws InterruptedException {
    try {
      if (producer == null) {
        var properties = Cluster.properties(settings);
        properties.put("acks", "all");
        properties.put("enable.idempotence", true);
        properties.put("delivery.timeout.ms", (int) settings.timeout().toMillis());
        properties.put("linger.ms", 5);
        properties.put("key.serializer", ByteArraySerializer.class);
        properties.put("value.serializer", ByteArraySerializer.class);
        producer = new KafkaProducer<>(properties);
      }
      var sent = new ArrayList<Future<?>>();
      for (var each : texts) {
        sent.add(
            producer.send(
                new ProducerRecord<>(
                    settings.topic(),
                    each.key().getBytes(StandardCharsets.UTF_8),
                    each.text().getBytes(StandardCharsets.UTF_8))));
      }
      for (var each : sent) {
        each.get();
      }
    } catch (ExecutionException e) {
      throw Cluster.translated(settings, "cannot be written", e.getCause());
    } catch (KafkaException e) {
      throw Cluster.translated(settings, "cannot be written", e);
    }
  }

  @Override
  public void close() {
    if (producer != null) {
      producer.close(Duration.ZERO);
    }
    consumer.close();
  }
}
