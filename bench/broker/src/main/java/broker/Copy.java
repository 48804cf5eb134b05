package broker;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The least that Kafka to Kafka, exactly once, can be: a consumer whose messages go to a producer as they are, in a
 * transaction for each second that also holds the consumer's offset. Reads up to an end record.
 *
 * <p>{@code Copy ADDRESS FROM TO}
 */
final class Copy {

  private static final long SECOND = 1_000_000_000;

  public static void main(String[] args) {
    var from = new TopicPartition(args[1], 0);
    var bytes = new ByteArrayDeserializer();
    var sent = new ByteArraySerializer();
    try (var consumer = new KafkaConsumer<>(Map.<String, Object>of(
            "bootstrap.servers", args[0], "isolation.level", "read_committed", "max.poll.records", 4096), bytes, bytes);
        var producer = new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", args[0], "transactional.id",
            "copy-" + args[2], "linger.ms", 5, "batch.size", 1 << 18), sent, sent)) {
      consumer.assign(List.of(from));
      consumer.seekToBeginning(List.of(from));
      producer.initTransactions();
      producer.beginTransaction();
      long began = System.nanoTime();
      for (boolean more = true; more; ) {
        for (var message : consumer.poll(Duration.ofMillis(100))) {
          if (message.value()[0] == '{') {
            more = false;
            break;
          }
          producer.send(new ProducerRecord<>(args[2], message.value()));
        }
        if (!more || System.nanoTime() - began >= SECOND) {
          producer.sendOffsetsToTransaction(
              Map.of(from, new OffsetAndMetadata(consumer.position(from))), new ConsumerGroupMetadata("copy-" + args[2]));
          producer.commitTransaction();
          began = System.nanoTime();
          if (more) producer.beginTransaction();
        }
      }
    }
  }
}
