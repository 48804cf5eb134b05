package dev.weir.app;

import dev.weir.engine.Jobs;
import dev.weir.state.Snapshot;
import dev.weir.state.Snapshots;
import dev.weir.state.Store;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Commands about snapshots. Ids may be given by any unique prefix. Thread-safe. */
public final class SnapshotCommands {

  private final Weir weir;
  private final Store store;
  private final Jobs jobs;
  private final Path locks;

  SnapshotCommands(Weir weir, Store store, Jobs jobs, Path locks) {
    this.weir = weir;
    this.store = store;
    this.jobs = jobs;
    this.locks = locks;
  }

  /**
   * What a restore did.
   *
   * @param restored the snapshot
   * @param kept the snapshot taken before of what could have been resumed
   */
  public record Restored(Snapshot restored, Optional<Snapshot> kept) {}

  /** The snapshots of a job, newest first. */
  public List<Snapshot> list(String job) {
    var snapshots = store.snapshots().list(job);
    if (snapshots.isEmpty()) {
      weir.job(job);
    }
    return snapshots;
  }

  /** All snapshots of the store, newest first. */
  public List<Snapshot> list() {
    return store.snapshots().list();
  }

  /** One snapshot. */
  public Snapshot find(String id) {
    return store.snapshots().find(id);
  }

  /** Takes a snapshot now: of a running job at its next commit, of another at its last. */
  public Snapshot take(String job) throws InterruptedException {
    var known = weir.job(job);
    if (weir.runner(job).isPresent()) {
      return find((String) weir.ask(job, "snapshot", Map.of()));
    }
    try (var lock = JobLock.take(locks, job)) {
      return jobs.takeSnapshot(known, Snapshot.Why.MANUAL)
          .orElseThrow(
              () -> new CommandException("job '" + job + "' has not committed anything yet"));
    }
  }

  /**
   * Makes a snapshot the state of exactly the job's next run.
   *
   * @param id empty for the newest
   * @param withPositions whether the next run also goes on from the snapshot's positions
   */
  public Restored restore(String job, Optional<String> id, boolean withPositions) {
    var snapshots = store.snapshots();
    var snapshot =
        id.isPresent()
            ? snapshots.find(id.get())
            : snapshots.list(job).stream()
                .findFirst()
                .orElseThrow(
                    () -> {
                      weir.job(job);
                      return new CommandException(
                          "job '"
                              + job
                              + "' has no snapshots; take one with: weir snapshot take "
                              + job);
                    });
    if (!snapshot.subject().equals(job)) {
      var mine = snapshots.list(job);
      throw new CommandException(
          "snapshot "
              + snapshot.id()
              + " is of job '"
              + snapshot.subject()
              + "', not of '"
              + job
              + "'"
              + (mine.isEmpty() ? "" : "; see: weir snapshot list " + job));
    }
    try (var lock = JobLock.take(locks, job)) {
      return new Restored(snapshot, jobs.restore(job, snapshot, withPositions));
    }
  }

  /** The rows that differ between two snapshots. */
  public Snapshots.Diff diff(String from, String to) {
    return store.snapshots().diff(from, to);
  }

  /** The rows of a snapshot. */
  public Snapshots.Contents open(String id) {
    return store.snapshots().open(id);
  }

  /** Writes a snapshot to a file. */
  public Snapshot export(String id, Path file) {
    var snapshot = find(id);
    store.snapshots().export(id, file);
    return snapshot;
  }

  /** Adds an exported snapshot to this store. */
  public Snapshot importFrom(Path file) {
    return store.snapshots().importFrom(file);
  }

  /** Removes a snapshot. */
  public Snapshot remove(String id) {
    var snapshot = find(id);
    store.snapshots().remove(id);
    return snapshot;
  }

  /** Keeps the newest {@code keep} snapshots of a job; the removed ones. */
  public List<Snapshot> prune(String job, int keep) {
    if (keep < 1) {
      throw new CommandException("keep at least 1 snapshot, not " + keep);
    }
    list(job);
    return store.snapshots().prune(job, keep);
  }

  /** Reads every chunk of a snapshot; the damaged ones. */
  public List<Snapshots.Damage> verify(String id) {
    return store.snapshots().verify(id);
  }
}
