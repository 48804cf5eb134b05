package dev.weir.engine.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.state.Row;
import java.util.HashMap;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RowTableTest {

  @Test
  void behavesAsAMapOfKeysToRows() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    var random = new Random(seed);
    var table = new RowTable(2);
    var map = new HashMap<Row, Row>();
    for (int step = 0; step < 20_000; step++) {
      var key = Row.of("pool" + random.nextInt(3), "key" + random.nextInt(500));
      if (random.nextInt(3) == 0) {
        table.remove(key);
        map.remove(key);
      } else {
        var row = Row.of(key.get(0), key.get(1), (long) step);
        table.put(row);
        map.put(key, row);
      }
      assertThat(table.get(key)).as("seed %d, step %d", seed, step).isEqualTo(map.get(key));
      assertThat(table.size()).isEqualTo(map.size());
    }
    var seen = new HashMap<Row, Row>();
    table.forEach(row -> seen.put(row.first(2), row));
    assertThat(seen).isEqualTo(map);
  }
}
