package dev.weir.streams.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.fixtures.Broker;
import dev.weir.graph.Batch;
import dev.weir.graph.Control;
import dev.weir.graph.Json;
import dev.weir.graph.OutboxSink.Claim;
import dev.weir.graph.Rejection;
import dev.weir.graph.SinkContext;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import dev.weir.graph.TransientFailureException;
import dev.weir.state.WeirException;
import dev.weir.streams.StreamSpec;
import dev.weir.streams.Streams;
import dev.weir.streams.internal.OutboxContract;
import dev.weir.streams.internal.SinkContract;
import dev.weir.streams.internal.SourceContract;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Source and sink against a real broker. */
class KafkaTest {

  private static final String END = "{\"$fastscore\":\"end\"}";

  @TempDir private static Path folder;
  private static Broker broker;
  private static Admin admin;

  @BeforeAll
  static void start() {
    broker = new Broker(folder);
    admin = Admin.create(Map.of("bootstrap.servers", broker.address()));
  }

  @AfterAll
  static void stop() {
    admin.close(Duration.ZERO);
    broker.close();
  }

  private static String topic(int partitions) throws Exception {
    var name = "t" + UUID.randomUUID();
    admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1))).all().get();
    return name;
  }

  /** From the earliest message to where none came for a moment. */
  private static KafkaSettings all(String topic) {
    return settings(
        topic, "earliest", Optional.empty(), OptionalInt.empty(), Duration.ofMillis(300));
  }

  private static KafkaSettings settings(
      String topic, String from, Optional<String> group, OptionalInt partition, Duration wait) {
    return new KafkaSettings(
        broker.address(),
        topic,
        partition,
        group,
        true,
        from,
        Optional.ofNullable(wait),
        Optional.of("key"),
        Duration.ofSeconds(20),
        Map.of());
  }

  private static KafkaSource source(KafkaSettings settings) {
    return new KafkaSource(settings, KafkaTest::decode, System::nanoTime);
  }

  private static KafkaSink sink(KafkaSettings settings) {
    return new KafkaSink(settings, r -> Json.toText(r).getBytes(StandardCharsets.UTF_8));
  }

  private static Object decode(byte[] value) {
    var text = new String(value, StandardCharsets.UTF_8);
    return text.equals(END)
        ? Control.of(Control.Kind.END)
        : text.equals("{\"$fastscore\":\"pig\"}") ? Control.of(Control.Kind.PIG) : Json.parse(text);
  }

  private static void produce(String topic, String... values) throws Exception {
    produce(topic, null, values);
  }

  private static void produce(String topic, Integer partition, String... values) throws Exception {
    var properties = new HashMap<String, Object>();
    properties.put("bootstrap.servers", broker.address());
    properties.put("key.serializer", ByteArraySerializer.class);
    properties.put("value.serializer", ByteArraySerializer.class);
    try (var producer = new KafkaProducer<byte[], byte[]>(properties)) {
      for (var value : values) {
        var bytes = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
        var unused = producer.send(new ProducerRecord<>(topic, partition, null, bytes));
      }
    }
  }

  private static String[] numbers(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(Integer::toString).toArray(String[]::new);
  }

  /** What a source gave. */
  private static final class Heard implements SourceContext, SinkContext {
    final List<Object> records = new ArrayList<>();
    final List<Long> numbers = new ArrayList<>();
    final List<Rejection> rejections = new ArrayList<>();
    final List<String> warnings = new ArrayList<>();
    Map<String, Object> position;

    @Override
    public void reject(Rejection rejection) {
      rejections.add(rejection);
    }

    @Override
    public void warn(String message) {
      warnings.add(message);
    }

    void take(Batch batch) {
      for (int i = 0; i < batch.size(); i++) {
        records.add(batch.get(i));
        numbers.add(batch.sequence(i));
      }
    }
  }

  private static Heard read(KafkaSettings settings) throws Exception {
    return read(settings, Optional.empty(), Integer.MAX_VALUE, 100);
  }

  /** Reads to the end, or until there are so many records. */
  @SuppressWarnings("unchecked")
  private static Heard read(
      KafkaSettings settings, Optional<Map<String, Object>> position, int most, int size)
      throws Exception {
    var heard = new Heard();
    try (var source = source(settings)) {
      source.open(heard, position);
      while (heard.records.size() < most) {
        var batch = source.poll(Math.min(size, most - heard.records.size()), Duration.ofMillis(20));
        if (batch.isEmpty()) {
          break;
        }
        heard.take(batch.get());
      }
      heard.position = (Map<String, Object>) Json.parse(Json.toText(source.position()));
      source.committed(source.position());
    }
    return heard;
  }

  private static List<Object> range(long from, long to) {
    return java.util.stream.LongStream.rangeClosed(from, to)
        .boxed()
        .map(Object.class::cast)
        .toList();
  }

  @Nested
  class Reads extends SourceContract {
    @Override
    protected Held held(Random random) throws Exception {
      var topic = topic(1);
      var messages = new ArrayList<Object>();
      var values = new ArrayList<String>();
      for (int i = random.nextInt(30); i > 0; i--) {
        switch (random.nextInt(10)) {
          case 0 -> {
            messages.add(BAD);
            values.add("{");
          }
          case 1 -> {
            messages.add(null);
            values.add(null);
          }
          default -> {
            messages.add(List.of((long) i, "é"));
            values.add("[" + i + ",\"é\"]");
          }
        }
      }
      values.add(END);
      produce(topic, values.toArray(String[]::new));
      return new Held(messages, stream(topic).source());
    }

    @Override
    protected Optional<Supplier<Source>> waiting() throws Exception {
      return Optional.of(stream(topic(1)).source());
    }

    @Override
    protected boolean replayable() {
      return true;
    }

    @Override
    protected int cases() {
      return 2;
    }
  }

  private static StreamSpec stream(String topic) {
    return Streams.parse("kafka:" + broker.address() + "/" + topic + "?from=earliest");
  }

  @Test
  void aMessageThatIsNoRecordIsRejectedWithItsPlace() throws Exception {
    var topic = topic(1);
    produce(topic, "1", "{", END);
    assertThat(read(all(topic)).rejections)
        .singleElement()
        .satisfies(r -> assertThat(r.message()).contains("partition 0, offset 1"));
  }

  @Test
  void everyPartitionKeepsItsOrderFromEveryPosition() throws Exception {
    var topic = topic(3);
    produce(topic, 0, numbers(1, 40));
    produce(topic, 1, numbers(101, 120));
    produce(topic, 2, numbers(201, 230));
    long seed = Long.getLong("weir.seed", System.nanoTime());
    var random = new Random(seed);
    for (int round = 0; round < 2; round++) {
      int most = 1 + random.nextInt(89);
      var first = read(all(topic), Optional.empty(), most, 1 + random.nextInt(20));
      var rest = read(all(topic), Optional.of(first.position), Integer.MAX_VALUE, 7);
      var both = new ArrayList<>(first.records);
      both.addAll(rest.records);
      assertThat(both).as("seed %d", seed).hasSize(90);
      assertThat(both.stream().map(Object::toString).distinct()).hasSize(90);
      for (int p = 0; p < 3; p++) {
        int partition = p;
        var ofOne = both.stream().map(v -> (long) v).filter(v -> v / 100 == partition).toList();
        assertThat(ofOne).as("seed %d", seed).isSorted();
      }
      assertThat(rest.numbers).isEqualTo(range(most + 1, 90));
    }
  }

  @Test
  void anEndRecordEndsTheStreamAlsoWhenItIsResumedBehindIt() throws Exception {
    var topic = topic(1);
    produce(topic, "1", "2", "{\"$fastscore\":\"pig\"}", "3", "{\"$fastscore\":\"end\"}", "4");
    var heard = read(settings(topic, "earliest", Optional.empty(), OptionalInt.empty(), null));
    assertThat(heard.records).containsExactly(1L, 2L, Control.of(Control.Kind.PIG), 3L);
    assertThat(heard.position).containsEntry("ended", true);
    assertThat(read(all(topic), Optional.of(heard.position), 10, 10).records).isEmpty();
  }

  @Test
  void beginsWhereItIsTold() throws Exception {
    var topic = topic(2);
    produce(topic, 0, numbers(1, 5));
    produce(topic, 1, numbers(11, 12));
    assertThat(
            read(settings(topic, "3", Optional.empty(), OptionalInt.of(0), Duration.ofMillis(300)))
                .records)
        .isEqualTo(range(4, 5));
    assertThat(
            read(settings(
                    topic, "latest", Optional.empty(), OptionalInt.empty(), Duration.ofMillis(300)))
                .records)
        .isEmpty();
    assertThatThrownBy(
            () -> read(settings(topic, "earliest", Optional.empty(), OptionalInt.of(2), null)))
        .hasMessageContaining("has no partition 2; it has 0 to 1");
    assertThatThrownBy(() -> read(settings(topic, "77", Optional.empty(), OptionalInt.of(0), null)))
        .hasMessageContaining("no message 77")
        .hasMessageContaining("it has 0 to 4");
  }

  @Test
  void aGroupIsToldWhatIsCommittedAndGoesOnFromThere() throws Exception {
    var topic = topic(1);
    produce(topic, numbers(1, 5));
    var settings =
        settings(
            topic,
            "earliest",
            Optional.of("g" + topic),
            OptionalInt.empty(),
            Duration.ofMillis(300));
    assertThat(read(settings, Optional.empty(), 3, 3).records).isEqualTo(range(1, 3));
    assertThat(read(settings).records).isEqualTo(range(4, 5));
  }

  @Test
  void aTopicThatIsNotThereIsNotMade() throws Exception {
    topic(1);
    assertThatThrownBy(() -> read(all("nowhere")))
        .isInstanceOf(WeirException.class)
        .isNotInstanceOf(TransientFailureException.class)
        .hasMessageContaining("there is no topic nowhere at 127.0.0.1")
        .hasMessageContaining("--create --topic nowhere");
    assertThatThrownBy(() -> sink(all("nowhere")).connect(new Claim("c", 1)))
        .hasMessageContaining("there is no topic nowhere");
    assertThat(admin.listTopics().names().get()).doesNotContain("nowhere");
  }

  @Test
  void aTopicThatWasMadeAgainIsNoticed() throws Exception {
    var topic = topic(1);
    produce(topic, numbers(1, 5));
    var position = read(all(topic)).position;
    admin.deleteTopics(List.of(topic)).all().get();
    while (admin.listTopics().names().get().contains(topic)) {
      Thread.sleep(10);
    }
    admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
    assertThatThrownBy(() -> read(all(topic), Optional.of(position), 10, 10))
        .hasMessageContaining("deleted and made again");
  }

  @Test
  void partitionsThatAreAddedAreRead() throws Exception {
    var topic = topic(1);
    produce(topic, 0, "1");
    var heard = new Heard();
    try (var source =
        source(settings(topic, "earliest", Optional.empty(), OptionalInt.empty(), null))) {
      source.open(heard, Optional.empty());
      admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(2))).all().get();
      produce(topic, 1, "2", END);
      long deadline = System.nanoTime() + 60_000_000_000L;
      for (var batch = source.poll(10, Duration.ofMillis(20));
          batch.isPresent() && System.nanoTime() < deadline;
          batch = source.poll(10, Duration.ofMillis(20))) {
        heard.take(batch.get());
      }
    }
    assertThat(heard.records).containsExactly(1L, 2L);
  }

  @Test
  void aClusterThatIsAwayIsATransientFailure() {
    var settings =
        new KafkaSettings(
            "127.0.0.1:" + Broker.freePort(),
            "t",
            OptionalInt.empty(),
            Optional.empty(),
            true,
            "earliest",
            Optional.empty(),
            Optional.empty(),
            Duration.ofMillis(500),
            Map.of());
    assertThatThrownBy(() -> read(settings)).isInstanceOf(TransientFailureException.class);
    assertThatThrownBy(() -> sink(settings).connect(new Claim("c", 1)))
        .isInstanceOf(TransientFailureException.class)
        .hasMessageContaining("does not answer");
  }

  // The sink

  @Nested
  class Writes extends OutboxContract {
    @Override
    protected Place place() throws Exception {
      return new Topic(topic(1));
    }
  }

  /** A topic, and one who reads what is committed. */
  private static final class Topic extends SinkContract.Place {
    private final TopicPartition partition;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final List<Object> read = new ArrayList<>();

    Topic(String name) {
      super("weir-job-out-" + name, stream(name).sink());
      var properties = new HashMap<String, Object>();
      properties.put("bootstrap.servers", broker.address());
      properties.put("isolation.level", "read_committed");
      var bytes = new ByteArrayDeserializer();
      consumer = new KafkaConsumer<>(properties, bytes, bytes);
      partition = new TopicPartition(name, 0);
      consumer.assign(List.of(partition));
      consumer.seek(partition, 0);
    }

    /** A transaction is seen a moment after its commit: to its end, all that was written. */
    @Override
    protected List<Object> records() throws Exception {
      var latest = Map.of(partition, OffsetSpec.latest());
      long end = admin.listOffsets(latest).partitionResult(partition).get().offset();
      while (consumer.position(partition) < end) {
        consumer
            .poll(Duration.ofMillis(20))
            .forEach(m -> read.add(Json.parse(new String(m.value(), StandardCharsets.UTF_8))));
      }
      return List.copyOf(read);
    }

    @Override
    public void close() {
      consumer.close();
    }
  }

  private static KafkaSink written(KafkaSettings settings, Object... records) {
    var sink = sink(settings);
    var heard = new Heard();
    sink.open(heard, Optional.empty());
    sink.write(Batch.of(1, records));
    return sink;
  }

  @Test
  void whatWasNotCommittedIsNotRead() throws Exception {
    var topic = topic(1);
    var claim = new Claim("weir-job-out-" + topic, 1);
    var sink = written(all(topic), 1L);
    var pieces = sink.take();
    var target = sink.connect(claim);
    // A producer that dies within its transaction.
    target.publish(1, pieces);
    var dying = (KafkaTarget) sink.connect(claim);
    dying.begin(pieces);
    dying.close();
    try (var next = sink.connect(claim)) {
      assertThat(next.published()).hasValue(1);
      next.publish(2, pieces);
    }
    assertThat(read(all(topic)).records).containsExactly(1L, 1L);
  }

  @Test
  void keysDecideThePartitionAndLargeMessagesAreRejected() throws Exception {
    var topic = topic(4);
    var heard = new Heard();
    var sink = sink(all(topic));
    try (var target = sink.connect(new Claim("weir-job-out-" + topic, 1))) {
      sink.open(heard, Optional.empty());
      for (long i = 0; i < 40; i++) {
        sink.write(Batch.of(i + 1, Map.of("key", "k" + i % 3, "n", i)));
      }
      sink.write(Batch.of(41, "x".repeat(2 << 20)));
      target.publish(1, sink.take());
    }
    assertThat(heard.rejections).hasSize(1);
    assertThat(heard.rejections.get(0).message()).contains("max.message.bytes");
    var last = new HashMap<Object, Long>();
    for (var record : read(all(topic)).records) {
      var fields = (Map<?, ?>) record;
      var before = last.put(fields.get("key"), (Long) fields.get("n"));
      assertThat(before == null || before < (Long) fields.get("n")).isTrue();
    }
    assertThat(last).hasSize(3);
  }

  @Test
  void messagesSurviveTheirPieces() {
    var random = new Random(7);
    var pieces = new MessagePieces();
    var expected = new ArrayList<String>();
    for (int i = 0; i < 3000; i++) {
      var key = random.nextBoolean() ? null : "k".repeat(random.nextInt(300));
      var value = "v".repeat(random.nextInt(random.nextInt(50) == 0 ? 400_000 : 300));
      pieces.add(
          key == null ? null : key.getBytes(StandardCharsets.UTF_8),
          value.getBytes(StandardCharsets.UTF_8));
      expected.add(key + ":" + value.length());
    }
    var read = new ArrayList<String>();
    for (var piece : pieces.take()) {
      MessagePieces.read(
          piece,
          (key, value) ->
              read.add(
                  (key == null ? null : new String(key, StandardCharsets.UTF_8))
                      + ":"
                      + value.length));
    }
    assertThat(read).isEqualTo(expected);
    assertThat(pieces.bytes()).isZero();
  }
}
