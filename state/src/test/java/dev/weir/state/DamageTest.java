package dev.weir.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Chunks that are damaged or missing are found, named, and never restored. */
class DamageTest {

  @TempDir Path folder;
  private Path database;
  private Store store;
  private Writer writer;
  private long position;
  private Snapshot older;
  private Snapshot newer;

  @BeforeEach
  void twoSnapshots() {
    database = folder.resolve("state.db");
    store = Stores.open("sqlite:" + database, StoreContract.CLOCK);
    store.declare(SnapshotContract.TABLES.toArray(Table[]::new));
    writer = store.claim("job");
    var random = new Random(3);
    var builder = Commit.builder();
    for (long i = 0; i < 20_000; i++) {
      builder.put(SnapshotContract.WIDE, "job", i, Long.toHexString(random.nextLong()), 1.0);
    }
    builder.put(SnapshotContract.POOL, "job", "m", "k", "1");
    writer.commit(++position, builder.build());
    older = SnapshotContract.take(store, "job");
    var change = Commit.builder();
    for (int i = 0; i < 50; i++) {
      change.put(SnapshotContract.WIDE, "job", (long) random.nextInt(100), "changed", 2.0);
    }
    writer.commit(++position, change.build());
    newer = SnapshotContract.take(store, "job");
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static void flip(Path file, Random random) throws IOException {
    var bytes = Files.readAllBytes(file);
    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    Files.write(file, bytes);
  }

  @Test
  void oneFlippedBitInAnyChunkIsFound() throws Exception {
    var random = new Random(1);
    var state = SnapshotContract.state(store, "job");
    var chunks = ChunkFiles.all(database);
    var inOlder = new HashSet<Path>();
    var inNewer = new HashSet<Path>();
    assertThat(chunks).hasSizeGreaterThan(6);
    for (var chunk : chunks) {
      var sound = Files.readAllBytes(chunk);
      flip(chunk, random);
      var damaged = new ArrayList<Snapshot>();
      for (var snapshot : java.util.List.of(older, newer)) {
        var damages = store.snapshots().verify(snapshot.id());
        if (!damages.isEmpty()) {
          damaged.add(snapshot);
          assertThat(damages).hasSize(1);
          assertThat(damages.get(0).chunk()).isEqualTo(ChunkFiles.hash(chunk));
          assertThat(damages.get(0).what()).contains(chunk.toString());
          (snapshot.equals(older) ? inOlder : inNewer).add(chunk);
        }
        assertThat(store.snapshots().find(snapshot.id()).damaged()).isEqualTo(!damages.isEmpty());
      }
      assertThat(damaged).as("%s is named by no snapshot", chunk).isNotEmpty();
      for (var snapshot : damaged) {
        var refusal =
            assertThatThrownBy(
                    () -> writer.restore(position + 1, snapshot.id(), Commit.builder().build()))
                .isInstanceOf(DamagedSnapshotException.class)
                .hasMessageContaining(snapshot.id())
                .hasMessageContaining(ChunkFiles.hash(chunk))
                .hasMessageContaining(chunk.toString())
                .hasMessageContaining("Nothing was changed");
        if (damaged.size() == 1) {
          refusal.hasMessageContaining(snapshot.equals(older) ? newer.id() : older.id());
        } else {
          refusal.hasMessageContaining("no sound snapshot");
        }
      }
      assertThat(store.position("job").orElseThrow().position()).isEqualTo(position);
      assertThat(SnapshotContract.state(store, "job")).isEqualTo(state);
      Files.write(chunk, sound);
      for (var snapshot : damaged) {
        assertThat(store.snapshots().verify(snapshot.id())).isEmpty();
        assertThat(store.snapshots().find(snapshot.id()).damaged()).isFalse();
      }
    }
    var shared = new HashSet<>(inOlder);
    shared.retainAll(inNewer);
    assertThat(shared).isNotEmpty();
    assertThat(inNewer).hasSizeGreaterThan(shared.size());
    assertThat(inOlder).hasSizeGreaterThan(shared.size());
  }

  @Test
  void aMissingChunkIsFoundAndTheNextSnapshotStandsAlone() throws Exception {
    for (var chunk : ChunkFiles.all(database)) {
      Files.delete(chunk);
    }
    assertThat(store.snapshots().verify(newer.id())).isNotEmpty();
    assertThat(store.snapshots().newestSound("job")).isEmpty();
    writer.commit(++position, StoreContract.put(SnapshotContract.POOL, "job", "m", "after", "1"));
    var next = SnapshotContract.take(store, "job");
    assertThat(store.snapshots().verify(next.id())).isEmpty();
    assertThat(store.snapshots().newestSound("job")).contains(next);
    var state = SnapshotContract.state(store, "job");
    writer.commit(++position, Commit.builder().clear(SnapshotContract.WIDE).build());
    writer.restore(++position, next.id(), Commit.builder().build());
    assertThat(SnapshotContract.state(store, "job")).isEqualTo(state);
  }

  @Test
  void aSnapshotAfterDamageWasFoundIsMadeOfAllRows() throws Exception {
    for (var chunk : ChunkFiles.all(database)) {
      if (Files.size(chunk) > 10_000) {
        flip(chunk, new Random(2));
      }
    }
    int damages = store.snapshots().verify(older.id()).size();
    assertThat(damages).isGreaterThan(1);
    assertThat(store.snapshots().verify(newer.id())).hasSize(damages);
    writer.commit(++position, StoreContract.put(SnapshotContract.POOL, "job", "m", "after", "1"));
    var next = SnapshotContract.take(store, "job");
    assertThat(store.snapshots().verify(next.id())).isEmpty();
    assertThat(store.snapshots().verify(older.id()))
        .as("damaged chunks whose rows are the same are written anew; one has other rows")
        .hasSizeLessThan(damages)
        .hasSizeLessThanOrEqualTo(1);
  }

  @Test
  void aDamagedSnapshotCanBeRemovedWithAllItsChunks() throws Exception {
    for (var chunk : ChunkFiles.all(database)) {
      flip(chunk, new Random(2));
    }
    store.snapshots().remove(older.id());
    store.snapshots().remove(newer.id());
    assertThat(ChunkFiles.all(database)).isEmpty();
  }

  @Test
  void readingIsVerifiedToo() throws Exception {
    var chunks = ChunkFiles.all(database);
    for (var chunk : chunks) {
      if (Files.size(chunk) > 10_000) {
        flip(chunk, new Random(2));
      }
    }
    assertThatThrownBy(
            () -> {
              try (var contents = store.snapshots().open(newer.id())) {
                SnapshotContract.state(contents);
              }
            })
        .isInstanceOf(DamagedSnapshotException.class)
        .hasMessageContaining("wide");
    assertThatThrownBy(() -> store.snapshots().export(newer.id(), folder.resolve("x.zip")))
        .isInstanceOf(DamagedSnapshotException.class);
    assertThat(folder.resolve("x.zip")).doesNotExist();
    assertThat(store.snapshots().find(newer.id()).damaged()).isTrue();
    try (var files = Files.list(folder)) {
      assertThat(files.map(p -> p.getFileName().toString())).noneMatch(n -> n.endsWith(".part"));
    }
  }
}
