package dev.weir.engine;

import dev.weir.engine.internal.JobTables;
import dev.weir.engine.internal.Outboxes;
import dev.weir.engine.internal.RunBook;
import dev.weir.graph.Json;
import dev.weir.graph.StateTable;
import dev.weir.state.Commit;
import dev.weir.state.Row;
import dev.weir.state.Snapshot;
import dev.weir.state.Store;
import dev.weir.state.Table;
import dev.weir.state.Writer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The jobs of a store: what each did last, and what its next run begins with. Thread-safe. */
public final class Jobs {

  private final Store store;

  public Jobs(Store store) {
    this.store = store;
    JobTables.declare(store);
  }

  /**
   * The table of a store that an operator's is, with the job and the operator before its own
   * columns; shared by all that declare it.
   *
   * @param keyed whether its rows are shared out among replicas
   */
  public static Table table(StateTable.Schema schema, boolean keyed) {
    return JobTables.ofOperator(schema, keyed);
  }

  /** All jobs by name. */
  public List<Job> list() {
    try (var cut = store.read();
        var rows = cut.scan(JobTables.JOB)) {
      var jobs = new ArrayList<Job>();
      while (rows.hasNext()) {
        jobs.add(JobTables.job(cut, rows.next()));
      }
      return jobs;
    }
  }

  /** The job of this name. */
  public Optional<Job> find(String name) {
    try (var cut = store.read()) {
      return cut.get(JobTables.JOB, name).map(row -> JobTables.job(cut, row));
    }
  }

  /** The last runs of a job, the newest first. */
  public List<JobRun> runs(String job) {
    try (var cut = store.read()) {
      return RunBook.runs(cut, job);
    }
  }

  /** The rows of one of a job's tables, as of the last commit, without the column of the job. */
  public List<Row> rows(String job, String table) {
    var found = store.tables().stream().filter(t -> t.name().equals(table)).findFirst();
    if (found.isEmpty()) {
      return List.of();
    }
    var rows = new ArrayList<Row>();
    try (var cut = store.read();
        var all = cut.scan(found.get(), job)) {
      all.forEachRemaining(row -> rows.add(row.without(1)));
    }
    return rows;
  }

  /** How many rows each table holds of an operator of a job; those that hold any, by name. */
  public Map<String, Long> state(String job, String operator) {
    var counts = new LinkedHashMap<String, Long>();
    try (var cut = store.read()) {
      for (var table : JobTables.ofOperators(store)) {
        long rows = cut.count(table, job, operator);
        if (rows > 0) {
          counts.put(table.name(), rows);
        }
      }
    }
    return counts;
  }

  /**
   * Gives the state and figures of operators of a job that is not running to operators of other
   * names, in one commit. What those had is gone.
   *
   * @param renamed the new names by the old ones
   */
  public void rename(String job, Map<String, String> renamed) {
    try (var writer = store.claim(job)) {
      long position = store.position(job).map(Store.Position::position).orElse(0L) + 1;
      var commit = Commit.builder();
      JobTables.rename(store, commit, job, renamed);
      JobTables.renamed(store, commit, job, renamed, position);
      writer.commit(position, commit.build());
    }
  }

  /**
   * Makes a snapshot the state of exactly the job's next run, which is not running. What could have
   * been resumed is snapshotted first and then ended.
   *
   * <p>With positions, what sinks wrote since the snapshot is written again: a sink that can take
   * it back does so, what waited in an outbox is dropped, and the next run warns of the others.
   *
   * @param withPositions whether the next run also goes on from the snapshot's positions
   * @return the snapshot taken of what could have been resumed
   */
  public Optional<Snapshot> restore(String job, Snapshot snapshot, boolean withPositions) {
    var before = find(job);
    Optional<Snapshot> kept = Optional.empty();
    if (before.isPresent() && before.get().status().resumable() && before.get().epoch() > 0) {
      kept = takeSnapshot(before.get(), Snapshot.Why.RESTORE);
    }
    try (var writer = store.claim(job)) {
      long position = store.position(job).map(Store.Position::position).orElse(0L) + 1;
      var also = Commit.builder();
      var positions = new LinkedHashMap<String, Object>();
      if (withPositions) {
        asMap(Json.parse(snapshot.positions())).forEach(positions::put);
        if (positions.isEmpty()) {
          throw new dev.weir.state.WeirException(
              "snapshot "
                  + snapshot.id()
                  + " holds no positions to resume from; restore it without --positions");
        }
        Outboxes.dropAfter(store, also, job, snapshot.position());
      }
      JobTables.replacePositions(store, also, job, positions);
      JobTables.restored(
          also,
          job,
          before,
          snapshot,
          withPositions ? JobStatus.PAUSED : JobStatus.RESTORED,
          position);
      writer.restore(position, snapshot.id(), also.build());
    }
    return kept;
  }

  /** Takes a snapshot of a job that is not running, as of its last commit, if it has one. */
  public Optional<Snapshot> takeSnapshot(Job job, Snapshot.Why why) {
    if (job.epoch() == 0) {
      return Optional.empty();
    }
    try (var cut = store.read()) {
      return store
          .snapshots()
          .take(cut, job.name(), why, job.version(), Json.toText(job.positions()));
    }
  }

  /** Takes the snapshot that the job's last run still owes, if it owes one. */
  public Optional<Snapshot> takeOwed(String name) {
    var job = find(name);
    if (job.isEmpty() || job.get().owed().isEmpty()) {
      return Optional.empty();
    }
    var why = Snapshot.Why.valueOf(job.get().owed().get().toUpperCase(java.util.Locale.ROOT));
    var taken = takeSnapshot(job.get(), why);
    try (var writer = store.claim(name)) {
      var commit = Commit.builder();
      JobTables.settle(store, commit, name, taken);
      writer.commit(job.get().epoch(), commit.build());
    }
    return taken;
  }

  /**
   * Forgets a job that is not running: its state, positions and runs, and what it has not sent yet.
   * Its snapshots stay.
   */
  public void remove(String name) {
    try (Writer writer = store.claim(name)) {
      long position = store.position(name).map(Store.Position::position).orElse(0L) + 1;
      var commit = Commit.builder();
      store.tables().stream()
          .filter(table -> table.role() == Table.Role.STATE)
          .forEach(commit::clear);
      JobTables.forget(store, commit, name);
      writer.commit(position, commit.build());
    }
  }

  /** Whether a job has committed output that its targets do not have yet. */
  public boolean owesOutput(String job) {
    return Outboxes.anyLeft(store, job);
  }

  /**
   * Changes rows of a job that is not running, as one commit of its own.
   *
   * @param table a table of the job's operators
   * @param row the row without the column of the job
   * @param present false to delete the row
   */
  public void edit(String job, Table table, Row row, boolean present) {
    try (Writer writer = store.claim(job)) {
      long position = store.position(job).map(Store.Position::position).orElse(0L) + 1;
      var commit = Commit.builder();
      var full = row.after(job);
      if (present) {
        commit.put(table, full);
      } else {
        commit.delete(table, full.first(table.keyLength()));
      }
      JobTables.advance(store, commit, job, position);
      writer.commit(position, commit.build());
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> asMap(Object json) {
    return json == null ? Map.of() : (Map<String, Object>) json;
  }
}
