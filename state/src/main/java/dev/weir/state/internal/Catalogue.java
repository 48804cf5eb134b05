package dev.weir.state.internal;

import dev.weir.state.AmbiguousSnapshotException;
import dev.weir.state.Cut;
import dev.weir.state.DamagedSnapshotException;
import dev.weir.state.Row;
import dev.weir.state.Snapshot;
import dev.weir.state.Snapshots;
import dev.weir.state.StoreException;
import dev.weir.state.Table;
import dev.weir.state.UnknownSnapshotException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * The snapshots of a store, on any backend.
 *
 * <p>Invariants, at every commit: every chunk that {@code weir_chunk} names is there; the chunks of
 * a manifest are named exactly while something names the manifest.
 */
final class Catalogue implements Snapshots {

  private static final String DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";
  private static final int ID_LENGTH = 8;
  private static final long LEAST_SEGMENT_LIMIT = 64 * 1024;
  private static final long MOST_SEGMENT_LIMIT = 32 * 1024 * 1024;

  private final TableStore store;
  private final Backend backend;
  private final Chunks chunks;
  private final Clock clock;
  private final RandomGenerator random;

  /** Whether chunks may lie about that nothing names: after a crash or a failure. */
  private final AtomicBoolean orphans = new AtomicBoolean(true);

  /** The last one given. */
  private final AtomicLong ordinal = new AtomicLong();

  Catalogue(TableStore store, Backend backend, Clock clock, RandomGenerator random) {
    this.store = store;
    this.backend = backend;
    this.chunks = backend.chunks();
    this.clock = clock;
    this.random = random;
  }

  @Override
  public List<Snapshot> list(String subject) {
    try (var reader = backend.read()) {
      return newestFirst(reader, subject).stream().map(Catalogue::snapshot).toList();
    }
  }

  @Override
  public List<Snapshot> list() {
    try (var reader = backend.read();
        var scan = reader.scan(Books.SNAPSHOT)) {
      var rows = new ArrayList<Row>();
      scan.forEachRemaining(rows::add);
      rows.sort((a, b) -> Long.compare(b.integer(1), a.integer(1)));
      return rows.stream().map(Catalogue::snapshot).toList();
    }
  }

  private static List<Row> newestFirst(Backend.Reader reader, String subject) {
    var rows = new ArrayList<Row>();
    try (var scan = reader.scan(Books.SNAPSHOT, Books.SNAPSHOT_BY_SUBJECT, subject)) {
      scan.forEachRemaining(rows::add);
    }
    Collections.reverse(rows);
    return rows;
  }

  @Override
  public Snapshot find(String id) {
    try (var reader = backend.read()) {
      return snapshot(row(reader, id));
    }
  }

  private Row row(Backend.Reader reader, String id) {
    var exact = reader.get(Books.SNAPSHOT, id);
    if (exact != null) {
      return exact;
    }
    var found = new ArrayList<Row>();
    try (var scan = reader.scan(Books.SNAPSHOT)) {
      scan.forEachRemaining(
          row -> {
            if (row.text(0).startsWith(id)) {
              found.add(row);
            }
          });
    }
    if (found.isEmpty()) {
      throw new UnknownSnapshotException(
          "there is no snapshot %s in %s".formatted(id, backend.where()));
    }
    if (found.size() > 1) {
      throw new AmbiguousSnapshotException(
          "%d snapshots in %s begin with \"%s\": %s%s. Give more of the id"
              .formatted(
                  found.size(),
                  backend.where(),
                  id,
                  found.stream().limit(5).map(r -> r.text(0)).collect(Collectors.joining(", ")),
                  found.size() > 5 ? ", …" : ""));
    }
    return found.get(0);
  }

  private static Snapshot snapshot(Row row) {
    return new Snapshot(
        row.text(0),
        row.text(2),
        row.integer(3),
        row.instant(4),
        Snapshot.Why.valueOf(row.text(5).toUpperCase(java.util.Locale.ROOT)),
        row.text(6),
        (int) row.integer(7),
        row.integer(8),
        row.integer(9),
        row.integer(10),
        row.text(11),
        row.bool(12));
  }

  private static Row row(Snapshot s, long ordinal, String manifest) {
    return Row.of(
        s.id(),
        ordinal,
        s.subject(),
        s.position(),
        s.takenAt(),
        s.why().word(),
        s.program(),
        (long) s.tables(),
        s.rows(),
        s.bytes(),
        s.sharedBytes(),
        s.positions(),
        s.damaged(),
        manifest);
  }

  @Override
  public Optional<Snapshot> take(
      Cut cut, String subject, Snapshot.Why why, String program, String positions) {
    var reader = ((TableStore.StoreCut) cut).reader();
    var then = Subject.find(reader, subject);
    if (then == null || then.position() == null) {
      return Optional.empty();
    }
    boolean done = false;
    try (var session = beginTake(subject)) {
      var base = then.canBuildOnBase() ? sound(then.base()) : Optional.<Manifest.Kept>empty();
      var segments = segments(reader, subject);
      var tables =
          TableStore.tables(reader).stream().filter(t -> t.role() == Table.Role.STATE).toList();
      var built =
          base.flatMap(kept -> increment(session, reader, then, kept.manifest(), tables, segments))
              .orElseGet(() -> full(session, reader, subject, tables));
      var added =
          add(
              session,
              built.manifest(),
              new Description(
                  subject, then.position(), why, program, positions, built.rows(), now(), null),
              (transaction, snapshot) ->
                  buildNextOn(transaction, snapshot, segments, built.manifest()));
      done = true;
      return Optional.of(added);
    } finally {
      if (!done) {
        orphans.set(true);
      }
      if (done) {
        sweep(Set.of());
      }
    }
  }

  /** What was made for a snapshot. */
  private record Built(Manifest manifest, long rows) {}

  /** A segment in {@code weir_segment}. */
  private static final class Stored {
    private final long position;
    private final byte[] data;

    Stored(long position, byte[] data) {
      this.position = position;
      this.data = data;
    }
  }

  /**
   * Begins to write chunks. From now on commits keep their changes, so that the next snapshot can
   * be made of them.
   */
  private Chunks.Session beginTake(String subject) {
    return begin(
        transaction -> {
          var now = Subject.find(transaction, subject);
          if (!now.hasSegments()) {
            TableStore.put(transaction, now.beginSegments(MOST_SEGMENT_LIMIT));
          }
        });
  }

  /** A session that begins inside a transaction; none is left open where that fails. */
  private Chunks.Session begin(Consumer<Backend.Transaction> also) {
    var begun = new ArrayList<Chunks.Session>();
    boolean done = false;
    try {
      backend.write(
          transaction -> {
            also.accept(transaction);
            return begun.add(chunks.session());
          });
      done = true;
      return begun.get(0);
    } finally {
      if (!done) {
        begun.forEach(Chunks.Session::close);
      }
    }
  }

  private static List<Stored> segments(Backend.Reader reader, String subject) {
    var segments = new ArrayList<Stored>();
    try (var rows = reader.scan(Books.SEGMENT, subject)) {
      rows.forEachRemaining(row -> segments.add(new Stored(row.integer(1), row.bytes(3))));
    }
    return segments;
  }

  /** The manifest of a snapshot that is not known to be damaged, if it can be read. */
  private Optional<Manifest.Kept> sound(String id) {
    Row row;
    try (var reader = backend.read()) {
      row = reader.get(Books.SNAPSHOT, id);
    }
    return row == null || row.bool(12) ? Optional.empty() : manifest(row);
  }

  private Optional<Manifest.Kept> manifest(Row row) {
    try {
      return Optional.of(Manifest.read(chunks, row.text(13)));
    } catch (DamagedChunkException e) {
      return Optional.empty();
    }
  }

  private Built full(
      Chunks.Session session, Backend.Reader reader, String subject, List<Table> tables) {
    var previous = previous(subject);
    var builder = new SnapshotBuilder(chunks, session);
    var stacks = new ArrayList<Manifest.Stack>();
    long rows = 0;
    for (var table : tables) {
      try (var scan = reader.scan(table, subject)) {
        var before = previous.flatMap(p -> p.manifest().stack(table.name())).orElse(null);
        var stack = builder.full(table, withoutSubject(scan), before);
        if (!stack.base().chunks().isEmpty()) {
          stacks.add(stack);
          rows += stack.base().chunks().stream().mapToLong(Manifest.ChunkRef::changes).sum();
        }
      }
    }
    return new Built(new Manifest(stacks), rows);
  }

  /** Empty when a chunk that has to be merged is damaged. */
  private Optional<Built> increment(
      Chunks.Session session,
      Backend.Reader reader,
      Subject then,
      Manifest base,
      List<Table> tables,
      List<Stored> segments) {
    var byName = tables.stream().collect(Collectors.toMap(Table::name, Function.identity()));
    var merged = new TreeMap<String, TreeMap<Row, Change>>();
    for (var segment : segments) {
      if (segment.position > then.basePosition()) {
        Segments.read(segment.data, byName)
            .forEach(
                (name, changes) -> {
                  var byKey =
                      merged.computeIfAbsent(
                          name, n -> new TreeMap<>(RowOrder.ofKey(byName.get(n).content())));
                  for (var change : changes) {
                    byKey.put(change.row(), change);
                  }
                });
      }
    }
    var changes = new TreeMap<String, List<Change>>();
    merged.forEach((name, byKey) -> changes.put(name, List.copyOf(byKey.values())));
    try {
      var manifest = new SnapshotBuilder(chunks, session).increment(base, tables, changes);
      long rows = 0;
      for (var stack : manifest.stacks()) {
        rows += reader.count(stack.table(), then.name());
      }
      return Optional.of(new Built(manifest, rows));
    } catch (DamagedChunkException e) {
      return Optional.empty();
    }
  }

  private static Iterator<Row> withoutSubject(Iterator<Row> rows) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return rows.hasNext();
      }

      @Override
      public Row next() {
        return rows.next().without(1);
      }
    };
  }

  /** The subject's newest snapshot whose manifest can be read. */
  private Optional<Manifest.Kept> previous(String subject) {
    try (var reader = backend.read()) {
      return newestFirst(reader, subject).stream().findFirst().flatMap(this::manifest);
    }
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }

  static long segmentLimit(Manifest manifest) {
    long bytes =
        manifest.stacks().stream()
            .flatMap(s -> s.segments().stream())
            .mapToLong(Manifest.Segment::contentBytes)
            .sum();
    return Math.max(LEAST_SEGMENT_LIMIT, Math.min(bytes / 2, MOST_SEGMENT_LIMIT));
  }

  /** Lets the subject's next snapshot build on this one, unless things have moved on. */
  private static void buildNextOn(
      Backend.Transaction transaction, Snapshot snapshot, List<Stored> covered, Manifest manifest) {
    var now = Subject.find(transaction, snapshot.subject());
    long position = snapshot.position();
    boolean useful =
        now.hasSegments()
            && now.completeAfter() <= position
            && (now.base() == null || now.basePosition() <= position);
    if (!useful) {
      return;
    }
    long bytes = now.segmentBytes();
    var deletes = new ArrayList<Change>();
    for (var segment : covered) {
      if (now.base() == null || segment.position > now.basePosition()) {
        bytes -= segment.data.length;
        deletes.add(Change.delete(Row.of(snapshot.subject(), segment.position)));
      }
    }
    transaction.apply(Books.SEGMENT, deletes);
    TableStore.put(
        transaction, now.basedOn(snapshot.id(), position, bytes, segmentLimit(manifest)));
  }

  /**
   * A snapshot to be added.
   *
   * @param id the id that it should have if that is free, or null
   */
  record Description(
      String subject,
      long position,
      Snapshot.Why why,
      String program,
      String positions,
      long rows,
      Instant takenAt,
      String id) {}

  /** What else happens in the commit that adds a snapshot. */
  interface Addition {
    void apply(Backend.Transaction transaction, Snapshot snapshot);
  }

  /** Writes the manifest, makes all chunks durable, and puts the snapshot in the catalogue. */
  Snapshot add(
      Chunks.Session session, Manifest manifest, Description description, Addition addition) {
    var kept = manifest.write(session);
    session.sync();
    var sizes = kept.sizes();
    long bytes = sizes.values().stream().mapToLong(Integer::longValue).sum();
    var before = previous(description.subject()).map(Manifest.Kept::sizes).orElse(Map.of());
    long shared =
        sizes.entrySet().stream()
            .filter(e -> before.containsKey(e.getKey()))
            .mapToLong(Map.Entry::getValue)
            .sum();
    return backend.write(
        transaction -> {
          if (!session.isWhole()) {
            throw new StoreException(
                "another process removed chunks of a snapshot of %s while it was taken: take it again"
                    .formatted(description.subject()));
          }
          var snapshot =
              new Snapshot(
                  freeId(transaction, description.id()),
                  description.subject(),
                  description.position(),
                  description.takenAt(),
                  description.why(),
                  description.program(),
                  manifest.stacks().size(),
                  description.rows(),
                  bytes,
                  shared,
                  description.positions(),
                  false);
          var row = row(snapshot, nextOrdinal(transaction, snapshot.subject()), kept.hash());
          transaction.apply(Books.SNAPSHOT, List.of(Change.put(RowCheck.row(Books.SNAPSHOT, row))));
          ChunkNames.name(transaction, snapshot.id(), kept);
          addition.apply(transaction, snapshot);
          return snapshot;
        });
  }

  private String freeId(Backend.Reader reader, String wanted) {
    var id = wanted;
    while (id == null || reader.get(Books.SNAPSHOT, id) != null) {
      id =
          random
              .ints(ID_LENGTH, 0, DIGITS.length())
              .mapToObj(i -> DIGITS.substring(i, i + 1))
              .collect(Collectors.joining());
    }
    return id;
  }

  /**
   * By what snapshots are in order: exactly those of one subject and those that one process takes,
   * others by the clock. Looking at the whole catalogue for it would cost more with each subject.
   */
  private long nextOrdinal(Backend.Reader reader, String subject) {
    long least = ChronoUnit.MICROS.between(Instant.EPOCH, now());
    try (var scan = reader.scan(Books.SNAPSHOT, Books.SNAPSHOT_BY_SUBJECT, subject)) {
      while (scan.hasNext()) {
        least = Math.max(least, scan.next().integer(1) + 1);
      }
    }
    long atLeast = least;
    return ordinal.updateAndGet(last -> Math.max(last + 1, atLeast));
  }

  @Override
  public void remove(String id) {
    var freed =
        backend.write(
            transaction -> {
              var all = new HashSet<String>();
              remove(transaction, row(transaction, id), all);
              return all;
            });
    sweep(freed);
  }

  @Override
  public List<Snapshot> prune(String subject, int keep) {
    if (keep < 1) {
      throw new IllegalArgumentException("a subject keeps at least one snapshot, not " + keep);
    }
    var freed = new HashSet<String>();
    var removed = new ArrayList<Snapshot>();
    if (list(subject).size() > keep) {
      backend.write(
          transaction -> {
            for (var row : newestFirst(transaction, subject).stream().skip(keep).toList()) {
              remove(transaction, row, freed);
              removed.add(snapshot(row));
            }
            return null;
          });
    }
    sweep(freed);
    return removed;
  }

  /** Takes a snapshot out of the catalogue; adds the chunks that nothing names any more. */
  private static void remove(Backend.Transaction transaction, Row row, Set<String> freed) {
    var id = row.text(0);
    transaction.apply(Books.SNAPSHOT, List.of(Change.delete(Row.of(id))));
    ChunkNames.unname(transaction, id, freed);
    var subject = Subject.find(transaction, row.text(2));
    if (subject != null && id.equals(subject.base())) {
      transaction.clear(Books.SEGMENT, subject.name());
      TableStore.put(transaction, subject.withoutSegments());
    }
  }

  /**
   * Deletes freed chunks, and once after each trouble everything that nothing names. While a
   * session is open nothing is deleted: it may be about to name what it found.
   */
  private void sweep(Collection<String> freed) {
    boolean all = orphans.compareAndSet(true, false);
    var candidates = new TreeSet<>(freed);
    if (all) {
      candidates.addAll(chunks.list());
      // Nearly all are in use: found out here, not while everyone waits for the transaction.
      try (var reader = backend.read()) {
        candidates.removeIf(chunk -> ChunkNames.isInUse(reader, chunk));
      }
    }
    boolean done = false;
    try {
      if (all || !candidates.isEmpty()) {
        done =
            backend.write(
                transaction -> {
                  if (chunks.isBeingWritten()) {
                    return false;
                  }
                  candidates.removeIf(chunk -> ChunkNames.isInUse(transaction, chunk));
                  chunks.delete(candidates);
                  if (all) {
                    chunks.deleteLeftovers();
                  }
                  return true;
                });
      } else {
        done = true;
      }
    } finally {
      if (!done) {
        orphans.set(true);
      }
    }
  }

  @Override
  public SnapshotContents open(String id) {
    var row = find(id, Function.identity());
    try {
      return contents(snapshot(row), Manifest.read(chunks, row.text(13)).manifest());
    } catch (DamagedChunkException e) {
      throw damaged(snapshot(row), "(manifest)", e);
    }
  }

  private SnapshotContents contents(Snapshot snapshot, Manifest manifest) {
    return new SnapshotContents(
        snapshot,
        manifest,
        (table, ref) -> {
          try {
            return Changes.ofChunk(chunks, table, ref);
          } catch (DamagedChunkException e) {
            throw damaged(snapshot, table.name(), e);
          }
        });
  }

  private <T> T find(String id, Function<Row, T> result) {
    try (var reader = backend.read()) {
      return result.apply(row(reader, id));
    }
  }

  @Override
  public Diff diff(String from, String to) {
    var a = open(from);
    try {
      return new SnapshotDiff(a, open(to));
    } catch (RuntimeException e) {
      a.close();
      throw e;
    }
  }

  @Override
  public void export(String id, Path file) {
    try (var contents = open(id)) {
      Exports.write(contents.snapshot(), contents.fullTables(), contents, file);
    }
  }

  @Override
  public Snapshot importFrom(Path file) {
    try (var in = Exports.open(file)) {
      var same = existing(in);
      return same.orElseGet(() -> add(in));
    }
  }

  private Snapshot add(Exports.Incoming in) {
    var described = in.snapshot();
    return add(
        new Description(
            described.subject(),
            described.position(),
            Snapshot.Why.IMPORT,
            described.program(),
            described.positions(),
            described.rows(),
            described.takenAt(),
            described.id()),
        builder -> {
          var stacks = new ArrayList<Manifest.Stack>();
          for (var table : in.tables()) {
            try (var rows = in.rows(table)) {
              stacks.add(builder.full(table, rows, null));
            }
          }
          return stacks;
        });
  }

  @Override
  public Snapshot add(
      String subject,
      long position,
      Snapshot.Why why,
      String program,
      String positions,
      Map<Table, List<Row>> rows) {
    var checked = new LinkedHashMap<Table, List<Row>>();
    rows.forEach(
        (table, list) -> {
          var content = table.content();
          checked.put(table, list.stream().map(row -> RowCheck.row(content, row)).toList());
        });
    long count = rows.values().stream().mapToLong(List::size).sum();
    var previous = previous(subject);
    return add(
        new Description(subject, position, why, program, positions, count, now(), null),
        builder -> {
          var stacks = new ArrayList<Manifest.Stack>();
          checked.forEach(
              (table, list) -> {
                var before = previous.flatMap(p -> p.manifest().stack(table.name())).orElse(null);
                stacks.add(builder.full(table, list.iterator(), before));
              });
          return stacks;
        });
  }

  /** Adds a snapshot of rows that come from outside the store's tables. */
  private Snapshot add(
      Description description, Function<SnapshotBuilder, List<Manifest.Stack>> build) {
    boolean done = false;
    try (var session = begin(transaction -> {})) {
      var stacks = build.apply(new SnapshotBuilder(chunks, session));
      stacks.removeIf(stack -> stack.base().chunks().isEmpty());
      var added = add(session, new Manifest(stacks), description, (transaction, snapshot) -> {});
      done = true;
      return added;
    } finally {
      if (!done) {
        orphans.set(true);
        sweep(Set.of());
      }
    }
  }

  /** The snapshot that has the id and the content of an export, if there is one. */
  private Optional<Snapshot> existing(Exports.Incoming in) {
    var wanted = in.snapshot();
    Row row;
    try (var reader = backend.read()) {
      row = reader.get(Books.SNAPSHOT, wanted.id());
    }
    if (row == null) {
      return Optional.empty();
    }
    var here = snapshot(row);
    boolean same =
        here.subject().equals(wanted.subject())
            && here.position() == wanted.position()
            && here.rows() == wanted.rows()
            && here.program().equals(wanted.program())
            && here.positions().equals(wanted.positions());
    if (!same) {
      return Optional.empty();
    }
    try (var contents = open(here.id())) {
      return hasRows(contents, in) ? Optional.of(here) : Optional.empty();
    } catch (DamagedSnapshotException e) {
      return Optional.empty();
    }
  }

  /** Whether both hold the same rows; a table without rows is as good as none. */
  private static boolean hasRows(SnapshotContents contents, Exports.Incoming in) {
    var ours = byName(contents.tables());
    var theirs = byName(in.tables());
    var names = new TreeSet<>(ours.keySet());
    names.addAll(theirs.keySet());
    for (var name : names) {
      var mine = ours.get(name);
      var other = theirs.get(name);
      try (var left = mine == null ? IteratorRows.none() : contents.rows(mine);
          var right = other == null ? IteratorRows.none() : in.rows(other)) {
        while (left.hasNext() && right.hasNext()) {
          if (!left.next().equals(right.next())) {
            return false;
          }
        }
        if (left.hasNext() || right.hasNext()) {
          return false;
        }
      }
      if (mine != null && other != null && !mine.equals(other.content())) {
        return false;
      }
    }
    return true;
  }

  private static Map<String, Table> byName(List<Table> tables) {
    return tables.stream().collect(Collectors.toMap(Table::name, Function.identity()));
  }

  @Override
  public List<Damage> verify(String id) {
    var row = find(id, Function.identity());
    var damages = damages(row);
    mark(row.text(0), !damages.isEmpty());
    return damages;
  }

  private List<Damage> damages(Row row) {
    var id = row.text(0);
    var damages = new ArrayList<Damage>();
    try {
      var kept =
          Manifest.read(chunks, row.text(13), (table, e) -> damages.add(damage(id, table, e)));
      for (var stack : kept.manifest().stacks()) {
        for (var segment : stack.segments()) {
          for (var ref : segment.chunks()) {
            try {
              chunks.read(ref.hash());
            } catch (DamagedChunkException e) {
              damages.add(damage(id, stack.table().name(), e));
            }
          }
        }
      }
    } catch (DamagedChunkException e) {
      damages.add(damage(id, "(manifest)", e));
    }
    return damages;
  }

  private Damage damage(String snapshot, String table, DamagedChunkException e) {
    return new Damage(snapshot, table, e.hash, e.what + " (" + chunks.where(e.hash) + ")");
  }

  private void mark(String id, boolean damaged) {
    backend.write(
        transaction -> {
          var row = transaction.get(Books.SNAPSHOT, id);
          if (row != null && row.bool(12) != damaged) {
            var values = new Object[row.size()];
            for (int i = 0; i < values.length; i++) {
              values[i] = i == 12 ? (Object) damaged : row.get(i);
            }
            transaction.apply(Books.SNAPSHOT, List.of(Change.put(Row.of(values))));
          }
          return null;
        });
  }

  @Override
  public Optional<Snapshot> newestSound(String subject) {
    for (var snapshot : list(subject)) {
      if (verify(snapshot.id()).isEmpty()) {
        return Optional.of(find(snapshot.id()));
      }
    }
    return Optional.empty();
  }

  /** Marks the snapshot, and says what can be restored instead. */
  private RuntimeException damaged(Snapshot snapshot, String table, DamagedChunkException e) {
    try (var reader = backend.read()) {
      if (reader.get(Books.SNAPSHOT, snapshot.id()) == null) {
        return new UnknownSnapshotException(
            "snapshot %s was removed while it was read".formatted(snapshot.id()), e);
      }
    }
    mark(snapshot.id(), true);
    var sound = newestSound(snapshot.subject());
    return new DamagedSnapshotException(
        "snapshot %s of %s is damaged: chunk %s of table %s %s (%s). Nothing was changed.%n%s"
            .formatted(
                snapshot.id(),
                snapshot.subject(),
                e.hash,
                table,
                e.what,
                chunks.where(e.hash),
                sound
                    .map(
                        s ->
                            "The newest sound snapshot of %s is %s, of position %d, taken %s: restore that one"
                                .formatted(s.subject(), s.id(), s.position(), s.takenAt()))
                    .orElse("%s has no sound snapshot".formatted(snapshot.subject()))),
        e);
  }

  /** A snapshot that is being restored. */
  interface Source {
    String id();

    boolean isOf(String subject);

    long segmentLimit();

    /** Whether the tables have the same columns as in the snapshot. */
    boolean load(Backend.Transaction transaction);
  }

  /** The transaction of a restore. */
  interface Restore {
    void apply(Backend.Transaction transaction, Source source);
  }

  /** Verifies the whole snapshot, then runs one transaction that may load it. */
  void restore(String id, String subject, Restore restore) {
    var row = find(id, Function.identity());
    var snapshot = snapshot(row);
    var table = new String[] {"(manifest)"};
    try (var ahead = new ReadAhead()) {
      var manifest = Manifest.read(chunks, row.text(13)).manifest();
      for (var stack : manifest.stacks()) {
        table[0] = stack.table().name();
        for (var segment : stack.segments()) {
          segment.chunks().forEach(ref -> chunks.read(ref.hash()));
        }
      }
      backend.write(
          transaction -> {
            if (transaction.get(Books.SNAPSHOT, snapshot.id()) == null) {
              throw new UnknownSnapshotException(
                  "snapshot %s was removed before it could be restored".formatted(snapshot.id()));
            }
            restore.apply(
                transaction,
                new Source() {
                  @Override
                  public String id() {
                    return snapshot.id();
                  }

                  @Override
                  public boolean isOf(String other) {
                    return snapshot.subject().equals(other);
                  }

                  @Override
                  public long segmentLimit() {
                    return Catalogue.segmentLimit(manifest);
                  }

                  @Override
                  public boolean load(Backend.Transaction into) {
                    boolean same = true;
                    for (var stack : manifest.stacks()) {
                      table[0] = stack.table().name();
                      var now = store.ensure(into, stack.table());
                      var rows = rows(stack, ahead);
                      boolean wider = now.widens(stack.table());
                      same &= !wider;
                      into.load(now, subject, wider ? widened(stack.table(), now, rows) : rows);
                    }
                    return same;
                  }
                });
            return null;
          });
    } catch (DamagedChunkException e) {
      throw damaged(snapshot, table[0], e);
    }
  }

  /** Rows without the column of the subject, of a table that got more columns since. */
  private static Iterator<Row> widened(Table then, Table now, Iterator<Row> rows) {
    var from = then.content();
    var to = now.content();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return rows.hasNext();
      }

      @Override
      public Row next() {
        return to.widened(from, rows.next());
      }
    };
  }

  /** The rows of a table, the next chunk of each segment being read ahead. */
  private Iterator<Row> rows(Manifest.Stack stack, ReadAhead ahead) {
    var content = stack.table().content();
    return Changes.rows(
        Changes.merged(
            content,
            stack.segments().stream()
                .map(s -> ahead.changes(s, ref -> Changes.ofChunk(chunks, content, ref)))
                .toList()));
  }
}
