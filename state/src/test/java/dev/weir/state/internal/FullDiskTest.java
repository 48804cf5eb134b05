package dev.weir.state.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.state.ColumnType;
import dev.weir.state.Commit;
import dev.weir.state.Row;
import dev.weir.state.Snapshot;
import dev.weir.state.Store;
import dev.weir.state.StoreFullException;
import dev.weir.state.Stores;
import dev.weir.state.Table;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When there is no room, nothing is changed, and the same can be done again when there is. */
class FullDiskTest {

  private static final Table TABLE =
      Table.state("t", "subject")
          .key("id", ColumnType.INTEGER)
          .column("text", ColumnType.TEXT)
          .build();

  @TempDir Path folder;

  private static Commit rows(long seed, int count) {
    var random = new Random(seed);
    var builder = Commit.builder();
    for (long i = 0; i < count; i++) {
      builder.put(TABLE, "s", i, Long.toHexString(random.nextLong()).repeat(4));
    }
    return builder.build();
  }

  private static List<Row> all(Store store) {
    try (var cut = store.read();
        var scan = cut.scan(TABLE)) {
      var rows = new ArrayList<Row>();
      scan.forEachRemaining(rows::add);
      return rows;
    }
  }

  @Test
  void aDatabaseThatMayNotGrow() throws Exception {
    var file = folder.resolve("state.db");
    var plain = new SqliteDialect(file);
    var writer = new AtomicReference<Connection>();
    var dialect =
        (Dialect)
            Proxy.newProxyInstance(
                Dialect.class.getClassLoader(),
                new Class<?>[] {Dialect.class},
                (proxy, method, args) -> {
                  try {
                    var result = method.invoke(plain, args);
                    if (method.getName().equals("openWriter")) {
                      writer.set((Connection) result);
                    }
                    return result;
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    var backend = new JdbcBackend(dialect, new FolderChunks(folder.resolve("chunks")));
    try (var store = new TableStore(backend, Clock.systemUTC(), new Random(1))) {
      store.declare(TABLE);
      var subject = store.claim("s");
      subject.commit(1, rows(1, 1_000));
      var before = all(store);
      limit(writer.get(), 60);
      var large = rows(2, 20_000);
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> subject.commit(2, large))
            .isInstanceOf(StoreFullException.class)
            .hasMessageContaining(file.toString())
            .hasMessageContaining("full")
            .hasMessageContaining("Make room");
        assertThat(all(store)).isEqualTo(before);
        assertThat(store.position("s").orElseThrow().position()).isEqualTo(1);
      }
      limit(writer.get(), 1_000_000);
      subject.commit(2, large);
      assertThat(all(store)).hasSize(20_000);
    }
  }

  private static void limit(Connection connection, int pages) throws Exception {
    try (var statement = connection.createStatement()) {
      statement.execute("pragma max_page_count = " + pages);
    }
  }

  @Test
  void aDiskThatIsFull() throws Exception {
    var disk = Files.createDirectory(folder.resolve("disk"));
    Assumptions.assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", disk.toString()).isEmpty(),
        "file systems cannot be mounted here");
    try {
      var filler = disk.resolve("filler");
      try (var store = Stores.open("sqlite:" + disk.resolve("state.db"), Clock.systemUTC())) {
        store.declare(TABLE);
        var subject = store.claim("s");
        subject.commit(1, rows(1, 1_000));
        var before = all(store);
        Files.write(filler, new byte[2_000_000]);
        assertThatThrownBy(() -> subject.commit(2, rows(2, 150_000)))
            .isInstanceOf(StoreFullException.class);
        assertThat(all(store)).isEqualTo(before);
        Files.delete(filler);
        subject.commit(2, rows(2, 2_000));
        before = all(store);
        fill(filler);
        try (var cut = store.read()) {
          assertThatThrownBy(() -> store.snapshots().take(cut, "s", Snapshot.Why.MANUAL, "", "{}"))
              .isInstanceOf(StoreFullException.class);
        }
        assertThat(store.snapshots().list()).isEmpty();
        Files.delete(filler);
        try (var cut = store.read()) {
          var taken = store.snapshots().take(cut, "s", Snapshot.Why.MANUAL, "", "{}").orElseThrow();
          assertThat(store.snapshots().verify(taken.id())).isEmpty();
          assertThat(taken.rows()).isEqualTo(2_000);
        }
        assertThat(all(store)).isEqualTo(before);
        try (var files = Files.walk(disk)) {
          assertThat(files.map(Path::toString)).noneMatch(f -> f.endsWith(".part"));
        }
      }
      assertThat(openFiles(disk)).isEmpty();
    } finally {
      run("umount", disk.toString());
    }
  }

  /** The files of this process in a folder that are still open, where the system tells. */
  private static List<String> openFiles(Path folder) throws Exception {
    var found = new ArrayList<String>();
    var descriptors = Path.of("/proc/self/fd");
    if (Files.isDirectory(descriptors)) {
      try (var links = Files.newDirectoryStream(descriptors)) {
        for (var link : links) {
          if (Files.isSymbolicLink(link)) {
            var target = Files.readSymbolicLink(link);
            if (target.startsWith(folder)) {
              found.add(target.toString());
            }
          }
        }
      }
    }
    return found;
  }

  private static void fill(Path file) throws Exception {
    try (var out = Files.newOutputStream(file)) {
      var block = new byte[4096];
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left");
    }
  }

  /** Runs a command; what it says when it fails, else nothing. */
  private static String run(String... command) throws Exception {
    try {
      var process = new ProcessBuilder(command).redirectErrorStream(true).start();
      var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 ? "" : command[0] + " failed: " + said;
    } catch (IOException e) {
      return e.toString();
    }
  }
}
