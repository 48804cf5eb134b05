package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Values go to a program of any language and come back as they were. */
abstract class ValuesContract extends InLanguage {

  static final int DEEPEST = 1000;

  private final boolean all;

  /**
   * The language.
   *
   * @param all whether it has every JSON value; otherwise, as R does, it has only doubles, tells no
   *     1.0 from 1, and has no text with U+0000 and no empty name
   */
  ValuesContract(String fileName, boolean all) {
    super(fileName);
    this.all = all;
  }

  /** Puts out what it takes. */
  abstract String echo();

  /** Takes a key and a value: puts out the key's value in pool p, then sets it. */
  abstract String swap();

  @Test
  void theEdges() {
    var values = new ArrayList<Object>();
    values.add(null);
    values.addAll(List.of(true, false, "", "NA", "é", "\u07ff\u0800\uffff", "😀 x", "\ud800"));
    values.addAll(List.of(0.5, Double.MIN_VALUE, Double.MAX_VALUE, 0.1, 1e22, -1.5));
    for (int bits = 0; bits <= 53; bits++) {
      values.add(1L << bits);
      values.add(-(1L << bits) + 1);
    }
    values.addAll(
        List.of(List.of(), Map.of(), List.of(List.of()), List.of(5L), Map.of("a", Map.of())));
    if (all) {
      values.addAll(List.of("a\u0000b", "a\udc00é", 0.0, -0.0, 4.0, Map.of("", Map.of())));
      for (int bits :
          new int[] {
            15, 29, 30, 31, 32, 45, 53, 60, 61, 62, 63, 64, 65, 74, 75, 76, 90, 1000, 5000
          }) {
        for (int off = -1; off <= 1; off++) {
          var power = BigInteger.TWO.pow(bits).add(BigInteger.valueOf(off));
          values.add(plain(power));
          values.add(plain(power.negate()));
        }
      }
    }
    try (var talk = with(echo())) {
      assertThat(talk.run(values.toArray())).isEqualTo(values);
    }
  }

  @Test
  void randomValues() {
    long seed = Long.getLong("weir.seed", new SplittableRandom().nextLong());
    var random = new SplittableRandom(seed);
    try (var talk = with(echo())) {
      for (int round = 0; round < 100; round++) {
        var values = new Object[random.nextInt(40)];
        Arrays.setAll(values, i -> value(random, 4));
        var back = talk.run(values);
        assertThat(back).as("-Dweir.seed=%d", seed).isEqualTo(Arrays.asList(values));
      }
    }
  }

  /** The same through a pool: packed and unpacked on both sides. */
  @Test
  void randomValuesOfAPool() {
    long seed = Long.getLong("weir.seed", new SplittableRandom().nextLong());
    var random = new SplittableRandom(seed);
    try (var talk = with(swap())) {
      var model = new LinkedHashMap<String, Object>();
      for (int round = 0; round < 100; round++) {
        var key = "k" + random.nextInt(10);
        var value = value(random, 4);
        assertThat(talk.run(Arrays.asList(key, value)))
            .as("-Dweir.seed=%d", seed)
            .containsExactly(model.put(key, value));
        if (random.nextInt(4) == 0) {
          talk.sync(round);
          assertThat(talk.keys("p")).as("-Dweir.seed=%d", seed).isEqualTo(model);
        }
        if (random.nextInt(4) == 0) {
          talk.runner.send(new ToRunner.Recall(Item.key("p", key)));
          talk.apply(talk.next(FromRunner.Back.class).changes());
        }
      }
    }
  }

  @Test
  void orderDepthAndSizeAreKept() {
    var map = new LinkedHashMap<String, Object>();
    for (var key : List.of("z", "y", "x", "a", "b", "c", "1", "0")) {
      map.put(key, 1L);
    }
    var text = "0123456789é".repeat(500_000);
    var list = new ArrayList<Object>();
    for (long i = 0; i < 200_000; i++) {
      list.add(i);
    }
    try (var talk = with(echo())) {
      var back = (Map<?, ?>) talk.run(map).get(0);
      assertThat(List.copyOf(back.keySet())).isEqualTo(List.copyOf(map.keySet()));
      var deepest = nested(DEEPEST);
      assertThat(talk.run(deepest).get(0).toString()).isEqualTo(deepest.toString());
      assertThat(talk.run(text, list, 1L).equals(List.of(text, list, 1L))).isTrue();
    }
  }

  /**
   * Frames that are cut or changed anywhere are refused or read as something else; never anything
   * worse.
   */
  static void damaged(Function<SplittableRandom, byte[]> whole, Consumer<byte[]> read) {
    long seed = Long.getLong("weir.seed", new SplittableRandom().nextLong());
    var random = new SplittableRandom(seed);
    for (int round = 0; round < 20_000; round++) {
      var frame = whole.apply(random);
      frame = Arrays.copyOf(frame, frame.length - random.nextInt(2));
      frame[random.nextInt(frame.length)] = (byte) random.nextInt();
      try {
        read.accept(frame);
      } catch (RunnerException e) {
        assertThat(e).as("-Dweir.seed=%d", seed).hasMessageStartingWith("A runner sent");
      }
    }
  }

  static Object nested(int depth) {
    Object value = 1L;
    for (int i = 0; i < depth; i++) {
      value = i % 2 == 0 ? List.of(value) : Map.of("k", value);
    }
    return value;
  }

  private static Object plain(BigInteger value) {
    return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
  }

  final Object value(SplittableRandom random, int depth) {
    return switch (random.nextInt(depth > 0 ? 9 : 7)) {
      case 0 -> null;
      case 1 -> random.nextBoolean();
      case 2 -> random.nextLong() >> random.nextInt(all ? 0 : 11, 64);
      case 3 ->
          all
              ? plain(BigInteger.valueOf(random.nextLong()).pow(1 + random.nextInt(6)))
              : random.nextDouble();
      case 4 -> random.nextDouble() * Math.pow(10, random.nextInt(-300, all ? 300 : 0));
      case 5 -> random.nextInt(100) + (all ? 0.0 : 0.25);
      case 6 -> text(random);
      case 7 -> {
        var list = new ArrayList<Object>();
        for (int i = random.nextInt(5); i > 0; i--) {
          list.add(value(random, depth - 1));
        }
        yield list;
      }
      default -> {
        var map = new LinkedHashMap<String, Object>();
        for (int i = random.nextInt(5); i > 0; i--) {
          map.put((all ? "" : "k") + text(random), value(random, depth - 1));
        }
        yield map;
      }
    };
  }

  private String text(SplittableRandom random) {
    var text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      switch (random.nextInt(4)) {
        case 0 -> text.append((char) random.nextInt(all ? 0 : 1, all ? 0x10000 : 0xd800));
        case 1 -> text.appendCodePoint(random.nextInt(0xe000, 0x110000));
        default -> text.append((char) random.nextInt(0x20, 0x7f));
      }
    }
    return text.toString();
  }
}
