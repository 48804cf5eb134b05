package dev.weir.pond;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.state.Snapshot;
import dev.weir.state.Stores;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** State snapshots, alone and with resets: when they are used, and when not. */
class SnapshotsTest {

  private Rig rig = new Rig(url());

  /** Which store is tested; asked for before the fields of a subclass are there. */
  String url() {
    return "memory:";
  }

  private long t = 100;
  @TempDir Path folder;

  @AfterEach
  void close() {
    rig.close();
  }

  private void fresh() {
    rig.close();
    rig = new Rig(url());
    t = 100;
  }

  private Event value(String stream, String payload) {
    t += 100;
    return rig.event(stream, t, Instant.EPOCH.plusMillis(t), payload);
  }

  private List<Event> pad(String stream, int count) {
    var events = new ArrayList<Event>();
    t += 10_000;
    for (int i = 0; i < count; i++) {
      events.add(rig.event(stream, t, Instant.EPOCH.plusMillis(t), "\"padding\""));
      t += 10_000;
    }
    return events;
  }

  private List<Event> age(String stream) {
    t += 3_600_000;
    return List.of(value(stream, "\"padding\""));
  }

  private List<Event> line(Object... parts) {
    var events = new ArrayList<Event>();
    for (var part : parts) {
      if (part instanceof Event event) {
        events.add(event);
      } else {
        ((List<?>) part).forEach(event -> events.add((Event) event));
      }
    }
    return events;
  }

  private static List<Event> of(List<Event> line, String... streams) {
    return line.stream().filter(e -> List.of(streams).contains(e.stream())).toList();
  }

  private Object state(boolean resets) {
    return rig.pond.currentState(rig.numbers(resets).build());
  }

  private List<Snapshot> snapshots() {
    return rig.store.snapshots().list(Rig.NUMBERS.subject());
  }

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Every snapshot in the catalogue holds what a fold up to its event gives. */
  private void checkSnapshots(boolean resets) throws Exception {
    try (var view = rig.log.view()) {
      var events =
          EventLogTest.all(view.after(Offsets.NONE, Where.allEvents())).stream()
              .sorted(Comparator.comparing(Event::key))
              .toList();
      for (var snapshot : snapshots()) {
        var after = JSON.readTree(snapshot.positions()).get("after");
        var key = new EventKey(after.get("lamport").asLong(), after.get("stream").asText());
        var expected = new ArrayList<Integer>();
        for (var event : events) {
          if (event.key().compareTo(key) <= 0 && !event.payload().startsWith("\"")) {
            if (resets && event.payload().equals("-1")) {
              expected.clear();
            }
            expected.add(Integer.parseInt(event.payload()));
          }
        }
        assertThat(content(snapshot)).as("%s", key).isEqualTo(expected.toString().replace(" ", ""));
      }
    }
  }

  private String content(Snapshot snapshot) {
    var text = new StringBuilder();
    try (var contents = rig.store.snapshots().open(snapshot.id());
        var rows = contents.rows(contents.tables().get(0))) {
      rows.forEachRemaining(row -> text.append(row.text(1)));
    }
    return text.toString();
  }

  @Test
  void aRestartFoldsWhatTheSnapshotDoesNotHave() throws Exception {
    rig.feed(line(value("R", "5"), value("R", "6"), value("R", "7"), pad("R", 10_000)));
    assertThat(state(false)).isEqualTo(List.of(5, 6, 7));
    rig.pond.settle();
    assertThat(snapshots()).isNotEmpty();
    checkSnapshots(false);
    rig.wake();
    rig.feed(line(value("R", "8"), age("R")));
    var fish = rig.numbers(false).build();
    rig.pond.observe(fish, emission -> assertThat(emission.state()).isEqualTo(List.of(5, 6, 7, 8)));
    rig.pond.settle();
    assertThat(rig.pond.figures(fish.id()).orElseThrow().folded()).isLessThan(1_050);
    assertThat(rig.reports).isEmpty();
  }

  @Test
  void aLateEventAfterSnapshots() throws Exception {
    var early = line(value("R", "5"), value("R", "6"), pad("R", 1_024));
    var withheld = value("V", "4");
    rig.feed(line(early, value("R", "7"), value("Q", "8")));
    rig.pond.observe(rig.numbers(false).build(), emission -> {});
    assertThat(state(false)).isEqualTo(List.of(5, 6, 7, 8));
    rig.feed(line(value("R", "9"), age("R")));
    assertThat(state(false)).isEqualTo(List.of(5, 6, 7, 8, 9));
    assertThat(snapshots()).hasSize(1);
    rig.feed(line(withheld));
    assertThat(state(false)).isEqualTo(List.of(5, 6, 4, 7, 8, 9));
    assertThat(snapshots()).hasSize(1);
    checkSnapshots(false);
  }

  @Test
  void aLateEventBeforeASnapshotEndsIt() throws Exception {
    for (boolean restart : new boolean[] {false, true}) {
      fresh();
      var early = line(value("R", "1"), value("R", "2"));
      var late = value("V", "3");
      rig.feed(line(early, value("R", "4"), pad("R", 10_000)));
      rig.pond.observe(rig.numbers(false).build(), emission -> {});
      rig.pond.settle();
      assertThat(snapshots()).isNotEmpty();
      if (restart) {
        rig.pond.close();
        rig.log.ingest(List.of(late));
        rig.wake();
      } else {
        rig.feed(line(late));
      }
      assertThat(state(false)).isEqualTo(List.of(1, 2, 3, 4));
      rig.wake();
      assertThat(state(false)).isEqualTo(List.of(1, 2, 3, 4));
    }
  }

  @Test
  void bigTimelinesInEveryOrder() throws Exception {
    for (var order : List.of("RQ", "R|Q", "Q|R")) {
      fresh();
      var line =
          line(
              value("R", "5"),
              value("Q", "6"),
              value("R", "7"),
              pad("R", 4_096),
              value("R", "8"),
              pad("R", 16_384),
              age("R"),
              value("Q", "9"),
              value("Q", "10"));
      for (var part : order.split("\\|", -1)) {
        rig.feed(part.equals("RQ") ? line : of(line, part));
        if (order.contains("|")) {
          state(false);
        }
      }
      assertThat(state(false)).isEqualTo(List.of(5, 6, 7, 8, 9, 10));
      checkSnapshots(false);
    }
  }

  @Test
  void aLateEventBelowTheHorizonLeavesTheSnapshot() throws Exception {
    var fish = rig.numbers(true).snapshots(SnapshotPolicy.DEFAULT.every(1)).build();
    rig.feed("A@900=-1 A@950=9 A@1000=10");
    rig.pond.observe(fish, emission -> {});
    rig.pond.settle();
    var before = snapshots();
    assertThat(before).isNotEmpty();
    rig.feed("B@100=6 B@200=7 C@100=-1");
    assertThat(rig.pond.currentState(fish)).isEqualTo(List.of(-1, 9, 10));
    assertThat(snapshots()).isEqualTo(before);
    rig.wake();
    rig.folded.clear();
    assertThat(rig.pond.currentState(fish)).isEqualTo(List.of(-1, 9, 10));
    assertThat(rig.folded).isEmpty();
  }

  @Test
  void aLateResetEndsTheSnapshot() throws Exception {
    var fish = rig.numbers(true).snapshots(SnapshotPolicy.DEFAULT.every(1)).build();
    rig.feed("A@100=1 A@400=3 A@5000=50");
    rig.pond.observe(fish, emission -> {});
    rig.pond.settle();
    rig.feed("B@300=-1 B@500=4");
    assertThat(rig.pond.currentState(fish)).isEqualTo(List.of(-1, 3, 4, 50));
    checkSnapshots(true);
    rig.wake();
    assertThat(rig.pond.currentState(fish)).isEqualTo(List.of(-1, 3, 4, 50));
  }

  @Test
  void resetsAndSnapshotsTogether() throws Exception {
    rig.feed(
        line(value("A", "1"), value("A", "2"), value("B", "-1"), pad("A", 1_024), value("A", "4")));
    assertThat(state(true)).isEqualTo(List.of(-1, 4));
    checkSnapshots(true);
    fresh();
    rig.feed(
        line(
            value("A", "1"),
            value("A", "2"),
            value("B", "3"),
            pad("A", 1_024),
            value("A", "4"),
            age("A"),
            value("B", "-1"),
            value("B", "5"),
            pad("A", 16_384),
            value("A", "6"),
            age("A")));
    assertThat(state(true)).isEqualTo(List.of(-1, 5, 6));
    checkSnapshots(true);
    fresh();
    var six =
        line(
            value("A", "1"),
            value("B", "2"),
            value("B", "3"),
            pad("A", 1_024),
            value("A", "4"),
            age("A"),
            value("B", "5"),
            value("C", "6"),
            value("C", "-1"),
            value("B", "7"),
            value("C", "8"));
    rig.feed(of(six, "A"));
    rig.pond.observe(rig.numbers(true).build(), emission -> {});
    assertThat(state(true)).isEqualTo(List.of(1, 4));
    rig.feed(of(six, "B"));
    assertThat(state(true)).isEqualTo(List.of(1, 2, 3, 4, 5, 7));
    checkSnapshots(true);
    rig.feed(of(six, "C"));
    assertThat(state(true)).isEqualTo(List.of(-1, 7, 8));
    for (var orders :
        Map.of(
                "AC|B", List.of(-1, 3, 4, 5, 8),
                "AB|C", List.of(-1, 3, 4, 6, 7),
                "BC|A", List.of(2, 5, 6, 7, 8))
            .entrySet()) {
      fresh();
      var seven =
          line(
              value("A", "1"),
              value("C", "2"),
              value("A", "-1"),
              value("A", "3"),
              pad("A", 1_024),
              value("A", "4"),
              age("A"),
              value("C", "5"),
              value("B", "6"),
              pad("B", 4_096),
              value("B", "7"),
              age("B"),
              value("C", "8"));
      rig.pond.observe(rig.numbers(true).build(), emission -> {});
      var parts = orders.getKey().split("\\|", -1);
      rig.feed(of(seven, parts[0].split("", -1)));
      assertThat(state(true)).as(orders.getKey()).isEqualTo(orders.getValue());
      checkSnapshots(true);
      rig.feed(of(seven, parts[1].split("", -1)));
      assertThat(state(true)).as(orders.getKey()).isEqualTo(List.of(-1, 3, 4, 5, 6, 7, 8));
      checkSnapshots(true);
    }
  }

  private Fish<Long, Long> counter(int version, String revision, Where where) {
    return Fish.of(FishId.of("test.Counter", "all", version), Long.class, Long.class)
        .where(where)
        .initialState(() -> 0L)
        .onEvent((state, payload, event) -> state + payload)
        .revision(revision)
        .build();
  }

  private void ten() {
    var drafts = new ArrayList<Draft>();
    for (int i = 0; i < 10_000; i++) {
      drafts.add(Draft.of("1", i % 2 == 0 ? "even" : "odd"));
    }
    rig.log.append(drafts);
  }

  private long foldsToWake(Fish<Long, Long> fish, long expected) {
    rig.wake();
    long[] folded = new long[1];
    try (var observing =
        rig.pond.observe(
            fish,
            emission -> {
              assertThat(emission.state()).isEqualTo(expected);
              folded[0] = emission.folded();
            })) {
      rig.pond.settle();
    }
    return folded[0];
  }

  @Test
  void anotherVersionDoesNotUseOlderSnapshots() {
    ten();
    var v0 = counter(0, "", Where.allEvents());
    var v1 = counter(1, "", Where.allEvents());
    assertThat(foldsToWake(v0, 10_000)).isEqualTo(10_000);
    assertThat(foldsToWake(v0, 10_000)).isLessThanOrEqualTo(1_000);
    assertThat(foldsToWake(v1, 10_000)).isEqualTo(10_000);
    assertThat(rig.store.snapshots().list(v0.id().subject())).isEmpty();
    assertThat(foldsToWake(v0, 10_000)).isEqualTo(10_000);
    assertThat(foldsToWake(v0, 10_000)).isLessThanOrEqualTo(1_000);
    assertThat(foldsToWake(v1, 10_000)).isLessThanOrEqualTo(1_000);
  }

  @Test
  void anotherDefinitionOfTheSameVersionDoesNotUseThemEither() {
    ten();
    assertThat(foldsToWake(counter(0, "", Where.allEvents()), 10_000)).isEqualTo(10_000);
    assertThat(foldsToWake(counter(0, "", Where.tags("even")), 5_000)).isEqualTo(5_000);
    assertThat(foldsToWake(counter(0, "doubled", Where.allEvents()), 10_000)).isEqualTo(10_000);
    rig.pond.observe(counter(0, "", Where.allEvents()), emission -> {});
    assertThatThrownBy(() -> rig.pond.currentState(counter(0, "", Where.tags("odd"))))
        .isInstanceOf(PondException.class)
        .hasMessageContaining("test.Counter/all@0")
        .hasMessageContaining("otherwise");
  }

  @Test
  void aDamagedSnapshotIsSkippedAndReported() throws Exception {
    for (var harm : List.of("truncated", "empty", "gone", "changed")) {
      rig.close();
      var file = folder.resolve(harm + ".db");
      rig = new Rig("sqlite:" + file);
      ten();
      var fish = counter(0, "", Where.allEvents());
      assertThat(foldsToWake(fish, 10_000)).isEqualTo(10_000);
      int before = rig.store.snapshots().list().size();
      assertThat(before).isGreaterThan(2);
      var newest = rig.store.snapshots().list(fish.id().subject()).get(0);
      harm(Path.of(file + "-chunks"), newest, harm);
      assertThat(foldsToWake(fish, 10_000)).as(harm).isBetween(1_000L, 4_000L);
      assertThat(rig.reports)
          .anySatisfy(
              report -> assertThat(report.what()).contains(newest.id()).contains("damaged"));
      assertThat(rig.store.snapshots().find(newest.id()).damaged()).isTrue();
    }
  }

  @Test
  void aSnapshotThatDoesNotSayWhatItFollowsHoldsUpNoOther() {
    ten();
    var fish = counter(0, "", Where.allEvents());
    assertThat(foldsToWake(fish, 10_000)).isEqualTo(10_000);
    for (var positions : List.of("{}", "{\"me\":", "[1]", "null")) {
      rig.store
          .snapshots()
          .add(fish.id().subject(), 20_000, Snapshot.Why.EVENTS, "v0", positions, Map.of());
    }
    assertThat(foldsToWake(fish, 10_000)).isLessThanOrEqualTo(1_000);
    assertThat(rig.reports)
        .extracting(Report::what)
        .anyMatch(what -> what.contains("does not say which events it follows"))
        .anyMatch(what -> what.contains("cannot be read"));
  }

  @Test
  void aStateThatItsFishCannotReadIsSkippedAndReported() {
    ten();
    assertThat(foldsToWake(counter(0, "", Where.allEvents()), 10_000)).isEqualTo(10_000);
    var changed =
        new Codec<Long>() {
          @Override
          public String write(Long value) {
            return "v2:" + value;
          }

          @Override
          public Long read(String text) {
            if (!text.startsWith("v2:")) {
              throw new IllegalArgumentException("broken");
            }
            return Long.valueOf(text.substring(3));
          }
        };
    var fish =
        Fish.of(FishId.of("test.Counter", "all", 0), changed, Codec.json(Long.class))
            .initialState(() -> 0L)
            .onEvent((state, payload, event) -> state + payload)
            .build();
    assertThat(foldsToWake(fish, 10_000)).isEqualTo(10_000);
    assertThat(rig.reports)
        .isNotEmpty()
        .allSatisfy(
            report -> assertThat(report.what()).contains("cannot be read by the fish", "broken"));
  }

  /** Damages the chunk that holds the state of a snapshot and no other. */
  private void harm(Path chunks, Snapshot snapshot, String how) throws Exception {
    var others = rig.store.snapshots().list().stream().filter(s -> !s.id().equals(snapshot.id()));
    var files = new ArrayList<Path>();
    try (var walk = Files.walk(chunks)) {
      walk.filter(Files::isRegularFile).forEach(files::add);
    }
    var left = others.map(Snapshot::id).toList();
    for (var file : files) {
      var bytes = Files.readAllBytes(file);
      Files.delete(file);
      boolean onlyOurs =
          !rig.store.snapshots().verify(snapshot.id()).isEmpty()
              && left.stream().allMatch(id -> rig.store.snapshots().verify(id).isEmpty());
      Files.write(file, bytes);
      if (onlyOurs) {
        switch (how) {
          case "truncated" -> Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length / 2));
          case "empty" -> Files.write(file, new byte[0]);
          case "gone" -> Files.delete(file);
          default -> {
            bytes[bytes.length - 1] ^= 1;
            Files.write(file, bytes);
          }
        }
        break;
      }
    }
    left.forEach(id -> assertThat(rig.store.snapshots().verify(id)).isEmpty());
    rig.store.snapshots().verify(snapshot.id());
  }

  @Test
  void aSnapshotOfAnotherNodeIsUsedOnceItsEventsAreHere() throws Exception {
    ten();
    var fish = counter(0, "", Where.allEvents());
    foldsToWake(fish, 10_000);
    var newest = rig.store.snapshots().list(fish.id().subject()).get(0);
    var file = folder.resolve("snapshot.zip");
    rig.store.snapshots().export(newest.id(), file);
    var first = rig.log;
    var other = Stores.open("memory:", rig.clock);
    try (other) {
      var log = EventLog.open(other, "other", rig.clock);
      other.snapshots().importFrom(file);
      var reports = new ArrayList<Report>();
      try (var pond = Pond.open(log, new Pond.Options(rig.clock, reports::add, null))) {
        assertThat(pond.currentState(fish)).isZero();
        assertThat(reports)
            .anySatisfy(report -> assertThat(report.what()).contains("does not have"));
      }
      Exchange.sync(log, Medium.of(first));
      try (var pond = Pond.open(log)) {
        var folded = new ArrayList<Long>();
        pond.observe(fish, emission -> folded.add(emission.folded()));
        assertThat(pond.currentState(fish)).isEqualTo(10_000);
        assertThat(folded.get(0)).isLessThanOrEqualTo(1_000);
      }
    }
  }

  @Test
  void aSnapshotOfAnotherLogIsNotUsed() throws Exception {
    ten();
    var fish = counter(0, "", Where.allEvents());
    foldsToWake(fish, 10_000);
    var file = folder.resolve("snapshot.zip");
    rig.store.snapshots().export(rig.store.snapshots().list().get(0).id(), file);
    rig.close();
    rig = new Rig(url());
    var drafts = new ArrayList<Draft>();
    for (int i = 0; i < 10_000; i++) {
      drafts.add(Draft.of("2"));
    }
    rig.log.append(drafts);
    rig.store.snapshots().importFrom(file);
    assertThat(foldsToWake(fish, 20_000)).isEqualTo(10_000);
    assertThat(rig.reports)
        .anySatisfy(report -> assertThat(report.what()).contains("has otherwise"));
  }

  @Test
  void eventsAreRemovedOnlyBelowSnapshots() {
    ten();
    var fish = counter(0, "", Where.allEvents());
    var later = rig.clock.instant().plusSeconds(1);
    assertThat(rig.log.removeBefore(later, List.of(fish)))
        .isEqualTo(
            new EventLog.Removed(
                0, List.of("fish test.Counter/all@0 has a usable snapshot only of nothing")));
    foldsToWake(fish, 10_000);
    assertThatThrownBy(() -> rig.log.removeBefore(later, List.of()))
        .isInstanceOf(PondException.class)
        .hasMessageContaining("fish:test.Counter/all@0");
    var removed = rig.log.removeBefore(later, List.of(fish));
    assertThat(removed.events()).isBetween(9_000L, 10_000L);
    assertThat(foldsToWake(fish, 10_000)).isLessThanOrEqualTo(1_000);
    rig.log.append(Draft.of("1"));
    assertThat(foldsToWake(fish, 10_001)).isLessThanOrEqualTo(1_001);
    var next = counter(1, "", Where.allEvents());
    assertThatThrownBy(() -> rig.pond.currentState(next))
        .isInstanceOf(FishStoppedException.class)
        .hasMessageContaining("removed from the log");
  }
}
