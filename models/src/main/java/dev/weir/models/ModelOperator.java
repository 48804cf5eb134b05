package dev.weir.models;

import dev.weir.graph.BadRequestException;
import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.Json;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.Rejection;
import dev.weir.models.RunnerHandle.Frame;
import dev.weir.models.RunnerHandle.Phase;
import dev.weir.runners.FromRunner;
import dev.weir.runners.Item;
import dev.weir.runners.Outputs;
import dev.weir.runners.RunnerException;
import dev.weir.runners.ToRunner;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * A model as an operator: port 0 in is slot 0, port 0 out is slot 1. Checks records against the
 * model's schemas, spreads them over runners in frames, and holds the runners' cells and pools.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A runner has at most two frames: one in work, one waiting.
 *   <li>Only the operator's thread emits, and dispatches frames; the runners' threads hand over
 *       results and failures under {@code lock} and wake it.
 *   <li>When {@link #barrier} writes the tables, no runner has a frame and all have synced since
 *       their last: the state is the cut.
 * </ul>
 */
final class ModelOperator implements Operator {

  /** How long a runner that is overdue may take to say where it is. */
  private static final long STACK_NANOS = 2_000_000_000L;

  private static final int FRAMES_PER_RUNNER = 2;
  private static final long EDIT_PATIENCE_MILLIS = 100;

  /** With ordered outputs: how many frames may be done before one that is not, per runner. */
  private static final int AHEAD = 4;

  private record Result(long frame, Outputs outputs) {}

  private final String model;
  private final SchemaChecks schemas;
  private final ModelOptions options;
  private final RunnerFactory factory;
  private final LongSupplier nanoClock;
  private final SharedState shared = new SharedState();
  private OperatorContext context;

  /** Guards everything up to the next such line, and the open fields of the handles. */
  private final Object lock = new Object();

  private final List<RunnerHandle> runners = new ArrayList<>();
  private final List<RunnerHandle> leaving = new ArrayList<>();
  private final Deque<Result> results = new ArrayDeque<>();
  private final FrameSize frameSize = new FrameSize();
  private Throwable failure;
  private boolean closed;

  /** The rest is the operator's thread's own. */
  private final Deque<Batch> backlog = new ArrayDeque<>();

  private final Map<Long, Outputs> early = new HashMap<>();
  private final List<Edit> edits = new ArrayList<>();
  private int backlogSize;
  private long nextFrame = 1;
  private long nextEmitted = 1;
  private long nextOutput = 1;
  private long syncs;
  private boolean ended;
  private Thread watchdog;

  /** What the watchdog waits for: not {@code lock}, on which it would wake with every frame. */
  private final CountDownLatch closing = new CountDownLatch(1);

  /**
   * The checks of a model's slots.
   *
   * @param input or null for none
   * @param output or null for none
   * @param outputUnused whether the model says that it has no outputs
   */
  record SchemaChecks(SchemaCheck input, SchemaCheck output, boolean outputUnused) {}

  ModelOperator(
      String model,
      SchemaChecks schemas,
      ModelOptions options,
      RunnerFactory factory,
      LongSupplier nanoClock) {
    this.model = model;
    this.schemas = schemas;
    this.options = options;
    this.factory = factory;
    this.nanoClock = nanoClock;
  }

  @Override
  public void open(OperatorContext context) throws Exception {
    this.context = context;
    shared.open(context);
    synchronized (lock) {
      for (int i = 0; i < options.runners(); i++) {
        startRunner(false);
      }
    }
    watchdog = new Thread(this::watch, "weir-watch-" + context.name());
    watchdog.setDaemon(true);
    watchdog.start();
    await(() -> runners.stream().noneMatch(r -> r.phase == Phase.LOADING));
  }

  @Override
  public void begin(Emitter out) throws Exception {
    var all = copyOfRunners();
    all.removeIf(r -> r.late);
    all.forEach(shared::join);
    if (context.start() == OperatorContext.Start.RESUMED) {
      all.forEach(r -> r.call(new ToRunner.Begin(true)));
      await(() -> all.stream().allMatch(r -> r.answer != null));
    } else {
      for (var runner : all) {
        runner.call(new ToRunner.Begin(false));
        await(() -> runner.answer != null);
        emit(runner.answer, out);
      }
    }
    synchronized (lock) {
      for (var runner : all) {
        runner.answer = null;
        if (runner.phase == Phase.LOADED) {
          runner.phase = Phase.WORKING;
        }
      }
    }
    showGauges();
  }

  @Override
  public void process(int port, Batch batch, Emitter out) throws Exception {
    var good = admit(batch);
    if (!good.isEmpty()) {
      backlog.addLast(good);
      backlogSize += good.size();
    }
    turn(out);
    // What does not fit the runners waits here, no more than they can take at once.
    while (backlogSize > capacity()) {
      await(() -> !results.isEmpty() || mayDispatch());
      turn(out);
    }
  }

  @Override
  public void drain(Emitter out) throws Exception {
    turn(out);
    retire();
  }

  @Override
  public void barrier(long epoch, Emitter out) throws Exception {
    finish(out);
    retire();
    sync(workingRunners());
    makeEdits();
    shared.write();
    showGauges();
  }

  @Override
  public void end(Emitter out) throws Exception {
    finish(out);
    retire();
    for (var runner : workingRunners()) {
      runner.call(new ToRunner.End());
      await(() -> runner.answer != null);
      emit(runner.answer, out);
    }
    ended = true;
  }

  @Override
  public Object request(String verb, Map<String, Object> arguments) throws Exception {
    switch (verb) {
      case "scale" -> scale(((Long) arguments.get("runners")).intValue());
      case "cell.set" ->
          edits.add(
              new Edit(
                  Item.cell((String) arguments.get("name")), Json.toText(arguments.get("value"))));
      case "pool.set" -> edits.add(new Edit(key(arguments), Json.toText(arguments.get("value"))));
      case "pool.delete" -> edits.add(new Edit(key(arguments), null));
      default -> throw new BadRequestException("a model does not know the request '" + verb + "'");
    }
    return null;
  }

  private static Item key(Map<String, Object> arguments) {
    return Item.key((String) arguments.get("pool"), (String) arguments.get("key"));
  }

  /**
   * Sets what was asked to be set. Between epochs no runner is at work, so the leases come at once.
   */
  private void makeEdits() throws InterruptedException {
    for (var edit : edits) {
      shared.ask(edit);
      while (!edit.awaitLease(EDIT_PATIENCE_MILLIS)) {
        synchronized (lock) {
          throwIfFailed();
        }
      }
      shared.make(edit);
    }
    edits.clear();
  }

  /**
   * Sets the number of runners.
   *
   * <p>New runners are started and prepared while the others work; those too many go when they have
   * done what they have. The end() of a runner that goes is not called: the stream has not ended.
   */
  private void scale(int wanted) throws InterruptedException {
    if (wanted < 1) {
      throw new BadRequestException("a model needs at least 1 runner, not " + wanted);
    }
    synchronized (lock) {
      for (var runner : runners) {
        if (runner.phase == Phase.RETIRING && staying() < wanted) {
          runner.phase = Phase.WORKING;
        }
      }
      while (staying() < wanted) {
        startRunner(true);
      }
      for (int i = runners.size() - 1; i >= 0 && staying() > wanted; i--) {
        var runner = runners.get(i);
        if (runner.phase == Phase.WORKING) {
          runner.phase = Phase.RETIRING;
        } else if (runner.phase != Phase.RETIRING) {
          runners.remove(runner);
          dismiss(runner);
        }
      }
    }
    retire();
    showGauges();
  }

  @Override
  public void close() {
    List<RunnerHandle> all;
    boolean kill;
    synchronized (lock) {
      kill = !ended || failure != null;
      closed = true;
      closing.countDown();
      lock.notifyAll();
      all = new ArrayList<>(runners);
      all.addAll(leaving);
      runners.clear();
      leaving.clear();
    }
    all.forEach(RunnerHandle::dismiss);
    var closers = new ArrayList<Thread>();
    for (var runner : all) {
      closers.add(closer(runner, kill));
    }
    if (watchdog != null) {
      closers.add(watchdog);
    }
    boolean interrupted = false;
    for (var closer : closers) {
      while (true) {
        try {
          closer.join();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The records that match the input's schema; the others are reported. */
  private Batch admit(Batch batch) {
    var check = schemas.input();
    if (check == null) {
      return batch;
    }
    int size = batch.size();
    int i = 0;
    while (i < size && check.accepts(batch.get(i)) && check.plain(batch.get(i)) == batch.get(i)) {
      i++;
    }
    if (i == size) {
      return batch;
    }
    var records = new Object[size];
    var sequences = new long[size];
    int kept = 0;
    for (int k = 0; k < size; k++) {
      var record = batch.get(k);
      if (k < i || check.accepts(record)) {
        records[kept] = check.plain(record);
        sequences[kept++] = batch.sequence(k);
      } else {
        reject(Rejection.Reason.SCHEMA, batch.sequence(k), record, check);
      }
    }
    return Batch.of(Arrays.copyOf(records, kept), Arrays.copyOf(sequences, kept));
  }

  private void reject(Rejection.Reason reason, long sequence, Object record, SchemaCheck check) {
    context.reject(
        new Rejection(reason, sequence, SchemaCheck.shown(record), check.explain(record)));
  }

  /** Emits what is done and sends what can be sent. */
  private void turn(Emitter out) throws InterruptedException {
    synchronized (lock) {
      throwIfFailed();
    }
    dispatch(false);
    emitDone(out);
    dispatch(false);
  }

  /** Has every record taken so far done, and its outputs emitted. */
  private void finish(Emitter out) throws InterruptedException {
    while (true) {
      dispatch(true);
      emitDone(out);
      boolean busy;
      synchronized (lock) {
        throwIfFailed();
        busy = !results.isEmpty() || runners.stream().anyMatch(r -> !r.inFlight.isEmpty());
      }
      if (!busy && backlogSize == 0) {
        return;
      }
      await(() -> !results.isEmpty() || (backlogSize > 0 && mayDispatch()));
    }
  }

  /**
   * Sends frames to runners that have room.
   *
   * @param all whether also to send less than a full frame to a runner that has work already
   */
  private void dispatch(boolean all) {
    synchronized (lock) {
      long working = runners.stream().filter(r -> r.phase == Phase.WORKING).count();
      int share = all ? (int) (backlogSize / Math.max(1, working)) + 1 : Integer.MAX_VALUE;
      while (backlogSize > 0 && mayDispatch()) {
        var runner = leastLoaded();
        int size = Math.min(frameSize.get(), share);
        if (!all && !runner.inFlight.isEmpty() && backlogSize < size) {
          return;
        }
        var frame = new Frame(nextFrame++, take(size));
        runner.inFlight.addLast(frame);
        runner.call(new ToRunner.Work(frame.id(), 0, false, frame.batch()));
      }
    }
  }

  private boolean mayDispatch() {
    return leastLoaded() != null
        && (!options.ordered()
            || nextFrame - nextEmitted < (long) AHEAD * FRAMES_PER_RUNNER * runners.size());
  }

  private RunnerHandle leastLoaded() {
    RunnerHandle least = null;
    for (var runner : runners) {
      if (runner.phase == Phase.WORKING
          && runner.inFlight.size() < FRAMES_PER_RUNNER
          && (least == null || runner.inFlight.size() < least.inFlight.size())) {
        least = runner;
      }
    }
    return least;
  }

  private int capacity() {
    synchronized (lock) {
      return frameSize.get() * Math.max(1, runners.size());
    }
  }

  /** Takes records off the backlog, across batches. */
  private Batch take(int size) {
    int count = Math.min(size, backlogSize);
    backlogSize -= count;
    var head = backlog.removeFirst();
    if (head.size() >= count) {
      if (head.size() > count) {
        backlog.addFirst(head.slice(count, head.size()));
      }
      return head.slice(0, count);
    }
    var records = new Object[count];
    var sequences = new long[count];
    int taken = 0;
    while (true) {
      int n = Math.min(head.size(), count - taken);
      for (int i = 0; i < n; i++) {
        records[taken] = head.get(i);
        sequences[taken++] = head.sequence(i);
      }
      if (taken == count) {
        if (n < head.size()) {
          backlog.addFirst(head.slice(n, head.size()));
        }
        return Batch.of(records, sequences);
      }
      head = backlog.removeFirst();
    }
  }

  private void emitDone(Emitter out) throws InterruptedException {
    while (true) {
      Result result;
      synchronized (lock) {
        result = results.pollFirst();
      }
      if (result == null) {
        return;
      }
      if (!options.ordered()) {
        nextEmitted++;
        emit(result.outputs(), out);
        continue;
      }
      early.put(result.frame(), result.outputs());
      for (var next = early.remove(nextEmitted); next != null; next = early.remove(nextEmitted)) {
        nextEmitted++;
        emit(next, out);
      }
    }
  }

  private void emit(Outputs outputs, Emitter out) throws InterruptedException {
    var check = schemas.output();
    var good = new Object[outputs.size()];
    int kept = 0;
    for (int i = 0; i < good.length; i++) {
      var value = outputs.value(i);
      if (outputs.slot(i) != 1 || schemas.outputUnused()) {
        throw new ModelException(
            "model "
                + model
                + " has put out "
                + SchemaCheck.shown(value)
                + " for slot "
                + outputs.slot(i)
                + (outputs.slot(i) == 1
                    ? ", which it declares unused"
                    : "; this version has the slots 0 (input) and 1 (output) only"));
      }
      if (check == null || check.accepts(value)) {
        good[kept++] = value;
      } else {
        reject(Rejection.Reason.OUTPUT_SCHEMA, 0, value, check);
      }
    }
    if (kept > 0) {
      var records = kept == good.length ? good : Arrays.copyOf(good, kept);
      var batch = Batch.of(nextOutput, records);
      nextOutput += kept;
      out.emit(0, batch);
    }
  }

  /** Lets go the runners that are to retire and have nothing left to do. */
  private void retire() throws InterruptedException {
    List<RunnerHandle> going;
    synchronized (lock) {
      going =
          runners.stream().filter(r -> r.phase == Phase.RETIRING && r.inFlight.isEmpty()).toList();
    }
    if (going.isEmpty()) {
      return;
    }
    sync(going);
    synchronized (lock) {
      for (var runner : going) {
        runners.remove(runner);
        dismiss(runner);
      }
    }
    going.forEach(shared::leave);
  }

  private void sync(Collection<RunnerHandle> which) throws InterruptedException {
    long sync = ++syncs;
    which.forEach(r -> r.call(new ToRunner.Sync(sync)));
    await(() -> which.stream().allMatch(r -> r.synced == sync));
  }

  private void startRunner(boolean late) {
    int number = 1;
    for (int i = 0; i < runners.size(); ) {
      if (runners.get(i).number() == number) {
        number++;
        i = 0;
      } else {
        i++;
      }
    }
    var runner = new RunnerHandle(number, late, factory, new Ears(), shared, nanoClock);
    runners.add(runner);
    runner.start();
  }

  /** Ends a runner without waiting for it. */
  private void dismiss(RunnerHandle runner) {
    runner.dismiss();
    leaving.add(runner);
    closer(runner, false);
  }

  private Thread closer(RunnerHandle runner, boolean kill) {
    var thread =
        new Thread(
            () -> {
              runner.close(kill);
              synchronized (lock) {
                leaving.remove(runner);
              }
            },
            "weir-close-" + runner.number());
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private int staying() {
    return (int) runners.stream().filter(r -> r.phase != Phase.RETIRING).count();
  }

  private List<RunnerHandle> copyOfRunners() {
    synchronized (lock) {
      return new ArrayList<>(runners);
    }
  }

  private List<RunnerHandle> workingRunners() {
    synchronized (lock) {
      return runners.stream().filter(r -> r.phase == Phase.WORKING).toList();
    }
  }

  private void await(BooleanSupplier condition) throws InterruptedException {
    synchronized (lock) {
      throwIfFailed();
      while (!condition.getAsBoolean()) {
        lock.wait();
        throwIfFailed();
      }
    }
  }

  private void throwIfFailed() {
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
  }

  private void fail(Throwable cause) {
    synchronized (lock) {
      if (failure != null || closed) {
        return;
      }
      failure = cause;
      lock.notifyAll();
    }
    context.fail(cause);
  }

  private void watch() {
    long period = Math.max(1, Math.min(1000, options.timeLimit().toMillis() / 4));
    try {
      while (true) {
        if (closing.await(period, TimeUnit.MILLISECONDS)) {
          return;
        }
        checkTimeLimits();
        showGauges();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Asks runners that are overdue where they are, and fails the run when they have said so. */
  void checkTimeLimits() {
    RunnerHungException hung = null;
    synchronized (lock) {
      long now = nanoClock.getAsLong();
      for (var runner : runners) {
        long owing = runner.owing(now);
        if (owing <= options.timeLimit().toNanos()) {
          runner.askedWhere = -1;
          runner.stack = null;
        } else if (runner.askedWhere < 0) {
          runner.askedWhere = now;
          runner.askWhere();
        } else if (runner.stack != null || now - runner.askedWhere > STACK_NANOS) {
          hung = hung(runner, owing);
        }
      }
    }
    if (hung != null) {
      fail(hung);
    }
  }

  private RunnerHungException hung(RunnerHandle runner, long owing) {
    return new RunnerHungException(
        runner.describe()
            + " of model "
            + model
            + " has not answered for "
            + Duration.ofNanos(owing).toSeconds()
            + " s (its time limit is "
            + shortly(options.timeLimit())
            + "); "
            + (runner.stack == null
                ? "it does not say where it is"
                : "it is in:\n" + runner.stack.stripTrailing().indent(4).stripTrailing())
            + runner.lastWords());
  }

  private static String shortly(Duration time) {
    return time.toMillis() % 1000 == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
  }

  /** Tells the figures for {@code job inspect}. */
  void showGauges() {
    var shown = new ArrayList<Map<String, Object>>();
    int size;
    synchronized (lock) {
      for (var runner : runners) {
        var figures = new LinkedHashMap<String, Object>();
        figures.put("number", (long) runner.number());
        figures.put("pid", runner.pid());
        figures.put("memory", runner.memory());
        figures.put("records", runner.records);
        figures.put("outputs", runner.outputs);
        figures.put("state", runner.state());
        shown.add(figures);
      }
      size = frameSize.get();
    }
    context.gauge("runners", shown);
    context.gauge("frame-size", (long) size);
    context.gauge("state", shared.sizes());
    context.gauge("lease-hand-overs", shared.handOvers());
  }

  /** Hears the runners. */
  private final class Ears implements RunnerHandle.Owner {

    @Override
    public void printed(String line) {
      context.log(line);
    }

    @Override
    public void failed(RunnerHandle runner, Throwable cause) {
      boolean started;
      synchronized (lock) {
        started = runner.phase != Phase.LOADING || runner.pid() > 0;
      }
      if (!started) {
        fail(
            new RunnerLostException(
                "runner " + runner.number() + " of model " + model + ": " + cause.getMessage(),
                cause));
      } else {
        fail(cause);
      }
    }

    @Override
    public void heard(RunnerHandle runner, FromRunner message, long nanos) {
      var trouble = take(runner, message, nanos);
      if (trouble != null) {
        fail(trouble);
      } else {
        context.wake();
      }
    }

    private Throwable take(RunnerHandle runner, FromRunner message, long nanos) {
      synchronized (lock) {
        if (message instanceof FromRunner.Ready) {
          runner.phase = Phase.LOADED;
          if (runner.late) {
            runner.call(new ToRunner.Begin(true));
          }
        } else if (message instanceof FromRunner.Begun begun) {
          if (runner.late) {
            runner.phase = Phase.WORKING;
            shared.join(runner);
          } else {
            runner.answer = begun.outputs();
          }
        } else if (message instanceof FromRunner.Done done) {
          var frame = runner.inFlight.pollFirst();
          if (frame == null || frame.id() != done.id()) {
            return new RunnerException(
                runner.describe() + " broke the protocol: it is done with what it was not given");
          }
          runner.records += frame.batch().size();
          runner.outputs += done.outputs().size();
          frameSize.done(frame.batch().size(), nanos);
          results.addLast(new Result(done.id(), done.outputs()));
        } else if (message instanceof FromRunner.Synced synced) {
          runner.synced = synced.epoch();
        } else if (message instanceof FromRunner.Ended end) {
          runner.answer = end.outputs();
        } else if (message instanceof FromRunner.Stack stack) {
          runner.stack = stack.trace();
        } else if (message instanceof FromRunner.Failed failed) {
          return raised(runner, failed);
        } else if (message instanceof FromRunner.Exited exited) {
          return lost(runner, exited);
        }
        lock.notifyAll();
        return null;
      }
    }

    private ModelException raised(RunnerHandle runner, FromRunner.Failed failed) {
      var text = new StringBuilder("model ").append(model);
      if (failed.where().equals("load")) {
        text.append(" cannot be loaded: ").append(failed.summary());
      } else {
        text.append(": ").append(failed.where()).append("() failed");
        var frame =
            runner.inFlight.stream().filter(f -> f.id() == failed.id()).findFirst().orElse(null);
        if (failed.where().equals("action")
            && frame != null
            && failed.index() >= 0
            && failed.index() < frame.batch().size()) {
          text.append(" at record ")
              .append(frame.batch().sequence(failed.index()))
              .append(" of slot 0: ")
              .append(failed.summary())
              .append("\n  the record: ")
              .append(RunnerHandle.text(frame.batch().get(failed.index())));
        } else {
          text.append(": ").append(failed.summary());
        }
      }
      if (!failed.trace().isBlank()) {
        text.append('\n').append(failed.trace().stripTrailing().indent(2).stripTrailing());
      }
      return new ModelException(text.toString());
    }

    private RunnerLostException lost(RunnerHandle runner, FromRunner.Exited exited) {
      return new RunnerLostException(
          runner.describe()
              + " of model "
              + model
              + " is lost: "
              + exited.how()
              + (runner.phase == Phase.LOADING ? ", before it had loaded the model" : "")
              + runner.lastWords());
    }
  }
}
