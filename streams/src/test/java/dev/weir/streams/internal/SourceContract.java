package dev.weir.streams.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.graph.Batch;
import dev.weir.graph.Source;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every source promises. One subclass for each transport. */
@Timeout(20)
public abstract class SourceContract {

  private static final Duration MOMENT = Duration.ofMillis(20);

  /** Stands among messages for one that is no record. */
  protected static final Object BAD = "(bad)";

  /** Stands among messages for one that is left out, such as a blank line. */
  protected static final Object BLANK = "(blank)";

  /**
   * A stream that ends.
   *
   * @param messages what it holds: a record, or what it has in its place
   * @param sources opens it, as often as one likes; where it cannot be read again, each time with
   *     somebody who sends the same messages
   */
  public record Held(List<Object> messages, Supplier<Source> sources) {}

  protected abstract Held held(Random random) throws Exception;

  /** A stream that has no records now and does not end; empty where there is no such thing. */
  protected Optional<Supplier<Source>> waiting() throws Exception {
    return Optional.empty();
  }

  protected abstract boolean replayable();

  /** How many random streams are read; fewer where opening one takes its time. */
  protected int cases() {
    return 3;
  }

  /** At how many of a stream's positions it is opened again. */
  protected int positions() {
    return 3;
  }

  /** How many records are asked for at most. */
  protected int largestPoll() {
    return 7;
  }

  /** How long a wait may be that is interrupted. */
  protected Duration longestWait() {
    return Duration.ofMinutes(1);
  }

  /** Whether what is no record has a number, too. */
  protected boolean numbersWhatIsBad() {
    return true;
  }

  @Test
  void everyRecordIsGivenOnceWithItsNumberAndTheRestIsRejected() {
    Cases.forAll(
        cases(),
        random -> {
          var held = held(random);
          var records = new ArrayList<Reading.Numbered>();
          var rejected = new ArrayList<Long>();
          long number = 0;
          for (var message : held.messages()) {
            if (message != BAD || numbersWhatIsBad()) {
              number++;
            }
            if (message == BAD) {
              rejected.add(number);
            } else if (message != BLANK) {
              records.add(new Reading.Numbered(number, message));
            }
          }
          var reading =
              Reading.of(
                  held.sources().get(), Optional.empty(), () -> 1 + random.nextInt(largestPoll()));
          assertThat(reading.records).isEqualTo(records);
          assertThat(reading.rejections).hasSameSizeAs(rejected);
          if (numbersWhatIsBad()) {
            assertThat(reading.rejections).extracting(r -> r.sequence()).isEqualTo(rejected);
          }
          assertThat(reading.warnings).isEmpty();
        });
  }

  @Test
  void openedAtAPositionItGoesOnBehindItOrSaysThatItCannot() {
    Cases.forAll(
        cases(),
        random -> {
          var held = held(random);
          var whole = Reading.of(held.sources().get(), Optional.empty(), this::someFew);
          if (replayable()) {
            sample(whole.stops, random).forEach(stop -> givesTheRest(held, whole, stop, random));
          } else {
            goesOnNumbering(held, whole);
          }
        });
  }

  private int someFew() {
    return Math.max(1, largestPoll() / 3);
  }

  private List<Reading.Stop> sample(List<Reading.Stop> stops, Random random) {
    return stops.size() <= positions()
        ? stops
        : IntStream.range(0, positions())
            .mapToObj(i -> stops.get(random.nextInt(stops.size())))
            .toList();
  }

  private void givesTheRest(Held held, Reading whole, Reading.Stop stop, Random random) {
    int size = 1 + random.nextInt(largestPoll());
    var rest = Reading.of(held.sources().get(), Optional.of(stop.position()), () -> size);
    assertThat(rest.records).isEqualTo(whole.records.subList(stop.records(), whole.records.size()));
    assertThat(rest.rejections)
        .isEqualTo(whole.rejections.subList(stop.rejections(), whole.rejections.size()));
    assertThat(rest.stops.get(0).position()).isEqualTo(stop.position());
    assertThat(last(rest)).isEqualTo(last(whole));
  }

  /** What was sent again is not what was sent before, so it has other numbers. */
  private static void goesOnNumbering(Held held, Reading whole) {
    var again = Reading.of(held.sources().get(), Optional.of(last(whole)), () -> 3);
    assertThat(again.values()).isEqualTo(whole.values());
    assertThat(again.warnings).hasSize(1);
    if (!whole.records.isEmpty()) {
      long before = whole.records.get(whole.records.size() - 1).sequence();
      assertThat(again.records.get(0).sequence()).isGreaterThan(before);
    }
  }

  private static Map<String, Object> last(Reading reading) {
    return reading.stops.get(reading.stops.size() - 1).position();
  }

  @Test
  void theEndStaysTheEndAndClosingTwiceIsHarmless() throws Exception {
    var held = held(new Random(7));
    var reading = new Reading();
    var source = held.sources().get();
    assertThat(source.replayable()).isEqualTo(replayable());
    try (source) {
      source.open(reading, Optional.empty());
      while (reading.poll(source, largestPoll()).isPresent()) {
        source.committed(source.position());
      }
      var end = source.position();
      assertThat(source.poll(1, MOMENT)).isEmpty();
      assertThat(source.position()).isEqualTo(end);
      source.close();
    }
  }

  @Test
  void whatWasNotOpenedCanBeClosed() throws Exception {
    held(new Random(7)).sources().get().close();
  }

  @Test
  void aWaitHasAnEndAndMayBeInterruptedWithoutHarm() throws Exception {
    var waiting = waiting();
    if (waiting.isEmpty()) {
      return;
    }
    try (var source = waiting.get().get()) {
      source.open(new Reading(), Optional.empty());
      assertNothingNow(source);
      var position = source.position();
      Thread.currentThread().interrupt();
      try {
        assertThat(source.poll(10, longestWait())).get().matches(Batch::isEmpty);
      } catch (InterruptedException e) {
        // Either way.
      } finally {
        Thread.interrupted();
      }
      assertNothingNow(source);
      assertThat(source.position()).isEqualTo(position);
    }
  }

  private static void assertNothingNow(Source source) throws Exception {
    assertThat(source.poll(10, MOMENT)).get().matches(Batch::isEmpty);
  }
}
