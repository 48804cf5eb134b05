package dev.weir.pond;

import dev.weir.state.Store;
import dev.weir.state.Stores;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A pond for tests, with a fish that collects numbers, and a short notation for events: {@code
 * "A@1=1 A@3=3 | B@2=2"} arrives in two batches, {@code STREAM@LAMPORT=PAYLOAD}.
 */
final class Rig implements AutoCloseable {

  static final FishId NUMBERS = FishId.of("test.Numbers", "all", 0);

  final TestClock clock = new TestClock();
  final List<Report> reports = new ArrayList<>();
  final List<Long> folded = new ArrayList<>();
  final Map<String, Long> offsets = new HashMap<>();
  final Store store;
  EventLog log;
  Pond pond;

  Rig() {
    this("memory:");
  }

  Rig(String url) {
    store = Stores.open(url, clock);
    wake();
  }

  /** Opens the log and the pond again, as a new start of the program does. */
  void wake() {
    if (pond != null) {
      pond.close();
      log.close();
    }
    log = EventLog.open(store, "me", clock);
    pond = Pond.open(log, new Pond.Options(clock, reports::add, null));
  }

  /** Collects numbers; -1 resets; text is padding. */
  Fish.Builder<List<Object>, Object> numbers(boolean resets) {
    var builder =
        Fish.of(NUMBERS, Codec.jsonList(Object.class), Codec.json(Object.class))
            .initialState(ArrayList::new)
            .onEvent(
                (state, payload, event) -> {
                  if (payload instanceof Integer number) {
                    folded.add(number.longValue());
                    state.add(number);
                  }
                  return state;
                });
    return resets ? builder.isReset((payload, event) -> payload.equals(-1)) : builder;
  }

  Event event(String stream, long lamport, Instant time, String payload) {
    long offset = offsets.merge(stream, 0L, (a, b) -> a + 1);
    return new Event(stream, offset, lamport, time, List.of(), payload, false);
  }

  /** The events of one batch. */
  List<Event> batch(String text) {
    var events = new ArrayList<Event>();
    for (var part : text.strip().split("\\s+", -1)) {
      int at = part.indexOf('@');
      int equals = part.indexOf('=');
      long lamport = Long.parseLong(part.substring(at + 1, equals));
      events.add(
          event(
              part.substring(0, at),
              lamport,
              Instant.EPOCH.plusMillis(lamport),
              part.substring(equals + 1)));
    }
    return events;
  }

  void feed(String text) {
    feed(batch(text));
  }

  void feed(List<Event> events) {
    var result = log.ingest(events);
    if (result.added() != events.size()) {
      throw new AssertionError(result.toString());
    }
    pond.settle();
  }

  /** What an observer of the number fish is told, batch by batch; null where it is told nothing. */
  List<Object> play(boolean resets, String batches) {
    var told = new ArrayList<Object>();
    var latest = new ArrayList<List<Object>>();
    int before = 0;
    var parts = batches.split("\\|", -1);
    feed(parts[0]);
    try (var observing = pond.observe(numbers(resets).build(), e -> latest.add(e.state()))) {
      for (int i = 0; i < parts.length; i++) {
        if (i > 0) {
          folded.clear();
          feed(parts[i]);
        }
        pond.settle();
        if (latest.size() > before + 1) {
          throw new AssertionError("told " + (latest.size() - before) + " states of one batch");
        }
        told.add(latest.size() == before ? null : latest.get(latest.size() - 1));
        before = latest.size();
      }
    }
    return told;
  }

  @Override
  public void close() {
    pond.close();
    store.close();
  }
}
