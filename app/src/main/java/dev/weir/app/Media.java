package dev.weir.app;

import dev.weir.graph.Names;
import dev.weir.pond.EventLog;
import dev.weir.pond.HttpMedium;
import dev.weir.pond.Medium;
import dev.weir.pond.PondException;
import dev.weir.pond.TopicMedium;
import dev.weir.state.Stores;
import dev.weir.streams.kafka.KafkaSettings;
import dev.weir.streams.kafka.KafkaTopic;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.function.Supplier;

/** By what nodes exchange events, as a command names it. */
final class Media {

  private static final List<String> SCHEMES =
      List.of("http", "https", "kafka", "postgres", "sqlite");

  private Media() {}

  /**
   * Opens a medium.
   *
   * @param address {@code http://HOST:PORT}, {@code kafka://HOST:PORT/TOPIC}, or a store
   * @param token the secret of a node, asked for where one is needed
   */
  static Medium open(String address, Supplier<String> token, Clock clock) {
    var scheme = address.contains(":") ? address.substring(0, address.indexOf(':')) : "";
    return switch (scheme) {
      case "http", "https" -> new HttpMedium(uri(address), token.get());
      case "kafka" -> new TopicMedium(topic(uri(address)));
      case "postgres", "sqlite" -> sharedStore(address, clock);
      default ->
          throw new CommandException(
              "'%s' names no node: write http://HOST:PORT, kafka://HOST:PORT/TOPIC, or a store such as postgres://USER@HOST/DATABASE%s"
                  .formatted(
                      address, Names.hint(scheme, "an address begins with one of", SCHEMES)));
    };
  }

  private static URI uri(String address) {
    try {
      return URI.create(address);
    } catch (IllegalArgumentException e) {
      throw new CommandException("'%s' is no address: %s".formatted(address, e.getMessage()));
    }
  }

  private static TopicMedium.Topic topic(URI address) {
    var name = address.getPath() == null ? "" : address.getPath().replaceFirst("^/", "");
    if (address.getRawAuthority() == null || name.isEmpty()) {
      throw new CommandException(
          "'%s' names no topic: write kafka://HOST:PORT/TOPIC".formatted(address));
    }
    try {
      var topic = new KafkaTopic(KafkaSettings.of(address.getRawAuthority(), name));
      return new TopicMedium.Topic() {
        @Override
        public List<String> fresh() {
          try {
            return topic.fresh();
          } catch (InterruptedException e) {
            throw interrupted(e);
          }
        }

        @Override
        public void append(List<TopicMedium.Message> messages) {
          try {
            topic.append(
                messages.stream()
                    .map(message -> new KafkaTopic.Text(message.key(), message.text()))
                    .toList());
          } catch (InterruptedException e) {
            throw interrupted(e);
          }
        }

        @Override
        public void close() {
          topic.close();
        }
      };
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static PondException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new PondException("interrupted while talking to a topic", e);
  }

  /** The log of a store that several nodes can reach, and none works in. */
  private static Medium sharedStore(String url, Clock clock) {
    var store = Stores.open(url, clock);
    return Medium.of(EventLog.open(store, clock, new SecureRandom()), store::close);
  }
}
