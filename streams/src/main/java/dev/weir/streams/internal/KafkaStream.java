package dev.weir.streams.internal;

import dev.weir.graph.Sink;
import dev.weir.graph.Source;
import dev.weir.state.WeirException;
import dev.weir.streams.kafka.KafkaSettings;
import dev.weir.streams.kafka.KafkaSink;
import dev.weir.streams.kafka.KafkaSource;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * {@code kafka:HOST:PORT/TOPIC}: the messages of a topic. The ending of a topic's name that says an
 * encoding, as in {@code topic.json}, is no part of it.
 */
final class KafkaStream extends TransportStream {

  static final Transport TRANSPORT = new Kafka();
  private static final String FORM = "an address follows kafka:, as in kafka://host:9092/topic";
  private static final List<String> ENDINGS =
      List.of("json", "avro", "utf8", "bin", "csv", "msgpack");

  private KafkaStream(Descriptor descriptor) {
    super(descriptor);
  }

  private static final class Kafka implements Transport {
    @Override
    public String name() {
      return "kafka";
    }

    @Override
    public List<Field> fields() {
      return List.of(
          Field.required("bootstrap-servers", Field.Type.TEXT_OR_TEXTS),
          Field.required("topic", Field.Type.TEXT),
          Field.optional("group", Field.Type.TEXT, null),
          Field.optional("commit-offset", Field.Type.FLAG, true),
          Field.optional("partition", Field.Type.WHOLE, null),
          Field.optional("max-wait-time", Field.Type.WHOLE, null),
          Field.optional("key", Field.Type.TEXT, null),
          Field.optional("timeout", Field.Type.WHOLE, KafkaSettings.TIMEOUT.toMillis()),
          Field.optional("principal", Field.Type.TEXT, null),
          Field.optional("keytab", Field.Type.TEXT, null),
          Field.optional("properties", Field.Type.TEXTS, List.of()));
    }

    @Override
    public Set<Ability> abilities(Settings settings) {
      return Set.of(Ability.READ, Ability.WRITE, Ability.SEEK, Ability.MESSAGES);
    }

    @Override
    public Object usualSkipToRecord(boolean loop) {
      return loop ? null : "latest";
    }

    @Override
    public Map<String, Object> fromUrl(String scheme, String rest) {
      var url = new UrlParts(rest);
      var address = url.before().startsWith("//") ? url.before().substring(2) : url.before();
      int slash = address.indexOf('/');
      if (slash <= 0
          || slash == address.length() - 1
          || !address.substring(0, slash).contains(":")) {
        throw new WeirException(FORM);
      }
      var topic = Urls.decoded(address.substring(slash + 1));
      int dot = topic.lastIndexOf('.');
      boolean ends = dot > 0 && ENDINGS.contains(topic.substring(dot + 1));
      var transport = new LinkedHashMap<String, Object>();
      transport.put("type", "kafka");
      transport.put("bootstrap-servers", address.substring(0, slash));
      transport.put("topic", ends ? topic.substring(0, dot) : topic);
      var json = new LinkedHashMap<String, Object>();
      json.put("transport", transport);
      url.parameters()
          .forEach(
              (name, value) -> {
                switch (name) {
                  case "from" ->
                      json.put(
                          "skip-to-record",
                          value.matches("\\d{1,18}") ? Long.valueOf(value) : value);
                  case "partition", "max-wait-time", "timeout" ->
                      transport.put(name, UrlParts.whole(name, value));
                  case "commit-offset" -> transport.put(name, Boolean.valueOf(value));
                  default -> transport.put(name, value);
                }
              });
      return json;
    }

    @Override
    public void check(Descriptor descriptor) {
      if (descriptor.loop()) {
        throw new WeirException("the kafka stream: a topic has no end to loop at");
      }
      if (descriptor.skipToRecord() == null) {
        throw new WeirException(
            "the kafka stream: skip-to-record is earliest, latest or a number, not null");
      }
      var settings = descriptor.settings();
      if (settings.has("principal") != settings.has("keytab")) {
        throw new WeirException("the kafka stream: principal and keytab go together");
      }
      if (settings.has("partition") && settings.whole("partition") > Integer.MAX_VALUE) {
        throw new WeirException("the kafka stream: there is no such partition");
      }
      properties(settings);
      for (var server : servers(descriptor).split(",", -1)) {
        Urls.address("kafka", server.strip());
      }
    }

    @Override
    public TransportStream stream(Descriptor descriptor) {
      return new KafkaStream(descriptor);
    }
  }

  private static Map<String, String> properties(Settings settings) {
    var properties = new LinkedHashMap<String, String>();
    if (settings.has("principal")) {
      properties.put("security.protocol", "SASL_PLAINTEXT");
      properties.put("sasl.mechanism", "GSSAPI");
      properties.put("sasl.kerberos.service.name", "kafka");
      properties.put(
          "sasl.jaas.config",
          "com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true"
              + " keyTab=\"%s\" principal=\"%s\";"
                  .formatted(settings.secret("keytab"), settings.text("principal")));
    }
    for (var property : settings.texts("properties")) {
      int equals = property.indexOf('=');
      if (equals <= 0) {
        throw new WeirException(
            "the kafka stream: a property is written name=value, not '" + property + "'");
      }
      var value = property.substring(equals + 1);
      properties.put(
          property.substring(0, equals),
          value.startsWith("secret://")
              ? new Settings(Map.of("value", value)).secret("value")
              : value);
    }
    return properties;
  }

  private KafkaSettings settings() {
    var settings = descriptor.settings();
    return new KafkaSettings(
        servers(descriptor),
        settings.text("topic"),
        settings.has("partition")
            ? OptionalInt.of(settings.whole("partition").intValue())
            : OptionalInt.empty(),
        Optional.ofNullable(settings.text("group")),
        settings.flag("commit-offset"),
        descriptor.skipToRecord().toString(),
        Optional.ofNullable(settings.whole("max-wait-time")).map(Duration::ofMillis),
        Optional.ofNullable(settings.text("key")),
        Duration.ofMillis(settings.whole("timeout")),
        properties(settings));
  }

  private static String servers(Descriptor descriptor) {
    return descriptor.settings().values().get("bootstrap-servers") instanceof List<?> list
        ? String.join(",", list.stream().map(Object::toString).toList())
        : descriptor.settings().text("bootstrap-servers");
  }

  @Override
  public String describe() {
    return "kafka:" + servers(descriptor) + "/" + descriptor.settings().text("topic");
  }

  @Override
  boolean canReplay() {
    return true;
  }

  @Override
  Source newSource() {
    var encoding = descriptor.format().encoding();
    return new KafkaSource(
        settings(),
        value -> {
          try {
            return encoding.decode(value, 0, value.length);
          } catch (BadMessageException e) {
            throw new WeirException(e.getMessage(), e);
          }
        },
        System::nanoTime);
  }

  @Override
  Sink newSink() {
    var encoding = descriptor.format().encoding();
    var bytes = new Bytes();
    return new KafkaSink(
        settings(),
        record -> {
          bytes.cut(0);
          try {
            return encoding.encode(record, bytes) ? bytes.copy() : null;
          } catch (BadMessageException e) {
            throw new WeirException(e.getMessage(), e);
          }
        });
  }

  @Override
  Sink.Kind sinkKind() {
    return Sink.Kind.TRANSACTIONAL;
  }
}
