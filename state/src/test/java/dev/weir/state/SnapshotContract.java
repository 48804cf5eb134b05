package dev.weir.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What snapshots do on every backend. One subclass for each. */
abstract class SnapshotContract {

  static final Table POOL = StoreContract.POOL;

  /** Rows of some size, so that a few thousand make several chunks. */
  static final Table WIDE =
      Table.state("wide", "subject")
          .key("id", ColumnType.INTEGER)
          .column("name", ColumnType.TEXT)
          .nullable("weight", ColumnType.REAL)
          .index("by_name", "name")
          .build();

  static final List<Table> TABLES = List.of(POOL, StoreContract.ONE, WIDE);

  @TempDir Path exports;
  Store store;

  abstract Store open() throws Exception;

  @BeforeEach
  void openStore() throws Exception {
    store = open();
    store.declare(TABLES.toArray(Table[]::new));
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  static Snapshot take(Store store, String subject) {
    try (var cut = store.read()) {
      return store
          .snapshots()
          .take(cut, subject, Snapshot.Why.MANUAL, "v1", "{\"in\": 7}")
          .orElseThrow();
    }
  }

  /** The state of a subject, without its name. */
  static Map<String, List<Row>> state(Store store, String subject) {
    var state = new TreeMap<String, List<Row>>();
    try (var cut = store.read()) {
      for (var table : TABLES) {
        var rows = StoreContract.all(cut.scan(table, subject));
        if (!rows.isEmpty()) {
          state.put(table.name(), rows.stream().map(r -> r.without(1)).toList());
        }
      }
    }
    return state;
  }

  static Map<String, List<Row>> state(Snapshots.Contents contents) {
    var state = new TreeMap<String, List<Row>>();
    for (var table : contents.tables()) {
      var rows = StoreContract.all(contents.rows(table));
      if (!rows.isEmpty()) {
        state.put(table.name(), rows);
      }
    }
    return state;
  }

  Map<String, List<Row>> stateOf(Snapshot snapshot) {
    try (var contents = store.snapshots().open(snapshot.id())) {
      return state(contents);
    }
  }

  /** A random commit: small ones, large ones, clears. */
  static Commit change(Random random, String subject) {
    var builder = Commit.builder();
    if (random.nextInt(25) == 0) {
      builder.clear(TABLES.get(random.nextInt(TABLES.size())));
    }
    int size = random.nextInt(10) == 0 ? 6000 : random.nextInt(60);
    for (int i = 0; i < size; i++) {
      switch (random.nextInt(10)) {
        case 0 -> builder.put(StoreContract.ONE, subject, "value " + random.nextInt());
        case 1 -> builder.delete(StoreContract.ONE, subject);
        case 2, 3 -> builder.delete(POOL, subject, "m", "key " + random.nextInt(500));
        case 4, 5 ->
            builder.put(POOL, subject, "m", "key " + random.nextInt(500), "" + random.nextInt());
        case 6 -> builder.delete(WIDE, subject, (long) random.nextInt(20_000));
        default ->
            builder.put(
                WIDE,
                subject,
                (long) random.nextInt(20_000),
                Long.toHexString(random.nextLong()).repeat(1 + random.nextInt(4)),
                random.nextBoolean() ? null : random.nextDouble());
      }
    }
    // Now and then; what is new stays, and the snapshots are to stay small.
    if (random.nextInt(3) == 0) {
      builder.insert(WIDE, Row.of(subject, 20_000 + (random.nextLong() >>> 8), "new", null));
    }
    var commit = builder.build();
    return random.nextBoolean() ? commit : StoreContract.inBlocks(commit, random);
  }

  @Test
  void whatTheCatalogueSays() {
    var writer = store.claim("job");
    try (var cut = store.read()) {
      assertThat(store.snapshots().take(cut, "job", Snapshot.Why.EOF, "", "{}")).isEmpty();
      assertThat(store.snapshots().take(cut, "none", Snapshot.Why.EOF, "", "{}")).isEmpty();
    }
    writer.commit(
        3,
        Commit.builder()
            .put(POOL, "job", "m", "a", "1")
            .put(StoreContract.ONE, "job", "x")
            .build());
    var first = take(store, "job");
    writer.commit(4, StoreContract.put(POOL, "job", "m", "b", "1"));
    var second = take(store, "job");
    assertThat(first.id()).matches("[0-9a-z]{8}");
    assertThat(first.position()).isEqualTo(3);
    assertThat(first.takenAt()).isEqualTo(StoreContract.CLOCK.instant());
    assertThat(first.why()).isEqualTo(Snapshot.Why.MANUAL);
    assertThat(first.program()).isEqualTo("v1");
    assertThat(first.positions()).isEqualTo("{\"in\": 7}");
    assertThat(first.tables()).isEqualTo(2);
    assertThat(first.rows()).isEqualTo(2);
    assertThat(first.bytes()).isPositive();
    assertThat(first.sharedBytes()).isZero();
    assertThat(second.rows()).isEqualTo(3);
    assertThat(second.sharedBytes()).isPositive().isLessThan(second.bytes());
    assertThat(store.snapshots().list("job")).containsExactly(second, first);
    assertThat(store.snapshots().list("other")).isEmpty();
    var other = store.claim("other");
    other.commit(1, StoreContract.put(POOL, "other", "m", "a", "1"));
    var third = take(store, "other");
    assertThat(store.snapshots().list()).containsExactly(third, second, first);
    assertThat(store.snapshots().find(first.id())).isEqualTo(first);
  }

  @Test
  void anIdMayBeShortenedWhileItIsUnique() {
    var writer = store.claim("job");
    for (int i = 1; i <= 40; i++) {
      writer.commit(i, StoreContract.put(POOL, "job", "m", "a", "" + i));
      take(store, "job");
    }
    var all = store.snapshots().list();
    for (var snapshot : all) {
      for (int length = 1; length <= 8; length++) {
        var prefix = snapshot.id().substring(0, length);
        long matches = all.stream().filter(s -> s.id().startsWith(prefix)).count();
        if (matches == 1) {
          assertThat(store.snapshots().find(prefix)).isEqualTo(snapshot);
        } else {
          assertThatThrownBy(() -> store.snapshots().find(prefix))
              .isInstanceOf(AmbiguousSnapshotException.class)
              .hasMessageContaining(prefix);
        }
      }
    }
    assertThatThrownBy(() -> store.snapshots().find("never-an-id"))
        .isInstanceOf(UnknownSnapshotException.class)
        .hasMessageContaining("never-an-id");
    assertThatThrownBy(() -> store.snapshots().open("never-an-id"))
        .isInstanceOf(UnknownSnapshotException.class);
    assertThatThrownBy(() -> writer.restore(99, "never-an-id", Commit.builder().build()))
        .isInstanceOf(UnknownSnapshotException.class);
  }

  @Test
  void aSnapshotIsTheStateAtItsCutWhateverFollows() throws Exception {
    Cases.check(
        6,
        random -> {
          try (var fresh = open()) {
            fresh.declare(TABLES.toArray(Table[]::new));
            history(fresh, random);
          }
        });
  }

  /** A random life of two subjects; every snapshot is compared with what the state was. */
  private void history(Store fresh, Random random) {
    var writers = Map.of("a", fresh.claim("a"), "b", fresh.claim("b"));
    var positions = new HashMap<>(Map.of("a", 0L, "b", 0L));
    var known = new ArrayList<Map.Entry<Snapshot, Map<String, List<Row>>>>();
    for (int step = 0; step < 60; step++) {
      var subject = random.nextInt(5) == 0 ? "b" : "a";
      var writer = writers.get(subject);
      long position = positions.merge(subject, 1L + random.nextInt(2), Long::sum);
      int what = random.nextInt(10);
      if (what < 6 || (known.isEmpty() && what > 7)) {
        writer.commit(position, change(random, subject));
      } else if (what < 8) {
        writer.commit(position, change(random, subject));
        try (var cut = fresh.read()) {
          var then = state(fresh, subject);
          if (random.nextBoolean()) {
            writer.commit(positions.merge(subject, 1L, Long::sum), change(random, subject));
          }
          var taken = fresh.snapshots().take(cut, subject, Snapshot.Why.INTERVAL, "", "{}");
          known.add(Map.entry(taken.orElseThrow(), then));
        }
      } else if (what == 8) {
        var from = known.get(random.nextInt(known.size()));
        var also =
            random.nextBoolean()
                ? Commit.builder().build()
                : StoreContract.put(StoreContract.ONE, subject, "also");
        writer.restore(position, from.getKey().id(), also);
        if (also.isEmpty()) {
          assertThat(state(fresh, subject)).isEqualTo(from.getValue());
        } else {
          assertThat(state(fresh, subject).get("one")).containsExactly(Row.of("also"));
        }
      } else if (random.nextInt(3) == 0) {
        var gone = known.remove(random.nextInt(known.size()));
        fresh.snapshots().remove(gone.getKey().id());
      } else {
        var removed = fresh.snapshots().prune(subject, 3).stream().map(Snapshot::id).toList();
        known.removeIf(k -> removed.contains(k.getKey().id()));
      }
    }
    for (var each : known) {
      var snapshots = fresh.snapshots();
      assertThat(snapshots.verify(each.getKey().id())).isEmpty();
      try (var contents = snapshots.open(each.getKey().id())) {
        assertThat(state(contents)).isEqualTo(each.getValue());
        assertThat(each.getKey().rows())
            .isEqualTo(each.getValue().values().stream().mapToLong(List::size).sum());
      }
    }
    for (int i = 1; i < known.size(); i++) {
      var from = known.get(i - 1);
      var to = known.get(i);
      assertThat(applied(fresh, from, to)).isEqualTo(to.getValue());
    }
  }

  /** The rows of one snapshot with its difference to another applied. */
  private static Map<String, List<Row>> applied(
      Store store,
      Map.Entry<Snapshot, Map<String, List<Row>>> from,
      Map.Entry<Snapshot, Map<String, List<Row>>> to) {
    var result = new TreeMap<String, List<Row>>();
    from.getValue().forEach((table, rows) -> result.put(table, new ArrayList<>(rows)));
    try (var diff = store.snapshots().diff(from.getKey().id(), to.getKey().id())) {
      while (diff.hasNext()) {
        var each = diff.next();
        var rows = result.computeIfAbsent(each.table().name(), t -> new ArrayList<>());
        if (each.before() != null) {
          assertThat(rows.remove(each.before())).isTrue();
        }
        if (each.after() != null) {
          rows.add(each.after());
        }
        assertThat(each.before()).isNotEqualTo(each.after());
      }
    }
    var sorted = new TreeMap<String, List<Row>>();
    result.forEach(
        (table, rows) -> {
          if (!rows.isEmpty()) {
            rows.sort((a, b) -> compare(a, b));
            sorted.put(table, rows);
          }
        });
    return sorted;
  }

  private static int compare(Row a, Row b) {
    for (int i = 0; i < a.size(); i++) {
      int c =
          a.get(i) instanceof Long x && b.get(i) instanceof Long y
              ? x.compareTo(y)
              : String.valueOf(a.get(i)).compareTo(String.valueOf(b.get(i)));
      if (c != 0) {
        return c;
      }
    }
    return 0;
  }

  @Test
  void restoreReplacesTheStateOfItsSubjectOnly() {
    var a = store.claim("a");
    var b = store.claim("b");
    a.commit(1, StoreContract.put(POOL, "a", "m", "x", "1"));
    b.commit(
        1, Commit.builder().put(POOL, "b", "m", "y", "2").put(StoreContract.ONE, "b", "z").build());
    var ofA = take(store, "a");
    a.commit(
        2, Commit.builder().put(POOL, "a", "m", "x", "5").put(StoreContract.ONE, "a", "z").build());
    var before = state(store, "b");
    a.restore(3, ofA.id().substring(0, 7), Commit.builder().build());
    assertThat(state(store, "a")).isEqualTo(Map.of("pool", List.of(Row.of("m", "x", "1"))));
    assertThat(state(store, "b")).isEqualTo(before);
    assertThat(store.position("a").orElseThrow().position()).isEqualTo(3);
    b.restore(2, ofA.id(), StoreContract.put(StoreContract.ONE, "b", "also"));
    assertThat(state(store, "b"))
        .isEqualTo(Map.of("pool", List.of(Row.of("m", "x", "1")), "one", List.of(Row.of("also"))));
    store.claim("a");
    assertThatThrownBy(() -> a.restore(4, ofA.id(), Commit.builder().build()))
        .isInstanceOf(SupersededException.class);
    assertThat(state(store, "a")).isEqualTo(Map.of("pool", List.of(Row.of("m", "x", "1"))));
  }

  @Test
  void aFewChangesCostLittle() {
    var random = new Random(1);
    var writer = store.claim("s");
    var builder = Commit.builder();
    for (long i = 0; i < 40_000; i++) {
      builder.put(WIDE, "s", i, Long.toHexString(random.nextLong()), random.nextDouble());
    }
    writer.commit(1, builder.build());
    var first = take(store, "s");
    var previous = first;
    for (int n = 2; n < 12; n++) {
      var change = Commit.builder();
      for (int i = 0; i < 40; i++) {
        change.put(WIDE, "s", (long) random.nextInt(40_000), "changed", 1.0 * n);
      }
      writer.commit(n, change.build());
      var next = take(store, "s");
      assertThat(next.bytes() - next.sharedBytes()).isLessThan(first.bytes() / 50);
      assertThat(next.rows()).isEqualTo(40_000);
      previous = next;
    }
    assertThat(stateOf(previous)).isEqualTo(state(store, "s"));
    assertThat(stateOf(first)).isNotEqualTo(stateOf(previous));
  }

  @Test
  void pruneKeepsTheNewest() {
    var writer = store.claim("s");
    var taken = new ArrayList<Snapshot>();
    for (int i = 1; i <= 5; i++) {
      writer.commit(i, StoreContract.put(POOL, "s", "m", "k" + i, "1"));
      taken.add(0, take(store, "s"));
    }
    assertThat(store.snapshots().prune("s", 2)).containsExactlyElementsOf(taken.subList(2, 5));
    assertThat(store.snapshots().list("s")).containsExactlyElementsOf(taken.subList(0, 2));
    assertThat(store.snapshots().prune("s", 2)).isEmpty();
    assertThatThrownBy(() -> store.snapshots().prune("s", 0))
        .isInstanceOf(IllegalArgumentException.class);
    for (var kept : store.snapshots().list("s")) {
      assertThat(store.snapshots().verify(kept.id())).isEmpty();
    }
  }

  @Test
  void anExportIsTheSameOnAnyStore() throws Exception {
    var random = new Random(5);
    var writer = store.claim("s");
    for (int i = 1; i < 40; i++) {
      writer.commit(i, change(random, "s"));
    }
    take(store, "s");
    writer.commit(100, change(random, "s"));
    var snapshot = take(store, "s");
    var file = exports.resolve("s.zip");
    store.snapshots().export(snapshot.id(), file);
    store.snapshots().export(snapshot.id(), file);
    assertThat(store.snapshots().importFrom(file)).isEqualTo(snapshot);
    assertThat(store.snapshots().list("s")).hasSize(2);
    for (var url : List.of("memory:", "sqlite:" + exports.resolve("other.db"))) {
      try (var other = Stores.open(url, StoreContract.CLOCK)) {
        var imported = other.snapshots().importFrom(file);
        assertThat(imported.id()).isEqualTo(snapshot.id());
        assertThat(imported.why()).isEqualTo(Snapshot.Why.IMPORT);
        assertThat(imported.rows()).isEqualTo(snapshot.rows());
        assertThat(imported.position()).isEqualTo(100);
        assertThat(imported.positions()).isEqualTo("{\"in\": 7}");
        assertThat(other.snapshots().importFrom(file)).isEqualTo(imported);
        try (var contents = other.snapshots().open(imported.id())) {
          assertThat(state(contents)).isEqualTo(stateOf(snapshot));
        }
        other.claim("t").restore(1, imported.id(), Commit.builder().build());
        other.declare(TABLES.toArray(Table[]::new));
        assertThat(state(other, "t")).isEqualTo(state(store, "s"));
        var back = exports.resolve("back.zip");
        other.snapshots().export(imported.id(), back);
        assertThat(store.snapshots().importFrom(back)).isEqualTo(snapshot);
      }
    }
    try (var files = Files.list(exports)) {
      assertThat(files.map(p -> p.getFileName().toString()))
          .noneMatch(name -> name.endsWith(".part"));
    }
  }

  @Test
  void anotherSnapshotOfTheSameIdIsImportedUnderANewOne() {
    var writer = store.claim("s");
    writer.commit(1, StoreContract.put(POOL, "s", "m", "a", "1"));
    var mine = take(store, "s");
    var file = exports.resolve("s.zip");
    store.snapshots().export(mine.id(), file);
    var changed = exports.resolve("changed.zip");
    ExportsTest.edit(
        file,
        changed,
        "manifest.json",
        text -> text.replace("\"position\" : 1", "\"position\" : 2"));
    var imported = store.snapshots().importFrom(changed);
    assertThat(imported.id()).isNotEqualTo(mine.id());
    assertThat(imported.position()).isEqualTo(2);
    assertThat(store.snapshots().list("s")).containsExactly(imported, mine);
  }

  @Test
  void anExportThatCannotBeWrittenSaysSo() throws IOException {
    store.claim("s").commit(1, StoreContract.put(POOL, "s", "m", "a", "1"));
    var id = take(store, "s").id();
    assertThatThrownBy(() -> store.snapshots().export(id, exports))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("folder");
    assertThatThrownBy(() -> store.snapshots().export(id, exports.resolve("none/s.zip")))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("none");
  }

  @Test
  void snapshotsOfDifferentTablesCannotBeCompared() {
    store.claim("s").commit(1, StoreContract.put(StoreContract.ONE, "s", "a"));
    var file = exports.resolve("s.zip");
    var mine = take(store, "s");
    try (var other = Stores.open("memory:", StoreContract.CLOCK)) {
      var longer =
          Table.state("one", "subject")
              .column("value", ColumnType.TEXT)
              .nullable("more", ColumnType.TEXT)
              .build();
      other.declare(longer);
      other.claim("s").commit(1, StoreContract.put(longer, "s", "a", null));
      other.snapshots().export(take(other, "s").id(), file);
    }
    var theirs = store.snapshots().importFrom(file);
    assertThatThrownBy(() -> store.snapshots().diff(mine.id(), theirs.id()))
        .isInstanceOf(TableMismatchException.class)
        .hasMessageContaining("one")
        .hasMessageContaining("more TEXT NULL");
    var writer = store.claim("s");
    assertThatThrownBy(() -> writer.restore(2, theirs.id(), Commit.builder().build()))
        .isInstanceOf(TableMismatchException.class)
        .hasMessageContaining("more");
    assertThat(state(store, "s")).isEqualTo(Map.of("one", List.of(Row.of("a"))));
  }

  @Test
  void aSnapshotIsRestoredToATableThatGotMoreColumns() {
    var narrow =
        Table.state("grows", "subject")
            .key("id", ColumnType.INTEGER)
            .column("name", ColumnType.TEXT)
            .build();
    var wider =
        Table.state("grows", "subject")
            .key("id", ColumnType.INTEGER)
            .nullable("seen", ColumnType.INSTANT)
            .column("name", ColumnType.TEXT)
            .nullable("note", ColumnType.TEXT)
            .build();
    store.declare(narrow);
    var writer = store.claim("s");
    writer.commit(1, StoreContract.put(narrow, "s", 1L, "a"));
    var before = take(store, "s");
    store.declare(wider);
    writer = store.claim("s");
    writer.commit(2, StoreContract.put(wider, "s", 2L, null, "b", "new"));
    var after = take(store, "s");
    var old = Row.of("s", 1L, null, "a", null);
    writer.restore(3, before.id(), Commit.builder().build());
    try (var cut = store.read()) {
      assertThat(StoreContract.all(cut.scan(wider))).containsExactly(old);
    }
    writer.commit(4, StoreContract.put(wider, "s", 3L, null, "c", null));
    try (var contents = store.snapshots().open(take(store, "s").id())) {
      assertThat(state(contents))
          .isEqualTo(
              Map.of("grows", List.of(Row.of(1L, null, "a", null), Row.of(3L, null, "c", null))));
    }
    writer.restore(5, after.id(), Commit.builder().build());
    try (var cut = store.read()) {
      assertThat(StoreContract.all(cut.scan(wider)))
          .containsExactly(old, Row.of("s", 2L, null, "b", "new"));
    }
    assertThat(take(store, "s").rows()).isEqualTo(2);
  }

  @Test
  void rowsOfNoTableCanBeASnapshot() {
    var rows = new ArrayList<Row>();
    for (long id = 0; id < 20_000; id++) {
      rows.add(Row.of(id, "name " + id, null));
    }
    var snapshots = store.snapshots();
    var first = snapshots.add("f", 7, Snapshot.Why.EVENTS, "v1", "{}", Map.of(WIDE, rows));
    rows.set(4_000, Row.of(4_000L, "other", 1.5));
    var second = snapshots.add("f", 5, Snapshot.Why.EVENTS, "v1", "{}", Map.of(WIDE, rows));
    assertThat(snapshots.list("f")).containsExactly(second, first);
    assertThat(second.position()).isEqualTo(5);
    assertThat(second.rows()).isEqualTo(20_000);
    assertThat(second.sharedBytes()).isPositive();
    try (var contents = snapshots.open(second.id())) {
      assertThat(state(contents)).isEqualTo(Map.of("wide", rows));
    }
    assertThat(snapshots.verify(first.id())).isEmpty();
    assertThat(state(store, "f")).isEmpty();
    var file = exports.resolve("f.zip");
    snapshots.export(second.id(), file);
    snapshots.remove(second.id());
    assertThat(snapshots.importFrom(file).id()).isEqualTo(second.id());
    assertThatThrownBy(
            () ->
                snapshots.add(
                    "f", 8, Snapshot.Why.EVENTS, "", "{}", Map.of(WIDE, List.of(Row.of("x")))))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
