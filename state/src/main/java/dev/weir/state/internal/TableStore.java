package dev.weir.state.internal;

import dev.weir.state.Commit;
import dev.weir.state.Cut;
import dev.weir.state.Index;
import dev.weir.state.Row;
import dev.weir.state.Snapshots;
import dev.weir.state.Store;
import dev.weir.state.SupersededException;
import dev.weir.state.Table;
import dev.weir.state.Writer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/** The store, on any backend. */
final class TableStore implements Store {

  private final Backend backend;
  private final Catalogue catalogue;
  private final Map<String, Table> declared = new ConcurrentHashMap<>();
  private final Set<AutoCloseable> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  TableStore(Backend backend, Clock clock, RandomGenerator random) {
    this.backend = backend;
    if (backend.url().equals("memory:")) {
      backend.write(
          transaction -> {
            Books.ALL.forEach(transaction::create);
            return null;
          });
    }
    this.catalogue = new Catalogue(this, backend, clock, random);
    reload();
  }

  @Override
  public String url() {
    return backend.url();
  }

  @Override
  public void declare(Table... tables) {
    checkOpen();
    var missing = new ArrayList<Table>();
    for (var table : tables) {
      if (Books.isReserved(table.name()) || table.role() == Table.Role.CONTENT) {
        throw new IllegalArgumentException(
            "table %s: the name is the store's own or the table is no table of a store"
                .formatted(table.name()));
      }
      TableText.check(table);
      var known = declared.get(table.name());
      if (known == null || !TableText.reconcile(known, table, backend.where()).equals(known)) {
        missing.add(table);
      }
    }
    if (!missing.isEmpty()) {
      backend.write(
          transaction -> {
            missing.forEach(table -> declare(transaction, table));
            return null;
          });
      reload();
    }
  }

  private void declare(Backend.Transaction transaction, Table table) {
    var row = transaction.get(Books.TABLE, table.name());
    if (row == null) {
      transaction.create(table);
      transaction.apply(Books.TABLE, List.of(Change.put(TableText.row(table))));
      return;
    }
    var known = TableText.table(row);
    var kept = TableText.reconcile(known, table, backend.where());
    if (kept.widens(known)) {
      remake(transaction, known, kept, old -> kept.widened(known, old));
    } else if (!kept.equals(known)) {
      for (var index : kept.indexes()) {
        if (!known.indexes().contains(index)) {
          transaction.create(known, index);
        }
      }
      transaction.apply(Books.TABLE, List.of(Change.put(TableText.row(kept))));
    }
  }

  @Override
  public void redefine(Table table, UnaryOperator<Row> change) {
    checkOpen();
    TableText.check(table);
    backend.write(
        transaction -> {
          var row = transaction.get(Books.TABLE, table.name());
          var known = row == null ? null : TableText.table(row);
          if (known == null || known.role() != table.role()) {
            throw new IllegalArgumentException(
                "table %s in %s cannot be redefined: it is not there, or of another role"
                    .formatted(table.name(), backend.where()));
          }
          remake(transaction, known, table, change);
          return null;
        });
    reload();
  }

  private static void remake(
      Backend.Transaction transaction, Table known, Table table, UnaryOperator<Row> change) {
    var rows = new ArrayList<Change>();
    try (var old = transaction.scan(known)) {
      while (old.hasNext()) {
        var made = change.apply(old.next());
        if (made != null) {
          rows.add(Change.put(RowCheck.row(table, made)));
        }
      }
    }
    transaction.drop(known);
    transaction.create(table);
    transaction.apply(
        table, KeySort.sorted(table, RowOrder.ofKey(table), rows.toArray(Change[]::new)));
    transaction.apply(Books.TABLE, List.of(Change.put(TableText.row(table))));
    // Segments hold rows of the old columns: the next snapshots read the tables instead.
    var subjects = new ArrayList<String>();
    try (var all = transaction.scan(Books.SUBJECT)) {
      all.forEachRemaining(each -> subjects.add(each.text(0)));
    }
    for (var name : subjects) {
      transaction.clear(Books.SEGMENT, name);
      put(transaction, Subject.find(transaction, name).withoutSegments());
    }
  }

  /**
   * Makes sure, inside a transaction, that a snapshot's table exists.
   *
   * @return the table that its rows go to: it, or one that got more columns since
   */
  Table ensure(Backend.Transaction transaction, Table table) {
    var row = transaction.get(Books.TABLE, table.name());
    var known = row == null ? null : TableText.table(row);
    if (known != null && known.widens(table)) {
      return known;
    }
    if (known != null && table.widens(known)) {
      // What programs declare decides; a snapshot of a later version has to wait for that.
      throw TableText.mismatch(known, table, backend.where());
    }
    declare(transaction, table);
    return table;
  }

  /** Learns the tables that other processes declared. */
  void reload() {
    try (var reader = backend.read()) {
      tables(reader).forEach(table -> declared.put(table.name(), table));
    }
  }

  static List<Table> tables(Backend.Reader reader) {
    var tables = new ArrayList<Table>();
    try (var rows = reader.scan(Books.TABLE)) {
      rows.forEachRemaining(row -> tables.add(TableText.table(row)));
    }
    return tables;
  }

  @Override
  public List<Table> tables() {
    checkOpen();
    reload();
    return declared.values().stream().sorted((a, b) -> a.name().compareTo(b.name())).toList();
  }

  @Override
  public Writer claim(String subject) {
    checkOpen();
    RowCheck.key(Books.SUBJECT, Row.of(subject));
    long run =
        backend.write(
            transaction -> {
              var known = Subject.find(transaction, subject);
              var claimed = known == null ? Subject.fresh(subject) : known;
              claimed = claimed.withRun(claimed.run() + 1);
              put(transaction, claimed);
              return claimed.run();
            });
    var writer = new SubjectWriter(subject, run);
    open.add(writer);
    return writer;
  }

  static void put(Backend.Transaction transaction, Subject subject) {
    transaction.apply(Books.SUBJECT, List.of(Change.put(subject.row())));
  }

  @Override
  public Optional<Position> position(String subject) {
    checkOpen();
    try (var reader = backend.read()) {
      return position(reader, subject);
    }
  }

  private static Optional<Position> position(Backend.Reader reader, String subject) {
    var known = Subject.find(reader, subject);
    return known == null || known.position() == null
        ? Optional.empty()
        : Optional.of(new Position(known.position(), known.run()));
  }

  @Override
  public void commit(Commit commit) {
    checkOpen();
    for (var table : commit.changes().keySet()) {
      if (table.role() != Table.Role.BOOKKEEPING) {
        throw new IllegalArgumentException(
            "table %s is state: only the writer of a subject may change it"
                .formatted(table.name()));
      }
    }
    var batches = prepare(commit, null);
    backend.write(
        transaction -> {
          batches.forEach(batch -> batch.apply(transaction, null));
          return null;
        });
  }

  @Override
  public Cut read() {
    checkOpen();
    var known = Set.copyOf(declared.keySet());
    var cut = new StoreCut(backend.read(), known);
    open.add(cut);
    return cut;
  }

  @Override
  public Snapshots snapshots() {
    checkOpen();
    return catalogue;
  }

  @Override
  public long version() {
    checkOpen();
    return backend.version();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    for (var each : List.copyOf(open)) {
      if (each instanceof StoreCut cut) {
        cut.close();
      } else if (each instanceof SubjectWriter writer) {
        writer.close();
      }
    }
    backend.close();
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the store %s is closed".formatted(backend.where()));
    }
  }

  /** The table as it is kept, if its columns are as declared. */
  private Table known(Table table) {
    var known = declared.get(table.name());
    if (known == null) {
      reload();
      known = declared.get(table.name());
    }
    if (known == null) {
      throw new IllegalArgumentException(
          "table %s was never declared in %s".formatted(table.name(), backend.where()));
    }
    boolean same =
        known.columns().equals(table.columns())
            && known.keyLength() == table.keyLength()
            && known.role() == table.role();
    if (!same) {
      TableText.reconcile(known, table, backend.where());
    }
    return known;
  }

  /** What one commit does to one table: checked, sorted by key. */
  private record Batch(Table table, boolean clear, List<Change> changes) {

    void apply(Backend.Transaction transaction, String subject) {
      if (clear) {
        transaction.clear(table, table.role() == Table.Role.STATE ? subject : null);
      }
      transaction.apply(table, changes);
    }

    boolean isState() {
      return table.role() == Table.Role.STATE && (clear || !changes.isEmpty());
    }
  }

  private List<Batch> prepare(Commit commit, String subject) {
    var batches = new ArrayList<Batch>();
    commit
        .changes()
        .forEach(
            (named, changes) -> {
              var table = known(named);
              var order = RowOrder.ofKey(table);
              var kept = new ArrayList<Change>(changes.rows().size() + changes.inserted().size());
              boolean sameKeys = true;
              for (var entry : changes.rows().entrySet()) {
                var key = entry.getKey();
                var row = entry.getValue();
                checkSubject(table, key, subject);
                var change =
                    row == null
                        ? Change.delete(RowCheck.key(table, key))
                        : Change.put(RowCheck.row(table, row));
                sameKeys &= !RowCheck.changed(change.row(), row == null ? key : row);
                kept.add(change);
              }
              for (var row : changes.inserted()) {
                checkSubject(table, row, subject);
                kept.add(Change.insert(RowCheck.row(table, row)));
              }
              var sorted = KeySort.sorted(table, order, kept.toArray(Change[]::new));
              if (!changes.inserted().isEmpty()) {
                checkInserted(table, sorted, order);
              }
              batches.add(
                  new Batch(
                      table, changes.clear(), sameKeys ? sorted : lastOfEachKey(sorted, order)));
            });
    return batches;
  }

  private static void checkSubject(Table table, Row row, String subject) {
    if (table.role() == Table.Role.STATE && !subject.equals(row.get(0))) {
      throw new IllegalArgumentException(
          "table %s: a row of %s in a commit of %s".formatted(table.name(), row.get(0), subject));
    }
  }

  private static void checkInserted(Table table, List<Change> sorted, RowOrder order) {
    for (int i = 1; i < sorted.size(); i++) {
      var one = sorted.get(i - 1);
      var other = sorted.get(i);
      if ((one.fresh() || other.fresh()) && order.compare(one.row(), other.row()) == 0) {
        throw new IllegalArgumentException(
            "table %s: the commit has more than one row of the key of %s, which it inserts"
                .formatted(table.name(), other.row()));
      }
    }
  }

  /** Keys that differ as values may be one as kept (-0.0, nanoseconds): the later wins. */
  private static List<Change> lastOfEachKey(List<Change> sorted, RowOrder order) {
    var last = new ArrayList<Change>();
    for (var change : sorted) {
      int end = last.size() - 1;
      if (end >= 0 && order.compare(last.get(end).row(), change.row()) == 0) {
        last.set(end, change);
      } else {
        last.add(change);
      }
    }
    return last;
  }

  private static byte[] segment(List<Batch> batches) {
    var tables = new ArrayList<Segments.TableChanges>();
    for (var batch : batches) {
      if (batch.isState()) {
        tables.add(
            new Segments.TableChanges(
                batch.table(),
                batch.changes().stream()
                    .map(c -> new Change(c.row().without(1), c.deleted()))
                    .toList()));
      }
    }
    return Segments.write(tables);
  }

  private static Subject checkOwner(
      Backend.Transaction transaction, String subject, long run, long position, boolean state) {
    var owner = Subject.find(transaction, subject);
    if (owner == null || owner.run() != run) {
      throw new SupersededException(
          "run %d of %s may not commit any more: run %s has taken over"
              .formatted(run, subject, owner == null ? "?" : owner.run()));
    }
    var last = owner.position();
    if (last != null && (position < last || (position == last && state))) {
      throw new IllegalArgumentException(
          "%s is at position %d: a commit of %s at position %d is not after it"
              .formatted(subject, last, state ? "state" : "book-keeping", position));
    }
    return owner;
  }

  private final class SubjectWriter implements Writer {
    private final String subject;
    private final long run;
    private boolean writesSegments;
    private volatile boolean ended;

    SubjectWriter(String subject, long run) {
      this.subject = subject;
      this.run = run;
    }

    @Override
    public String subject() {
      return subject;
    }

    @Override
    public long run() {
      return run;
    }

    @Override
    public void commit(long position, Commit commit) {
      checkUsable();
      var batches = prepare(commit, subject);
      boolean state = batches.stream().anyMatch(Batch::isState);
      // Encoded before the transaction if the last commit needed it, so that the lock is held less.
      var early = writesSegments && state ? segment(batches) : null;
      writesSegments =
          backend.write(
              transaction -> {
                var owner = checkOwner(transaction, subject, run, position, state);
                batches.forEach(batch -> batch.apply(transaction, subject));
                var next = owner.at(position);
                if (state && next.hasSegments()) {
                  next = appendSegment(transaction, next, batches, early);
                }
                if (!next.equals(owner)) {
                  put(transaction, next);
                }
                return next.hasSegments();
              });
    }

    private Subject appendSegment(
        Backend.Transaction transaction, Subject owner, List<Batch> batches, byte[] early) {
      if (batches.stream().noneMatch(b -> b.isState() && b.clear())) {
        var data = early != null ? early : segment(batches);
        long bytes = owner.segmentBytes() + data.length;
        if (bytes <= owner.segmentLimit()) {
          long changes =
              batches.stream().filter(Batch::isState).mapToInt(b -> b.changes().size()).sum();
          transaction.apply(
              Books.SEGMENT, List.of(Change.put(Row.of(subject, owner.position(), changes, data))));
          return owner.withSegmentBytes(bytes);
        }
      }
      transaction.clear(Books.SEGMENT, subject);
      return owner.withoutSegments();
    }

    @Override
    public void restore(long position, String snapshotId, Commit also) {
      checkUsable();
      var batches = prepare(also, subject);
      catalogue.restore(
          snapshotId,
          subject,
          (transaction, source) -> {
            var owner = checkOwner(transaction, subject, run, position, true).at(position);
            for (var table : tables(transaction)) {
              if (table.role() == Table.Role.STATE) {
                transaction.clear(table, subject);
              }
            }
            boolean same = source.load(transaction);
            batches.forEach(batch -> batch.apply(transaction, subject));
            transaction.clear(Books.SEGMENT, subject);
            boolean equal =
                same && source.isOf(subject) && batches.stream().noneMatch(Batch::isState);
            put(
                transaction,
                equal
                    ? owner.equalTo(source.id(), source.segmentLimit())
                    : owner.withoutSegments());
          });
      reload();
    }

    private void checkUsable() {
      checkOpen();
      if (ended) {
        throw new IllegalStateException("the writer of %s is closed".formatted(subject));
      }
    }

    @Override
    public void close() {
      ended = true;
      open.remove(this);
    }
  }

  /** A cut: a reader that knows which tables there were. */
  final class StoreCut implements Cut {
    private final Backend.Reader reader;
    private final Set<String> existing;
    private boolean ended;

    StoreCut(Backend.Reader reader, Set<String> existing) {
      this.reader = reader;
      this.existing = new HashSet<>(existing);
    }

    Backend.Reader reader() {
      checkUsable();
      return reader;
    }

    @Override
    public Optional<Position> position(String subject) {
      checkUsable();
      return TableStore.position(reader, subject);
    }

    @Override
    public Optional<Row> get(Table table, Object... key) {
      checkUsable();
      var known = known(table);
      if (key.length != known.keyLength()) {
        throw new IllegalArgumentException(
            "table %s has a key of %d columns, not %d"
                .formatted(known.name(), known.keyLength(), key.length));
      }
      return exists(known)
          ? Optional.ofNullable(reader.get(known, kept(known, keyColumns(known), key)))
          : Optional.empty();
    }

    @Override
    public Rows scan(Table table, Object... keyPrefix) {
      checkUsable();
      var known = known(table);
      var prefix = kept(known, keyColumns(known), keyPrefix);
      return exists(known) ? reader.scan(known, prefix) : IteratorRows.none();
    }

    @Override
    public Rows scan(Table table, Index index, Object... prefix) {
      checkUsable();
      var known = known(table);
      checkIndex(known, index);
      var columns = index.columns().stream().map(c -> known.indexOf(c).orElseThrow()).toList();
      var values = kept(known, columns, prefix);
      return exists(known) ? reader.scan(known, index, values) : IteratorRows.none();
    }

    @Override
    public Rows range(Table table, Row prefix, Object from, Object to, boolean reverse) {
      checkUsable();
      var known = known(table);
      int next = prefix.size();
      if (next >= known.keyLength()) {
        throw new IllegalArgumentException(
            "table %s: after %d values no key column is left for a range"
                .formatted(known.name(), next));
      }
      var values = new Object[next];
      Arrays.setAll(values, prefix::get);
      var column = known.columns().get(next);
      return exists(known)
          ? reader.range(
              known,
              kept(known, keyColumns(known), values),
              RowCheck.value(known, column, from),
              RowCheck.value(known, column, to),
              reverse)
          : IteratorRows.none();
    }

    @Override
    public Rows range(
        Table table, Index index, Row prefix, Object from, Object to, boolean reverse) {
      checkUsable();
      var known = known(table);
      checkIndex(known, index);
      int next = prefix.size();
      if (next >= index.columns().size()) {
        throw new IllegalArgumentException(
            "index %s of table %s: after %d values no column is left for a range"
                .formatted(index.name(), known.name(), next));
      }
      var columns = index.columns().stream().map(c -> known.indexOf(c).orElseThrow()).toList();
      var values = new Object[next];
      Arrays.setAll(values, prefix::get);
      var column = known.columns().get(columns.get(next));
      return exists(known)
          ? reader.range(
              known,
              index,
              kept(known, columns, values),
              RowCheck.value(known, column, from),
              RowCheck.value(known, column, to),
              reverse)
          : IteratorRows.none();
    }

    private static void checkIndex(Table table, Index index) {
      if (!table.indexes().contains(index)) {
        throw new IllegalArgumentException(
            "table %s has no index %s over %s"
                .formatted(table.name(), index.name(), index.columns()));
      }
    }

    @Override
    public long count(Table table, Object... keyPrefix) {
      checkUsable();
      var known = known(table);
      var prefix = kept(known, keyColumns(known), keyPrefix);
      return exists(known) ? reader.count(known, prefix) : 0;
    }

    /** Whether the table was there when the cut was opened. */
    private boolean exists(Table table) {
      if (existing.contains(table.name())) {
        return true;
      }
      boolean found = reader.get(Books.TABLE, table.name()) != null;
      if (found) {
        existing.add(table.name());
      }
      return found;
    }

    private static List<Integer> keyColumns(Table table) {
      var columns = new ArrayList<Integer>();
      for (int i = 0; i < table.keyLength(); i++) {
        columns.add(i);
      }
      return columns;
    }

    private static Object[] kept(Table table, List<Integer> columns, Object[] values) {
      if (values.length > columns.size()) {
        throw new IllegalArgumentException(
            "table %s: %d values for %d columns"
                .formatted(table.name(), values.length, columns.size()));
      }
      var kept = new Object[values.length];
      for (int i = 0; i < kept.length; i++) {
        kept[i] = RowCheck.value(table, table.columns().get(columns.get(i)), values[i]);
      }
      return kept;
    }

    private void checkUsable() {
      if (ended) {
        throw new IllegalStateException("the cut is closed");
      }
    }

    @Override
    public void close() {
      if (!ended) {
        ended = true;
        open.remove(this);
        reader.close();
      }
    }
  }
}
