package dev.weir.app;

import dev.weir.graph.Json;
import dev.weir.graph.Rejection;
import dev.weir.models.SchemaCheck;
import dev.weir.models.Schemas;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Commands about streams, which read them apart from any job. They need no store. Stateless. */
public final class StreamCommands {

  private StreamCommands() {}

  /**
   * What a stream holds.
   *
   * @param stream what people call it
   * @param records how many were looked at, those that are rejected too
   * @param rejected how many of them are, by reason; without reasons that none has
   */
  public record Findings(String stream, long records, Map<Rejection.Reason, Long> rejected) {
    public Findings {
      rejected = Collections.unmodifiableMap(new EnumMap<>(rejected));
    }

    /** How many records are as they must be. */
    public long good() {
      return records - rejected.values().stream().mapToLong(n -> n).sum();
    }
  }

  /**
   * Reads the first records.
   *
   * @param most at most so many; what is rejected does not count
   * @param records told of each record, as a JSON value
   * @param notes told of what is rejected, and what the user should know
   * @throws dev.weir.state.WeirException when the descriptor is wrong or the stream cannot be read
   */
  public static void sample(
      String stream, long most, Consumer<Object> records, Consumer<String> notes) {
    StreamReading.read(
        NamedStreams.parse(stream),
        most,
        new StreamReading.Reader() {
          @Override
          public void record(long number, Object record) {
            records.accept(record);
          }

          @Override
          public void reject(Rejection rejection) {
            notes.accept("record " + rejection.sequence() + " is rejected: " + rejection.message());
          }
        },
        notes);
  }

  /**
   * Looks whether a descriptor is right, its records decode, and they match their schema.
   *
   * @param schema as in a smart comment; empty for that of the stream, if it has one
   * @param most at most so many records; those that do not decode do not count
   * @param rejections told of each record that is rejected
   * @param notes told what the user should know
   * @throws dev.weir.state.WeirException when the descriptor is wrong or the stream cannot be read
   */
  public static Findings verify(
      String stream,
      Optional<String> schema,
      long most,
      Consumer<Rejection> rejections,
      Consumer<String> notes) {
    var given = schema.map(text -> Schemas.find(Path.of("").toAbsolutePath(), text));
    var parsed = NamedStreams.parse(stream);
    var spec = given.map(parsed::inheriting).orElse(parsed);
    var check = given.or(spec::schema).map(SchemaCheck::of);
    var rejected = new EnumMap<Rejection.Reason, Long>(Rejection.Reason.class);
    long[] records = {0};
    StreamReading.read(
        spec,
        most,
        new StreamReading.Reader() {
          @Override
          public void record(long number, Object record) {
            if (check.isPresent() && !check.get().accepts(record)) {
              reject(
                  new Rejection(
                      Rejection.Reason.SCHEMA,
                      -1,
                      number,
                      Json.toText(record),
                      record,
                      check.get().explain(record),
                      null));
            } else {
              records[0]++;
            }
          }

          @Override
          public void reject(Rejection rejection) {
            records[0]++;
            rejected.merge(rejection.reason(), 1L, Long::sum);
            rejections.accept(rejection);
          }
        },
        notes);
    return new Findings(spec.describe(), records[0], rejected);
  }
}
