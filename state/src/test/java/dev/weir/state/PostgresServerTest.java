package dev.weir.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.fixtures.PostgresServer;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A store in Postgres: what is in it, what is refused, several stores on it, and lost servers. */
class PostgresServerTest {

  private static final PostgresServer SERVER = PostgresServer.shared();

  private static Store open(String url) {
    return Stores.open(url, StoreContract.CLOCK);
  }

  private static String schema(String url) {
    return url.substring(url.lastIndexOf('=') + 1);
  }

  private static void execute(String sql) throws SQLException {
    try (var connection = SERVER.connect();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static List<String> query(String sql) throws SQLException {
    try (var connection = SERVER.connect();
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

  @Test
  void anySqlClientCanReadIt() throws SQLException {
    var url = SERVER.freshStore();
    try (var store = open(url)) {
      assertThat(store.url()).isEqualTo(url);
      store.declare(StoreContract.POOL, StoreContract.TYPES);
      store
          .claim("job")
          .commit(
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
                      Instant.parse("2026-01-02T03:04:05Z"))
                  .build());
    }
    var in = schema(url) + ".";
    assertThat(query("select * from " + in + "pool")).containsExactly("job|model|LAX|{\"n\": 3}");
    assertThat(query("select value::json->>'n' from " + in + "pool")).containsExactly("3");
    assertThat(query("select i, r, t, b, y, j, extract(epoch from w)::bigint from " + in + "types"))
        .containsExactly("2|NaN|text|t|\\x01|null|1767323045");
    assertThat(query("select subject, run, position from " + in + "weir_subject"))
        .containsExactly("job|1|7");
  }

  @Test
  void storesOnOneSchemaFenceEachOtherAndTakeTurns() throws Exception {
    var url = SERVER.freshStore();
    try (var one = open(url);
        var two = open(url)) {
      one.declare(StoreContract.POOL);
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
    }
    var failures = new ArrayList<Throwable>();
    var threads = new ArrayList<Thread>();
    for (int t = 0; t < 4; t++) {
      var subject = "worker" + t;
      var thread =
          new Thread(
              () -> {
                try (var store = open(url)) {
                  var writer = store.claim(subject);
                  for (int i = 1; i <= 20; i++) {
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
    try (var store = open(url)) {
      for (int t = 0; t < 4; t++) {
        try (var cut = store.read()) {
          assertThat(cut.count(StoreContract.POOL, "worker" + t)).isEqualTo(20);
        }
        for (var snapshot : store.snapshots().list("worker" + t)) {
          assertThat(store.snapshots().verify(snapshot.id())).isEmpty();
        }
      }
      store.snapshots().list().forEach(s -> store.snapshots().remove(s.id()));
    }
    assertThat(query("select count(*) from " + schema(url) + ".weir_chunk_data"))
        .containsExactly("0");
  }

  @Test
  void whatIsNoStoreIsRefused() throws SQLException {
    refused("postgres:x", "names no host", "postgres://USER:PASSWORD@HOST");
    refused("postgres://u:secret@h:1/d?color=red", "no option color", "sslmode");
    refused("postgres://u:secret@h:1/d?schema=A-B", "A-B", "lower-case");
    refused("postgres://u:secret@127.0.0.1:1/d", "no Postgres answers at 127.0.0.1:1");
    refused(SERVER.store("x").replace("/postgres?", "/none?"), "no database none", "createdb");
    var foreign = SERVER.freshStore();
    execute("create schema " + schema(foreign));
    execute("create table " + schema(foreign) + ".customers (id integer)");
    refused(foreign, "another program", "customers", "another schema");
    var newer = SERVER.freshStore();
    open(newer).close();
    execute("update " + schema(newer) + ".weir_meta set value = '2' where name = 'format'");
    refused(newer, "format 2", "newer version");
    execute("create role reader login");
    refused(SERVER.freshStore().replace("//postgres@", "//reader@"), "has not the right", "reader");
  }

  private static void refused(String url, String... because) {
    assertThatThrownBy(() -> open(url))
        .isInstanceOf(StoreException.class)
        .hasMessageContainingAll(because)
        .message()
        .doesNotContain("secret");
  }

  @Test
  void aValueTooLongForAnIndexIsSaidToBe() {
    try (var store = open(SERVER.freshStore())) {
      store.declare(StoreContract.POOL);
      var writer = store.claim("s");
      var random = new java.util.Random(1);
      var text = new StringBuilder();
      random.ints(20_000, 'a', 'z').forEach(c -> text.append((char) c));
      assertThatThrownBy(
              () ->
                  writer.commit(
                      1, StoreContract.put(StoreContract.POOL, "s", "m", text.toString(), "1")))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("too long for a key");
      writer.commit(1, StoreContract.put(StoreContract.POOL, "s", "m", "a", "1"));
    }
  }

  @Test
  void aServerThatCrashesLosesNothingThatWasCommitted() throws Exception {
    try (var server = PostgresServer.start();
        var store = open(server.freshStore())) {
      store.declare(StoreContract.POOL);
      var writer = store.claim("s");
      writer.commit(1, StoreContract.put(StoreContract.POOL, "s", "m", "a", "1"));
      store.read().close();
      server.crash();
      assertThatThrownBy(
              () -> writer.commit(2, StoreContract.put(StoreContract.POOL, "s", "m", "b", "1")))
          .isInstanceOf(StoreException.class);
      server.resume();
      writer.commit(2, StoreContract.put(StoreContract.POOL, "s", "m", "c", "1"));
      assertThat(store.position("s")).contains(new Store.Position(2, 1));
      try (var cut = store.read()) {
        assertThat(cut.count(StoreContract.POOL, "s")).isEqualTo(2);
      }
      SnapshotContract.take(store, "s");
    }
  }
}
