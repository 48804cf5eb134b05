package dev.weir.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed while it commits and takes snapshots leaves a sound store. */
class CrashTest {

  private static final int KEYS = 3_000;

  @TempDir Path folder;

  /** The state after each commit follows from its position alone. */
  private static Commit commit(long position) {
    var builder = Commit.builder();
    var random = new Random(position);
    for (int i = 0; i < (position == 1 ? KEYS : 30); i++) {
      long id = position == 1 ? i : random.nextInt(KEYS);
      builder.put(SnapshotContract.WIDE, "job", id, "of " + position, (double) position);
    }
    return builder.put(SnapshotContract.POOL, "job", "m", "last", "" + position).build();
  }

  /** Commits and takes snapshots until it is killed; says what is durable. */
  public static void main(String[] args) {
    try (var store = Stores.open("sqlite:" + args[0], StoreContract.CLOCK)) {
      store.declare(SnapshotContract.TABLES.toArray(Table[]::new));
      var writer = store.claim("job");
      long position = store.position("job").map(Store.Position::position).orElse(0L);
      while (true) {
        writer.commit(++position, commit(position));
        System.out.println("committed " + position);
        if (position % 3 == 0) {
          System.out.println("taken " + SnapshotContract.take(store, "job").id());
          store.snapshots().prune("job", 5);
        }
      }
    }
  }

  @Test
  void killedAtRandomMoments() throws Exception {
    var database = folder.resolve("state.db");
    var random = new Random(Long.getLong("weir.seed", 11));
    for (int round = 0; round < 6; round++) {
      var last = killAfter(database, 1 + random.nextInt(40), random.nextInt(3_000_000));
      try (var store = Stores.open("sqlite:" + database, StoreContract.CLOCK)) {
        long position = store.position("job").orElseThrow().position();
        assertThat(position).as("what was said to be committed").isGreaterThanOrEqualTo(last);
        try (var expected = replay(position)) {
          assertThat(SnapshotContract.state(store, "job"))
              .isEqualTo(SnapshotContract.state(expected, "job"));
        }
        for (var snapshot : store.snapshots().list()) {
          assertThat(store.snapshots().verify(snapshot.id())).isEmpty();
          try (var contents = store.snapshots().open(snapshot.id());
              var expected = replay(snapshot.position())) {
            assertThat(SnapshotContract.state(contents))
                .isEqualTo(SnapshotContract.state(expected, "job"));
          }
        }
        if (round % 2 == 1) {
          store.snapshots().prune("job", 2);
          var named = named(store);
          assertThat(ChunkFiles.all(database).stream().map(ChunkFiles::hash))
              .as("nothing but chunks that a snapshot names")
              .containsExactlyInAnyOrderElementsOf(named);
        }
      }
    }
  }

  private static List<String> named(Store store) {
    var table =
        Table.bookkeeping("weir_chunk")
            .key("parent", ColumnType.TEXT)
            .key("chunk", ColumnType.TEXT)
            .column("bytes", ColumnType.INTEGER)
            .build();
    assertThat(store.tables()).doesNotContain(table);
    try {
      var file = store.url().substring("sqlite:".length());
      try (var connection =
              org.sqlite.JDBC.createConnection("jdbc:sqlite:" + file, new java.util.Properties());
          var statement = connection.createStatement();
          var rows = statement.executeQuery("select distinct chunk from weir_chunk")) {
        var names = new java.util.ArrayList<String>();
        while (rows.next()) {
          names.add(rows.getString(1));
        }
        return names;
      }
    } catch (java.sql.SQLException e) {
      throw new AssertionError(e);
    }
  }

  private static Store replay(long position) {
    var store = Stores.open("memory:", StoreContract.CLOCK);
    store.declare(SnapshotContract.TABLES.toArray(Table[]::new));
    var writer = store.claim("job");
    for (long i = 1; i <= position; i++) {
      writer.commit(i, commit(i));
    }
    return store;
  }

  /** Kills a process after it has said a number of lines, and a little later; its last commit. */
  private long killAfter(Path database, int lines, int nanos)
      throws IOException, InterruptedException {
    var errors = folder.resolve("stderr");
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dorg.sqlite.tmpdir=" + folder,
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                CrashTest.class.getName(),
                database.toString())
            .redirectError(errors.toFile())
            .start();
    long last = 0;
    try (var out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (int i = 0; i < lines; i++) {
        var line = out.readLine();
        if (line == null) {
          throw new AssertionError("the process ended by itself: " + Files.readString(errors));
        }
        if (line.startsWith("committed ")) {
          last = Long.parseLong(line.substring(10));
        }
      }
      long until = System.nanoTime() + nanos;
      while (System.nanoTime() < until) {
        Thread.onSpinWait();
      }
      // By its handle: Process.destroyForcibly would throw away what it has said.
      process.toHandle().destroyForcibly();
      var rest = out.lines().filter(l -> l.startsWith("committed ")).collect(Collectors.toList());
      if (!rest.isEmpty()) {
        var line = rest.get(rest.size() - 1);
        last = line.matches("committed \\d+") ? Long.parseLong(line.substring(10)) : last;
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } finally {
      process.destroyForcibly().waitFor();
    }
    return last;
  }
}
