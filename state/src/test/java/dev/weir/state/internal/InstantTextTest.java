package dev.weir.state.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InstantTextTest {

  @Test
  void everyDayOfTenThousandYearsReadsAsTheLibraryReadsIt() {
    var seed = new Random().nextLong();
    var random = new Random(seed);
    for (var day = LocalDate.of(1, 1, 1); day.getYear() < 10_000; day = day.plusDays(1)) {
      var instant =
          day.atStartOfDay(ZoneOffset.UTC)
              .toInstant()
              .plusSeconds(random.nextInt(86_400))
              .plusNanos(random.nextInt(1_000_000) * 1_000L);
      var text = InstantText.write(instant);
      assertEquals(27, text.length(), () -> "seed " + seed);
      assertEquals(instant, Instant.parse(text), () -> "seed " + seed + ": " + text);
      assertEquals(instant, InstantText.read(text), () -> "seed " + seed + ": " + text);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-0044-03-15T12:00:00.000000Z",
        "0000-02-29T00:00:00.000001Z",
        "2026-01-31T12:00:00Z"
      })
  void textsOfAnotherWidthAreReadToo(String text) {
    assertEquals(Instant.parse(text), InstantText.read(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-02-29T00:00:00.000000Z",
        "2026-13-01T00:00:00.000000Z",
        "2026-01-01T25:00:00.000000Z",
        "2026-01-01 00:00:00.000000Z",
        "2026-00-01T00:00:00.000000Z",
        "soon"
      })
  void whatIsNoInstantIsRefused(String text) {
    assertThrows(DateTimeParseException.class, () -> InstantText.read(text));
  }
}
