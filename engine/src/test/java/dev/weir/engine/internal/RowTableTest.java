package dev.weir.engine.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Row;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RowTableTest {

  private static final Map<ColumnType, Function<Random, Object>> VALUES =
      Map.of(
          ColumnType.INTEGER, random -> random.nextInt(4) * 0x4000_0000_0000L - 2,
          ColumnType.REAL, random -> (random.nextInt(5) - 2) / 2.0,
          ColumnType.BOOLEAN, Random::nextBoolean,
          ColumnType.TEXT, random -> "text" + random.nextInt(40),
          ColumnType.BYTES, random -> new byte[] {(byte) random.nextInt(3), 7},
          ColumnType.INSTANT, random -> Instant.ofEpochSecond(random.nextInt(3)));

  @Test
  void behavesAsAMapOfKeysToRowsAndTellsWhatChanged() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    for (int round = 0; round < 200; round++) {
      check(seed + round);
    }
  }

  private static void check(long seed) {
    var random = new Random(seed);
    var types = List.copyOf(VALUES.keySet());
    var columns = new ArrayList<Column>();
    int keyLength = 1 + random.nextInt(3);
    int width = keyLength + random.nextInt(4);
    for (int i = 0; i < width; i++) {
      var type = types.get(random.nextInt(types.size()));
      columns.add(
          i >= keyLength && random.nextInt(3) == 0
              ? Column.nullable("c" + i, type)
              : Column.of("c" + i, type));
    }
    var table = new RowTable("t", columns, keyLength);
    var map = new HashMap<Row, Row>();
    var stored = new HashMap<Row, Row>();
    for (int step = 0; step < 1_000; step++) {
      var row = row(columns, random);
      var key = row.first(keyLength);
      switch (random.nextInt(20)) {
        case 0, 1, 2, 3, 4, 5 -> {
          table.remove(random.nextBoolean() ? key : row);
          map.remove(key);
        }
        case 6 -> {
          assertThat(table.changed() || map.equals(stored)).as("seed %d", seed).isTrue();
          var changes = table.freeze();
          for (int i = 0; i < changes.count(); i++) {
            var put = row(changes, i, width);
            stored.put(put.first(keyLength), put);
          }
          changes.deleted().forEach(stored::remove);
          assertThat(stored).as("seed %d, step %d", seed, step).isEqualTo(map);
          assertThat(table.changed()).isFalse();
        }
        default -> {
          table.put(row);
          map.put(key, row);
        }
      }
      assertThat(table.get(key)).as("seed %d, step %d", seed, step).isEqualTo(map.get(key));
      assertThat(table.size()).isEqualTo(map.size());
    }
    var seen = new HashMap<Row, Row>();
    table.forEach(row -> seen.put(row.first(keyLength), row));
    assertThat(seen).as("seed %d", seed).isEqualTo(map);
  }

  private static Row row(RowTable.Changes changes, int i, int width) {
    return Row.of(IntStream.range(0, width).mapToObj(column -> changes.get(i, column)).toArray());
  }

  private static Row row(List<Column> columns, Random random) {
    return Row.of(
        columns.stream()
            .map(
                column ->
                    column.nullable() && random.nextBoolean()
                        ? null
                        : VALUES.get(column.type()).apply(random))
            .toArray());
  }

  @Test
  void whatWasLoadedHasNotChanged() {
    var table = numbers();
    table.load(Row.of(1L, 10L));
    assertThat(table.changed()).isFalse();
    table.put(Row.of(1L, 11L));
    table.put(Row.of(1L, 12L));
    var changes = table.freeze();
    assertThat(changes.count()).isEqualTo(1);
    assertThat(row(changes, 0, 2)).isEqualTo(Row.of(1L, 12L));
    table.remove(Row.of(1L));
    assertThat(table.freeze().deleted()).containsExactly(Row.of(1L));
  }

  @Test
  void zeroHasOneForm() {
    var table = new RowTable("t", List.of(Column.of("at", ColumnType.REAL)), 1);
    table.put(Row.of(-0.0));
    assertThat(table.get(Row.of(0.0))).isEqualTo(Row.of(0.0));
    table.remove(Row.of(-0.0));
    assertThat(table.freeze().deleted()).containsExactly(Row.of(0.0));
    table.put(Row.of(0.0));
    table.remove(Row.of(0.0));
    table.put(Row.of(-0.0));
    assertThat(table.freeze().deleted()).isEmpty();
  }

  @Test
  void aValueOfAnotherTypeIsRefusedByItsColumn() {
    var table = numbers();
    assertThatThrownBy(() -> table.put(Row.of(1L, "ten")))
        .hasMessage("table numbers: column total holds INTEGER, not a String");
    assertThatThrownBy(() -> table.put(Row.of(1L, null)))
        .hasMessage("table numbers: column total holds INTEGER, not null");
    assertThatThrownBy(() -> table.get(Row.of(1)))
        .hasMessage("table numbers: column key holds INTEGER, not a Integer");
    assertThatThrownBy(() -> table.put(Row.of(1L)))
        .hasMessage("table numbers has 2 columns, the row 1");
    assertThat(table.changed()).isFalse();
  }

  private static RowTable numbers() {
    return new RowTable(
        "numbers",
        List.of(Column.of("key", ColumnType.INTEGER), Column.of("total", ColumnType.INTEGER)),
        1);
  }
}
