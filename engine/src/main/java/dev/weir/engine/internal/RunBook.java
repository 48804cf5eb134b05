package dev.weir.engine.internal;

import dev.weir.engine.JobRun;
import dev.weir.engine.JobRun.Kind;
import dev.weir.engine.JobStatus;
import dev.weir.graph.OperatorContext.Start;
import dev.weir.state.ColumnType;
import dev.weir.state.Commit;
import dev.weir.state.Cut;
import dev.weir.state.Row;
import dev.weir.state.Store;
import dev.weir.state.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The last runs of each job: the table, and how its rows are made. Stateless. */
public final class RunBook {

  /** How many runs of a job are remembered. */
  private static final int KEPT = 20;

  private static final Table RUN =
      Table.bookkeeping("weir_run")
          .key("job", ColumnType.TEXT)
          .key("run", ColumnType.INTEGER)
          .column("restart", ColumnType.INTEGER)
          .column("run_order", ColumnType.INTEGER)
          .column("kind", ColumnType.TEXT)
          .column("failures", ColumnType.INTEGER)
          .column("epoch", ColumnType.INTEGER)
          .column("started", ColumnType.INSTANT)
          .nullable("ended", ColumnType.INSTANT)
          .nullable("outcome", ColumnType.TEXT)
          .nullable("failure", ColumnType.TEXT)
          .build();

  private RunBook() {}

  static void declare(Store store) {
    store.declare(RUN);
  }

  /** The runs of a job, the last one first. */
  public static List<JobRun> runs(Cut cut, String job) {
    var runs = new ArrayList<JobRun>();
    try (var rows = cut.range(RUN, Row.of(job), null, null, true)) {
      rows.forEachRemaining(row -> runs.add(run(row)));
    }
    return runs;
  }

  /**
   * Writes down that a run begins, and forgets those of long ago.
   *
   * @param attempt which try it is of the one who runs the job, from 1
   */
  static JobRun begin(
      Store store,
      String job,
      long run,
      Start start,
      int attempt,
      int failures,
      long epoch,
      Instant now) {
    var commit = Commit.builder();
    List<JobRun> before;
    try (var cut = store.read()) {
      before = runs(cut, job);
    }
    boolean goesOn = !before.isEmpty() && (start == Start.RESUMED || attempt > 1);
    var begun =
        new JobRun(
            run,
            goesOn ? before.get(0).restart() : run,
            goesOn ? before.get(0).order() + 1 : 0,
            attempt > 1 ? Kind.AUTOMATIC : start == Start.RESUMED ? Kind.MANUAL : Kind.NORMAL,
            failures,
            epoch,
            now,
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    put(commit, job, begun);
    before.stream().skip(KEPT - 1L).forEach(old -> commit.delete(RUN, job, old.run()));
    store.commit(commit.build());
    return begun;
  }

  /** Writes down how a run ended. */
  static void end(
      Commit.Builder commit,
      String job,
      JobRun run,
      Instant now,
      JobStatus outcome,
      Optional<String> failure) {
    put(
        commit,
        job,
        new JobRun(
            run.run(),
            run.restart(),
            run.order(),
            run.kind(),
            run.failures(),
            run.epoch(),
            run.started(),
            Optional.of(now),
            Optional.of(outcome),
            failure));
  }

  /** Deletes the runs of a job. */
  static void forget(Store store, Commit.Builder commit, String job) {
    try (var cut = store.read()) {
      runs(cut, job).forEach(run -> commit.delete(RUN, job, run.run()));
    }
  }

  private static void put(Commit.Builder commit, String job, JobRun run) {
    commit.put(
        RUN,
        job,
        run.run(),
        run.restart(),
        run.order(),
        run.kind().word(),
        (long) run.failures(),
        run.epoch(),
        run.started(),
        run.ended().orElse(null),
        run.outcome().map(JobStatus::word).orElse(null),
        run.failure().orElse(null));
  }

  private static JobRun run(Row row) {
    return new JobRun(
        row.integer(1),
        row.integer(2),
        row.integer(3),
        Kind.valueOf(row.text(4).toUpperCase(Locale.ROOT)),
        (int) row.integer(5),
        row.integer(6),
        row.instant(7),
        Optional.ofNullable(row.instant(8)),
        Optional.ofNullable(row.text(9))
            .map(word -> JobStatus.valueOf(word.toUpperCase(Locale.ROOT))),
        Optional.ofNullable(row.text(10)));
  }
}
