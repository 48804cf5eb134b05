package dev.weir.pond;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.pond.internal.EventText;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log: order, queries, exchange of events, and events that are not as they should be. */
class EventLogTest {

  private final TestClock clock = new TestClock();
  private final Store store = Stores.open(url(), clock);
  @TempDir Path folder;

  /** Which store is tested; asked for before the fields of a subclass are there. */
  String url() {
    return "memory:";
  }

  static List<Event> all(EventCursor cursor) {
    try (cursor) {
      var list = new ArrayList<Event>();
      cursor.forEachRemaining(list::add);
      return list;
    }
  }

  private static List<String> payloads(List<Event> events) {
    return events.stream().map(Event::payload).toList();
  }

  static Event event(String stream, long offset, long lamport, String payload, String... tags) {
    return new Event(
        stream,
        offset,
        lamport,
        Instant.parse("2026-01-01T00:00:00Z").plusMillis(lamport),
        List.of(tags),
        payload,
        false);
  }

  @Test
  void anAppendedEventIsInTheLogWithItsMetadata() {
    var log = EventLog.open(store, "A", clock);
    var first = log.append(Draft.of("{\"n\": 1}", "b", "a", "b")).get(0);
    clock.move(Duration.ofDays(-1));
    var more = log.append(Draft.of("2"), Draft.of("3", "a"));
    assertThat(first)
        .isEqualTo(
            new Event(
                "A",
                0,
                1,
                Instant.parse("2026-01-01T00:00:00Z"),
                List.of("a", "b"),
                "{\"n\": 1}",
                true));
    assertThat(more).extracting(Event::offset).containsExactly(1L, 2L);
    assertThat(more).extracting(Event::lamport).containsExactly(2L, 3L);
    assertThat(more.get(0).time()).isEqualTo("2025-12-31T00:00:00Z");
    try (var view = log.view()) {
      assertThat(all(view.after(Offsets.NONE, Where.allEvents())))
          .containsExactly(first, more.get(0), more.get(1));
      assertThat(view.find(first.key())).contains(first);
      assertThat(view.find(new EventKey(7, "A"))).isEmpty();
      assertThat(view.find(new EventKey(1, "B"))).isEmpty();
      assertThat(view.present()).isEqualTo(Offsets.of(Map.of("A", 2L)));
    }
  }

  @Test
  void aNewStoreGetsANodeThatItKeeps() {
    var log = EventLog.open(store, clock, new Random(1));
    assertThat(EventLog.open(store, clock, new Random(2)).node()).isEqualTo(log.node());
  }

  @Test
  void queriesByTags() {
    var log = EventLog.open(store, "A", clock);
    log.append(
        Draft.of("\"hello\"", "t0", "t1", "t2"),
        Draft.of("\"world\"", "t0", "t1", "t2"),
        Draft.of("\"t1 only\"", "t1"),
        Draft.of("\"t2 only\"", "t2"));
    try (var view = log.view()) {
      assertThat(payloads(all(view.backwards(Where.tags("t0", "t1")))))
          .containsExactly("\"world\"", "\"hello\"");
      assertThat(payloads(all(view.backwards(Where.tags("t0").or(Where.tags("t1"))))))
          .containsExactly("\"t1 only\"", "\"world\"", "\"hello\"");
      assertThat(payloads(all(view.backwards(Where.tags("t2")))))
          .containsExactly("\"t2 only\"", "\"world\"", "\"hello\"");
      assertThat(all(view.backwards(Where.allEvents()))).hasSize(4);
    }
  }

  @Test
  void queriesReadAsWhatTheyMean() {
    var where = Where.parse("'chat' & room:lobby | (isLocal & ('it''s' | b))");
    assertThat(where.toString())
        .isEqualTo("'b' & isLocal | 'chat' & 'room:lobby' | 'it''s' & isLocal");
    assertThat(Where.parse(where.toString())).isEqualTo(where);
    assertThat(Where.parse("b | a | a & b")).isEqualTo(Where.tags("a").or(Where.tags("b")));
    assertThat(Where.parse("a | allEvents")).isEqualTo(Where.allEvents());
    assertThat(Where.id("room", "1")).isEqualTo(Where.parse("room:1"));
    for (var bad : List.of("", "a &", "'a", "a b", "(a", "a)", "a | | b", "$")) {
      assertThatThrownBy(() -> Where.parse(bad))
          .as(bad)
          .isInstanceOf(BadQueryException.class)
          .hasMessageContaining("character");
    }
  }

  @Test
  void whatIsNotWellFormedIsRefusedAndNothingIsAppended() {
    var log = EventLog.open(store, "A", clock);
    for (var payload : List.of("", "{", "1 2", "{\"a\":NaN}", "nul", "'a'")) {
      assertThatThrownBy(() -> log.append(Draft.of("1"), Draft.of(payload)))
          .as(payload)
          .isInstanceOf(BadEventException.class);
    }
    for (var tag : List.of("", " ", "a\nb", "\uD800", "x".repeat(300))) {
      assertThatThrownBy(() -> log.append(Draft.of("1", tag)))
          .as(tag)
          .isInstanceOf(BadEventException.class)
          .hasMessageContaining("tag");
    }
    assertThatThrownBy(() -> EventLog.open(store, "a/b", clock))
        .isInstanceOf(BadEventException.class);
    assertThat(log.present()).isEqualTo(Offsets.NONE);
  }

  @Test
  void eventsOfOthersAreTakenOverOnce() {
    var log = EventLog.open(store, "A", clock);
    var b = List.of(event("B", 0, 5, "\"b\"", "x"), event("B", 1, 9, "\"c\"", "x"));
    assertThat(log.ingest(b)).isEqualTo(new Ingested(2, 0, List.of(), List.of()));
    assertThat(log.ingest(b)).isEqualTo(new Ingested(0, 2, List.of(), List.of()));
    assertThat(log.append(Draft.of("1")).get(0).lamport()).isEqualTo(10);
    var gap = log.ingest(List.of(event("B", 3, 20, "1"), event("C", 0, 1, "1")));
    assertThat(gap.added()).isEqualTo(1);
    assertThat(gap.missing()).containsExactly("events 2 to 2 of B");
    assertThat(log.read(Offsets.of(Map.of("B", 0L, "C", 0L)), 10))
        .extracting(Event::payload)
        .containsExactly("1", "\"c\"");
  }

  @Test
  void whatContradictsTheLogIsPutAsideAndNamed() {
    var log = EventLog.open(store, "A", clock);
    log.append(Draft.of("1"));
    log.ingest(List.of(event("B", 0, 5, "1")));
    var result =
        log.ingest(
            List.of(
                event("B", 0, 5, "2"),
                event("B", 1, 4, "3"),
                event("A", 0, 1, "9"),
                event("A", 1, 7, "9"),
                event("C", 0, 1, "{"),
                event("D", 0, Long.MAX_VALUE, "1"),
                event("E", 0, 1, "1", "b", "a"),
                event("F", 0, 3, "\"good\"")));
    assertThat(result.added()).isEqualTo(1);
    assertThat(result.refused())
        .extracting(Ingested.Refused::why)
        .satisfiesExactly(
            why -> assertThat(why).contains("B/0", "other content"),
            why -> assertThat(why).contains("B/1", "backwards"),
            why -> assertThat(why).contains("A/0", "other content"),
            why -> assertThat(why).contains("A/1", "another node has its name"),
            why -> assertThat(why).contains("not JSON"),
            why -> assertThat(why).contains("Lamport"),
            why -> assertThat(why).contains("sorted"));
    assertThat(log.quarantined()).hasSize(7);
    log.ingest(List.of(event("B", 0, 5, "2")));
    assertThat(log.quarantined()).hasSize(7);
    assertThat(log.append(Draft.of("2")).get(0).offset()).isEqualTo(1);
  }

  @Test
  void severalLogsOnOneStoreTakeTurns() throws Exception {
    var sqlite = Stores.open("sqlite:" + folder.resolve("s.db"), clock);
    try (sqlite) {
      var a = EventLog.open(sqlite, "A", clock);
      var again = EventLog.open(sqlite, "A", clock);
      var b = EventLog.open(sqlite, "B", clock);
      var threads = Executors.newFixedThreadPool(6);
      var tasks = new ArrayList<Callable<Void>>();
      for (var log : List.of(a, again, b, a, a, b)) {
        tasks.add(
            () -> {
              for (int i = 0; i < 20; i++) {
                log.append(Draft.of("" + i, "t"), Draft.of("" + i));
              }
              return null;
            });
      }
      for (var done : threads.invokeAll(tasks)) {
        done.get();
      }
      threads.shutdown();
      assertThat(a.present()).isEqualTo(Offsets.of(Map.of("A", 159L, "B", 79L)));
      try (var view = b.view()) {
        var events = all(view.after(Offsets.NONE, Where.allEvents()));
        assertThat(events).hasSize(240).isSortedAccordingTo(Comparator.comparing(Event::key));
        assertThat(all(view.after(Offsets.NONE, Where.tags("t").local()))).hasSize(40);
      }
    }
  }

  @Test
  void aViewReadsWhatAskingEachEventReads() throws Exception {
    Cases.check(
        16,
        random -> {
          try (var some =
              Stores.open(
                  random.nextInt(4) == 0
                      ? "sqlite:" + folder.resolve("v" + random.nextInt() + ".db")
                      : "memory:",
                  clock)) {
            var log = EventLog.open(some, "S0", clock);
            var events = new ArrayList<Event>();
            int size = random.nextBoolean() ? 50 : 1500;
            var heads = new TreeMap<String, Long>();
            var lamports = new TreeMap<String, Long>();
            for (int i = 0; i < size; i++) {
              var stream = "S" + random.nextInt(4);
              var tags = new ArrayList<String>();
              for (var tag : List.of("a", "b", "rare")) {
                if (random.nextInt(tag.equals("rare") ? 60 : 3) == 0) {
                  tags.add(tag);
                }
              }
              if (stream.equals("S0")) {
                var own = log.append(new Draft(tags, "" + i)).get(0);
                heads.put(stream, own.offset());
                events.add(own);
              } else {
                long lamport = lamports.getOrDefault(stream, 0L) + 1 + random.nextInt(9);
                lamports.put(stream, lamport);
                var other =
                    event(
                        stream,
                        heads.getOrDefault(stream, -1L) + 1,
                        lamport,
                        "" + i,
                        tags.toArray(String[]::new));
                heads.put(stream, other.offset());
                assertThat(log.ingest(List.of(other)).added()).isEqualTo(1);
                events.add(other);
              }
            }
            events.sort(Comparator.comparing(Event::key));
            try (var view = log.view()) {
              for (var query :
                  List.of(
                      "a",
                      "rare",
                      "rare & a | rare & b",
                      "a & b | rare & isLocal",
                      "isLocal",
                      "rare | none",
                      "allEvents")) {
                var where = Where.parse(query);
                var known = new TreeMap<String, Long>();
                heads.forEach(
                    (stream, head) -> {
                      if (random.nextBoolean()) {
                        known.put(stream, (long) random.nextInt((int) (head + 1)));
                      }
                    });
                var after = Offsets.of(known);
                var expected =
                    events.stream()
                        .filter(e -> where.matches(e) && e.offset() > after.of(e.stream()))
                        .toList();
                assertThat(all(view.after(after, where))).as(query).isEqualTo(expected);
                var backwards = new ArrayList<>(events.stream().filter(where::matches).toList());
                java.util.Collections.reverse(backwards);
                assertThat(all(view.backwards(where))).as(query).isEqualTo(backwards);
                try (var cursor = view.after(after, where)) {
                  int taken = random.nextInt(expected.size() + 1);
                  for (int i = 0; i < taken; i++) {
                    cursor.next();
                  }
                  assertThat(all(view.after(cursor.offsets(), where)))
                      .isEqualTo(expected.subList(taken, expected.size()));
                }
              }
            }
          }
        });
  }

  @Test
  void anEventSurvivesAsALine() {
    var event = event("A", 3, 9, "{\"a\": [1.50, \"}\"] , \"b\":{}}", "x", "y");
    var line = EventText.write(event);
    assertThat(line).contains("\"payload\":{\"a\": [1.50, \"}\"] , \"b\":{}}}");
    assertThat(EventText.read(line, "B")).isEqualTo(event);
    for (var payload : List.of("1", "\"a\\\"b\"", "null", "-1.5e3", "true", "[]")) {
      var plain = event("A", 0, 1, payload);
      assertThat(EventText.read(EventText.write(plain), "A").payload()).isEqualTo(payload);
    }
    for (var bad : List.of("", "1", "{", "{}", line.replace("2026", "x"), line + line)) {
      assertThatThrownBy(() -> EventText.read(bad, "A")).isInstanceOf(BadEventException.class);
    }
  }
}
