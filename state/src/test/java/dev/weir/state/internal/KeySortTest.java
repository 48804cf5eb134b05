package dev.weir.state.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.state.ColumnType;
import dev.weir.state.Row;
import dev.weir.state.Table;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class KeySortTest {

  private static final String[] PARTS = {
    "",
    "a",
    "b",
    "\u0000",
    "\u007f",
    "\u0080",
    "é",
    "\u07ff",
    "\u0800",
    "\uffff",
    "\ud83d\ude00",
    "zz"
  };

  private static void check(ColumnType type, Function<Random, Object> value) {
    var table =
        Table.bookkeeping("t").key("a", ColumnType.TEXT).key("b", type).key("c", type).build();
    var order = RowOrder.ofKey(table);
    for (int seed = 0; seed < 8; seed++) {
      var random = new Random(seed);
      var changes = new Change[3_000];
      Arrays.setAll(
          changes, i -> Change.put(Row.of("same", value.apply(random), value.apply(random))));
      var expected = changes.clone();
      Arrays.sort(expected, (a, b) -> order.compare(a.row(), b.row()));
      assertThat(KeySort.sorted(table, order, changes))
          .as("seed %d", seed)
          .containsExactly(expected);
    }
  }

  @Test
  void manyTextsAreSortedAsTheyCompare() {
    check(
        ColumnType.TEXT,
        random -> {
          var text = new StringBuilder("\ud83d\ude00 key ");
          for (int i = random.nextInt(7); i > 0; i--) {
            text.append(PARTS[random.nextInt(PARTS.length)]);
          }
          return text.toString();
        });
  }

  @Test
  void manyIntegersAreSortedAsTheyCompare() {
    check(ColumnType.INTEGER, random -> random.nextLong() >> random.nextInt(64));
  }

  @Test
  void valuesThatAreNoNumbersAreSortedToo() {
    check(ColumnType.REAL, random -> random.nextGaussian());
  }
}
