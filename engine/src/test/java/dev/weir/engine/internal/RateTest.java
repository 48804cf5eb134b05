package dev.weir.engine.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RateTest {

  private static final long SECOND = 1_000_000_000L;

  @Test
  void measuresFromTheBeginningWhileThatIsRecent() {
    var rate = new Rate(7 * SECOND, 1000);
    assertThat(rate.perSecond(7 * SECOND, 1000)).isZero();
    assertThat(rate.perSecond(9 * SECOND, 1500)).isEqualTo(250.0);
  }

  @Test
  void measuresOverTheLastFiveSeconds() {
    var rate = new Rate(0, 0);
    long count = 0;
    for (long tick = 1; tick <= 200; tick++) {
      count += tick <= 100 ? 10 : 20;
      rate.sample(tick * SECOND / 10, count);
    }
    assertThat(rate.perSecond(20 * SECOND, count)).isEqualTo(200.0);
    rate.sample(21 * SECOND, count);
    assertThat(rate.perSecond(22 * SECOND, count)).isEqualTo(3 * 200 / 5.0);
  }

  @Test
  void isZeroAfterFiveSecondsOfSilenceHoweverOftenItIsTold() {
    var rate = new Rate(0, 0);
    rate.sample(SECOND, 1_000_000);
    for (long tick = 11; tick <= 70; tick++) {
      rate.sample(tick * SECOND / 10, 1_000_000);
    }
    assertThat(rate.perSecond(7 * SECOND, 1_000_000)).isZero();
  }

  @Test
  void timesAreLastMeanAndMost() {
    var timing = new Timing();
    assertThat(timing.json()).isEqualTo(Map.of("count", 0L));
    List.of(3_000_000L, 5_000_000L, 1_000_000L).forEach(timing::took);
    assertThat(timing.json())
        .isEqualTo(Map.of("count", 3L, "last-ms", 1.0, "mean-ms", 3.0, "max-ms", 5.0));
  }
}
