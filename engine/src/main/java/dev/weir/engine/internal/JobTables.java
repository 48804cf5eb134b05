package dev.weir.engine.internal;

import dev.weir.engine.Job;
import dev.weir.engine.JobStatus;
import dev.weir.graph.Json;
import dev.weir.graph.StateTable;
import dev.weir.state.ColumnType;
import dev.weir.state.Commit;
import dev.weir.state.Cut;
import dev.weir.state.Row;
import dev.weir.state.Snapshot;
import dev.weir.state.Store;
import dev.weir.state.Table;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The engine's book-keeping tables and how their rows are made. Stateless. */
public final class JobTables {

  private static final String OPERATOR = "operator";

  /** One row per job. */
  public static final Table JOB =
      Table.bookkeeping("weir_job")
          .key("job", ColumnType.TEXT)
          .column("status", ColumnType.TEXT)
          .column("program", ColumnType.TEXT)
          .column("version", ColumnType.TEXT)
          .column("epoch", ColumnType.INTEGER)
          .column("run", ColumnType.INTEGER)
          .column("started", ColumnType.INSTANT)
          .column("committed", ColumnType.INSTANT)
          .nullable("owed", ColumnType.TEXT)
          .column("nodes", ColumnType.JSON)
          .column("options", ColumnType.JSON)
          .column("stats", ColumnType.JSON)
          .nullable("failure", ColumnType.TEXT)
          .build();

  /** Where each source and sink stood at the last commit. */
  public static final Table POSITION =
      Table.bookkeeping("weir_position")
          .key("job", ColumnType.TEXT)
          .key("node", ColumnType.TEXT)
          .column("position", ColumnType.JSON)
          .build();

  /** What is asked of a running job, and the answers. */
  public static final Table REQUEST =
      Table.bookkeeping("weir_request")
          .key("id", ColumnType.TEXT)
          .column("job", ColumnType.TEXT)
          .column("verb", ColumnType.TEXT)
          .column("arguments", ColumnType.JSON)
          .column("made", ColumnType.INSTANT)
          .column("status", ColumnType.TEXT)
          .nullable("answer", ColumnType.JSON)
          .index("weir_request_job", "job", "status")
          .build();

  private JobTables() {}

  public static void declare(Store store) {
    store.declare(JOB, POSITION, REQUEST);
    Outboxes.declare(store);
    RunBook.declare(store);
  }

  /** The table in the store that an operator's is: shared by all that declare it. */
  public static Table ofOperator(StateTable.Schema schema, boolean keyed) {
    var builder = Table.state(schema.name(), "job").key(OPERATOR, ColumnType.TEXT);
    if (keyed) {
      builder.key("key_group", ColumnType.INTEGER);
    }
    var columns = schema.columns();
    for (int i = 0; i < columns.size(); i++) {
      var column = columns.get(i);
      if (i < schema.keyLength()) {
        builder.key(column.name(), column.type());
      } else if (column.nullable()) {
        builder.nullable(column.name(), column.type());
      } else {
        builder.column(column.name(), column.type());
      }
    }
    schema.indexes().forEach(i -> builder.index(i.name(), i.columns().toArray(String[]::new)));
    return builder.build();
  }

  /** The tables of operators that a store has. */
  public static List<Table> ofOperators(Store store) {
    return store.tables().stream()
        .filter(table -> table.role() == Table.Role.STATE && table.keyLength() > 1)
        .filter(table -> table.columns().get(1).name().equals(OPERATOR))
        .toList();
  }

  /** Moves the rows of operators to other names, which lose what they had. */
  public static void rename(
      Store store, Commit.Builder commit, String job, Map<String, String> renamed) {
    try (var cut = store.read()) {
      for (var table : ofOperators(store)) {
        for (var name : renamed.entrySet()) {
          try (var rows = cut.scan(table, job, name.getValue())) {
            rows.forEachRemaining(row -> commit.delete(table, row.first(table.keyLength())));
          }
        }
        for (var name : renamed.entrySet()) {
          try (var rows = cut.scan(table, job, name.getKey())) {
            rows.forEachRemaining(
                row -> {
                  commit.delete(table, row.first(table.keyLength()));
                  commit.put(table, row.without(2).after(job, name.getValue()));
                });
          }
        }
      }
    }
  }

  /** Names nodes of a job otherwise, as of a commit that no run made. */
  public static void renamed(
      Store store, Commit.Builder commit, String name, Map<String, String> renamed, long epoch) {
    try (var cut = store.read()) {
      cut.get(JOB, name)
          .ifPresent(
              row -> {
                var stats = new LinkedHashMap<>(object(row.text(11)));
                stats.computeIfPresent("nodes", (key, nodes) -> keys(nodes, renamed));
                change(
                    store,
                    commit,
                    name,
                    4,
                    epoch,
                    9,
                    Json.toText(keys(object(row.text(9)), renamed)),
                    11,
                    Json.toText(stats));
              });
    }
  }

  private static Map<String, Object> keys(Object nodes, Map<String, String> renamed) {
    var result = new LinkedHashMap<String, Object>();
    ((Map<?, ?>) nodes)
        .forEach((node, value) -> result.put(renamed.getOrDefault(node, (String) node), value));
    return result;
  }

  /** Reads a row of {@link #JOB}. */
  public static Job job(Cut cut, Row row) {
    var name = row.text(0);
    var nodes = new LinkedHashMap<String, String>();
    object(row.text(9)).forEach((node, text) -> nodes.put(node, (String) text));
    return new Job(
        name,
        JobStatus.valueOf(row.text(1).toUpperCase(java.util.Locale.ROOT)),
        row.text(2),
        row.text(3),
        row.integer(4),
        row.integer(5),
        row.instant(6),
        row.instant(7),
        Optional.ofNullable(row.text(8)),
        nodes,
        object(row.text(10)),
        positions(cut, name),
        object(row.text(11)),
        Optional.ofNullable(row.text(12)));
  }

  /** Puts a job's row. */
  public static void put(Commit.Builder commit, Job job) {
    commit.put(
        JOB,
        job.name(),
        job.status().word(),
        job.program(),
        job.version(),
        job.epoch(),
        job.run(),
        job.started(),
        job.committed(),
        job.owed().orElse(null),
        Json.toText(job.nodes()),
        Json.toText(job.options()),
        Json.toText(job.stats()),
        job.failure().orElse(null));
  }

  public static Map<String, Object> positions(Cut cut, String job) {
    var positions = new LinkedHashMap<String, Object>();
    try (var rows = cut.scan(POSITION, job)) {
      while (rows.hasNext()) {
        var row = rows.next();
        positions.put(row.text(1), Json.parse(row.text(2)));
      }
    }
    return positions;
  }

  /** Deletes every position of a job that is not among the new ones, and puts those. */
  public static void replacePositions(
      Store store, Commit.Builder commit, String job, Map<String, Object> positions) {
    try (var cut = store.read()) {
      positions(cut, job).keySet().stream()
          .filter(node -> !positions.containsKey(node))
          .forEach(node -> commit.delete(POSITION, job, node));
    }
    positions.forEach((node, position) -> putPosition(commit, job, node, position));
  }

  public static void putPosition(Commit.Builder commit, String job, String node, Object position) {
    commit.put(POSITION, job, node, Json.toText(position));
  }

  /** The row of a job after a restore. */
  public static void restored(
      Commit.Builder commit,
      String name,
      Optional<Job> before,
      Snapshot snapshot,
      JobStatus status,
      long epoch) {
    var stats = new LinkedHashMap<String, Object>();
    stats.put("restored", snapshot.id());
    var job =
        new Job(
            name,
            status,
            before.map(Job::program).orElse(""),
            before.map(Job::version).orElse(snapshot.program()),
            epoch,
            before.map(Job::run).orElse(0L),
            before.map(Job::started).orElse(snapshot.takenAt()),
            before.map(Job::committed).orElse(snapshot.takenAt()),
            Optional.empty(),
            before.map(Job::nodes).orElse(Map.of()),
            before.map(Job::options).orElse(Map.of()),
            Map.of(),
            stats,
            Optional.empty());
    put(commit, job);
  }

  /** Marks an owed snapshot as taken, and counts it among those of the job's last run. */
  public static void settle(
      Store store, Commit.Builder commit, String name, Optional<Snapshot> taken) {
    try (var cut = store.read()) {
      var row = cut.get(JOB, name);
      if (row.isPresent()) {
        var stats = new LinkedHashMap<>(object(row.get().text(11)));
        taken.ifPresent(
            snapshot -> stats.computeIfPresent("run", (key, run) -> with(snapshot, run)));
        change(store, commit, name, 8, null, 11, Json.toText(stats));
      }
    }
  }

  private static Map<String, Object> with(Snapshot snapshot, Object run) {
    var figures = new LinkedHashMap<String, Object>();
    ((Map<?, ?>) run).forEach((name, value) -> figures.put((String) name, value));
    figures.merge("snapshots", 1L, (n, one) -> (Long) n + 1);
    figures.put("snapshot", snapshot.id());
    return figures;
  }

  /** Deletes all rows of a job. */
  public static void forget(Store store, Commit.Builder commit, String name) {
    commit.delete(JOB, name);
    replacePositions(store, commit, name, Map.of());
    RunBook.forget(store, commit, name);
    Outboxes.forget(store, commit, name);
  }

  /** Sets the job's epoch after a commit that no run made. */
  public static void advance(Store store, Commit.Builder commit, String name, long epoch) {
    change(store, commit, name, 4, epoch);
  }

  /** Marks a job as failed. */
  public static void failed(Store store, Commit.Builder commit, String name, String why) {
    change(store, commit, name, 1, JobStatus.FAILED.word(), 12, why);
  }

  /** Replaces some columns of a job's row, given as pairs of position and value. */
  private static void change(
      Store store, Commit.Builder commit, String name, Object... columnsAndValues) {
    try (var cut = store.read()) {
      cut.get(JOB, name)
          .ifPresent(
              row -> {
                var values = new Object[row.size()];
                for (int i = 0; i < values.length; i++) {
                  values[i] = row.get(i);
                }
                for (int i = 0; i < columnsAndValues.length; i += 2) {
                  values[(Integer) columnsAndValues[i]] = columnsAndValues[i + 1];
                }
                commit.put(JOB, values);
              });
    }
  }

  /** A new request, waiting. */
  public static void request(
      Commit.Builder commit, String id, String job, String verb, Object arguments, Instant made) {
    commit.put(REQUEST, id, job, verb, Json.toText(arguments), made, "waiting", null);
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> object(String json) {
    return (Map<String, Object>) Json.parse(json);
  }
}
