package dev.weir.views;

import java.util.Random;

/** Seeded random cases: {@code -Dweir.seed=N} replays one. */
final class Cases {

  private Cases() {}

  interface Case {
    void run(Random random) throws Exception;
  }

  /** With {@code -Dweir.long=true}, {@code many} cases. */
  static void check(int few, int many, Case each) throws Exception {
    var given = Long.getLong("weir.seed");
    long first = given != null ? given : 1;
    int cases = given != null ? 1 : Boolean.getBoolean("weir.long") ? many : few;
    for (long seed = first; seed < first + cases; seed++) {
      try {
        each.run(new Random(seed * 0x9E3779B97F4A7C15L));
      } catch (Exception | AssertionError e) {
        throw new AssertionError("failed with -Dweir.seed=" + seed + ": " + e.getMessage(), e);
      }
    }
    System.out.println("seeds " + first + " to " + (first + cases - 1) + " hold");
  }
}
