package broker;

import java.io.File;
import java.io.FileWriter;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Time;

/**
 * A Kafka of one broker, and who fills and reads its topics. Reads commands from its input, one a line, and answers
 * each with one line: {@code make TOPIC}, {@code fill TOPIC FILE}, {@code read TOPIC FILE}.
 */
final class Broker {

  /** Arguments: an empty folder, a port for clients and one for itself. */
  public static void main(String[] args) throws Exception {
    var folder = Path.of(args[0]);
    var address = "127.0.0.1:" + args[1];
    var settings = folder.resolve("server.properties");
    Files.writeString(settings, String.join("\n",
        "process.roles=broker,controller",
        "node.id=1",
        "listeners=PLAINTEXT://" + address + ",CONTROLLER://127.0.0.1:" + args[2],
        "controller.listener.names=CONTROLLER",
        "controller.quorum.voters=1@127.0.0.1:" + args[2],
        "log.dirs=" + folder.resolve("log"),
        "offsets.topic.num.partitions=1",
        "offsets.topic.replication.factor=1",
        "transaction.state.log.num.partitions=1",
        "transaction.state.log.replication.factor=1",
        "transaction.state.log.min.isr=1",
        "group.initial.rebalance.delay.ms=0", ""));
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(new PrintStream(System.err, true, StandardCharsets.UTF_8));
    StorageTool.execute(new String[] {"format", "-t", Uuid.randomUuid().toString(), "-c", settings.toString()}, System.out);
    var properties = new Properties();
    try (var in = Files.newBufferedReader(settings)) {
      properties.load(in);
    }
    new KafkaRaftServer(KafkaConfig.fromProps(properties, false), Time.SYSTEM).startup();
    out.println("ready");
    var in = new java.io.BufferedReader(new java.io.InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (var line = in.readLine(); line != null; line = in.readLine()) {
      var words = line.split(" ");
      switch (words[0]) {
        case "make" -> make(address, words[1]);
        case "fill" -> fill(address, words[1], new File(words[2]));
        default -> read(address, words[1], new File(words[2]));
      }
      out.println("done");
    }
    Runtime.getRuntime().halt(0);
  }

  private static void make(String address, String topic) throws Exception {
    try (var admin = Admin.create(Map.of("bootstrap.servers", address))) {
      admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
    }
  }

  /** A message for each line, and an end record. */
  private static void fill(String address, String topic, File file) throws Exception {
    var settings = Map.<String, Object>of("bootstrap.servers", address, "linger.ms", 5, "batch.size", 1 << 18);
    try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
        var lines = Files.lines(file.toPath())) {
      lines.forEach(line -> producer.send(new ProducerRecord<>(topic, line)));
      producer.send(new ProducerRecord<>(topic, "{\"$fastscore\":\"end\"}"));
    }
  }

  /** A line for each committed message. */
  private static void read(String address, String topic, File file) throws Exception {
    var settings = Map.<String, Object>of("bootstrap.servers", address, "isolation.level", "read_committed");
    var partition = new TopicPartition(topic, 0);
    try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
        var writer = new FileWriter(file, StandardCharsets.UTF_8)) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (consumer.position(partition) < end) {
        for (var message : consumer.poll(Duration.ofMillis(100))) {
          writer.write(message.value() + "\n");
        }
      }
    }
  }
}
