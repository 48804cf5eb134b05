package dev.weir.house;

import dev.weir.fixtures.Broker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Topics of one partition, as others than Weir use them. */
final class Topics implements AutoCloseable {

  private final String servers;
  private final Admin admin;
  private final KafkaProducer<String, String> producer;
  private final KafkaConsumer<String, String> consumer;

  Topics(Broker broker) {
    servers = broker.address();
    admin = Admin.create(Map.of("bootstrap.servers", servers));
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", servers, "linger.ms", 5),
            new StringSerializer(),
            new StringSerializer());
    consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", servers, "isolation.level", "read_committed"),
            new StringDeserializer(),
            new StringDeserializer());
  }

  void make(String topic) throws Exception {
    admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
  }

  void send(String topic, Stream<String> messages) {
    messages.forEach(
        m -> {
          var unused = producer.send(new ProducerRecord<>(topic, m));
        });
    producer.flush();
  }

  /** The end of what a reader of committed messages sees: grows with what is published. */
  long end(String topic) {
    var partition = new TopicPartition(topic, 0);
    return consumer.endOffsets(List.of(partition)).get(partition);
  }

  /** Every committed message. */
  List<String> read(String topic) {
    var partition = new TopicPartition(topic, 0);
    consumer.assign(List.of(partition));
    consumer.seek(partition, 0);
    long end = end(topic);
    var messages = new ArrayList<String>();
    while (consumer.position(partition) < end) {
      consumer.poll(Duration.ofMillis(100)).forEach(r -> messages.add(r.value()));
    }
    return messages;
  }

  List<String> names() throws Exception {
    return List.copyOf(admin.listTopics().names().get());
  }

  @Override
  public void close() {
    admin.close(Duration.ZERO);
    producer.close(Duration.ZERO);
    consumer.close();
  }
}
