package dev.weir.streams.internal;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;

/** Random cases that can be run again: one by one with {@code -Dweir.seed=N}. */
final class Cases {

  private Cases() {}

  interface Law {
    void holdsFor(Random random) throws Exception;
  }

  static void forAll(int cases, Law law) {
    var only = Long.getLong("weir.seed");
    for (long seed = only == null ? 1 : only; only == null ? seed <= cases : seed == only; seed++) {
      try {
        // Neighbouring seeds of Random begin alike.
        law.holdsFor(new Random(seed * 0x9E3779B97F4A7C15L));
      } catch (Throwable e) {
        throw new AssertionError("fails with -Dweir.seed=" + seed + ": " + e.getMessage(), e);
      }
    }
  }

  /** A JSON value, often small, sometimes odd. */
  static Object value(Random random, int depth) {
    return switch (random.nextInt(depth > 0 ? 11 : 9)) {
      case 0 -> null;
      case 1 -> random.nextBoolean();
      case 2 -> random.nextLong() >> random.nextInt(64);
      case 3 ->
          List.of(Long.MIN_VALUE, Long.MAX_VALUE, 0L, -1L, 999999999999999999L)
              .get(random.nextInt(5));
      case 4 ->
          BigInteger.valueOf(Long.MAX_VALUE).add(new BigInteger(100, random)).add(BigInteger.ONE);
      case 5 -> (random.nextInt(2_000_001) - 1_000_000) / 100.0;
      case 6 -> finite(random);
      case 7, 8 -> text(random);
      case 9 -> {
        var list = new ArrayList<Object>();
        for (int i = random.nextInt(4); i > 0; i--) {
          list.add(value(random, depth - 1));
        }
        yield list;
      }
      default -> {
        var map = new LinkedHashMap<String, Object>();
        for (int i = random.nextInt(4); i > 0; i--) {
          map.put(text(random), value(random, depth - 1));
        }
        yield map;
      }
    };
  }

  private static double finite(Random random) {
    double number = Double.longBitsToDouble(random.nextLong());
    return Double.isFinite(number) ? number : -0.0;
  }

  /** Text of characters from every length of UTF-8, and of those that JSON escapes. */
  static String text(Random random) {
    var text = new StringBuilder();
    int length = random.nextInt(20) == 0 ? random.nextInt(10_000) : random.nextInt(12);
    for (int i = 0; i < length; i++) {
      text.appendCodePoint(
          switch (random.nextInt(12)) {
            case 0 -> random.nextInt(0x80);
            case 1 -> 0x80 + random.nextInt(0x780);
            case 2 -> 0x800 + random.nextInt(0xD000);
            case 3 -> 0xE000 + random.nextInt(0x2000);
            case 4 -> 0x10000 + random.nextInt(0x100000);
            default -> 'a' + random.nextInt(26);
          });
    }
    return text.toString();
  }
}
