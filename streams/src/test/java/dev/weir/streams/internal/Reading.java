package dev.weir.streams.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Json;
import dev.weir.graph.Rejection;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/** Reads a source to its end and keeps all that it gave. */
final class Reading implements SourceContext {

  static final Duration PATIENCE = Duration.ofSeconds(30);

  /** A record with its number. */
  record Numbered(long sequence, Object record) {}

  final List<Numbered> records = new ArrayList<>();
  final List<Rejection> rejections = new ArrayList<>();
  final List<String> warnings = new ArrayList<>();

  /** After each poll: the position, and how many records and rejections there were by then. */
  final List<Stop> stops = new ArrayList<>();

  record Stop(Map<String, Object> position, int records, int rejections) {}

  static Reading of(Source source) {
    return of(source, Optional.empty(), () -> 100);
  }

  static Reading of(Source source, Optional<Map<String, Object>> position, IntSupplier sizes) {
    var reading = new Reading();
    try (source) {
      source.open(reading, position);
      reading.stop(source);
      for (var batch = reading.poll(source, sizes.getAsInt());
          batch.isPresent();
          batch = reading.poll(source, sizes.getAsInt())) {
        reading.stop(source);
      }
      reading.stop(source);
      return reading;
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  static Reading of(Supplier<Source> source) {
    return of(source.get());
  }

  Optional<Batch> poll(Source source, int max) throws Exception {
    var batch = source.poll(max, PATIENCE);
    if (batch.isPresent()) {
      if (batch.get().size() > max) {
        throw new AssertionError(batch.get().size() + " records, asked for " + max);
      }
      for (int i = 0; i < batch.get().size(); i++) {
        records.add(new Numbered(batch.get().sequence(i), batch.get().get(i)));
      }
    }
    return batch;
  }

  /** Positions go through their text, as they do in a store. */
  @SuppressWarnings("unchecked")
  static Map<String, Object> stored(Map<String, Object> position) {
    return (Map<String, Object>) Json.parse(Json.toText(position));
  }

  private void stop(Source source) {
    stops.add(new Stop(stored(source.position()), records.size(), rejections.size()));
  }

  List<Object> values() {
    var values = new ArrayList<Object>();
    records.forEach(r -> values.add(r.record()));
    return values;
  }

  @Override
  public void reject(Rejection rejection) {
    rejections.add(rejection);
  }

  @Override
  public void warn(String message) {
    warnings.add(message);
  }
}
