package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RecoveryTest {

  @Test
  void countsShortRunsAndForgetsThemAfterALongOne() {
    var counter = new Recovery(3, Duration.ofSeconds(1), Duration.ofSeconds(30)).counter();
    var failures = new ArrayList<Integer>();
    var again = new ArrayList<Boolean>();
    for (int seconds : new int[] {40, 20, 31, 20, 28, 15, 1}) {
      again.add(counter.failed(Duration.ofSeconds(seconds)).isPresent());
      failures.add(counter.failures());
    }
    assertThat(failures).isEqualTo(List.of(0, 1, 0, 1, 2, 3, 4));
    assertThat(again).isEqualTo(Stream.of(true, true, true, true, true, true, false).toList());
  }
}
