package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.runners.internal.RMessages;
import dev.weir.runners.internal.RReader;
import dev.weir.runners.internal.RWriter;
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

/** Values go to R and come back as they were. */
@Timeout(60)
class RValuesTest {

  private static final String ECHO = "action <- function(x) emit(x)";

  @TempDir Path folder;

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
    try (var talk = Conversation.inR(folder, ECHO)) {
      assertThat(talk.run(values.toArray())).isEqualTo(values);
      assertThat(talk.run(4.0, -0.0, (1L << 53) + 1)).containsExactly(4L, 0L, 1L << 53);
    }
  }

  @Test
  void randomValues() {
    long seed = Long.getLong("weir.seed", new SplittableRandom().nextLong());
    var random = new SplittableRandom(seed);
    try (var talk = Conversation.inR(folder, ECHO)) {
      for (int round = 0; round < 100; round++) {
        var values = new Object[random.nextInt(40)];
        Arrays.setAll(values, i -> value(random, 4));
        var back = talk.run(values);
        assertThat(back).as("-Dweir.seed=%d", seed).hasSize(values.length);
        for (int i = 0; i < values.length; i++) {
          assertThat(back.get(i)).as("-Dweir.seed=%d", seed).isEqualTo(values[i]);
        }
      }
    }
  }

  @Test
  void deepValuesAndWhatRCannotHave() {
    try (var talk = Conversation.inR(folder, ECHO)) {
      Object deepest = 1L;
      for (int i = 0; i < 1000; i++) {
        deepest = i % 2 == 0 ? List.of(deepest) : Map.of("k", deepest);
      }
      assertThat(talk.run(deepest).get(0).toString()).isEqualTo(deepest.toString());
      Object deeper = List.of(deepest);
      assertThatThrownBy(() -> talk.work(deeper))
          .isInstanceOf(RunnerException.class)
          .hasMessageContaining("nested deeper than 1000");
      assertThatThrownBy(() -> talk.work("a\u0000b"))
          .isInstanceOf(RunnerException.class)
          .hasMessageContaining("U+0000");
      assertThat(talk.run(1L)).containsExactly(1L);
    }
  }

  @Test
  void largeRecords() {
    var text = "0123456789é".repeat(500_000);
    try (var talk = Conversation.inR(folder, ECHO)) {
      assertThat(talk.run(text, 1L).equals(List.of(text, 1L))).isTrue();
    }
  }

  /** A frame cut or changed anywhere is refused or read as something else; never anything worse. */
  @Test
  void damagedFramesAreRefused() {
    long seed = Long.getLong("weir.seed", new SplittableRandom().nextLong());
    var random = new SplittableRandom(seed);
    var messages = new RMessages();
    for (int round = 0; round < 20_000; round++) {
      var writer = new RWriter(16).reset(0);
      writer.list(6).value("done").value(1L).value(Arrays.asList(value(random, 3), 1L)).value(null);
      writer.value(List.of()).value(List.of());
      var frame = Arrays.copyOf(writer.buffer(), writer.size() - random.nextInt(2));
      frame[random.nextInt(frame.length)] = (byte) random.nextInt();
      try {
        messages.read(frame);
      } catch (RunnerException e) {
        assertThat(e).as("-Dweir.seed=%d", seed).hasMessageStartingWith("A runner sent");
      }
    }
    assertThatThrownBy(() -> RReader.list(new byte[] {'X'})).isInstanceOf(RunnerException.class);
  }

  private static Object value(SplittableRandom random, int depth) {
    return switch (random.nextInt(depth > 0 ? 8 : 6)) {
      case 0 -> null;
      case 1 -> random.nextBoolean();
      case 2 -> random.nextLong() >> random.nextInt(11, 64);
      case 3 -> random.nextDouble() * Math.pow(10, random.nextInt(-300, 0));
      case 4 -> random.nextInt(100) + 0.25;
      case 5 -> text(random);
      case 6 -> {
        var list = new ArrayList<Object>();
        for (int i = random.nextInt(5); i > 0; i--) {
          list.add(value(random, depth - 1));
        }
        yield list;
      }
      default -> {
        var map = new LinkedHashMap<String, Object>();
        for (int i = random.nextInt(5); i > 0; i--) {
          map.put("k" + text(random), value(random, depth - 1));
        }
        yield map;
      }
    };
  }

  private static String text(SplittableRandom random) {
    var text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      if (random.nextInt(3) == 0) {
        text.appendCodePoint(random.nextInt(0xe000, 0x110000));
      } else {
        text.append((char) random.nextInt(0x20, 0x7f));
      }
    }
    return text.toString();
  }
}
