package dev.weir.views;

import dev.weir.graph.Names;
import dev.weir.state.ColumnType;
import dev.weir.state.Commit;
import dev.weir.state.Cut;
import dev.weir.state.Index;
import dev.weir.state.Row;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import dev.weir.state.Table;
import dev.weir.state.WeirException;
import dev.weir.state.Writer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.ObjLongConsumer;

/**
 * A query that runs: steps go in, the changes of every stream come out, and what was materialized
 * is kept up to date. In memory, or in a store; then each step is one commit, and a view that is
 * opened again goes on from the last one.
 *
 * <p>A step that fails, for whatever reason, has changed nothing, and the view goes on.
 *
 * <p>Thread-safe: one step at a time. Opening a view takes it over: an older holder, in this
 * process or another, can commit no more.
 */
public final class View implements AutoCloseable {

  /** Which view is which query. */
  static final Table VIEWS =
      Table.bookkeeping("view_query")
          .key("view", ColumnType.TEXT)
          .column("circuit", ColumnType.TEXT)
          .build();

  /** Which tables are whose. */
  static final Table TABLES =
      Table.bookkeeping("view_table")
          .key("view", ColumnType.TEXT)
          .key("name", ColumnType.TEXT)
          .build();

  /** Since which step the changes of a result are kept. */
  private static final Table HISTORY =
      Table.bookkeeping("view_history")
          .key("view", ColumnType.TEXT)
          .key("name", ColumnType.TEXT)
          .column("since", ColumnType.INTEGER)
          .column("steps", ColumnType.INTEGER)
          .build();

  /** The steps that had an id. */
  private static final Table STEPS =
      Table.state("view_step", "view")
          .key("id", ColumnType.TEXT)
          .column("step", ColumnType.INTEGER)
          .column("content", ColumnType.TEXT)
          .build();

  private final Query query;
  private final Store store;
  private final Keeper keeper;
  private final Writer writer;
  private final List<Node> nodes;
  private final Circuit circuit;
  private final Committed committed;
  private final Map<Input<?>, Arrangement> kept = new HashMap<>();
  private final Map<String, String> uncommitted = new HashMap<>();
  private final Map<String, ChangeEvents<?>> events = new HashMap<>();
  private final Map<Node, List<BiConsumer<Long, ZSet<Object>>>> listeners = new HashMap<>();
  private long step;
  private long absent;
  private long absentBefore;
  private long measuredFrom;

  /** Keeps the tables of a view that has no store of its own. */
  interface Keeper {
    /** A store with these tables as they were at the last commit; the view closes it. */
    Store load(List<Table> tables);

    void commit(Commit changes);
  }

  private View(Query query, Store store, Keeper keeper, boolean anew) {
    this.query = query;
    this.store = store;
    this.keeper = keeper;
    this.nodes = query.close();
    // What is in memory alone needs no tables.
    boolean durable = store != null || keeper != null;
    this.circuit = new Circuit(nodes, node -> null, durable ? query::tables : null);
    for (var input : query.inputs()) {
      if (input.key != null) {
        var table =
            !durable
                ? null
                : new EntryTable(keptName(query, input), input.node.type, List.of(), query.bound());
        kept.put(input, new Arrangement(table, input.key, null));
      } else if (input.absent != Input.Absent.ALLOWED) {
        throw new ViewException(
            "input %s does not know what is absent: declare its key with keep"
                .formatted(input.node.name));
      }
    }
    if (store == null) {
      if (query.bound() != 0) {
        throw new ViewException(
            "view %s has a bounded working set and no store to read the rest from: open it in one"
                .formatted(query.name()));
      }
      this.writer = null;
      this.committed = keeper == null ? null : loaded();
      return;
    }
    store.declare(VIEWS, TABLES, HISTORY, STEPS);
    if (!anew) {
      checkQuery();
    }
    writer = store.claim(query.name());
    var migration = new Migration(store, query.name(), query.added());
    if (anew) {
      migration.migrate(List.copyOf(kept.values()));
      migration.empty(circuit.ops().stream().flatMap(op -> op.states().stream()).toList());
    } else {
      migration.migrate(states());
    }
    store.declare(states().stream().map(State::table).toArray(Table[]::new));
    committed = new Committed(query.name(), store);
    try {
      step = committed.cut().position(query.name()).map(Store.Position::position).orElse(0L);
      kept.values().forEach(state -> state.load(committed));
      if (anew) {
        refill();
      } else {
        circuit.ops().forEach(op -> op.load(committed));
      }
    } finally {
      committed.release();
    }
    if (!anew) {
      writer.commit(step, remember(Commit.builder(), step).build());
    }
  }

  private Committed loaded() {
    if (nodes.stream().anyMatch(node -> node.retained > 0)) {
      throw new ViewException(
          "a result of view %s retains past steps, which nobody can ask for without a store"
              .formatted(query.name()));
    }
    try (var tables = keeper.load(states().stream().map(State::table).toList())) {
      var loaded = new Committed(query.name(), tables);
      kept.values().forEach(state -> state.load(loaded));
      circuit.ops().forEach(op -> op.load(loaded));
      loaded.release();
      return loaded;
    }
  }

  /** A view that is in memory and nowhere else. */
  public static View open(Query query) {
    return new View(query, null, null, false);
  }

  /** A view whose tables somebody else keeps. */
  static View open(Query query, Keeper keeper) {
    return new View(query, null, keeper, false);
  }

  /**
   * A view that a store keeps, as it is after its last step; new and empty if the store does not
   * know it.
   *
   * @throws ViewException when the store knows it with another query
   */
  public static View open(Store store, Query query) {
    return new View(query, store, null, false);
  }

  /**
   * Makes a view anew from the rows of its inputs, all of which are kept: for a query that has
   * changed while its inputs have not. Done in one commit: if it fails, nothing has changed.
   */
  public static View rebuild(Store store, Query query) {
    for (var input : query.inputs()) {
      if (input.key == null) {
        throw new ViewException(
            "view %s cannot be rebuilt: its input %s is not kept. Declare its key with keep, and feed it again"
                .formatted(query.name(), input.node.name));
      }
    }
    return new View(query, store, null, true);
  }

  /** One step from nothing to the result on all the rows of the kept inputs. */
  private void refill() {
    var commit = Commit.builder();
    var inputs = kept.values().stream().map(State::table).toList();
    try (var names = committed.cut().scan(TABLES, query.name())) {
      while (names.hasNext()) {
        var name = names.next().text(1);
        store.tables().stream()
            .filter(table -> table.name().equals(name))
            .filter(table -> inputs.stream().noneMatch(input -> input.name().equals(name)))
            .forEach(commit::clear);
        commit.delete(TABLES, query.name(), name);
      }
    }
    for (var state : states()) {
      if (!inputs.contains(state.table())) {
        commit.clear(state.table());
      }
    }
    committed.step = step + 1;
    kept.forEach((input, rows) -> rows.copyTo(circuit.out(input.node)));
    committed.cleared = true;
    remember(commit.clear(STEPS), step + 1);
    circuit.ops().forEach(op -> op.load(committed));
    finish(null, null, commit);
    committed.cleared = false;
  }

  /** Which query this is, which tables are its own, and since when it has a past. */
  private Commit.Builder remember(Commit.Builder commit, long now) {
    for (var state : states()) {
      commit.put(TABLES, query.name(), state.table().name());
    }
    var retained = new HashMap<String, Node>();
    nodes.stream().filter(node -> node.retained > 0).forEach(n -> retained.put(n.table, n));
    var since = new HashMap<String, Long>();
    try (var cut = store.read();
        var histories = cut.scan(HISTORY, query.name())) {
      histories.forEachRemaining(row -> since.put(row.text(1), row.integer(2)));
    }
    since.keySet().stream()
        .filter(name -> !retained.containsKey(name))
        .forEach(name -> commit.delete(HISTORY, query.name(), name));
    boolean anew = committed.cleared;
    retained.forEach(
        (name, node) ->
            commit.put(
                HISTORY,
                query.name(),
                name,
                anew ? now : since.getOrDefault(name, now),
                node.retained));
    return commit.put(VIEWS, query.name(), query.explain());
  }

  private static String keptName(Query query, Input<?> input) {
    return query.name() + "_" + input.node.name;
  }

  private void checkQuery() {
    try (var cut = store.read()) {
      var known = cut.get(VIEWS, query.name());
      if (known.isEmpty()) {
        return;
      }
      // The store may know the query as it was before some of the components were added.
      var added = query.added();
      for (int i = added.size(); i >= 0; i--) {
        if (known.get().text(1).equals(query.explain(added.subList(i, added.size())))) {
          return;
        }
      }
      throw new ViewException(
          ("view %s in %s is another query:%n%s"
                  + "Choices: run the program that made it; say with Query.added what kept rows"
                  + " have in a component that is new; rebuild it from its kept inputs"
                  + " (View.rebuild); give the new query another name; or use another store")
              .formatted(
                  query.name(), store.url(), differences(known.get().text(1), query.explain())));
    }
  }

  static String differences(String before, String after) {
    var old = List.of(before.split("\n"));
    var now = List.of(after.split("\n"));
    var text = new StringBuilder();
    old.stream().filter(line -> !now.contains(line)).forEach(l -> text.append("  - " + l + "%n"));
    now.stream().filter(line -> !old.contains(line)).forEach(l -> text.append("  + " + l + "%n"));
    return text.toString().formatted();
  }

  /** Inserts rows, in one step. */
  @SafeVarargs
  public final <T> Changes insert(Input<T> input, T... rows) {
    var given = Step.once();
    for (var row : rows) {
      given.add(input, row, 1);
    }
    return step(given);
  }

  /** Removes rows, in one step. */
  @SafeVarargs
  public final <T> Changes remove(Input<T> input, T... rows) {
    var given = Step.once();
    for (var row : rows) {
      given.add(input, row, -1);
    }
    return step(given);
  }

  /** Removes one row and inserts another, in one step. */
  public <T> Changes replace(Input<T> input, T old, T row) {
    return step(Step.once().replace(input, old, row));
  }

  /** Puts a row in the place of the one with its key, in one step. */
  public <T> Changes upsert(Input<T> input, T row) {
    return step(Step.once().upsert(input, row));
  }

  /**
   * Makes a step. When it returns, the step is durable (if the view is in a store).
   *
   * @return how every stream has changed; nothing if a step of this id was made before
   * @throws ViewException when it fails; nothing has changed
   */
  public synchronized Changes step(Step given) {
    String content = null;
    if (given.id != null) {
      content = content(given);
      var known = known(given.id);
      if (known != null) {
        if (!known.equals(content)) {
          throw new ViewException(
              "view %s has made step %s already, with other content"
                  .formatted(query.name(), given.id));
        }
        return new Changes(step, true, Map.of(), null);
      }
    }
    if (committed != null) {
      committed.step = step + 1;
    }
    absentBefore = absent;
    try {
      given.changes.forEach(this::feed);
    } catch (RuntimeException | Error e) {
      undo();
      throw e;
    }
    return finish(given.id, content, Commit.builder());
  }

  /**
   * Adds the change that a record describes to a step, in any of the forms that a view in a graph
   * takes (docs/views.md); of what empties an input, the rows that are there now go.
   *
   * @param input the name of the input
   * @param record a JSON value
   * @throws ViewException when there is no such input, or the record is no change of it
   */
  public synchronized void addTo(Step given, String input, Object record) {
    events
        .computeIfAbsent(
            input,
            name ->
                query.inputs().stream()
                    .filter(each -> each.node.name.equals(name))
                    .findFirst()
                    .<ChangeEvents<?>>map(ChangeEvents::new)
                    .orElseThrow(
                        () ->
                            new ViewException(
                                "view %s has no input %s%s"
                                    .formatted(
                                        query.name(),
                                        name,
                                        Names.hint(name, "it has", query.inputNames())))))
        .read(record)
        .addTo(given, this);
  }

  private void undo() {
    absent = absentBefore;
    circuit.undo();
    kept.values().forEach(State::undo);
    if (committed != null) {
      committed.release();
    }
  }

  private Changes finish(String id, String content, Commit.Builder commit) {
    try {
      circuit.step();
      if (committed != null) {
        circuit.collect(commit);
        kept.values().forEach(state -> state.collect(commit));
      }
      if (writer != null) {
        if (id != null) {
          commit.put(STEPS, query.name(), id, step + 1, content);
        }
        committed.release();
        writer.commit(step + 1, commit.build());
      } else if (keeper != null) {
        keeper.commit(commit.build());
      } else if (id != null) {
        uncommitted.put(id, content);
      }
    } catch (IllegalArgumentException e) {
      undo();
      throw new ViewException(
          "view %s: what the step changes cannot be kept: %s"
              .formatted(query.name(), e.getMessage()),
          e);
    } catch (RuntimeException | Error e) {
      undo();
      throw e;
    }
    step++;
    for (var node : nodes) {
      if (node.retained > 0) {
        ((Ops.Kept) circuit.op(node)).history.remember(step);
      }
    }
    var changes = new Changes(step, false, circuit.places(), circuit.take());
    for (var rows : kept.values()) {
      rows.settle();
    }
    if (!listeners.isEmpty()) {
      listeners.forEach(
          (node, each) -> {
            var delta = changes.of(node);
            if (!delta.isEmpty()) {
              each.forEach(listener -> listener.accept(changes.step(), delta));
            }
          });
    }
    return changes;
  }

  private void feed(Input<?> input, Step.Changes changes) {
    if (input.query != query) {
      throw new ViewException("input %s is of another query".formatted(input.node.name));
    }
    var out = circuit.out(input.node);
    var rows = kept.get(input);
    if (rows == null) {
      out.addAll(changes.delta);
      return;
    }
    for (int n = 0; n < changes.delta.size; n++) {
      var row = changes.delta.rows[n];
      try {
        feed(input, rows, row, changes.delta.weights[n], changes.isPut(n), out);
      } catch (ArithmeticException e) {
        throw failed(input, row, "its weight leaves its range: " + e.getMessage(), e);
      } catch (WeirException e) {
        throw e;
      } catch (RuntimeException e) {
        throw failed(input, row, e.toString(), e);
      }
    }
  }

  private static ViewException failed(Input<?> input, Object row, String why, Throwable cause) {
    return new ViewException(
        "input %s failed at row %s: %s".formatted(input.node.name, row, why), cause);
  }

  private void feed(
      Input<?> input, Arrangement rows, Object row, long weight, boolean put, Delta out) {
    var key = input.key.apply(row);
    var bucket = rows.bucket(key);
    if (put && bucket != null) {
      for (int i = 0; i < bucket.size; i++) {
        long there = bucket.weights[i];
        if (there != 0) {
          out.add(bucket.rows[i], -there);
          rows.add(key, bucket.rows[i], -there);
        }
      }
    }
    if (weight < 0 && input.absent != Input.Absent.ALLOWED) {
      long there = bucket == null ? 0 : bucket.weight(row);
      if (there + weight < 0) {
        if (input.absent == Input.Absent.REFUSED) {
          throw new ViewException(
              "input %s: %s is to be removed and is not there".formatted(input.node.name, row));
        }
        absent++;
        return;
      }
    }
    if (weight != 0) {
      rows.add(key, row, weight);
      out.add(row, weight);
    }
  }

  /** Every row of a kept input, with its weight. */
  Delta rows(Input<?> input) {
    var rows = new Delta();
    kept.get(input).copyTo(rows);
    return rows;
  }

  private String known(String id) {
    return store == null ? uncommitted.get(id) : known(store, query, id);
  }

  /**
   * What a step of this id was, as {@link #content} has it or {@link #settle} was given; or null.
   */
  static String known(Store store, Query query, String id) {
    store.declare(STEPS);
    try (var cut = store.read()) {
      return cut.get(STEPS, query.name(), id).map(row -> row.text(3)).orElse(null);
    }
  }

  /** Takes a step for made that changes nothing. */
  synchronized void settle(String id, String content) {
    writer.commit(
        step + 1, Commit.builder().put(STEPS, query.name(), id, step + 1, content).build());
    step++;
  }

  /** A digest of what a step asks for; the order of its rows does not matter. */
  private static String content(Step given) {
    var text = new TreeMap<String, Long>();
    given.changes.forEach(
        (input, changes) -> {
          var delta = changes.delta;
          for (int i = 0; i < delta.size; i++) {
            var values = new Object[input.node.type.width()];
            input.node.type.encode(delta.rows[i], values, 0);
            boolean removal = changes.isPut(i) && delta.weights[i] == 0;
            text.merge(
                input.node.name + (removal ? "key" : changes.isPut(i)) + unambiguous(values),
                removal ? 1 : delta.weights[i],
                Long::sum);
          }
        });
    text.values().removeIf(weight -> weight == 0);
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      text.forEach(
          (row, weight) ->
              digest.update((row + ' ' + weight + '\n').getBytes(StandardCharsets.UTF_8)));
      return HexFormat.of().formatHex(digest.digest(), 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  /** Each value with its length, so that no others give the same text. */
  private static String unambiguous(Object[] values) {
    var text = new StringBuilder();
    for (var value : values) {
      var shown = String.valueOf(value);
      text.append(' ').append(value == null ? "-" : shown.length()).append(':').append(shown);
    }
    return text.toString();
  }

  /** The rows of a materialized stream now. */
  @SuppressWarnings("unchecked") // rows of a circuit are of the types it was described with
  public synchronized <T> ZSet<T> get(Stream<T> materialized) {
    if (!(circuit.op(materialized.node) instanceof Ops.Kept op)) {
      throw new ViewException(
          "%s is not materialized, so its rows are not kept".formatted(materialized.node.name));
    }
    if (!op.rows.isWhole()) {
      return get(store, materialized);
    }
    var rows = new Delta();
    op.rows.copyTo(rows);
    return (ZSet<T>) rows.toZSet();
  }

  /** The rows of a materialized stream that have these values in the first columns of an index. */
  public <T> ZSet<T> get(Stream<T> materialized, Index index, Object... values) {
    var rows = ZSet.<T>builder();
    scan(materialized, index, Range.of(values), rows::add);
    return rows.build();
  }

  /**
   * Reads rows of a materialized stream in the order of one of its indexes. A view that is in
   * memory and nowhere else orders its rows for each scan.
   *
   * @param index null for the order of the table
   */
  public synchronized <T> void scan(
      Stream<T> materialized, Index index, Range range, ObjLongConsumer<? super T> each) {
    if (store != null) {
      scan(store, materialized, index, range, each);
      return;
    }
    var rows = get(materialized);
    var table = entries(materialized);
    try (var passing = Stores.open("memory:", Clock.systemUTC())) {
      passing.declare(table.table());
      var commit = Commit.builder();
      var id = new long[1];
      rows.forEach(
          (row, weight) ->
              commit.put(table.table(), table.row(query.name(), ++id[0], row, weight)));
      try (var once = passing.claim(query.name())) {
        once.commit(1, commit.build());
      }
      scan(passing, materialized, index, range, each);
    }
  }

  /** The rows of a materialized stream as of the last step that is in a store. */
  public static <T> ZSet<T> get(Store store, Stream<T> materialized) {
    var rows = ZSet.<T>builder();
    scan(store, materialized, null, Range.all(), rows::add);
    return rows.build();
  }

  /**
   * Reads rows of a materialized stream from a store, as of its last step, by whichever process.
   *
   * @param index gives the order; null for that of the table
   */
  public static <T> void scan(
      Store store,
      Stream<T> materialized,
      Index index,
      Range range,
      ObjLongConsumer<? super T> each) {
    try (var cut = store.read()) {
      scan(cut, materialized, index, range, each);
    }
  }

  @SuppressWarnings("unchecked") // the stream's own rows
  private static <T> void scan(
      Cut cut, Stream<T> materialized, Index index, Range range, ObjLongConsumer<? super T> each) {
    var entries = entries(materialized);
    var table = entries.table();
    var view = materialized.query.name();
    var prefix = Row.of(range.prefix.stream().map(RowType::plain).toArray());
    var from = RowType.plain(range.from);
    var to = RowType.plain(range.to);
    boolean bounded = from != null || to != null || range.reversed;
    if (index == null && (prefix.size() > 0 || from != null || to != null)) {
      throw new ViewException("a range of %s needs an index".formatted(table.name()));
    }
    try (var rows =
        index == null
            ? cut.range(table, Row.of(view), null, null, range.reversed)
            : bounded && prefix.size() < index.columns().size()
                ? cut.range(table, index, prefix, from, to, range.reversed)
                : cut.scan(table, index, values(prefix))) {
      while (rows.hasNext()) {
        var row = rows.next();
        if (row.text(0).equals(view)) {
          each.accept((T) entries.decode(row), row.integer(row.size() - 1));
        }
      }
    }
  }

  private static Object[] values(Row row) {
    var values = new Object[row.size()];
    Arrays.setAll(values, row::get);
    return values;
  }

  private static EntryTable entries(Stream<?> materialized) {
    var node = materialized.node;
    if (node.table == null) {
      throw new ViewException("%s is not materialized".formatted(node.name));
    }
    return materialized.query.entries(node);
  }

  /**
   * The rows of a materialized stream as they were after a step.
   *
   * @throws ViewException when the step is not retained any more, or has not been made
   */
  @SuppressWarnings("unchecked") // rows of a circuit are of the types it was described with
  public synchronized <T> ZSet<T> asOf(Stream<T> materialized, long at) {
    if (store != null) {
      return asOf(store, materialized, at);
    }
    var node = materialized.node;
    checkRetained(node, at, step, 0);
    var rows = ZSet.<Object>builder();
    get(materialized).forEach(rows::add);
    ((Ops.Kept) circuit.op(node)).history.goBack(at, rows);
    return (ZSet<T>) rows.build();
  }

  /** As {@link #asOf(Stream, long)}, from a store, by whichever process. */
  @SuppressWarnings("unchecked") // rows of a circuit are of the types it was described with
  public static <T> ZSet<T> asOf(Store store, Stream<T> materialized, long at) {
    var node = materialized.node;
    var view = materialized.query.name();
    var table = History.table(Query.historyOf(entries(materialized).table().name()), node.type);
    var rows = ZSet.<T>builder();
    try (var cut = store.read()) {
      long now = cut.position(view).map(Store.Position::position).orElse(0L);
      var known = cut.get(HISTORY, view, node.table);
      checkRetained(node, at, now, known.map(row -> row.integer(2)).orElse(now));
      scan(cut, materialized, null, Range.all(), rows::add);
      if (at == now) {
        return rows.build();
      }
      try (var past = cut.range(table, Row.of(view), at + 1, null, false)) {
        past.forEachRemaining(
            row ->
                rows.add(
                    (T) node.type.decode(row, 3), Math.negateExact(row.integer(row.size() - 1))));
      }
    }
    return rows.build();
  }

  private static void checkRetained(Node node, long at, long now, long since) {
    long first = Math.max(since, now - node.retained);
    if (at < first || at > now) {
      throw new ViewException(
          "%s can be read as of steps %d to %d, not %d; more are kept with retain, from then on"
              .formatted(node.name, Math.max(0, first), now, at));
    }
  }

  /** Tells a listener of every later change of a stream, after its step is durable. */
  @SuppressWarnings("unchecked") // rows of a circuit are of the types it was described with
  public synchronized <T> void subscribe(Stream<T> stream, BiConsumer<Long, ZSet<T>> listener) {
    listeners
        .computeIfAbsent(stream.node, node -> new ArrayList<>())
        .add((step, delta) -> listener.accept(step, (ZSet<T>) delta));
  }

  /** The number of the last step. */
  public synchronized long step() {
    return step;
  }

  /** How many removals of absent rows were counted and left out. */
  public synchronized long absent() {
    return absent;
  }

  /** The circuit, and for each state its table and rows. */
  public synchronized String explain() {
    var text = new StringBuilder(query.explain());
    if (store != null) {
      for (var state : states()) {
        text.append(state.table().name()).append(": ").append(state.size()).append(" rows\n");
      }
    }
    return text.toString();
  }

  /** Takes the time of each node from now on, which costs a little with each step. */
  public synchronized void measure() {
    measuredFrom = step;
    circuit.measure();
  }

  /** What each node has done since {@link #measure} was called; nothing if it was not. */
  public synchronized Profile profile() {
    var rowsOf = new HashMap<String, Long>();
    kept.forEach((input, rows) -> rowsOf.put(input.node.name, rows.size()));
    var parts = new ArrayList<Profile.Part>();
    for (var part : circuit.profile()) {
      parts.add(
          new Profile.Part(
              part.name(),
              part.kind(),
              part.inputs(),
              part.in(),
              part.out(),
              rowsOf.getOrDefault(part.name(), part.kept()),
              part.time()));
    }
    return new Profile(query.name(), step - measuredFrom, parts);
  }

  private List<State> states() {
    var states = new ArrayList<State>();
    circuit.ops().forEach(op -> states.addAll(op.states()));
    states.addAll(kept.values());
    return states;
  }

  @Override
  public synchronized void close() {
    if (writer != null) {
      writer.close();
    }
  }

  /** How a step has changed the streams. Immutable. */
  public static final class Changes {
    private final long step;
    private final boolean repeated;
    private final Map<Node, Integer> places;
    private final Delta[] outs;

    private Changes(long step, boolean repeated, Map<Node, Integer> places, Delta[] outs) {
      this.step = step;
      this.repeated = repeated;
      this.places = places;
      this.outs = outs;
    }

    /** The number of the step. */
    public long step() {
      return step;
    }

    /** Whether the step had been made before, so that nothing has changed now. */
    public boolean repeated() {
      return repeated;
    }

    /** How a stream has changed. */
    @SuppressWarnings("unchecked") // rows of a circuit are of the types it was described with
    public <T> ZSet<T> of(Stream<T> stream) {
      return (ZSet<T>) of(stream.node);
    }

    private ZSet<Object> of(Node node) {
      var place = outs == null ? null : places.get(node);
      var out = place == null ? null : outs[place];
      return out == null ? ZSet.empty() : out.toZSet();
    }
  }
}
