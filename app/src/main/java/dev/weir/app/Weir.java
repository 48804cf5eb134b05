package dev.weir.app;

import dev.weir.app.internal.GraphDescriptor;
import dev.weir.engine.Engine;
import dev.weir.engine.Job;
import dev.weir.engine.JobRun;
import dev.weir.engine.JobStatus;
import dev.weir.engine.Jobs;
import dev.weir.engine.Requests;
import dev.weir.engine.RunControl;
import dev.weir.engine.RunListener;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import dev.weir.views.Views;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Weir over one store: runs programs and answers every command about them.
 *
 * <p>Thread-safe. Several processes may have the same SQLite store open; a job runs in one of them.
 */
public final class Weir implements AutoCloseable {

  /** How long a running job may take to answer a request. */
  static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Store store;
  private final Clock clock;
  private final Jobs jobs;
  private final Requests requests;
  private final Path locks;

  private Weir(Store store, Clock clock, Path locks) {
    this.store = store;
    this.clock = clock;
    this.jobs = new Jobs(store);
    this.requests = new Requests(store, clock);
    this.locks = locks;
  }

  /**
   * Opens a store, creating it if it does not exist.
   *
   * @param url {@code memory:} or {@code sqlite:PATH}
   */
  public static Weir open(String url, Clock clock) {
    var store = Stores.open(url, clock);
    var locks =
        url.startsWith("sqlite:")
            ? Path.of(url.substring("sqlite:".length()) + "-locks")
            : Path.of(System.getProperty("java.io.tmpdir"), "weir-locks-" + System.nanoTime());
    return new Weir(store, clock, locks);
  }

  /** The JSON Schema of files that hold a graph, as text. */
  public static String graphSchema() {
    return GraphDescriptor.schema();
  }

  /** What would run, without running it. */
  public static Program load(RunOptions options) {
    return Program.load(options);
  }

  /**
   * Runs a program until its input ends or somebody ends it.
   *
   * @return how the job stands then
   * @throws JobBusyException when the job runs already
   */
  public JobStatus run(RunOptions options, RunControl control, RunListener listener)
      throws InterruptedException {
    return run(options, Succession.NONE, control, listener);
  }

  /**
   * The same for a graph that has changed since the job's last run.
   *
   * @throws CommandException when operators are gone that keep state, of which nothing is said
   */
  public JobStatus run(
      RunOptions options, Succession succession, RunControl control, RunListener listener)
      throws InterruptedException {
    return run(Program.load(options), succession, options.fresh(), control, listener);
  }

  /**
   * Runs a program until its input ends or somebody ends it.
   *
   * @param fresh start over, whatever the job's last run left
   * @return how the job stands then
   * @throws JobBusyException when the job runs already
   */
  public JobStatus run(Program program, boolean fresh, RunControl control, RunListener listener)
      throws InterruptedException {
    return run(program, Succession.NONE, fresh, control, listener);
  }

  /**
   * The same for a graph that has changed since the job's last run.
   *
   * @throws CommandException when operators are gone that keep state, of which nothing is said
   */
  public JobStatus run(
      Program program,
      Succession succession,
      boolean fresh,
      RunControl control,
      RunListener listener)
      throws InterruptedException {
    try (var lock = JobLock.take(locks, program.job())) {
      succession.settle(jobs, program, fresh, listener);
      program.warnings().forEach(listener::warn);
      return new Engine(store, clock, System::nanoTime)
          .run(program.spec(), fresh, control, listener);
    }
  }

  /**
   * The options of a job's last run, to go on with it.
   *
   * @throws CommandException when there is nothing to go on with
   */
  public RunOptions optionsToResume(String job) {
    var known = job(job);
    if (!known.status().resumable()) {
      throw new CommandException(
          "job '"
              + job
              + "' has nothing to resume ("
              + describe(known)
              + "); start it again with: weir run "
              + known.program());
    }
    if (Inspection.fromStart(known)) {
      throw new CommandException(
          "job '"
              + job
              + "' has nothing to resume ("
              + describe(known)
              + "): its graph keeps no epochs (epoch: none); start it again with: weir run "
              + known.program());
    }
    var options = known.options();
    if (options.isEmpty()) {
      throw new CommandException(
          "job '"
              + job
              + "' has not run in this store, so there is nothing to resume: weir run PROGRAM --name "
              + job);
    }
    if (options.get("program") == null) {
      throw new CommandException(
          "job '" + job + "' is " + known.program() + ", made by a Java program; run that again");
    }
    var directory = Path.of((String) options.get("directory"));
    if (!directory.equals(Path.of("").toAbsolutePath())) {
      throw new CommandException(
          "job '"
              + job
              + "' was run in "
              + directory
              + "; resume it there, so that its paths mean the same");
    }
    if (options.get("withheld") instanceof List<?> withheld) {
      throw new CommandException(
          "job '"
              + job
              + "' was given a password ("
              + String.join(", ", withheld.stream().map(Object::toString).toList())
              + "), and passwords are not kept. Run it again by the command that started it, and it"
              + " goes on; or name the password by secret://NAME from the start");
    }
    return RunOptions.fromJson(job, options);
  }

  /** All jobs of the store, by name. */
  public List<Job> jobs() {
    return jobs.list();
  }

  /**
   * A job.
   *
   * @throws CommandException when there is none of this name
   */
  public Job job(String name) {
    return jobs.find(name)
        .orElseThrow(
            () -> {
              var names = jobs.list().stream().map(Job::name).toList();
              return new CommandException(
                  "no job is named '"
                      + name
                      + "' in "
                      + store.url()
                      + (names.isEmpty()
                          ? "; it holds no jobs yet"
                          : "; there "
                              + (names.size() == 1 ? "is " : "are ")
                              + String.join(", ", names)));
            });
  }

  /** The process that runs a job now; empty when none does. */
  public Optional<String> runner(String job) {
    return JobLock.holder(locks, job);
  }

  /**
   * All that is known of a job, as a JSON value: what the store holds and, while it runs, the
   * figures of this moment. See the manual for its parts.
   *
   * @throws CommandException when there is none of this name
   */
  public Map<String, Object> inspect(String name) throws InterruptedException {
    awaitFirstCommit(name);
    var process = runner(name);
    Optional<Map<String, Object>> live =
        process.isPresent() ? Inspection.live(requests, name, this::runner) : Optional.empty();
    var job = job(name);
    return Inspection.of(job, describe(job), failure(job), process, live, jobs.runs(name));
  }

  /** A job that has just been started is not in the store yet: waits a little for it to be. */
  private void awaitFirstCommit(String job) throws InterruptedException {
    for (int i = 0; i < 100 && jobs.find(job).isEmpty() && runner(job).isPresent(); i++) {
      Thread.sleep(50);
    }
  }

  /**
   * Sets the number of runners of an operator of a running job.
   *
   * @param operator its name; empty where the job has only one
   */
  public Object scale(String job, Optional<String> operator, int runners)
      throws InterruptedException {
    if (runners < 1) {
      throw new CommandException("a job needs at least 1 runner, not " + runners);
    }
    var arguments = new HashMap<String, Object>();
    arguments.put("runners", (long) runners);
    operator.ifPresent(name -> arguments.put("operator", name));
    return ask(job, "scale", arguments);
  }

  /** Ends a running job after a commit and a snapshot, to be resumed; the snapshot's id. */
  public String pause(String job) throws InterruptedException {
    return (String) ask(job, "pause", Map.of());
  }

  /**
   * Treats the input of a running job as ended; the id of the snapshot taken at its end, or null.
   */
  public String stop(String job) throws InterruptedException {
    return (String) ask(job, "stop", Map.of());
  }

  /**
   * Whether a program would start with the state of a snapshot, given by its id or the beginning of
   * it.
   *
   * @throws dev.weir.state.UnknownSnapshotException when there is none
   * @throws BadProgramException when an operator cannot be asked for its tables
   */
  public Compatibility compatibility(Program program, String snapshot) {
    try (var contents = store.snapshots().open(snapshot)) {
      return Compatibility.of(program, contents);
    }
  }

  /** The snapshots of this store. */
  public SnapshotCommands snapshots() {
    return new SnapshotCommands(this, store, jobs, locks);
  }

  /** The views that the store keeps. */
  public Views views() {
    return new Views(store);
  }

  /** The event log of this store, and its fish. */
  public PondCommands pond() {
    return new PondCommands(store, clock);
  }

  /** The cells and pools of this store's jobs. */
  public StateCommands state() {
    return new StateCommands(this, store, jobs, locks);
  }

  /**
   * Forgets a job: its state, positions and runs. Its snapshots stay.
   *
   * @param anyway although it could go on, or has not sent all that it committed
   * @throws CommandException when it could, or there is none of this name
   * @throws JobBusyException when it is running
   */
  public void remove(String job, boolean anyway) {
    var known = job(job);
    try (var lock = JobLock.take(locks, job)) {
      boolean goesOn =
          known.epoch() > 0
              && (known.status().resumable() || known.status() == JobStatus.RESTORED)
              && !Inspection.fromStart(known);
      if (!anyway && (goesOn || jobs.owesOutput(job))) {
        throw new CommandException(
            "job '"
                + job
                + "' is "
                + describe(known)
                + (goesOn
                    ? " and can go on from epoch " + known.epoch()
                    : ", and not all that it committed is written yet; run it again for that")
                + "; to forget it all the same, add --anyway (its snapshots stay)");
      }
      jobs.remove(job);
    }
  }

  /**
   * Forgets jobs that ended long ago, and of others the oldest where there are too many: first
   * those that finished or were stopped, then those that failed, then those that were paused. A
   * running one is never forgotten, nor one that has not sent all that it committed.
   *
   * @return the names of those that are forgotten, in this order
   */
  public List<String> clean(Cleaning cleaning) {
    var all = jobs();
    var removed = new ArrayList<String>();
    var deadline = clock.instant().minus(cleaning.age());
    for (var job : cleaning.order(all)) {
      boolean tooMany = all.size() - removed.size() > cleaning.keep();
      if ((tooMany || job.committed().isBefore(deadline))
          && runner(job.name()).isEmpty()
          && !jobs.owesOutput(job.name())) {
        if (!cleaning.dry()) {
          remove(job.name(), true);
        }
        removed.add(job.name());
      }
    }
    return removed;
  }

  /** Asks a running job for something. */
  Object ask(String job, String verb, Map<String, Object> arguments) throws InterruptedException {
    var known = job(job);
    if (runner(job).isEmpty()) {
      throw new CommandException(
          "job '"
              + job
              + "' is not running ("
              + describe(known)
              + "); see: weir job inspect "
              + job);
    }
    return requests.ask(job, verb, arguments, PATIENCE, () -> runner(job).isPresent());
  }

  /**
   * A job's status for people: a run that died without a word is not running, and one that failed
   * before it had committed anything leaves what a finished one committed, but has failed.
   */
  public String describe(Job job) {
    if (job.status() == JobStatus.RUNNING && runner(job.name()).isEmpty()) {
      return "crashed";
    }
    return lateFailure(job).isPresent() ? JobStatus.FAILED.word() : job.status().word();
  }

  /** Why a job's last run failed, if it did. */
  public Optional<String> failure(Job job) {
    return job.failure().or(() -> lateFailure(job));
  }

  /** Why a run failed that began after the job had ended, and committed nothing. */
  private Optional<String> lateFailure(Job job) {
    return job.status() == JobStatus.FINISHED || job.status() == JobStatus.STOPPED
        ? jobs.runs(job.name()).stream()
            .findFirst()
            .filter(run -> run.run() > job.run())
            .flatMap(JobRun::failure)
        : Optional.empty();
  }

  @Override
  public void close() {
    store.close();
  }
}
