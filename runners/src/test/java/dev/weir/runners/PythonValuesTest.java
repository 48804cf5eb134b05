package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.runners.internal.MarshalReader;
import dev.weir.runners.internal.MarshalWriter;
import dev.weir.runners.internal.Messages;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Values go to Python and come back as they were. */
@Timeout(60)
class ValuesTest {

  private static final String ECHO = "import weir\ndef action(x):\n  yield x\n";
  private static final BigInteger LONG_MAX = BigInteger.valueOf(Long.MAX_VALUE);

  @TempDir Path folder;

  @Test
  void theEdges() {
    var values = new ArrayList<Object>();
    values.add(null);
    values.addAll(
        List.of(
            true, false, "", "a\u0000b", "é", "\u07ff\u0800\uffff", "😀 x", "\ud800", "a\udc00é"));
    values.addAll(List.of(0.0, -0.0, Double.MIN_VALUE, Double.MAX_VALUE, 0.1, 1e22, -1.5));
    for (int bits = 0; bits <= 63; bits++) {
      for (long off = -1; off <= 1; off++) {
        values.add((1L << bits) + off);
        values.add(-(1L << bits) + off);
      }
    }
    for (int bits : new int[] {63, 64, 65, 74, 75, 76, 90, 1000, 5000}) {
      for (int off = -1; off <= 1; off++) {
        var power = BigInteger.TWO.pow(bits).add(BigInteger.valueOf(off));
        if (power.compareTo(LONG_MAX) > 0) {
          values.add(power);
          values.add(power.negate().subtract(BigInteger.TWO));
        }
      }
    }
    values.addAll(List.of(List.of(), Map.of(), List.of(List.of()), Map.of("", Map.of())));
    try (var talk = Conversation.with(folder, ECHO)) {
      assertThat(talk.run(values.toArray())).isEqualTo(values);
    }
  }

  /** Python's own opinion of what arrived, against ours of what was sent. */
  @Test
  void numbersArriveAsWritten() {
    var values = new Object[] {Long.MIN_VALUE, LONG_MAX.pow(3), -1L, 0.1, 1e300, "\ud83d\ude00"};
    try (var talk = Conversation.with(folder, "def action(x):\n  yield ascii(x)\n")) {
      assertThat(talk.run(values))
          .containsExactly(
              "-9223372036854775808",
              LONG_MAX.pow(3).toString(),
              "-1",
              "0.1",
              "1e+300",
              "'\\U0001f600'");
    }
  }

  @Test
  void randomValues() {
    long seed = Long.getLong("weir.seed", new SplittableRandom().nextLong());
    var random = new SplittableRandom(seed);
    try (var talk = Conversation.with(folder, ECHO)) {
      for (int round = 0; round < 200; round++) {
        var values = new Object[random.nextInt(40)];
        Arrays.setAll(values, i -> value(random, 4));
        assertThat(talk.run(values)).as("-Dweir.seed=%d", seed).isEqualTo(Arrays.asList(values));
      }
    }
  }

  /** The same through a pool: packed and unpacked on both sides. */
  @Test
  void randomValuesOfAPool() {
    long seed = Long.getLong("weir.seed", new SplittableRandom().nextLong());
    var random = new SplittableRandom(seed);
    var program =
        """
        import weir
        def action(x):
          p = weir.pools('p')
          yield p.get(x[0])
          p.set(x[0], x[1])
        """;
    try (var talk = Conversation.with(folder, program)) {
      var model = new LinkedHashMap<String, Object>();
      for (int round = 0; round < 200; round++) {
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
  void orderOfKeysIsKept() {
    var map = new LinkedHashMap<String, Object>();
    for (var key : List.of("z", "y", "x", "a", "b", "c", "1", "0")) {
      map.put(key, 1L);
    }
    try (var talk = Conversation.with(folder, ECHO)) {
      var back = (Map<?, ?>) talk.run(map).get(0);
      assertThat(List.copyOf(back.keySet())).isEqualTo(List.copyOf(map.keySet()));
    }
  }

  @Test
  void deepValues() {
    try (var talk = Conversation.with(folder, ECHO)) {
      var deepest = nested(MarshalWriter.MAX_DEPTH);
      assertThat(talk.run(deepest).get(0).toString()).isEqualTo(deepest.toString());
      assertThatThrownBy(() -> talk.work(nested(MarshalWriter.MAX_DEPTH + 1)))
          .isInstanceOf(RunnerException.class)
          .hasMessageContaining("nested deeper than 1000");
      assertThat(talk.run(1L)).containsExactly(1L);
    }
  }

  @Test
  void largeRecords() {
    var text = "0123456789é".repeat(1_000_000);
    var list = new ArrayList<Object>();
    for (long i = 0; i < 1_000_000; i++) {
      list.add(i);
    }
    try (var talk = Conversation.with(folder, ECHO)) {
      assertThat(talk.run(text, list, 1L).equals(List.of(text, list, 1L))).isTrue();
    }
  }

  @Test
  void whatIsNoJsonValueIsNotSent() {
    try (var talk = Conversation.with(folder, ECHO)) {
      assertThatThrownBy(() -> talk.work(new Object()))
          .isInstanceOf(RunnerException.class)
          .hasMessageContaining("not a JSON value");
      assertThat(talk.run(1L)).containsExactly(1L);
    }
  }

  /** A frame cut or changed anywhere is refused or read as something else; never anything worse. */
  @Test
  void damagedFramesAreRefused() {
    long seed = Long.getLong("weir.seed", new SplittableRandom().nextLong());
    var random = new SplittableRandom(seed);
    var messages = new Messages();
    for (int round = 0; round < 20_000; round++) {
      var writer = new MarshalWriter(16).reset(0);
      writer.list(5).value("done").value(1L).value(Arrays.asList(value(random, 3))).value(null);
      writer.list(0);
      var frame = Arrays.copyOf(writer.buffer(), writer.size() - random.nextInt(2));
      frame[random.nextInt(frame.length)] = (byte) random.nextInt();
      try {
        messages.read(frame);
      } catch (RunnerException e) {
        assertThat(e).as("-Dweir.seed=%d", seed).hasMessageStartingWith("A runner sent");
      }
    }
    assertThatThrownBy(() -> MarshalReader.read(new byte[] {'['}))
        .isInstanceOf(RunnerException.class);
  }

  private static Object nested(int depth) {
    Object value = 1L;
    for (int i = 0; i < depth; i++) {
      value = i % 2 == 0 ? List.of(value) : Map.of("k", value);
    }
    return value;
  }

  private static Object value(SplittableRandom random, int depth) {
    return switch (random.nextInt(depth > 0 ? 9 : 7)) {
      case 0 -> null;
      case 1 -> random.nextBoolean();
      case 2 -> random.nextLong() >> random.nextInt(64);
      case 3 -> {
        var big = BigInteger.valueOf(random.nextLong()).pow(1 + random.nextInt(6));
        yield big.bitLength() < Long.SIZE ? (Object) big.longValue() : big;
      }
      case 4 -> random.nextDouble() * Math.pow(10, random.nextInt(-300, 300));
      case 5 -> random.nextInt(100) / 4.0;
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
          map.put(text(random), value(random, depth - 1));
        }
        yield map;
      }
    };
  }

  private static String text(SplittableRandom random) {
    var text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      switch (random.nextInt(4)) {
        case 0 -> text.append((char) random.nextInt(0x10000));
        case 1 -> text.appendCodePoint(random.nextInt(0x110000));
        default -> text.append((char) random.nextInt(0x20, 0x7f));
      }
    }
    return text.toString();
  }
}
