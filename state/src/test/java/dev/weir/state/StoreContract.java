package dev.weir.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every backend does. One subclass for each. */
abstract class StoreContract {

  static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);

  static final Table POOL =
      Table.state("pool", "subject")
          .key("operator", ColumnType.TEXT)
          .key("key", ColumnType.TEXT)
          .column("value", ColumnType.JSON)
          .index("by_value", "value")
          .build();

  static final Table TYPES =
      Table.state("types", "subject")
          .key("id", ColumnType.INTEGER)
          .nullable("i", ColumnType.INTEGER)
          .nullable("r", ColumnType.REAL)
          .nullable("t", ColumnType.TEXT)
          .nullable("b", ColumnType.BOOLEAN)
          .nullable("y", ColumnType.BYTES)
          .nullable("j", ColumnType.JSON)
          .nullable("w", ColumnType.INSTANT)
          .build();

  static final Table ONE = Table.state("one", "subject").column("value", ColumnType.TEXT).build();

  static final Table NOTES =
      Table.bookkeeping("note")
          .key("id", ColumnType.INTEGER)
          .nullable("kind", ColumnType.TEXT)
          .nullable("size", ColumnType.REAL)
          .index("by_kind", "kind", "size")
          .build();

  Store store;

  /** The same commit, where some of the rows that it puts are in blocks. */
  static Commit inBlocks(Commit commit, Random random) {
    var builder = Commit.builder();
    commit
        .changes()
        .forEach(
            (table, changes) -> {
              if (changes.clear()) {
                builder.clear(table);
              }
              var blocks = List.of(new ArrayList<Row>(), new ArrayList<Row>());
              changes
                  .rows()
                  .forEach(
                      (key, row) -> {
                        int where = random.nextInt(3);
                        if (row == null) {
                          builder.delete(table, key);
                        } else if (where < blocks.size()) {
                          blocks.get(where).add(row);
                        } else {
                          builder.put(table, row);
                        }
                      });
              changes.inserted().forEach(row -> builder.insert(table, row));
              blocks.forEach(rows -> builder.put(table, block(rows)));
            });
    return builder.build();
  }

  static RowBlock block(List<Row> rows) {
    return new RowBlock() {
      @Override
      public int size() {
        return rows.size();
      }

      @Override
      public Object get(int row, int column) {
        return rows.get(row).get(column);
      }
    };
  }

  /** A new, empty store. */
  abstract Store open() throws Exception;

  @BeforeEach
  void openStore() throws Exception {
    store = open();
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  static List<Row> all(Cut.Rows rows) {
    try (rows) {
      var list = new ArrayList<Row>();
      rows.forEachRemaining(list::add);
      return list;
    }
  }

  List<Row> scan(Table table, Object... prefix) {
    try (var cut = store.read()) {
      return all(cut.scan(table, prefix));
    }
  }

  static Commit put(Table table, Object... values) {
    return Commit.builder().put(table, values).build();
  }

  @Test
  void aCommitIsThereWhenItReturns() {
    store.declare(POOL);
    try (var writer = store.claim("job")) {
      writer.commit(1, put(POOL, "job", "model", "a", "1"));
      writer.commit(
          2,
          Commit.builder()
              .put(POOL, "job", "model", "b", "2")
              .put(POOL, "job", "model", "a", "3")
              .delete(POOL, "job", "model", "none")
              .build());
    }
    assertThat(scan(POOL))
        .containsExactly(Row.of("job", "model", "a", "3"), Row.of("job", "model", "b", "2"));
    assertThat(store.position("job")).contains(new Store.Position(2, 1));
    assertThat(store.position("other")).isEmpty();
  }

  @Test
  void aLaterEntryOfACommitWinsOverAnEarlier() {
    store.declare(POOL);
    var writer = store.claim("job");
    writer.commit(
        1,
        Commit.builder()
            .put(POOL, "job", "m", "a", "1")
            .delete(POOL, "job", "m", "a")
            .put(POOL, "job", "m", "b", "1")
            .put(POOL, "job", "m", "b", "2")
            .build());
    assertThat(scan(POOL)).containsExactly(Row.of("job", "m", "b", "2"));
  }

  @Test
  void anInsertedRowIsNewOrTheCommitFails() {
    store.declare(POOL, ONE);
    var writer = store.claim("job");
    writer.commit(
        1,
        Commit.builder()
            .put(POOL, "job", "m", "a", "1")
            .insert(POOL, Row.of("job", "m", "b", "1"))
            .insert(ONE, Row.of("job", "only"))
            .build());
    writer.commit(
        2,
        Commit.builder()
            .insert(POOL, Row.of("job", "m", "d", "2"))
            .put(POOL, "job", "m", "b", "2")
            .insert(POOL, Row.of("job", "m", "c", "2"))
            .delete(POOL, "job", "m", "a")
            .clear(ONE)
            .insert(ONE, Row.of("job", "another"))
            .build());
    var rows =
        List.of(
            Row.of("job", "m", "b", "2"),
            Row.of("job", "m", "c", "2"),
            Row.of("job", "m", "d", "2"));
    assertThat(scan(POOL)).isEqualTo(rows);
    assertThat(scan(ONE)).containsExactly(Row.of("job", "another"));
    try (var cut = store.read()) {
      assertThat(all(cut.scan(POOL, POOL.indexes().get(0), "2"))).isEqualTo(rows);
    }
    var known = Commit.builder().put(POOL, "job", "m", "x", "3");
    known.insert(POOL, Row.of("job", "m", "c", "3")).insert(POOL, Row.of("job", "m", "e", "3"));
    assertThatThrownBy(() -> writer.commit(3, known.build()))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("table pool: there is a row already of a key that was to be new");
    var twice = Commit.builder().insert(POOL, Row.of("job", "m", "e", "3"));
    twice.put(POOL, "job", "m", "e", "4");
    assertThatThrownBy(() -> writer.commit(3, twice.build()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("more than one row of the key");
    assertThat(scan(POOL)).isEqualTo(rows);
    writer.commit(3, put(POOL, "job", "m", "c", "3"));
    assertThat(scan(POOL)).hasSize(3);
  }

  @Test
  void clearRemovesTheRowsOfItsSubjectOnly() {
    store.declare(POOL);
    var a = store.claim("a");
    var b = store.claim("b");
    a.commit(1, put(POOL, "a", "m", "x", "1"));
    b.commit(1, put(POOL, "b", "m", "x", "1"));
    a.commit(
        2,
        Commit.builder()
            .put(POOL, "a", "m", "y", "2")
            .clear(POOL)
            .put(POOL, "a", "m", "z", "3")
            .build());
    assertThat(scan(POOL)).containsExactly(Row.of("a", "m", "z", "3"), Row.of("b", "m", "x", "1"));
    b.commit(2, Commit.builder().clear(POOL).build());
    assertThat(scan(POOL)).containsExactly(Row.of("a", "m", "z", "3"));
    a.commit(3, Commit.builder().clear(POOL).build());
    assertThat(scan(POOL)).isEmpty();
  }

  @Test
  void valuesOfEveryTypeComeBackAsTheyWere() {
    store.declare(TYPES);
    var rows = new ArrayList<Row>();
    rows.add(Row.of("s", 0L, null, null, null, null, null, null, null));
    long id = 1;
    for (long i : new long[] {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 53}) {
      rows.add(Row.of("s", id++, i, null, null, null, null, null, null));
    }
    for (double r :
        new double[] {
          0,
          1,
          -1.5,
          0.1,
          Double.NaN,
          Double.POSITIVE_INFINITY,
          Double.NEGATIVE_INFINITY,
          Double.MIN_VALUE,
          Double.MAX_VALUE,
          1e15,
          9007199254740991.0
        }) {
      rows.add(Row.of("s", id++, null, r, null, null, null, null, null));
    }
    for (String t :
        new String[] {
          "", "a", "ä€\uD83D\uDE00", "a\u0000b", "1", "1.50", "NaN", "'\"\n\t", "x".repeat(300_000)
        }) {
      rows.add(Row.of("s", id++, null, null, t, null, null, null, null));
    }
    for (boolean b : new boolean[] {true, false}) {
      rows.add(Row.of("s", id++, null, null, null, b, null, null, null));
    }
    var big = new byte[100_000];
    Arrays.fill(big, (byte) 0xfe);
    for (byte[] y :
        new byte[][] {{}, {0}, {-1, 0, 1}, "text".getBytes(StandardCharsets.UTF_8), big}) {
      rows.add(Row.of("s", id++, null, null, null, null, y, null, null));
    }
    for (String j : new String[] {"1", "null", "\"\"", "{\"a\": [1, 2.50]}", "1e3"}) {
      rows.add(Row.of("s", id++, null, null, null, null, null, j, null));
    }
    for (String w :
        new String[] {
          "1970-01-01T00:00:00Z",
          "2026-11-22T01:02:03.123456Z",
          "0000-01-01T00:00:00Z",
          "9999-12-31T23:59:59.999999Z",
          "1969-12-31T23:59:59.999999Z"
        }) {
      rows.add(Row.of("s", id++, null, null, null, null, null, null, Instant.parse(w)));
    }
    var builder = Commit.builder();
    rows.forEach(row -> builder.put(TYPES, row));
    store.claim("s").commit(1, builder.build());
    assertThat(scan(TYPES)).isEqualTo(rows);
    try (var cut = store.read()) {
      for (var row : rows) {
        assertThat(cut.get(TYPES, "s", row.integer(1))).contains(row);
      }
      var snapshot = store.snapshots().take(cut, "s", Snapshot.Why.MANUAL, "", "{}").orElseThrow();
      try (var contents = store.snapshots().open(snapshot.id())) {
        assertThat(all(contents.rows(contents.tables().get(0))))
            .isEqualTo(rows.stream().map(r -> r.without(1)).toList());
      }
    }
  }

  @Test
  void valuesAreKeptInOneForm() {
    store.declare(TYPES);
    store
        .claim("s")
        .commit(
            1,
            put(
                TYPES,
                "s",
                1L,
                null,
                -0.0,
                null,
                null,
                null,
                null,
                Instant.parse("2026-01-01T00:00:00.123456789Z")));
    var row = scan(TYPES).get(0);
    assertThat(Double.doubleToRawLongBits(row.real(3))).isZero();
    assertThat(row.instant(8)).isEqualTo(Instant.parse("2026-01-01T00:00:00.123456Z"));
  }

  @Test
  void wrongValuesAreRefusedAndNothingIsWritten() {
    store.declare(TYPES, POOL);
    var writer = store.claim("s");
    for (var row :
        List.of(
            Row.of("s", "1", null, null, null, null, null, null, null),
            Row.of("s", null, null, null, null, null, null, null, null),
            Row.of("s", 1L, 1, null, null, null, null, null, null),
            Row.of("s", 1L, null, null, "\uD800", null, null, null, null),
            Row.of("s", 1L, null, null, null, null, null, null, Instant.MAX),
            Row.of("t", 1L, null, null, null, null, null, null, null))) {
      var commit = Commit.builder().put(POOL, "s", "m", "k", "1").put(TYPES, row).build();
      assertThatThrownBy(() -> writer.commit(1, commit))
          .as("%s", row)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("types");
    }
    assertThat(scan(POOL)).isEmpty();
    assertThat(store.position("s")).isEmpty();
  }

  @Test
  void rowsAreInTheOrderOfTheirKeys() {
    var keys =
        List.of(
            "",
            "A",
            "Z",
            "a",
            "aa",
            "b",
            "z",
            "ä",
            "\uD7FF",
            "\uE000",
            "\uFFFD",
            "\uD83D\uDE00",
            "\uD83D\uDE01");
    var text = Table.bookkeeping("by_text").key("k", ColumnType.TEXT).build();
    var integer = Table.bookkeeping("by_integer").key("k", ColumnType.INTEGER).build();
    var real = Table.bookkeeping("by_real").key("k", ColumnType.REAL).build();
    var bytes = Table.bookkeeping("by_bytes").key("k", ColumnType.BYTES).build();
    var bool = Table.bookkeeping("by_bool").key("k", ColumnType.BOOLEAN).build();
    var instant = Table.bookkeeping("by_instant").key("k", ColumnType.INSTANT).build();
    store.declare(text, integer, real, bytes, bool, instant);
    var order = new TreeMap<Table, List<? extends Object>>((a, b) -> a.name().compareTo(b.name()));
    order.put(text, keys);
    order.put(integer, List.of(Long.MIN_VALUE, -1L, 0L, 9L, 10L, Long.MAX_VALUE));
    order.put(
        real,
        List.of(Double.NEGATIVE_INFINITY, -1.5, 0.0, 1e-9, 9.0, 10.0, Double.POSITIVE_INFINITY));
    order.put(
        bytes,
        List.of(new byte[0], new byte[] {0}, new byte[] {0, 0}, new byte[] {1}, new byte[] {-1}));
    order.put(bool, List.of(false, true));
    order.put(
        instant,
        List.of(
            Instant.parse("0001-01-01T00:00:00Z"),
            Instant.EPOCH,
            Instant.parse("2026-01-01T00:00:00.000001Z")));
    order.forEach(
        (table, values) -> {
          var builder = Commit.builder();
          for (int i = values.size() - 1; i >= 0; i--) {
            builder.put(table, values.get(i));
          }
          store.commit(builder.build());
          assertThat(scan(table)).isEqualTo(values.stream().map(v -> Row.of(v)).toList());
        });
    assertThat(scan(text, "a")).containsExactly(Row.of("a"));
  }

  @Test
  void scansOfAPrefixAndCounts() {
    store.declare(POOL);
    var builder = Commit.builder();
    for (var operator : List.of("m", "n", "mm")) {
      for (int i = 0; i < 10; i++) {
        builder.put(POOL, "s", operator, "k" + i, "" + i);
      }
    }
    store.claim("s").commit(1, builder.build());
    try (var cut = store.read()) {
      assertThat(all(cut.scan(POOL, "s", "m"))).hasSize(10).allMatch(r -> r.text(1).equals("m"));
      assertThat(all(cut.scan(POOL, "s", "mm", "k3")))
          .containsExactly(Row.of("s", "mm", "k3", "3"));
      assertThat(cut.count(POOL)).isEqualTo(30);
      assertThat(cut.count(POOL, "s", "n")).isEqualTo(10);
      assertThat(cut.count(POOL, "s", "o")).isZero();
      assertThat(cut.count(POOL, "s", "n", "k9")).isEqualTo(1);
      assertThat(cut.get(POOL, "s", "n", "k10")).isEmpty();
      var left = cut.scan(POOL, "s");
      assertThat(left.next()).isEqualTo(Row.of("s", "m", "k0", "0"));
      var again = cut.scan(POOL, "s");
      assertThat(again.next()).isEqualTo(Row.of("s", "m", "k0", "0"));
      assertThat(left.next()).isEqualTo(Row.of("s", "m", "k1", "1"));
      left.close();
      assertThat(left.hasNext()).isFalse();
      assertThat(again.next()).isEqualTo(Row.of("s", "m", "k1", "1"));
    }
  }

  @Test
  void aRangeIsReadInBothDirections() throws Exception {
    var line =
        Table.bookkeeping("line")
            .key("file", ColumnType.TEXT)
            .key("number", ColumnType.INTEGER)
            .key("part", ColumnType.INTEGER)
            .column("text", ColumnType.TEXT)
            .build();
    store.declare(line);
    var rows = new ArrayList<Row>();
    for (var file : List.of("a", "b", "c")) {
      for (long number = 0; number < 30; number++) {
        for (long part = 0; part < 1 + number % 3; part++) {
          rows.add(Row.of(file, number, part, "t" + number));
        }
      }
    }
    var builder = Commit.builder();
    rows.forEach(row -> builder.put(line, row));
    store.commit(builder.build());
    try (var cut = store.read()) {
      Cases.check(
          60,
          random -> {
            var prefix = random.nextBoolean() ? Row.of("b") : Row.of("b", (long) random.nextInt(9));
            var from = random.nextInt(3) == 0 ? null : (Long) (long) random.nextInt(30);
            var to = random.nextInt(3) == 0 ? null : (Long) (long) random.nextInt(32);
            var expected = new ArrayList<Row>();
            for (var row : rows) {
              long next = row.integer(prefix.size());
              if (row.first(prefix.size()).equals(prefix)
                  && (from == null || next >= from)
                  && (to == null || next < to)) {
                expected.add(row);
              }
            }
            assertThat(all(cut.range(line, prefix, from, to, false))).isEqualTo(expected);
            Collections.reverse(expected);
            assertThat(all(cut.range(line, prefix, from, to, true))).isEqualTo(expected);
          });
      assertThat(all(cut.range(line, Row.of(), "b", null, true)).get(0).text(0)).isEqualTo("c");
      assertThatThrownBy(() -> cut.range(line, Row.of("a", 1L, 1L), null, null, false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("line");
    }
  }

  @Test
  void anIndexOrdersNullsFirst() {
    store.declare(NOTES);
    var index = NOTES.indexes().get(0);
    store.commit(
        Commit.builder()
            .put(NOTES, 1L, "b", 2.0)
            .put(NOTES, 2L, "b", Double.NaN)
            .put(NOTES, 3L, null, 1.0)
            .put(NOTES, 4L, "a", null)
            .put(NOTES, 5L, "b", null)
            .put(NOTES, 6L, "b", -1.0)
            .put(NOTES, 7L, "b", 2.0)
            .build());
    store.commit(Commit.builder().put(NOTES, 7L, "b", 2.0).put(NOTES, 6L, "c", -1.0).build());
    try (var cut = store.read()) {
      assertThat(all(cut.scan(NOTES, index)).stream().map(r -> r.integer(0)))
          .containsExactly(3L, 4L, 5L, 1L, 7L, 2L, 6L);
      assertThat(all(cut.scan(NOTES, index, "b")).stream().map(r -> r.integer(0)))
          .containsExactly(5L, 1L, 7L, 2L);
      assertThat(all(cut.scan(NOTES, index, "b", 2.0))).hasSize(2);
      assertThat(all(cut.scan(NOTES, index, (Object) null))).containsExactly(Row.of(3L, null, 1.0));
      assertThatThrownBy(() -> cut.scan(NOTES, new Index("none", List.of("kind"))))
          .hasMessageContaining("note")
          .hasMessageContaining("none");
    }
    store.commit(Commit.builder().clear(NOTES).build());
    try (var cut = store.read()) {
      assertThat(all(cut.scan(NOTES, index))).isEmpty();
    }
  }

  @Test
  void aCutDoesNotSeeLaterCommits() {
    store.declare(POOL);
    var writer = store.claim("s");
    writer.commit(1, put(POOL, "s", "m", "a", "1"));
    try (var before = store.read()) {
      writer.commit(2, put(POOL, "s", "m", "a", "2"));
      writer.commit(3, put(POOL, "s", "m", "b", "2"));
      store.declare(NOTES);
      try (var after = store.read()) {
        assertThat(before.position("s")).contains(new Store.Position(1, 1));
        assertThat(all(before.scan(POOL))).containsExactly(Row.of("s", "m", "a", "1"));
        assertThat(before.count(POOL)).isEqualTo(1);
        assertThat(all(before.scan(NOTES))).isEmpty();
        assertThat(after.count(POOL)).isEqualTo(2);
        assertThat(after.position("s")).contains(new Store.Position(3, 1));
      }
    }
  }

  @Test
  void aSupersededRunCannotCommit() {
    store.declare(POOL);
    var first = store.claim("s");
    first.commit(1, put(POOL, "s", "m", "a", "1"));
    var second = store.claim("s");
    assertThat(second.run()).isGreaterThan(first.run());
    assertThatThrownBy(() -> first.commit(2, put(POOL, "s", "m", "a", "2")))
        .isInstanceOf(SupersededException.class)
        .hasMessageContaining("s");
    assertThat(scan(POOL)).containsExactly(Row.of("s", "m", "a", "1"));
    second.commit(2, put(POOL, "s", "m", "a", "3"));
    assertThat(store.position("s")).contains(new Store.Position(2, second.run()));
  }

  @Test
  void positionsGrow() {
    store.declare(POOL, NOTES);
    var writer = store.claim("s");
    writer.commit(5, put(POOL, "s", "m", "a", "1"));
    assertThatThrownBy(() -> writer.commit(5, put(POOL, "s", "m", "a", "2")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> writer.commit(4, put(NOTES, 1L, "x", null)))
        .isInstanceOf(IllegalArgumentException.class);
    writer.commit(5, put(NOTES, 1L, "x", null));
    writer.commit(6, Commit.builder().build());
    assertThat(scan(NOTES)).hasSize(1);
    assertThat(store.position("s").orElseThrow().position()).isEqualTo(6);
  }

  @Test
  void bookKeepingOnlyOutsideASubject() {
    store.declare(POOL, NOTES);
    assertThatThrownBy(() -> store.commit(put(POOL, "s", "m", "a", "1")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("pool");
    store.commit(put(NOTES, 1L, "x", 1.0));
    assertThat(scan(NOTES)).containsExactly(Row.of(1L, "x", 1.0));
  }

  @Test
  void tablesAreDeclaredOnceAndKeptAsTheyWere() {
    store.declare(POOL, NOTES);
    store.declare(POOL);
    assertThat(store.tables()).containsExactly(NOTES, POOL);
    var other =
        Table.state("pool", "subject")
            .key("operator", ColumnType.TEXT)
            .column("key", ColumnType.TEXT)
            .column("value", ColumnType.INTEGER)
            .column("extra", ColumnType.REAL)
            .build();
    assertThatThrownBy(() -> store.declare(other))
        .isInstanceOf(TableMismatchException.class)
        .hasMessageContaining("pool")
        .hasMessageContaining(
            "column key is TEXT, part of the key in the store and TEXT in the program")
        .hasMessageContaining("column value is JSON in the store and INTEGER in the program")
        .hasMessageContaining("column extra (REAL) is new")
        .hasMessageContaining("Choices");
    assertThatThrownBy(
            () ->
                store.declare(Table.bookkeeping("weir_snapshot").key("k", ColumnType.TEXT).build()))
        .isInstanceOf(IllegalArgumentException.class);
    var undeclared = Table.state("nowhere", "s").build();
    assertThatThrownBy(() -> store.claim("s").commit(1, put(undeclared, "s")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nowhere");
  }

  @Test
  void anIndexMayDescendAndBeReadInRanges() {
    var down = new Index("down", List.of("kind", "size")).descending("size");
    var notes =
        new Table(NOTES.name(), NOTES.columns(), NOTES.keyLength(), List.of(down), NOTES.role());
    store.declare(notes);
    store.commit(
        Commit.builder()
            .put(notes, 1L, "a", 1.0)
            .put(notes, 2L, "a", null)
            .put(notes, 3L, "a", 3.0)
            .put(notes, 4L, "b", 2.0)
            .put(notes, 5L, null, 2.0)
            .put(notes, 6L, "a", 2.0)
            .build());
    try (var cut = store.read()) {
      assertThat(ids(cut.scan(notes, down))).containsExactly(5L, 3L, 6L, 1L, 2L, 4L);
      assertThat(ids(cut.range(notes, down, Row.of("a"), null, null, true)))
          .containsExactly(2L, 1L, 6L, 3L);
      assertThat(ids(cut.range(notes, down, Row.of("a"), 1.0, 3.0, false))).containsExactly(6L, 1L);
      assertThat(ids(cut.range(notes, down, Row.of(), "b", null, false))).containsExactly(4L);
      assertThatThrownBy(() -> cut.range(notes, down, Row.of("a", 1.0), 1.0, null, false))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(store.tables()).contains(notes);
  }

  private static List<Long> ids(Cut.Rows rows) {
    return all(rows).stream().map(row -> row.integer(0)).toList();
  }

  @Test
  void aTableGetsOtherColumns() {
    store.declare(NOTES);
    store.commit(Commit.builder().put(NOTES, 1L, "a", 1.0).put(NOTES, 2L, null, 2.0).build());
    var wider =
        Table.bookkeeping("note")
            .key("id", ColumnType.INTEGER)
            .nullable("size", ColumnType.REAL)
            .column("title", ColumnType.TEXT)
            .index("by_title", "title")
            .build();
    assertThatThrownBy(() -> store.declare(wider)).isInstanceOf(TableMismatchException.class);
    assertThatThrownBy(() -> store.redefine(wider, row -> Row.of(row.get(0), row.get(2), null)))
        .hasMessageContaining("title");
    store.redefine(
        wider,
        row -> row.get(1) == null ? null : Row.of(row.get(0), row.get(2), "was " + row.get(1)));
    store.declare(wider);
    try (var cut = store.read()) {
      assertThat(all(cut.scan(wider))).containsExactly(Row.of(1L, 1.0, "was a"));
      assertThat(ids(cut.scan(wider, wider.indexes().get(0)))).containsExactly(1L);
    }
  }

  @Test
  void aTableGetsColumnsThatMayBeNull() {
    store.declare(NOTES);
    store.commit(Commit.builder().put(NOTES, 1L, "a", 1.0).put(NOTES, 2L, null, 2.0).build());
    var wider =
        Table.bookkeeping("note")
            .key("id", ColumnType.INTEGER)
            .nullable("kind", ColumnType.TEXT)
            .nullable("seen", ColumnType.INSTANT)
            .nullable("size", ColumnType.REAL)
            .index("by_size", "size")
            .build();
    store.declare(wider);
    store.commit(Commit.builder().put(wider, 3L, "c", null, 0.5).build());
    try (var cut = store.read()) {
      assertThat(all(cut.scan(wider)))
          .containsExactly(
              Row.of(1L, "a", null, 1.0), Row.of(2L, null, null, 2.0), Row.of(3L, "c", null, 0.5));
      assertThat(ids(cut.scan(wider, wider.indexes().get(0)))).containsExactly(3L, 1L, 2L);
    }
    assertThatThrownBy(() -> store.declare(NOTES))
        .isInstanceOf(TableMismatchException.class)
        .hasMessageContaining("column seen is gone");
    for (var other :
        List.of(
            Table.bookkeeping("note")
                .key("id", ColumnType.INTEGER)
                .nullable("kind", ColumnType.TEXT)
                .nullable("seen", ColumnType.INSTANT)
                .nullable("size", ColumnType.REAL)
                .column("must", ColumnType.TEXT)
                .build(),
            Table.bookkeeping("note")
                .key("id", ColumnType.INTEGER)
                .nullable("seen", ColumnType.INSTANT)
                .nullable("kind", ColumnType.TEXT)
                .nullable("size", ColumnType.REAL)
                .nullable("more", ColumnType.TEXT)
                .build())) {
      assertThatThrownBy(() -> store.declare(other)).isInstanceOf(TableMismatchException.class);
    }
  }

  @Test
  void aNewIndexIsBuiltOverWhatIsThere() {
    var plain =
        Table.bookkeeping("n").key("id", ColumnType.INTEGER).column("v", ColumnType.TEXT).build();
    store.declare(plain);
    store.commit(Commit.builder().put(plain, 1L, "b").put(plain, 2L, "a").build());
    var indexed =
        Table.bookkeeping("n")
            .key("id", ColumnType.INTEGER)
            .column("v", ColumnType.TEXT)
            .index("by_v", "v")
            .build();
    store.declare(indexed);
    store.declare(plain);
    store.commit(put(plain, 3L, "aa"));
    try (var cut = store.read()) {
      assertThat(all(cut.scan(indexed, indexed.indexes().get(0))).stream().map(r -> r.integer(0)))
          .containsExactly(2L, 3L, 1L);
    }
  }

  @Test
  void theVersionChangesWithEachCommit() {
    store.declare(NOTES);
    long before = store.version();
    assertThat(store.version()).isEqualTo(before);
    store.commit(put(NOTES, 1L, null, null));
    long after = store.version();
    assertThat(after).isNotEqualTo(before);
    store.claim("s");
    assertThat(store.version()).isNotEqualTo(after);
  }

  @Test
  void closingTheStoreClosesWhatIsOpen() {
    store.declare(NOTES);
    var cut = store.read();
    var rows = cut.scan(NOTES);
    var writer = store.claim("s");
    store.close();
    assertThatThrownBy(() -> cut.count(NOTES)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> writer.commit(1, Commit.builder().build()))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> store.read()).isInstanceOf(IllegalStateException.class);
    rows.close();
    store.close();
  }

  @Test
  void aStoreIsAModelOfAMap() throws Exception {
    store.declare(POOL);
    var positions = new long[1];
    var writer = store.claim("s");
    var model = new TreeMap<String, String>();
    Cases.check(
        40,
        random -> {
          var builder = Commit.builder();
          if (random.nextInt(8) == 0) {
            builder.clear(POOL);
            model.clear();
          }
          for (int i = random.nextInt(random.nextInt(4) == 0 ? 400 : 8); i > 0; i--) {
            var key = "k" + random.nextInt(300);
            if (random.nextInt(3) == 0) {
              builder.delete(POOL, "s", "m", key);
              model.remove(key);
            } else {
              var value = "" + random.nextInt(20);
              builder.put(POOL, "s", "m", key, value);
              model.put(key, value);
            }
          }
          var commit = builder.build();
          writer.commit(++positions[0], random.nextBoolean() ? commit : inBlocks(commit, random));
          var expected = new ArrayList<Row>();
          model.forEach((k, v) -> expected.add(Row.of("s", "m", k, v)));
          assertThat(scan(POOL)).isEqualTo(expected);
          try (var cut = store.read()) {
            assertThat(cut.count(POOL, "s")).isEqualTo(expected.size());
            expected.sort(
                (a, b) ->
                    a.text(3).equals(b.text(3))
                        ? a.text(2).compareTo(b.text(2))
                        : a.text(3).compareTo(b.text(3)));
            assertThat(all(cut.scan(POOL, POOL.indexes().get(0)))).isEqualTo(expected);
          }
        });
  }

  private static final Table MANY =
      Table.state("many", "subject")
          .key("name", ColumnType.TEXT)
          .key("number", ColumnType.INTEGER)
          .nullable("i", ColumnType.INTEGER)
          .nullable("b", ColumnType.BOOLEAN)
          .nullable("t", ColumnType.TEXT)
          .column("w", ColumnType.INSTANT)
          .build();

  private static final List<String> ODD =
      List.of(
          "", "~", ":", "1:", "a'b\"c", "\u0000", "a\u0000b", "\u00e9", "\ud83d\ude00", "\uffff");

  /** More than are read at once, and among them some that are very long. */
  @Test
  void manyRowsComeInTheOrderOfTheirKeyAndAsTheyWere() {
    store.declare(MANY);
    var expected = new ArrayList<Row>();
    for (int n = 0; n < 3_000; n++) {
      long number = n % 7 == 0 ? Long.MIN_VALUE + n : n % 5 == 0 ? Long.MAX_VALUE - n : n - 1_500;
      var odd = ODD.get(n % ODD.size());
      expected.add(
          Row.of(
              "s",
              ODD.get(n / 600),
              number,
              n % 3 == 0 ? null : (Object) (number / 3),
              n % 4 == 0 ? null : (Object) (n % 8 == 1),
              n % 6 == 0 ? null : n % 500 == 1 ? odd.repeat(400_000) : odd,
              Instant.EPOCH.plusSeconds(n)));
    }
    try (var writer = store.claim("s");
        var other = store.claim("t")) {
      var commit = Commit.builder();
      expected.forEach(row -> commit.put(MANY, row));
      writer.commit(1, commit.build());
      other.commit(
          1, Commit.builder().put(MANY, "t", "", 1L, null, null, null, Instant.EPOCH).build());
    }
    expected.sort(
        (a, b) -> {
          int names = Arrays.compareUnsigned(utf8(a.text(1)), utf8(b.text(1)));
          return names != 0 ? names : Long.compare(a.integer(2), b.integer(2));
        });
    try (var cut = store.read()) {
      assertSame(cut.scan(MANY, "s"), expected);
      for (var name : ODD.subList(0, 5)) {
        var ofName = expected.stream().filter(row -> row.text(1).equals(name)).toList();
        assertSame(cut.scan(MANY, "s", name), ofName);
        var between =
            ofName.stream().filter(r -> r.integer(2) >= -900 && r.integer(2) < 2_000).toList();
        assertSame(cut.range(MANY, Row.of("s", name), -900L, 2_000L, false), between);
        var back = new ArrayList<>(between);
        Collections.reverse(back);
        assertSame(cut.range(MANY, Row.of("s", name), -900L, 2_000L, true), back);
      }
      var from = expected.stream().filter(r -> utf8(r.text(1)).length > 0).toList();
      assertSame(cut.range(MANY, Row.of("s"), "\u0000", null, false), from);
      try (var rows = cut.scan(MANY, "s")) {
        for (int i = 0; i < 1_000; i++) {
          rows.next();
        }
      }
    }
  }

  @Test
  void manyRowsWithoutTextComeInTheirOrderToo() {
    var numbers =
        Table.state("numbers", "subject")
            .key("number", ColumnType.INTEGER)
            .column("double", ColumnType.INTEGER)
            .build();
    store.declare(numbers);
    var expected = new ArrayList<Row>();
    try (var writer = store.claim("s")) {
      var commit = Commit.builder();
      for (long n = -1_500; n < 1_500; n++) {
        expected.add(Row.of("s", n, 2 * n));
        commit.put(numbers, "s", n, 2 * n);
      }
      writer.commit(1, commit.build());
    }
    try (var cut = store.read();
        var rows = cut.scan(numbers, "s")) {
      var read = new ArrayList<Row>();
      rows.forEachRemaining(read::add);
      assertThat(read).isEqualTo(expected);
    }
  }

  @Test
  void theRowsOfABlockAreCheckedAndKeptAsOthers() {
    store.declare(NOTES, POOL);
    store.commit(
        Commit.builder()
            .put(NOTES, block(List.of(Row.of(2L, "b", -0.0), Row.of(1L, "a", null))))
            .delete(NOTES, 3L)
            .build());
    assertThat(scan(NOTES)).containsExactly(Row.of(1L, "a", null), Row.of(2L, "b", 0.0));
    assertThatThrownBy(
            () ->
                store.commit(
                    Commit.builder()
                        .put(
                            NOTES,
                            block(List.of(Row.of(1L, "other", null), Row.of(null, "b", 2.0))))
                        .build()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("table note: column id has no value");
    assertThat(scan(NOTES)).hasSize(2).contains(Row.of(1L, "a", null));
    try (var writer = store.claim("s")) {
      assertThatThrownBy(
              () ->
                  writer.commit(
                      1,
                      Commit.builder()
                          .put(POOL, block(List.of(Row.of("t", "m", "k", "1"))))
                          .build()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a row of t in a commit of s");
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void assertSame(Cut.Rows rows, List<Row> expected) {
    try (rows) {
      for (var row : expected) {
        assertThat(rows.hasNext()).isTrue();
        assertThat(rows.next().equals(row)).as("row %s %s", row.text(1), row.get(2)).isTrue();
      }
      assertThat(rows.hasNext()).isFalse();
    }
  }
}
