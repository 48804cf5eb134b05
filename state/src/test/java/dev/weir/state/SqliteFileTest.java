package dev.weir.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.JDBC;

/** The file of a SQLite store: what is in it, what is refused, and two stores on one file. */
class SqliteFileTest {

  @TempDir Path folder;

  private static Store open(Path file) {
    return Stores.open("sqlite:" + file, StoreContract.CLOCK);
  }

  private static Connection sql(Path file) throws SQLException {
    return JDBC.createConnection(JDBC.PREFIX + file, new Properties());
  }

  private static List<String> query(Path file, String sql) throws SQLException {
    try (var connection = sql(file);
        var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      var lines = new ArrayList<String>();
      while (rows.next()) {
        var line = new ArrayList<String>();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          line.add(rows.getString(i));
        }
        lines.add(String.join("|", line));
      }
      return lines;
    }
  }

  private static void execute(Path file, String sql) throws SQLException {
    try (var connection = sql(file);
        var statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }

  @Test
  void anySqlClientCanReadIt() throws SQLException {
    var file = folder.resolve("state.db");
    try (var store = open(file)) {
      store.declare(StoreContract.POOL, StoreContract.TYPES);
      var writer = store.claim("job");
      writer.commit(
          7,
          Commit.builder()
              .put(StoreContract.POOL, "job", "model", "LAX", "{\"n\": 3}")
              .put(
                  StoreContract.TYPES,
                  "job",
                  1L,
                  2L,
                  Double.NaN,
                  "text",
                  true,
                  new byte[] {1},
                  "null",
                  java.time.Instant.parse("2026-01-02T03:04:05Z"))
              .build());
      SnapshotContract.take(store, "job");
    }
    assertThat(query(file, "select * from pool")).containsExactly("job|model|LAX|{\"n\": 3}");
    assertThat(query(file, "select i, r, t, b, hex(y), j, w from types"))
        .containsExactly("2|NaN|text|1|01|null|2026-01-02T03:04:05.000000Z");
    assertThat(query(file, "select subject, run, position from weir_subject"))
        .containsExactly("job|1|7");
    assertThat(query(file, "select name, role, columns from weir_table order by name"))
        .startsWith("pool|state|subject TEXT KEY, operator TEXT KEY, key TEXT KEY, value JSON");
    assertThat(
            query(file, "select subject, position, why, tables, rows, damaged from weir_snapshot"))
        .containsExactly("job|7|manual|2|2|0");
    assertThat(query(file, "select value from weir_meta where name = 'format'"))
        .containsExactly("1");
    assertThat(query(file, "pragma journal_mode")).containsExactly("wal");
  }

  @Test
  void anotherProcessKnowsTheTablesAndTheState() {
    var file = folder.resolve("state.db");
    try (var store = open(file)) {
      store.declare(StoreContract.POOL, StoreContract.NOTES);
      store.claim("job").commit(3, StoreContract.put(StoreContract.POOL, "job", "m", "a", "1"));
    }
    try (var store = open(file)) {
      assertThat(store.tables()).containsExactly(StoreContract.NOTES, StoreContract.POOL);
      assertThat(store.position("job")).contains(new Store.Position(3, 1));
      try (var cut = store.read()) {
        assertThat(StoreContract.all(cut.scan(StoreContract.POOL))).hasSize(1);
      }
      assertThat(store.claim("job").run()).isEqualTo(2);
    }
  }

  @Test
  void twoStoresOnOneFileFenceEachOther() {
    var file = folder.resolve("state.db");
    try (var one = open(file);
        var two = open(file)) {
      one.declare(StoreContract.POOL);
      two.declare(StoreContract.POOL);
      var first = one.claim("job");
      first.commit(1, StoreContract.put(StoreContract.POOL, "job", "m", "a", "1"));
      long before = one.version();
      var second = two.claim("job");
      assertThat(one.version()).isNotEqualTo(before);
      assertThatThrownBy(
              () -> first.commit(2, StoreContract.put(StoreContract.POOL, "job", "m", "a", "2")))
          .isInstanceOf(SupersededException.class)
          .hasMessageContaining("run 2");
      second.commit(2, StoreContract.put(StoreContract.POOL, "job", "m", "a", "3"));
      var ofTwo = SnapshotContract.take(two, "job");
      assertThat(one.snapshots().list("job")).containsExactly(ofTwo);
      two.declare(StoreContract.NOTES);
      one.commit(StoreContract.put(StoreContract.NOTES, 1L, "a", 1.0));
      one.snapshots().remove(ofTwo.id());
      assertThatThrownBy(() -> two.snapshots().find(ofTwo.id()))
          .isInstanceOf(UnknownSnapshotException.class);
    }
  }

  @Test
  void manyWritersOfOneFileTakeTurns() throws Exception {
    var file = folder.resolve("state.db");
    var failures = new ArrayList<Throwable>();
    var threads = new ArrayList<Thread>();
    for (int t = 0; t < 4; t++) {
      var subject = "job" + t;
      var thread =
          new Thread(
              () -> {
                try (var store = open(file)) {
                  store.declare(StoreContract.POOL);
                  var writer = store.claim(subject);
                  for (int i = 1; i <= 40; i++) {
                    writer.commit(
                        i, StoreContract.put(StoreContract.POOL, subject, "m", "k" + i, "" + i));
                    if (i % 5 == 0) {
                      SnapshotContract.take(store, subject);
                      store.snapshots().prune(subject, 2);
                    }
                  }
                } catch (RuntimeException | Error e) {
                  synchronized (failures) {
                    failures.add(e);
                  }
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (var thread : threads) {
      thread.join();
    }
    assertThat(failures).isEmpty();
    try (var store = open(file)) {
      store.declare(SnapshotContract.TABLES.toArray(Table[]::new));
      for (int t = 0; t < 4; t++) {
        assertThat(SnapshotContract.state(store, "job" + t).get("pool")).hasSize(40);
        var snapshots = store.snapshots().list("job" + t);
        assertThat(snapshots).hasSize(2);
        for (var snapshot : snapshots) {
          assertThat(store.snapshots().verify(snapshot.id())).isEmpty();
        }
      }
    }
  }

  /** Each round is a new file, since only the first of all makes it a store. */
  @Test
  void manyOpenANewFileAtOnce() throws Exception {
    var failures = Collections.synchronizedList(new ArrayList<Throwable>());
    for (int round = 0; round < 40; round++) {
      var file = folder.resolve("state" + round + ".db");
      var together = new CyclicBarrier(12);
      var threads = new ArrayList<Thread>();
      for (int t = 0; t < together.getParties(); t++) {
        var thread =
            new Thread(
                () -> {
                  try {
                    together.await();
                    open(file).close();
                  } catch (Exception | Error e) {
                    failures.add(e);
                  }
                });
        threads.add(thread);
        thread.start();
      }
      for (var thread : threads) {
        thread.join();
      }
    }
    assertThat(failures).isEmpty();
  }

  @Test
  void anyPathWillDo() {
    for (var name :
        List.of("a b.db", "a?b&c=d#e.db", "50%41.db", "größe €.db", "sub/folder/x.db")) {
      var file = folder.resolve(name);
      try (var store = open(file)) {
        store.declare(StoreContract.NOTES);
        assertThat(store.url()).isEqualTo("sqlite:" + file);
      }
      assertThat(file).isRegularFile();
    }
  }

  @Test
  void whatIsNoStoreIsRefused() throws Exception {
    refused(folder, "is a folder");
    var text = Files.writeString(folder.resolve("text.db"), "x".repeat(5000));
    refused(text, "not a SQLite database");
    assertThat(Files.readString(text)).hasSize(5000);
    var foreign = folder.resolve("foreign.db");
    execute(foreign, "create table customers (id integer)");
    refused(foreign, "another program", "customers");
    assertThat(query(foreign, "select name from sqlite_schema")).containsExactly("customers");
    var below = Files.writeString(folder.resolve("file"), "").resolve("state.db");
    refused(below, "folder cannot be made");
    assertThatThrownBy(() -> Stores.open("redis:x", StoreContract.CLOCK))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("redis:x")
        .hasMessageContaining("sqlite:PATH");
    assertThatThrownBy(() -> Stores.open("sqlite:", StoreContract.CLOCK))
        .isInstanceOf(StoreException.class);
  }

  @Test
  void aNewerFormatIsRefused() throws Exception {
    var file = folder.resolve("state.db");
    open(file).close();
    execute(file, "update weir_meta set value = '2' where name = 'format'");
    refused(file, "format 2", "newer version");
    execute(file, "update weir_meta set value = '1' where name = 'format'");
    open(file).close();
  }

  private static void refused(Path file, String... because) {
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContainingAll(because);
  }

  @Test
  void nothingIsLeftBesideAClosedStore() throws IOException {
    var file = folder.resolve("state.db");
    try (var store = open(file)) {
      store.declare(StoreContract.POOL);
      store.claim("job").commit(1, StoreContract.put(StoreContract.POOL, "job", "m", "a", "1"));
      var first = SnapshotContract.take(store, "job");
      store.snapshots().remove(first.id());
    }
    assertThat(ChunkFiles.all(file)).isEmpty();
    try (var files = Files.list(folder)) {
      assertThat(files.map(p -> p.getFileName().toString()))
          .containsExactlyInAnyOrder("state.db", "state.db-chunks");
    }
  }
}
