package dev.weir.streams.kafka;

import dev.weir.graph.FencedException;
import dev.weir.graph.TransientFailureException;
import dev.weir.state.WeirException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/** What source and sink have in common: settings of clients, questions to a cluster, its errors. */
final class Cluster {

  /** How long one question may take; whoever asks may ask again. */
  static final Duration ATTEMPT = Duration.ofSeconds(10);

  private static final int NAMES_SHOWN = 10;

  private Cluster() {}

  /** Settings that every client has. */
  static Map<String, Object> properties(KafkaSettings settings) {
    var properties = new HashMap<String, Object>();
    int attempt = (int) attempt(settings).toMillis();
    properties.put("bootstrap.servers", settings.servers());
    properties.put("client.id", "weir");
    properties.put("default.api.timeout.ms", attempt);
    properties.put("request.timeout.ms", attempt);
    properties.put("reconnect.backoff.max.ms", 500);
    properties.put("metadata.max.age.ms", 10_000);
    properties.put("enable.metrics.push", false);
    properties.put("metric.reporters", "");
    properties.putAll(settings.properties());
    return properties;
  }

  static Duration attempt(KafkaSettings settings) {
    return settings.timeout().compareTo(ATTEMPT) < 0 ? settings.timeout() : ATTEMPT;
  }

  static Admin admin(KafkaSettings settings) {
    return Admin.create(properties(settings));
  }

  /**
   * The topic as it is now.
   *
   * @throws WeirException when there is no such topic
   * @throws TransientFailureException when the cluster does not answer
   */
  static TopicDescription topic(Admin admin, KafkaSettings settings) throws InterruptedException {
    try {
      return admin
          .describeTopics(java.util.List.of(settings.topic()))
          .allTopicNames()
          .get()
          .get(settings.topic());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        throw missing(admin, settings);
      }
      throw translated(settings, "cannot be found", e.getCause());
    }
  }

  private static WeirException missing(Admin admin, KafkaSettings settings)
      throws InterruptedException {
    var names = new TreeSet<>(get(settings, "cannot be listed", admin.listTopics().names()));
    var shown = names.stream().limit(NAMES_SHOWN).collect(Collectors.joining(", "));
    return new WeirException(
        "there is no "
            + settings.describe()
            + (names.isEmpty()
                ? "; the cluster has no topics"
                : "; there "
                    + (names.size() == 1 ? "is " : "are ")
                    + shown
                    + (names.size() > NAMES_SHOWN ? ", …" : ""))
            + "\n  to make it: kafka-topics.sh --bootstrap-server "
            + settings.servers()
            + " --create --topic "
            + settings.topic());
  }

  /** The largest message that the topic takes, with its key and what Kafka adds. */
  static int largestMessage(Admin admin, KafkaSettings settings) throws InterruptedException {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, settings.topic());
    var configs =
        get(
            settings,
            "does not say how it is set up",
            admin.describeConfigs(java.util.List.of(resource)).all());
    return Integer.parseInt(configs.get(resource).get("max.message.bytes").value());
  }

  static <T> T get(KafkaSettings settings, String trouble, KafkaFuture<T> future)
      throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw translated(settings, trouble, e.getCause());
    }
  }

  /**
   * What the user is told. What may pass is transient: reading again is harmless, and so is
   * publishing, which first asks for the epoch that the topic has.
   *
   * @param trouble what cannot be done, to follow the topic's name
   */
  static WeirException translated(KafkaSettings settings, String trouble, Throwable e)
      throws InterruptedException {
    if (e instanceof InterruptException) {
      Thread.interrupted();
      throw new InterruptedException();
    }
    for (var cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof ProducerFencedException
          || cause instanceof InvalidProducerEpochException) {
        return new FencedException(
            "another run publishes to " + settings.describe() + " in this one's place", e);
      }
    }
    var message = settings.describe() + " " + trouble + ": " + reason(e);
    return isFinal(e) ? new WeirException(message, e) : new TransientFailureException(message, e);
  }

  private static boolean isFinal(Throwable e) {
    return e instanceof AuthenticationException
        || e instanceof AuthorizationException
        || e instanceof ConfigException
        || e instanceof InvalidConfigurationException
        || e instanceof InvalidTopicException
        || e instanceof RecordTooLargeException
        || e instanceof SerializationException
        || e instanceof UnsupportedVersionException
        || e.getCause() instanceof ConfigException
        || !(e instanceof KafkaException);
  }

  private static String reason(Throwable e) {
    if (e instanceof org.apache.kafka.common.errors.TimeoutException) {
      return "the cluster does not answer";
    }
    var deepest = e;
    while (deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    return deepest.getMessage() == null ? deepest.toString() : deepest.getMessage();
  }
}
