package dev.weir.views;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ArrangementTest {

  private record Sale(int product, int number) {}

  @Test
  void isAZSetOfEachKeyWhateverStepsAreMadeAndUndone() throws Exception {
    Cases.check(300, 30_000, ArrangementTest::check);
  }

  private static void check(Random random) {
    var rows = Arrangement.linear(null, row -> ((Sale) row).product());
    Map<Object, Map<Object, Long>> model = new HashMap<>();
    int numbers = 1 << random.nextInt(10);
    int removals = random.nextInt(40);
    int failures = random.nextInt(4);
    for (int step = 0; step < 60; step++) {
      var after = new HashMap<Object, Map<Object, Long>>();
      model.forEach((key, zset) -> after.put(key, new HashMap<>(zset)));
      for (int n = 1 + random.nextInt(20); n > 0; n--) {
        var sale = new Sale(random.nextInt(3), random.nextInt(numbers));
        long weight = random.nextInt(100) < removals ? random.nextInt(-2, 1) : random.nextInt(1, 3);
        rows.add(sale.product(), sale, weight);
        after
            .computeIfAbsent(sale.product(), key -> new HashMap<>())
            .merge(sale, weight, (a, b) -> a + b == 0 ? null : a + b);
        after.get(sale.product()).remove(sale, 0L);
      }
      if (random.nextInt(8) < failures) {
        rows.undo();
      } else {
        rows.settle();
        model = after;
      }
      for (int key = 0; key < 3; key++) {
        var expected = model.getOrDefault(key, Map.of());
        assertThat(contents(rows, key)).isEqualTo(expected);
        var bucket = rows.bucket(key);
        assertThat(bucket == null ? 0 : bucket.total)
            .isEqualTo(expected.values().stream().mapToLong(w -> w).sum());
        // Equal rows that are apart are at most as many again, once there are more than a few.
        assertThat(bucket == null ? 0 : bucket.size).isLessThan(Math.max(80, 4 * expected.size()));
      }
    }
  }

  private static Map<Object, Long> contents(Arrangement rows, Object key) {
    var contents = new HashMap<Object, Long>();
    var bucket = rows.bucket(key);
    for (int i = 0; bucket != null && i < bucket.size; i++) {
      contents.merge(bucket.rows[i], bucket.weights[i], Long::sum);
    }
    contents.values().removeIf(weight -> weight == 0);
    return contents;
  }
}
