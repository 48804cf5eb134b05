package dev.weir.streams.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.fixtures.Broker;
import dev.weir.fixtures.PostgresServer;
import dev.weir.graph.Batch;
import dev.weir.graph.OutboxSink.Claim;
import dev.weir.graph.Rejection;
import dev.weir.graph.SinkContext;
import dev.weir.graph.Source;
import dev.weir.graph.SourceContext;
import dev.weir.graph.TransientFailureException;
import dev.weir.state.WeirException;
import dev.weir.streams.StreamSpec;
import dev.weir.streams.Streams;
import dev.weir.streams.internal.OutboxContract;
import dev.weir.streams.internal.SourceContract;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Source and sink against SQLite and a real Postgres. */
class JdbcTest {

  enum Kind {
    SQLITE,
    POSTGRES
  }

  @TempDir private static Path folder;
  private static PostgresServer postgres;
  private static int tables;

  private String table;

  @BeforeAll
  static void start() throws SQLException {
    postgres = PostgresServer.start();
    DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("a.db")).close();
    try (var connection = connect(Kind.SQLITE);
        var statement = connection.createStatement()) {
      statement.execute("pragma journal_mode = wal");
    }
  }

  @AfterAll
  static void stop() {
    postgres.close();
  }

  @BeforeEach
  void table() {
    table = "t" + tables++;
  }

  private static String url(Kind kind) {
    return kind == Kind.SQLITE ? "jdbc:sqlite:" + folder.resolve("a.db") : postgres.jdbcUrl();
  }

  private static Connection connect(Kind kind) throws SQLException {
    return DriverManager.getConnection(url(kind));
  }

  private static void execute(Kind kind, String... statements) throws SQLException {
    try (var connection = connect(kind);
        var statement = connection.createStatement()) {
      for (var sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private JdbcSettings settings(Kind kind, List<String> key, List<String> columns) {
    return settings(kind, table, key, columns, false);
  }

  private JdbcSettings settings(
      Kind kind, String from, List<String> key, List<String> columns, boolean follow) {
    return new JdbcSettings(
        url(kind),
        Map.of(),
        from,
        table,
        key,
        columns,
        follow,
        Duration.ofMillis(20),
        Duration.ofSeconds(5));
  }

  /** What a source gave, and what a sink did not take. */
  private static final class Heard implements SourceContext, SinkContext {
    final List<Object> records = new ArrayList<>();
    final List<Rejection> rejections = new ArrayList<>();

    @Override
    public void reject(Rejection rejection) {
      rejections.add(rejection);
    }

    @Override
    public void warn(String message) {}
  }

  /** Reads to the end. */
  private static Heard read(JdbcSettings settings) throws Exception {
    var heard = new Heard();
    try (var source = new JdbcSource(settings, System::nanoTime)) {
      source.open(heard, Optional.empty());
      for (var batch = source.poll(1000, Duration.ofMillis(20));
          batch.isPresent();
          batch = source.poll(1000, Duration.ofMillis(20))) {
        heard.records.addAll(batch.get().records());
      }
    }
    return heard;
  }

  private static Map<String, Object> row(Object... namesAndValues) {
    var row = new LinkedHashMap<String, Object>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      row.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return row;
  }

  private static StreamSpec stream(Kind kind, String parameters) {
    var url = url(kind);
    return Streams.parse(url + (url.contains("?") ? "&" : "?") + parameters);
  }

  /** Rows in the order of a key, over several pages. */
  private abstract class Reading extends SourceContract {
    private final Kind kind;

    Reading(Kind kind) {
      this.kind = kind;
    }

    @Override
    protected Held held(Random random) throws SQLException {
      table = "t" + tables++;
      int size = random.nextInt(9000);
      execute(
          kind,
          "create table " + table + " (id integer primary key, name text)",
          "insert into "
              + table
              + (kind == Kind.SQLITE
                  ? " with recursive n(i) as (select 1 union all select i + 1 from n)"
                      + " select i * 3, 'n' || i from n limit "
                      + size
                  : " select i * 3, 'n' || i from generate_series(1, " + size + ") i"));
      var rows = new ArrayList<Object>();
      for (long i = 1; i <= size; i++) {
        rows.add(row("id", 3 * i, "name", "n" + i));
      }
      return new Held(rows, stream(kind, "key=id&table=" + table).source());
    }

    @Override
    protected Optional<Supplier<Source>> waiting() throws SQLException {
      execute(kind, "create table " + table + " (id integer primary key)");
      return Optional.of(stream(kind, "key=id&follow=true&table=" + table).source());
    }

    @Override
    protected boolean replayable() {
      return true;
    }

    @Override
    protected int largestPoll() {
      return 5000;
    }
  }

  @Nested
  class ReadsSqlite extends Reading {
    ReadsSqlite() {
      super(Kind.SQLITE);
    }
  }

  @Nested
  class ReadsPostgres extends Reading {
    ReadsPostgres() {
      super(Kind.POSTGRES);
    }
  }

  /** Rows that are inserted, a table for each place. */
  private abstract class Writing extends OutboxContract {
    private final Kind kind;

    Writing(Kind kind) {
      this.kind = kind;
    }

    @Override
    protected Object record(long number) {
      return row("id", number);
    }

    @Override
    protected Place place() throws SQLException {
      var name = "t" + tables++;
      execute(kind, "create table " + name + " (id integer)");
      return new Place("weir-job-out-" + name, stream(kind, "table=" + name).sink()) {
        @Override
        protected List<Object> records() throws Exception {
          return read(settings(kind, name, List.of(), List.of(), false)).records;
        }
      };
    }
  }

  @Nested
  class WritesSqlite extends Writing {
    WritesSqlite() {
      super(Kind.SQLITE);
    }

    @Override
    protected int cases() {
      return 5;
    }
  }

  @Nested
  class WritesPostgres extends Writing {
    WritesPostgres() {
      super(Kind.POSTGRES);
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void readsAQueryAndFollowsIt(Kind kind) throws Exception {
    execute(
        kind,
        "create table " + table + " (name varchar(20) primary key, n integer)",
        "insert into " + table + " values ('b', 1), ('a', 2), ('d', 5)");
    var query = "(select name, n * 2 as twice from " + table + " where n < 5)";
    assertThat(read(settings(kind, query, List.of("name"), List.of(), false)).records)
        .containsExactly(row("name", "a", "twice", 4L), row("name", "b", "twice", 2L));
    var heard = new Heard();
    try (var source =
        new JdbcSource(settings(kind, query, List.of("name"), List.of(), true), System::nanoTime)) {
      source.open(heard, Optional.empty());
      while (heard.records.size() < 3) {
        heard.records.addAll(source.poll(10, Duration.ofMillis(20)).orElseThrow().records());
        if (heard.records.size() == 2) {
          execute(kind, "insert into " + table + " values ('c', 4) on conflict do nothing");
        }
      }
    }
    assertThat(heard.records.get(2)).isEqualTo(row("name", "c", "twice", 8L));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void saysWhatCannotBeRead(Kind kind) throws Exception {
    assertThatThrownBy(() -> read(settings(kind, List.of("id"), List.of())))
        .isInstanceOf(WeirException.class)
        .isNotInstanceOf(TransientFailureException.class)
        .hasMessageContaining(table);
    execute(
        kind,
        "create table " + table + " (id integer, x integer)",
        "insert into " + table + " values (1, 1), (1, 2)");
    assertThatThrownBy(() -> read(settings(kind, List.of("id"), List.of())))
        .hasMessageContaining("two rows have the same id, 1");
    assertThat(read(settings(kind, List.of(), List.of())).records).hasSize(2);
  }

  @Test
  void everyTypeOfPostgresComesOutAndGoesIn() throws Exception {
    var columns =
        "(id bigint primary key, s smallint, i int, r real, d double precision, n numeric(12,2),"
            + " b boolean, t text, v varchar(3), j jsonb, day date, at timestamp, zoned timestamptz,"
            + " u uuid, bytes bytea, list int[])";
    execute(
        Kind.POSTGRES,
        "create table " + table + columns,
        "insert into "
            + table
            + " values (9007199254740993, 1, -2, 0.1, 1e300, 12.50, true, 'x', 'abc',"
            + " '{\"a\": [1, null]}', '2024-02-29', '2024-02-29 12:00:00.123456',"
            + " '2024-02-29 12:00:00+00', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '\\x00ff',"
            + " '{1,2}')");
    execute(Kind.POSTGRES, "alter database postgres set timezone = 'UTC'");
    var record = read(settings(Kind.POSTGRES, List.of("id"), List.of())).records.get(0);
    assertThat(record)
        .isEqualTo(
            row(
                "id",
                9007199254740993L,
                "s",
                1L,
                "i",
                -2L,
                "r",
                0.1,
                "d",
                1e300,
                "n",
                12.5,
                "b",
                true,
                "t",
                "x",
                "v",
                "abc",
                "j",
                row("a", java.util.Arrays.asList(1L, null)),
                "day",
                "2024-02-29",
                "at",
                "2024-02-29T12:00:00.123456",
                "zoned",
                "2024-02-29T12:00:00+00:00",
                "u",
                "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                "bytes",
                "\u0000\u00ff",
                "list",
                List.of(1L, 2L)));

    var from = table;
    table = table + "b";
    execute(Kind.POSTGRES, "create table " + table + columns);
    var fields = new LinkedHashMap<>((Map<?, ?>) record);
    fields.remove("list");
    var heard = publish(settings(Kind.POSTGRES, List.of(), List.of()), fields);
    assertThat(heard.rejections).isEmpty();
    execute(Kind.POSTGRES, "update " + from + " set list = null");
    assertThat(read(settings(Kind.POSTGRES, from, List.of("id"), List.of(), false)).records)
        .isEqualTo(read(settings(Kind.POSTGRES, List.of("id"), List.of())).records);
  }

  /** Writes records as an epoch of its own. */
  private Heard publish(JdbcSettings settings, Object... records) throws Exception {
    var heard = new Heard();
    var sink = new JdbcSink(settings);
    try (var target = sink.connect(new Claim("weir-job-out-" + table, 1))) {
      sink.open(heard, Optional.empty());
      sink.write(Batch.of(1, records));
      target.publish(target.published().orElse(0) + 1, sink.take());
    }
    return heard;
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void insertsAndReplacesByKey(Kind kind) throws Exception {
    execute(
        kind, "create table " + table + " (id integer primary key, a text, b integer default 7)");
    publish(
        settings(kind, List.of(), List.of()),
        row("id", 1L, "a", "x"),
        row("b", 2L, "id", 2L, "a", null));
    publish(
        settings(kind, List.of("id"), List.of()),
        row("id", 1L, "a", "y"),
        row("id", 1L, "a", "z"),
        row("id", 3L));
    publish(settings(kind, List.of(), List.of("id", "b")), List.of(4L, 5L), row("id", 5L));
    assertThat(read(settings(kind, List.of("id"), List.of())).records)
        .containsExactly(
            row("id", 1L, "a", "z", "b", 7L),
            row("id", 2L, "a", null, "b", 2L),
            row("id", 3L, "a", null, "b", 7L),
            row("id", 4L, "a", null, "b", 5L),
            row("id", 5L, "a", null, "b", null));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void rejectsWhatTheTableCannotHold(Kind kind) throws Exception {
    execute(
        kind,
        "create table " + table + " (id integer primary key, a varchar(3), n integer not null)");
    var heard =
        publish(
            settings(kind, List.of(), List.of()),
            row("id", 1L, "n", 1L),
            row("id", 2L, "n", 1L, "x", 1L),
            row("id", 3L, "n", null),
            7L);
    assertThat(heard.rejections).hasSize(3);
    assertThat(heard.rejections.get(0).message()).contains("has no column x; it has id, a, n");
    assertThat(heard.rejections.get(1).message()).contains("column n must have a value");
    assertThat(heard.rejections.get(2).message()).contains("object whose fields are columns");
    if (kind == Kind.POSTGRES) {
      heard =
          publish(
              settings(kind, List.of(), List.of()),
              row("id", "2", "n", 1L),
              row("id", 3000000000L, "n", 1L),
              row("id", 4L, "n", 1.5),
              row("id", 5L, "n", 1L, "a", "long"),
              row("id", 6L, "n", 1L, "a", "a\0"),
              row("id", -2147483648L, "n", 2147483647L));
      assertThat(heard.rejections)
          .extracting(Rejection::message)
          .containsExactly(
              "column id is int4 and cannot hold \"2\"",
              "column id is int4 and cannot hold 3000000000",
              "column n is int4 and cannot hold 1.5",
              "column a holds at most 3 characters",
              "column a cannot hold the character U+0000");
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aTableThatIsNotThereIsNotMade(Kind kind) {
    var sink = new JdbcSink(settings(kind, List.of(), List.of()));
    assertThatThrownBy(() -> sink.connect(new Claim("weir-job-out-" + table, 1)))
        .hasMessageContaining("has no table " + table);
  }

  @Test
  void aDatabaseThatGoesAwayIsATransientFailureAndLeavesNothingHalf() throws Exception {
    execute(Kind.POSTGRES, "create table " + table + " (id integer)");
    var name = "weir-job-out-" + table;
    var sink = new JdbcSink(settings(Kind.POSTGRES, List.of(), List.of()));
    var heard = new Heard();
    try (var source =
            new JdbcSource(
                settings(Kind.POSTGRES, table, List.of("id"), List.of(), true), System::nanoTime);
        var target = sink.connect(new Claim(name, 1))) {
      source.open(heard, Optional.empty());
      sink.open(heard, Optional.empty());
      sink.write(Batch.of(1, row("id", 1L)));
      var pieces = sink.take();
      postgres.crash();
      assertThatThrownBy(() -> target.publish(1, pieces))
          .isInstanceOf(TransientFailureException.class);
      assertThatThrownBy(() -> sink.connect(new Claim(name, 1)))
          .isInstanceOf(TransientFailureException.class);
      source.poll(10, Duration.ofMillis(20));
      postgres.resume();
      try (var again = sink.connect(new Claim(name, 1))) {
        assertThat(again.published()).isEmpty();
        again.publish(1, pieces);
      }
      while (heard.records.isEmpty()) {
        heard.records.addAll(source.poll(10, Duration.ofMillis(20)).orElseThrow().records());
      }
      assertThat(heard.records).containsExactly(row("id", 1L));
    }
  }

  @Test
  void aDatabaseThatIsNotThereIsNotMade() {
    var away =
        new JdbcSettings(
            "jdbc:postgresql://127.0.0.1:" + Broker.freePort() + "/x?user=x",
            Map.of(),
            "t",
            "t",
            List.of("id"),
            List.of(),
            false,
            Duration.ofSeconds(1),
            Duration.ofMillis(300));
    assertThatThrownBy(() -> read(away)).isInstanceOf(TransientFailureException.class);
    var missing = folder.resolve("missing.db");
    var none =
        new JdbcSettings(
            "jdbc:sqlite:" + missing,
            Map.of(),
            "t",
            "t",
            List.of(),
            List.of(),
            false,
            Duration.ofSeconds(1),
            Duration.ofMillis(300));
    assertThatThrownBy(() -> read(none)).hasMessageContaining("there is no database");
    assertThat(missing).doesNotExist();
  }
}
