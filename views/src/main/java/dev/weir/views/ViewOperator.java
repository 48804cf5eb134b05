package dev.weir.views;

import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.Json;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.Ports;
import dev.weir.graph.Rejection;
import dev.weir.graph.StateTable;
import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Commit;
import dev.weir.state.Row;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import dev.weir.state.Table;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A view as an operator: a port for each input of its query, by which changes come, and one for
 * each result that it materializes, by which the changes of the result leave. Its tables are in
 * epochs and snapshots like all state of operators; all of it is in memory too.
 *
 * <p>Changes come in any of the forms that {@link ChangeEvents} reads, and leave as {@code {"op":
 * "insert" | "delete", "row": ROW}} with a {@code weight} where it is not 1: of each step first
 * what was removed, then what came, each in the order of the rows. A record that is no change of
 * its input is rejected. One at which the query fails fails the run, or is rejected as {@link
 * Rejection.Reason#RAISED}, and what else came with it counts.
 */
public final class ViewOperator implements Operator {

  /** What makes a step. */
  public enum Steps {
    /** Each record: all changes of results are seen, and are the same whenever it runs. */
    RECORD,
    /** The records that come together, however many. */
    BATCH,
    /** All records of an epoch: results change once. */
    EPOCH
  }

  /** The query whose state the tables hold, as text. */
  private static final StateTable.Schema CIRCUIT =
      new StateTable.Schema(
          "view_circuit",
          List.of(Column.of("part", ColumnType.INTEGER), Column.of("circuit", ColumnType.TEXT)),
          1,
          List.of());

  private record Pending(ChangeEvents.Change change, Object record, long sequence) {}

  private final Supplier<Query> queries;
  private final Steps steps;
  private final boolean skip;
  private final Ports ports;

  /** Results by port. */
  private final List<Result<?>> results = new ArrayList<>();

  /** Changes by port. */
  private final List<ChangeEvents<?>> inputs = new ArrayList<>();

  private final List<Pending> pending = new ArrayList<>();
  private OperatorContext context;
  private View view;
  private long emitted;

  /**
   * @param queries makes the query, each time anew
   * @param skip whether a record at which the query fails is rejected
   * @throws ViewException when the query takes or gives nothing, or needs a store
   */
  public ViewOperator(Supplier<Query> queries, Steps steps, boolean skip) {
    this.queries = queries;
    this.steps = steps;
    this.skip = skip;
    var query = queries.get();
    var inputNames = query.inputNames();
    var resultNames = query.results().stream().map(node -> node.name).toList();
    if (inputNames.isEmpty() || resultNames.isEmpty()) {
      throw new ViewException(
          "view %s has no %s: give it one with %s"
              .formatted(
                  query.name(),
                  inputNames.isEmpty() ? "input" : "result",
                  inputNames.isEmpty() ? "input" : "materialize"));
    }
    if (query.bound() != 0) {
      throw new ViewException(
          "view %s has a bounded working set, and in a graph all state is in memory"
              .formatted(query.name()));
    }
    var usual = Ports.in(inputNames.toArray(String[]::new)).out(resultNames.toArray(String[]::new));
    this.ports = steps == Steps.RECORD && inputNames.size() == 1 ? usual : usual.nondeterministic();
  }

  @Override
  public Ports ports() {
    return ports;
  }

  @Override
  public void open(OperatorContext given) {
    context = given;
    var query = queries.get();
    checkCircuit(query);
    view = View.open(query, new InTables(query.name()));
    query.inputs().forEach(input -> inputs.add(new ChangeEvents<>(input)));
    query.results().forEach(node -> results.add(new Result<>(new Stream<>(query, node))));
  }

  /** The tables hold what this very query put there. */
  private void checkCircuit(Query query) {
    var circuit = context.table(CIRCUIT);
    var key = Row.of(0L);
    var before = circuit.get(key);
    var now = query.explain();
    if (before == null) {
      circuit.put(Row.of(0L, now));
    } else if (!before.text(1).equals(now)) {
      throw new ViewException(
          ("the state of operator %s was made by another query:%n%s"
                  + "Choices: run the program that made it; give the node another name, so that it"
                  + " begins without state; or run the job anew")
              .formatted(context.name(), View.differences(before.text(1), now)));
    }
  }

  @Override
  public void process(int port, Batch batch, Emitter out) throws InterruptedException {
    if (batch.control() != null) {
      return;
    }
    for (int i = 0; i < batch.size(); i++) {
      var record = batch.get(i);
      ChangeEvents.Change change;
      try {
        change = inputs.get(port).read(record);
      } catch (ViewException e) {
        reject(Rejection.Reason.SCHEMA, record, batch.sequence(i), e);
        continue;
      }
      if (change.readsRows()) {
        step(out);
      }
      pending.add(new Pending(change, record, batch.sequence(i)));
      if (steps == Steps.RECORD) {
        step(out);
      }
    }
    if (steps == Steps.BATCH) {
      step(out);
    }
  }

  @Override
  public void barrier(long epoch, Emitter out) throws InterruptedException {
    step(out);
  }

  @Override
  public void end(Emitter out) throws InterruptedException {
    step(out);
  }

  /** Makes a step of what has come; where that fails and records may be left out, one of each. */
  private void step(Emitter out) throws InterruptedException {
    if (pending.isEmpty()) {
      return;
    }
    var together = List.copyOf(pending);
    pending.clear();
    try {
      step(together, out);
      return;
    } catch (ViewException e) {
      if (!skip) {
        throw e;
      }
      if (together.size() == 1) {
        reject(Rejection.Reason.RAISED, together.get(0).record(), together.get(0).sequence(), e);
        return;
      }
    }
    for (var each : together) {
      pending.add(each);
      step(out);
    }
  }

  private void step(List<Pending> some, Emitter out) throws InterruptedException {
    var step = Step.once();
    some.forEach(each -> each.change().addTo(step, view));
    var changes = view.step(step);
    for (int port = 0; port < results.size(); port++) {
      var records = results.get(port).records(changes);
      if (!records.isEmpty()) {
        out.emit(port, Batch.of(emitted + 1, records.toArray()));
        emitted += records.size();
      }
    }
  }

  private void reject(Rejection.Reason reason, Object record, long sequence, ViewException why) {
    var text = Json.toText(record);
    var shown = text.length() <= 200 ? text : text.substring(0, 200) + "...";
    context.reject(new Rejection(reason, -1, sequence, shown, record, why.getMessage(), null));
  }

  @Override
  public void close() {
    if (view != null) {
      view.close();
    }
  }

  /** How a result changes, as records. */
  private static final class Result<T> {
    private final Stream<T> stream;
    private final JsonRows<T> rows;

    Result(Stream<T> stream) {
      this.stream = stream;
      this.rows = new JsonRows<>(stream.type());
    }

    List<Object> records(View.Changes changes) {
      var delta = changes.of(stream);
      if (delta.isEmpty()) {
        return List.of();
      }
      var changed = new ArrayList<>(delta.rows());
      changed.sort(stream.type());
      var removed = new ArrayList<Object>();
      var added = new ArrayList<Object>();
      for (var row : changed) {
        long weight = delta.weight(row);
        var record = new LinkedHashMap<String, Object>();
        record.put("op", weight < 0 ? "delete" : "insert");
        record.put("row", rows.write(row));
        if (Math.abs(weight) != 1) {
          record.put("weight", Math.abs(weight));
        }
        (weight < 0 ? removed : added).add(record);
      }
      removed.addAll(added);
      return removed;
    }
  }

  /** The view's tables as those of the operator, without the column that names the view. */
  private final class InTables implements View.Keeper {
    private final String name;
    private final Map<Table, StateTable> tables = new LinkedHashMap<>();

    InTables(String name) {
      this.name = name;
    }

    @Override
    public Store load(List<Table> wanted) {
      var store = Stores.open("memory:", Clock.systemUTC());
      store.declare(wanted.toArray(Table[]::new));
      var commit = Commit.builder();
      for (var table : wanted) {
        var content = table.content();
        var own =
            context.table(
                new StateTable.Schema(
                    table.name(), content.columns(), content.keyLength(), table.indexes()));
        tables.put(table, own);
        own.forEach(row -> commit.put(table, whole(row)));
      }
      try (var writer = store.claim(name)) {
        writer.commit(1, commit.build());
      }
      return store;
    }

    @Override
    public void commit(Commit changes) {
      changes
          .changes()
          .forEach(
              (table, rows) -> {
                assert rows.blocks().isEmpty() : "a view commits single rows";
                var own = tables.get(table);
                rows.inserted().forEach(row -> own.put(rest(row)));
                rows.rows()
                    .forEach(
                        (key, row) -> {
                          if (row == null) {
                            own.delete(rest(key));
                          } else {
                            own.put(rest(row));
                          }
                        });
              });
    }

    private Row whole(Row own) {
      var values = new Object[own.size() + 1];
      values[0] = name;
      for (int i = 0; i < own.size(); i++) {
        values[i + 1] = own.get(i);
      }
      return Row.of(values);
    }

    private static Row rest(Row row) {
      var values = new Object[row.size() - 1];
      Arrays.setAll(values, i -> row.get(i + 1));
      return Row.of(values);
    }
  }
}
