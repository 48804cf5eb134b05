package dev.weir.streams.kafka;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which topic, where, and how it is used.
 *
 * @param servers one or more brokers of the cluster, {@code host:port}, separated by commas
 * @param partition the only partition to read or write; empty for all
 * @param group a consumer group: a fresh run begins where the group stands, and the group is told
 *     what was committed
 * @param tellsGroup whether the group is told
 * @param from where a fresh run begins that no group tells: {@code earliest}, {@code latest}, or
 *     the offset of a message
 * @param maxWait the stream ends when no message came for so long; empty to wait for ever
 * @param key the field of a record that becomes the message's key
 * @param timeout how long the cluster may be away
 * @param properties further settings of Kafka's clients, by their own names
 */
public record KafkaSettings(
    String servers,
    String topic,
    OptionalInt partition,
    Optional<String> group,
    boolean tellsGroup,
    String from,
    Optional<Duration> maxWait,
    Optional<String> key,
    Duration timeout,
    Map<String, String> properties) {

  /** How long the cluster may be away, unless it is said otherwise. */
  public static final Duration TIMEOUT = Duration.ofMinutes(1);

  public KafkaSettings {
    properties = Map.copyOf(properties);
  }

  /** All partitions of a topic, from the messages that come from now on. */
  public static KafkaSettings of(String servers, String topic) {
    return new KafkaSettings(
        servers,
        topic,
        OptionalInt.empty(),
        Optional.empty(),
        true,
        "latest",
        Optional.empty(),
        Optional.empty(),
        TIMEOUT,
        Map.of());
  }

  /** What people call it. */
  public String describe() {
    return "topic " + topic + " at " + servers;
  }
}
