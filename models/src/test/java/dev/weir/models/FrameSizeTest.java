package dev.weir.models;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FrameSizeTest {

  private static final long MILLIS = 1_000_000;

  @Test
  void growsFromOneToAboutTwentyMillisecondsOfWork() {
    var size = new FrameSize();
    assertThat(size.get()).isEqualTo(1);
    for (int i = 0; i < 20; i++) {
      assertThat(size.get()).isLessThanOrEqualTo(2000);
      size.done(size.get(), size.get() * 10_000L);
    }
    assertThat(size.get()).isBetween(1900, 2000);
  }

  @Test
  void staysAtOneForASlowModelAndComesBackToItWhenAModelGetsSlow() {
    var size = new FrameSize();
    size.done(1, 3000 * MILLIS);
    assertThat(size.get()).isEqualTo(1);
    for (int i = 0; i < 10; i++) {
      size.done(size.get(), 1000);
    }
    assertThat(size.get()).isEqualTo(FrameSize.MAX);
    size.done(size.get(), 16384L * 100 * MILLIS);
    assertThat(size.get()).isEqualTo(1);
  }

  @Test
  void aSmallFrameThatWasQuickChangesNothing() {
    var size = new FrameSize();
    for (int i = 0; i < 10; i++) {
      size.done(size.get(), size.get() * 2000L);
    }
    int before = size.get();
    size.done(3, 2 * MILLIS);
    assertThat(size.get()).isEqualTo(before);
  }
}
