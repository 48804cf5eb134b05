package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The three Python models of FastScore's documentation, byte for byte. */
class SeedsTest {

  static final String CELL_MODEL =
      "# fastscore.input: int\n# fastscore.output: int\n\nimport fastscore\n\ndef begin():\n    fastscore.cells('counter').set(0)\n\ndef action(x):\n    counter = fastscore.cells('counter')\n    counter.update(lambda y: x + y)\n    yield counter.value";
  private static final String POOL_MODEL =
      "# fastscore.input: int\n# fastscore.output: int\n\nimport fastscore\n\ndef begin():\n    fastscore.pools('counter').set('x', 0)\n\ndef action(v):\n    counter = fastscore.pools('counter')\n    counter.update('x', lambda x: x + 1)\n    yield counter.get('x')";
  private static final String SNAPSHOT_MODEL =
      "# fastscore.input: int\n# fastscore.output: int\n# fastscore.snapshots: eof\n\nimport fastscore\n\ndef begin():\n    cell = fastscore.cells('sum')\n    if cell.value == None:\n        cell.set(0)\n\ndef action(datum):\n  cell = fastscore.cells('sum')\n  cell.update(lambda x: x + datum)\n  yield cell.value";

  @TempDir Path folder;

  @Test
  void cellModelAddsUp() {
    try (var talk = Conversation.with(folder, CELL_MODEL)) {
      assertThat(talk.begin().outputs().size()).isZero();
      assertThat(talk.run(1L, 2L, 3L)).containsExactly(1L, 3L, 6L);
      assertThat(talk.sync(1).changes())
          .containsExactly(new Change(Item.cell("counter"), true, 6L));
    }
  }

  @Test
  void poolModelCounts() {
    try (var talk = Conversation.with(folder, POOL_MODEL)) {
      talk.begin();
      assertThat(talk.run(5L, 5L, 5L)).containsExactly(1L, 2L, 3L);
      assertThat(talk.sync(1).changes())
          .containsExactly(new Change(Item.key("counter", "x"), true, 3L));
    }
  }

  @Test
  void snapshotModelGoesOnFromWhatItFinds() {
    try (var talk = Conversation.with(folder, SNAPSHOT_MODEL)) {
      talk.state.put(Item.cell("sum"), 6L);
      talk.begin();
      assertThat(talk.run(4L, 5L)).containsExactly(10L, 15L);
    }
  }

  @Test
  void snapshotModelStartsAtNothing() {
    try (var talk = Conversation.with(folder, SNAPSHOT_MODEL)) {
      talk.begin();
      assertThat(talk.run(4L, 5L)).containsExactly(4L, 9L);
    }
  }
}
