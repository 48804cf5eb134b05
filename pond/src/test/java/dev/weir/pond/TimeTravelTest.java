package dev.weir.pond;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The order of events, events that come late, and resets. */
class TimeTravelTest {

  private Rig rig = new Rig(url());

  /** Which store is tested; asked for before the fields of a subclass are there. */
  String url() {
    return "memory:";
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private void check(boolean resets, String batches, Object... states) {
    rig.close();
    rig = new Rig(url());
    assertThat(rig.play(resets, batches)).as(batches).isEqualTo(Arrays.asList(states));
  }

  private static List<Integer> s(Integer... numbers) {
    return List.of(numbers);
  }

  @Test
  void eventsAreFoldedInTheirOrder() {
    check(false, "A@1=1 | A@2=2", s(1), s(1, 2));
    assertThat(rig.folded).containsExactly(2L);
    check(false, "A@1=1 A@3=3 | B@2=2 B@4=4", s(1, 3), s(1, 2, 3, 4));
    assertThat(rig.folded).containsExactly(1L, 2L, 3L, 4L);
    check(false, "A@5=5 | B@1=1", s(5), s(1, 5));
    check(false, "B@2=2 B@4=4 A@1=1 A@3=3", s(1, 2, 3, 4));
    check(false, "B@5=2 | A@5=1 | C@5=3", s(2), s(1, 2), s(1, 2, 3));
  }

  @Test
  void whatIsBeforeAResetDoesNotMatter() {
    check(true, "A@2=3 A@3=7 | B@4=-1 C@5=8 | D@1=99 | D@3=98", s(3, 7), s(-1, 8), null, null);
    assertThat(rig.folded).isEmpty();
    check(true, "A@1=1 B@5=-1 A@6=6 | C@3=-1", s(-1, 6), null);
    check(true, "A@1=1 A@2=2 A@4=4 | B@3=-1", s(1, 2, 4), s(-1, 4));
    check(true, "A@1=1 A@2=-1 A@4=4 | B@3=3", s(-1, 4), s(-1, 3, 4));
    check(true, "A@1=1 A@2=-1 A@3=3 A@4=-1 A@5=5", s(-1, 5));
  }

  @Test
  void theOrderOfArrivalDoesNotMatter() {
    for (boolean resets : new boolean[] {false, true}) {
      check(resets, "A@100=1 A@300=3 | B@200=2 B@400=4", s(1, 3), s(1, 2, 3, 4));
      check(resets, "A@100=1 A@300=3 B@200=2 B@400=4", s(1, 2, 3, 4));
      check(resets, "B@200=2 B@400=4 | A@100=1 A@300=3", s(2, 4), s(1, 2, 3, 4));
    }
    var a = "A@200=3 A@300=4 A@500=7 A@1200=11";
    var b = "B@400=5 B@600=-1 B@1100=10";
    var c = "C@700=8 C@800=-1 C@1000=9";
    check(true, a + "|" + b + "|" + c, s(3, 4, 7, 11), s(-1, 10, 11), s(-1, 9, 10, 11));
    check(true, a + "|" + c + "|" + b, s(3, 4, 7, 11), s(-1, 9, 11), s(-1, 9, 10, 11));
    check(true, b + " " + c + "|" + a, s(-1, 9, 10), s(-1, 9, 10, 11));
    check(true, "A@1=3 A@2=7 | B@3=-1 C@4=8", s(3, 7), s(-1, 8));
    check(true, "A@1=3 A@2=7 A@3=-1 A@4=8", s(-1, 8));
  }

  @Test
  void wallClocksDoNotMatter() {
    var late = rig.clock.instant();
    rig.feed(List.of(rig.event("A", 1, late, "1"), rig.event("A", 2, late.minusSeconds(99), "2")));
    assertThat(rig.pond.currentState(rig.numbers(false).build())).isEqualTo(s(1, 2));
  }

  @Test
  void anObserverIsToldWhy() {
    var told = new java.util.ArrayList<Emission<List<Object>>>();
    rig.feed("A@2=2");
    rig.pond.observe(rig.numbers(false).build(), told::add);
    rig.pond.settle();
    rig.feed("A@3=3 A@5=5");
    rig.feed("B@4=4");
    assertThat(told)
        .extracting(Emission::cause)
        .containsExactly(Emission.Cause.START, Emission.Cause.APPEND, Emission.Cause.REWIND);
    assertThat(told)
        .extracting(Emission::from)
        .containsExactly(null, new EventKey(3, "A"), new EventKey(4, "B"));
    assertThat(told.get(2).at()).isEqualTo(new EventKey(5, "A"));
  }

  @Test
  void goingBackCostsTheDistance() {
    var fish =
        Fish.of(FishId.of("test.Counter", "all", 0), Long.class, Long.class)
            .initialState(() -> 0L)
            .onEvent((state, payload, event) -> state * 31 + payload)
            .snapshots(SnapshotPolicy.NONE)
            .build();
    rig.pond.observe(fish, emission -> {});
    int size = 20_000;
    var events = new java.util.ArrayList<Event>();
    for (int i = 0; i < size; i++) {
      events.add(rig.event("A", 10L * i, java.time.Instant.EPOCH, "" + i));
    }
    for (int from = 0; from < size; from += 997) {
      rig.feed(events.subList(from, Math.min(size, from + 997)));
    }
    long before = rig.pond.figures(fish.id()).orElseThrow().folded();
    assertThat(before).isEqualTo(size);
    for (int distance : new int[] {0, 1, 5, 16, 40, 100, 500, 1_500, 5_000, 10_000}) {
      var late = 10L * (size - distance) - 5;
      rig.feed(List.of(rig.event("L" + distance, late, java.time.Instant.EPOCH, "7")));
      var figures = rig.pond.figures(fish.id()).orElseThrow();
      assertThat(figures.folded() - before)
          .as("distance %s", distance)
          .isLessThanOrEqualTo(2L * distance + 65);
      before = figures.folded();
    }
    long rewinds = rig.pond.figures(fish.id()).orElseThrow().rewinds();
    var burst = new java.util.ArrayList<Event>();
    for (int i = 0; i < 100; i++) {
      burst.add(rig.event("B", 10L * (size / 2 + 90 * i) - 3, java.time.Instant.EPOCH, "1"));
    }
    rig.feed(burst);
    assertThat(rig.pond.figures(fish.id()).orElseThrow().rewinds()).isEqualTo(rewinds + 1);
  }
}
