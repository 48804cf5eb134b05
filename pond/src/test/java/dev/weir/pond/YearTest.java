package dev.weir.pond;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.pond.internal.Retention;
import dev.weir.state.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is kept over more than a year, and what it is good for. */
class YearTest {

  private static final int EVERY = 50;
  private static final int BATCH = 10;
  private static final Duration STEP = Duration.ofHours(4);

  private record Mark(long events, Instant newest) implements Retention.Mark {}

  private static final Fish<Long, Long> FISH =
      Fish.of(FishId.of("test.Year", "y", 0), Long.class, Long.class)
          .initialState(() -> 0L)
          .onEvent((state, payload, event) -> state + payload)
          .snapshots(SnapshotPolicy.DEFAULT.every(EVERY))
          .build();

  @Test
  void aYearLeavesTheSnapshotsThatTheRuleNames() {
    try (var rig = new Rig()) {
      var begin = rig.clock.instant();
      List<Mark> expected = new ArrayList<>();
      var away = new ArrayList<Event>();
      int steps = (int) (Duration.ofDays(500).toHours() / STEP.toHours());
      long events = 0;
      rig.pond.observe(FISH, emission -> {});
      for (int step = 0; step < steps; step++) {
        rig.clock.move(STEP);
        if (step == steps - 31 * 6) {
          // A node appends something that nobody hears of for a month.
          long lamport = events + 1;
          away.add(rig.event("away", lamport, rig.clock.instant(), "1"));
        }
        var drafts = new ArrayList<Draft>();
        for (int i = 0; i < BATCH; i++) {
          drafts.add(Draft.of("1"));
        }
        rig.log.append(drafts);
        rig.pond.settle();
        events += BATCH;
        if (events % EVERY == 0) {
          expected.add(new Mark(events, rig.clock.instant()));
          var keep = Retention.keep(FISH.snapshots(), expected);
          var left = new ArrayList<Mark>();
          keep.stream().forEach(i -> left.add(expected.get(i)));
          expected.clear();
          expected.addAll(left);
        }
        if (step % 400 == 399) {
          rig.wake();
          rig.pond.observe(FISH, emission -> {});
          rig.pond.settle();
        }
        if (step % 50 == 0) {
          checkWindows(rig, begin);
        }
      }
      var kept = rig.store.snapshots().list(FISH.id().subject());
      assertThat(kept.stream().map(Snapshot::position).sorted())
          .containsExactlyElementsOf(expected.stream().map(Mark::events).toList());
      assertThat(kept).hasSizeLessThan(45);

      rig.wake();
      rig.log.ingest(away);
      var emissions = new ArrayList<Emission<Long>>();
      rig.pond.observe(FISH, emissions::add);
      rig.pond.settle();
      assertThat(emissions.get(0).state()).isEqualTo(events + 1);
      long month = Duration.ofDays(31).toHours() / STEP.toHours() * BATCH;
      assertThat(emissions.get(0).folded()).isBetween(month, 2 * month + EVERY);
    }
  }

  /** Once the history is older than a period, a snapshot is one to two periods old. */
  private static void checkWindows(Rig rig, Instant begin) {
    var snapshots = rig.store.snapshots().list(FISH.id().subject());
    if (snapshots.isEmpty()) {
      return;
    }
    var newest = snapshots.get(0).takenAt();
    for (int days : new int[] {7, 30, 365}) {
      var period = Duration.ofDays(days);
      if (Duration.between(begin, newest).compareTo(period.plusDays(2)) > 0) {
        assertThat(snapshots)
            .as("%s days at %s", days, newest)
            .anySatisfy(
                snapshot ->
                    assertThat(Duration.between(snapshot.takenAt(), newest))
                        .isGreaterThanOrEqualTo(period)
                        .isLessThan(period.multipliedBy(2)));
      }
    }
  }

  @Test
  void whatIsKeptByDistanceIsNeverMoreThanTwiceAsFar() throws Exception {
    Cases.check(
        30,
        random -> {
          var policy = new SnapshotPolicy(1_000, List.of(), true);
          List<Mark> marks = new ArrayList<>();
          long events = 0;
          for (int i = 0; i < 600; i++) {
            events += 1_000 + random.nextInt(3) * random.nextInt(500);
            marks.add(new Mark(events, Instant.EPOCH));
            var keep = Retention.keep(policy, marks);
            var left = new ArrayList<Mark>();
            keep.stream().forEach(k -> left.add(marks.get(k)));
            marks.clear();
            marks.addAll(left);
            for (int k = marks.size() - 2; k > 0; k--) {
              long near = events - marks.get(k).events();
              long far = events - marks.get(k - 1).events();
              assertThat(far).isLessThanOrEqualTo(Math.max(2 * near, near + 2_000));
            }
          }
          assertThat(marks).hasSizeLessThan(30);
        });
  }
}
