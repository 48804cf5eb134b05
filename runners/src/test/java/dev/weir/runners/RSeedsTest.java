package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The three R models of FastScore's documentation, byte for byte. */
@Timeout(60)
class RSeedsTest {

  static final String CELL_MODEL =
      "# fastscore.input: int\n# fastscore.output: int\n\nlibrary(fastscore)\n\nbegin <- function() {\n    counter <- Cell('counter')\n    Set(counter, 0)\n}\n\naction <- function(x) {\n    counter <- Cell('counter')\n    Update(counter, function(y) y + x)\n    emit(Get(counter))\n}\n";
  private static final String POOL_MODEL =
      "# fastscore.input: int\n# fastscore.output: int\n\nlibrary(fastscore)\n\nbegin <- function(){\n    counter <- Pool('counter')\n    Set(counter, 'x', 0)\n}\n\naction <- function(datum){\n    counter <- Pool('counter')\n    Update(counter, 'x', function(x) x + 1)\n    emit(Get(counter, 'x'))\n}";
  private static final String SNAPSHOT_MODEL =
      "# fastscore.input: int\n# fastscore.output: int\n# fastscore.snapshots: eof\n\nlibrary(fastscore)\n\nbegin <- function(){\n    cell <- Cell('sum')\n    if(length(Get(cell)) == 0){\n        Set(cell, 0)\n    }\n}\n\naction <- function(datum){\n    c_sum <- Cell('sum')\n    result <- datum + Get(c_sum)\n    Set(c_sum, result)\n    emit(result)\n}";

  @TempDir Path folder;

  @Test
  void cellModelAddsUp() {
    try (var talk = Conversation.inR(folder, CELL_MODEL)) {
      assertThat(talk.begin().outputs().size()).isZero();
      assertThat(talk.run(1L, 2L, 3L)).containsExactly(1L, 3L, 6L);
      assertThat(talk.sync(1).changes())
          .containsExactly(new Change(Item.cell("counter"), true, 6L));
    }
  }

  @Test
  void poolModelCounts() {
    try (var talk = Conversation.inR(folder, POOL_MODEL)) {
      talk.begin();
      assertThat(talk.run(5L, 5L, 5L)).containsExactly(1L, 2L, 3L);
      assertThat(talk.sync(1).changes())
          .containsExactly(new Change(Item.key("counter", "x"), true, 3L));
    }
  }

  @Test
  void snapshotModelGoesOnFromWhatItFinds() {
    try (var talk = Conversation.inR(folder, SNAPSHOT_MODEL)) {
      talk.state.put(Item.cell("sum"), 6L);
      talk.begin();
      assertThat(talk.run(4L, 5L)).containsExactly(10L, 15L);
    }
  }

  @Test
  void snapshotModelStartsAtNothing() {
    try (var talk = Conversation.inR(folder, SNAPSHOT_MODEL)) {
      talk.begin();
      assertThat(talk.run(4L, 5L)).containsExactly(4L, 9L);
    }
  }
}
