package dev.weir.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

  @Test
  void numbersKeepTheirKind() {
    assertThat(Json.parse("3")).isEqualTo(3L);
    assertThat(Json.parse("3.0")).isEqualTo(3.0);
    assertThat(Json.parse("3e0")).isEqualTo(3.0);
    assertThat(Json.parse("9223372036854775807")).isEqualTo(Long.MAX_VALUE);
    assertThat(Json.parse("9223372036854775808"))
        .isEqualTo(BigInteger.valueOf(Long.MAX_VALUE).add(BigInteger.ONE));
    assertThat(Json.toText(0.1)).isEqualTo("0.1");
    assertThat(Json.toText(Double.valueOf("2e23"))).isEqualTo("2.0E23");
    assertThat(Json.toText(-0.0)).isEqualTo("-0.0");
    assertThat(Json.toText(7)).isEqualTo("7");
  }

  @Test
  void objectsKeepOrderAndTheLastOfEqualKeys() {
    assertThat(Json.toText(Json.parse("{\"b\": 1, \"a\": [true, null], \"b\": \"\\u00e9\"}")))
        .isEqualTo("{\"b\":\"é\",\"a\":[true,null]}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "[1", "{\"a\":", "1 2", "foobar", "NaN", "1e999", "{1:2}", "]"})
  void refusesWhatIsNotJson(String text) {
    assertThatThrownBy(() -> Json.parse(text)).isInstanceOf(BadJsonException.class);
  }

  @Test
  void refusesWhatJsonCannotExpress() {
    var keyless = new LinkedHashMap<Object, Object>();
    keyless.put(1L, 2L);
    for (Object value :
        Arrays.asList(Double.NaN, List.of(Double.POSITIVE_INFINITY), new Object(), keyless)) {
      assertThatThrownBy(() -> Json.toText(value)).isInstanceOf(BadJsonException.class);
    }
  }

  @Test
  void halfASurrogatePairSurvives() {
    String half = "a\"\ud800b";
    assertThat(Json.toText(half)).isEqualTo("\"a\\u0022\\ud800b\"");
    assertThat(Json.parse(Json.toText(List.of(half)))).isEqualTo(List.of(half));
    assertThatThrownBy(() -> Json.toText(Map.of(half, 1L))).isInstanceOf(BadJsonException.class);
  }

  @Test
  void whatIsWrittenReadsBackEqual() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    var random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      var value = value(random, 4);
      var text = Json.toText(value);
      assertThat(Json.parse(text)).as("seed %d, text %s", seed, text).isEqualTo(value);
    }
  }

  private static Object value(Random random, int depth) {
    switch (random.nextInt(depth == 0 ? 6 : 8)) {
      case 0:
        return null;
      case 1:
        return random.nextBoolean();
      case 2:
        return random.nextLong() >> random.nextInt(64);
      case 3:
        return new BigInteger(200, random).add(BigInteger.ONE.shiftLeft(64));
      case 4:
        var number = Double.longBitsToDouble(random.nextLong());
        return Double.isFinite(number) ? number : random.nextGaussian();
      case 5:
        return text(random);
      case 6:
        var list = new ArrayList<Object>();
        for (int n = random.nextInt(4); n > 0; n--) {
          list.add(value(random, depth - 1));
        }
        return list;
      default:
        var map = new LinkedHashMap<String, Object>();
        for (int n = random.nextInt(4); n > 0; n--) {
          map.put(text(random), value(random, depth - 1));
        }
        return map;
    }
  }

  private static String text(Random random) {
    var text = new StringBuilder();
    for (int n = random.nextInt(6); n > 0; n--) {
      int bound = random.nextInt(3) == 0 ? Character.MAX_CODE_POINT + 1 : 128;
      int c = random.nextInt(bound);
      text.appendCodePoint(c >= 0xd800 && c < 0xe000 ? '\n' : c);
    }
    return text.toString();
  }
}
