package dev.weir.pond;

import java.util.Random;

/** Seeded random cases: {@code -Dweir.seed=N} replays one. */
final class Cases {

  private Cases() {}

  interface Case {
    void run(Random random) throws Exception;
  }

  static void check(int cases, Case each) throws Exception {
    var given = Long.getLong("weir.seed");
    long first = given != null ? given : 1;
    for (long seed = first; seed < first + (given != null ? 1 : cases); seed++) {
      try {
        each.run(new Random(seed * 0x9E3779B97F4A7C15L));
      } catch (Exception | AssertionError e) {
        throw new AssertionError("failed with -Dweir.seed=" + seed + ": " + e.getMessage(), e);
      }
    }
  }
}
