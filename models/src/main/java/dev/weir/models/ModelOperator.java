package dev.weir.models;

import dev.weir.graph.BadRequestException;
import dev.weir.graph.Batch;
import dev.weir.graph.Control;
import dev.weir.graph.Emitter;
import dev.weir.graph.Json;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.Rejection;
import dev.weir.graph.StateTable;
import dev.weir.models.RunnerHandle.Frame;
import dev.weir.models.RunnerHandle.Phase;
import dev.weir.runners.FromRunner;
import dev.weir.runners.Item;
import dev.weir.runners.Outputs;
import dev.weir.runners.RunnerException;
import dev.weir.runners.RunnerHungException;
import dev.weir.runners.ToRunner;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * A model as an operator: input port p is slot 2p, output port p is slot 2p+1. Checks records
 * against the slots' schemas, gathers them to sets where the slot has sets, spreads them over
 * runners in frames, and holds the runners' cells and pools.
 *
 * <p>Control records: a SET ends the set of its slot, and is dropped where the slot has no sets. A
 * PIG, on whichever slot it comes, ends the set of that slot; everything that came before it on any
 * slot is finished and emitted, then it leaves on all outputs.
 *
 * <p>A program that reads its slots itself is given records when it asks for them; what it has not
 * asked for waits in the backlog, over barriers too.
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

  /** So many records a set may have, and may wait for a program that does not read them. */
  static final int MOST_WAITING = 1_000_000;

  /** With slots that are read: how many records are given at once. */
  private static final int READ_AT_ONCE = 1000;

  private record Result(Frame frame, Outputs outputs, List<FromRunner.Failure> failures) {}

  private final String model;
  private final Slots slots;
  private final Backlog backlog;
  private StateTable pending;
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
  private final Map<Long, Result> early = new HashMap<>();

  private final Map<Integer, Outlet> outlets = new TreeMap<>();
  private final List<Edit> edits = new ArrayList<>();
  private long nextFrame = 1;
  private long nextEmitted = 1;
  private long syncs;
  private boolean ended;

  /** The slots that have ended while others go on. */
  private final Set<Integer> over = new HashSet<>();

  /** Whether the programs, which read their slots themselves, had come to their end. */
  private boolean unread;

  private Thread watchdog;

  /** What the watchdog waits for: not {@code lock}, on which it would wake with every frame. */
  private final CountDownLatch closing = new CountDownLatch(1);

  /**
   * A slot of the model.
   *
   * @param check or null for none
   * @param set whether its records come in sets
   */
  record Slot(int number, SchemaCheck check, boolean set) {

    int port() {
      return number / 2;
    }
  }

  /**
   * The slots in use.
   *
   * @param callbacks false for a model that reads its slots itself
   */
  record Slots(List<Slot> all, boolean callbacks) {
    Slots {
      all = List.copyOf(all);
    }

    private Slot of(int number) {
      return all.stream().filter(s -> s.number() == number).findFirst().orElse(null);
    }

    private List<Slot> inputs() {
      return all.stream().filter(s -> s.number() % 2 == 0).toList();
    }

    private List<Slot> outputs() {
      return all.stream().filter(s -> s.number() % 2 == 1).toList();
    }

    /** Whether input records may have to wait over a barrier. */
    private boolean waiting() {
      return !callbacks || inputs().stream().anyMatch(Slot::set);
    }
  }

  /** Where an output slot's records go: numbered by themselves. */
  private static final class Outlet {
    final Slot slot;
    long next = 1;

    Outlet(Slot slot) {
      this.slot = slot;
    }
  }

  ModelOperator(
      String model,
      Slots slots,
      ModelOptions options,
      RunnerFactory factory,
      LongSupplier nanoClock) {
    this.model = model;
    this.slots = slots;
    this.backlog = new Backlog(slots.inputs().stream().map(Slot::number).toList());
    slots.outputs().forEach(slot -> outlets.put(slot.number(), new Outlet(slot)));
    this.options = options;
    this.factory = factory;
    this.nanoClock = nanoClock;
  }

  @Override
  public void open(OperatorContext context) throws Exception {
    this.context = context;
    shared.open(context);
    if (slots.waiting()) {
      pending = context.table(Backlog.PENDING);
      if (context.start() == OperatorContext.Start.RESUMED) {
        backlog.read(pending);
        unread = Backlog.unread(pending);
        slots.inputs().stream().filter(s -> !s.set()).forEach(s -> backlog.loosen(s.number()));
      } else {
        Backlog.clear(pending);
      }
    }
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
    if (unread) {
      synchronized (lock) {
        all.forEach(r -> r.finished = true);
      }
      context.enough();
    } else if (context.start() == OperatorContext.Start.RESUMED) {
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
    var slot = slots.of(2 * port);
    if (slot == null) {
      throw new ModelException("model " + model + " does not use slot " + 2 * port);
    }
    if (batch.control() != null) {
      control(slot, batch, out);
      return;
    }
    var good = admit(slot, batch);
    if (good.isEmpty() || allFinished()) {
      turn(out);
      return;
    }
    if (slot.set()) {
      int gathered = backlog.gather(slot.number(), good);
      if (gathered > MOST_WAITING) {
        throw tooMany(slot, "a set of slot " + slot.number() + " has more than ");
      }
    } else {
      backlog.add(slot.number(), good);
    }
    throttle(slot, out);
  }

  @Override
  public void ended(int port, Emitter out) throws Exception {
    int slot = 2 * port;
    over.add(slot);
    backlog.close(slot, false);
    turn(out);
  }

  private void control(Slot slot, Batch batch, Emitter out) throws Exception {
    switch (batch.control().kind()) {
      case SET -> {
        if (slot.set() && !allFinished()) {
          backlog.close(slot.number(), true);
        }
        throttle(slot, out);
      }
      case PIG -> {
        backlog.close(slot.number(), false);
        finish(out);
        for (var outlet : outlets.values()) {
          out.emit(outlet.slot.port(), Batch.of(outlet.next - 1, batch.control()));
        }
      }
      case END -> {
        // A source's affair, which does not send it on.
      }
    }
  }

  /** What does not fit the runners waits here, no more than they can take at once. */
  private void throttle(Slot slot, Emitter out) throws InterruptedException {
    turn(out);
    while (backlog.size() > capacity()) {
      await(() -> !results.isEmpty() || mayDispatch() || unread());
      turn(out);
      synchronized (lock) {
        if (!unread()) {
          continue;
        }
      }
      if (backlog.waiting(slot.number()) > MOST_WAITING) {
        throw tooMany(slot, "the model does not read slot " + slot.number() + ", which has ");
      }
      return;
    }
  }

  /** Whether nobody wants what waits. Under the lock. */
  private boolean unread() {
    return !slots.callbacks()
        && results.isEmpty()
        && !mayDispatch()
        && runners.stream().allMatch(r -> r.phase != Phase.WORKING || r.wants >= 0 || r.finished);
  }

  /** Whether the programs, which read their slots themselves, have all come to their end. */
  private boolean allFinished() {
    if (slots.callbacks()) {
      return false;
    }
    synchronized (lock) {
      return !runners.isEmpty() && runners.stream().allMatch(r -> r.finished);
    }
  }

  private ModelException tooMany(Slot slot, String what) {
    return new ModelException(
        "model "
            + model
            + ": "
            + what
            + MOST_WAITING
            + " records waiting; "
            + (slot.set()
                ? "have the stream end its sets sooner, by a batching or by {\"$fastscore\":\"set\"} records"
                : "read it, or declare it unused"));
  }

  @Override
  public void drain(Emitter out) throws Exception {
    turn(out);
    retire();
    if (!unread && allFinished()) {
      unread = true;
      context.enough();
    }
  }

  @Override
  public void barrier(long epoch, Emitter out) throws Exception {
    finish(out);
    retire();
    sync(workingRunners());
    makeEdits();
    shared.write();
    if (pending != null) {
      backlog.write(pending);
      if (unread) {
        Backlog.writeUnread(pending);
      }
    }
    showGauges();
  }

  @Override
  public void end(Emitter out) throws Exception {
    slots.inputs().forEach(slot -> backlog.close(slot.number(), false));
    finish(out);
    retire();
    giveUnread();
    for (var runner : workingRunners()) {
      runner.call(new ToRunner.End());
      await(() -> runner.answer != null);
      emitDone(out);
      emit(runner.answer, out);
    }
    ended = true;
  }

  /** What a program has not asked for it may still read after the end. */
  private void giveUnread() {
    synchronized (lock) {
      var reading = runners.stream().filter(r -> r.phase == Phase.WORKING && !r.finished).toList();
      for (int i = 0; backlog.next() >= 0 && !reading.isEmpty(); i++) {
        send(reading.get(i % reading.size()), backlog.take(backlog.next(), READ_AT_ONCE));
      }
      while (backlog.next() >= 0) {
        backlog.take(backlog.next(), READ_AT_ONCE); // nobody reads any more
      }
    }
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

  /** The records that match the slot's schema; the others are reported. */
  private Batch admit(Slot slot, Batch batch) {
    var check = slot.check();
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
        reject(Rejection.Reason.SCHEMA, slot, batch.sequence(k), record);
      }
    }
    return Batch.of(Arrays.copyOf(records, kept), Arrays.copyOf(sequences, kept));
  }

  private void reject(Rejection.Reason reason, Slot slot, long sequence, Object record) {
    context.reject(
        new Rejection(
            reason,
            slot.number(),
            sequence,
            SchemaCheck.shown(record),
            record,
            slot.check().explain(record),
            null));
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

  /** Has every record that a runner may take done, and its outputs emitted. */
  private void finish(Emitter out) throws InterruptedException {
    while (true) {
      dispatch(true);
      emitDone(out);
      boolean busy;
      synchronized (lock) {
        throwIfFailed();
        busy =
            !results.isEmpty()
                || runners.stream().anyMatch(r -> !r.inFlight.isEmpty() || onItsWay(r))
                || (slots.callbacks() ? backlog.size() > 0 : mayDispatch());
      }
      if (!busy) {
        return;
      }
      await(
          () ->
              !results.isEmpty()
                  || mayDispatch()
                  || (!slots.callbacks() && runners.stream().noneMatch(this::onItsWay)));
    }
  }

  /** Whether a program that reads its slots itself is between two reads. */
  private boolean onItsWay(RunnerHandle runner) {
    return !slots.callbacks()
        && runner.phase == Phase.WORKING
        && runner.wants < 0
        && !runner.finished;
  }

  /**
   * Sends frames to runners that have room.
   *
   * @param all whether also to send less than a full frame to a runner that has work already
   */
  private void dispatch(boolean all) {
    synchronized (lock) {
      if (!slots.callbacks()) {
        answerReads();
        return;
      }
      long working = runners.stream().filter(r -> r.phase == Phase.WORKING).count();
      int share = all ? (int) (backlog.size() / Math.max(1, working)) + 1 : Integer.MAX_VALUE;
      while (mayDispatch()) {
        var runner = leastLoaded();
        int size = Math.min(frameSize.get(), share);
        int slot = backlog.next();
        if (!all
            && !runner.inFlight.isEmpty()
            && backlog.size() < size
            && !backlog.setIsNext(slot)) {
          return;
        }
        send(runner, backlog.take(slot, size));
      }
    }
  }

  private void answerReads() {
    for (var runner : runners) {
      if (runner.phase == Phase.WORKING && runner.wants >= 0 && backlog.has(runner.wants)) {
        send(runner, backlog.take(runner.wants, READ_AT_ONCE));
        runner.wants = -1;
      } else if (isOver(runner)) {
        var frame = new Frame(nextFrame++, new Backlog.Piece(runner.wants, false, Batch.of(1)));
        runner.inFlight.addLast(frame);
        runner.call(new ToRunner.Over(frame.id(), runner.wants));
        runner.wants = -1;
      }
    }
  }

  /** Whether a program waits for records of a slot that has ended. */
  private boolean isOver(RunnerHandle runner) {
    return runner.phase == Phase.WORKING
        && over.contains(runner.wants)
        && !backlog.has(runner.wants);
  }

  private void send(RunnerHandle runner, Backlog.Piece piece) {
    var frame = new Frame(nextFrame++, piece);
    runner.inFlight.addLast(frame);
    runner.call(new ToRunner.Work(frame.id(), piece.slot(), piece.set(), piece.batch()));
  }

  private boolean mayDispatch() {
    if (!slots.callbacks()) {
      return runners.stream()
          .anyMatch(
              r -> r.phase == Phase.WORKING && r.wants >= 0 && (isOver(r) || backlog.has(r.wants)));
    }
    return backlog.size() > 0
        && leastLoaded() != null
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
      return (slots.callbacks() ? frameSize.get() : 2 * READ_AT_ONCE) * Math.max(1, runners.size());
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
        emit(result, out);
        continue;
      }
      early.put(result.frame().id(), result);
      for (var next = early.remove(nextEmitted); next != null; next = early.remove(nextEmitted)) {
        nextEmitted++;
        emit(next, out);
      }
    }
  }

  private void emit(Result result, Emitter out) throws InterruptedException {
    for (var failure : result.failures()) {
      rejectFailed(result.frame(), failure);
    }
    emit(result.outputs(), out);
  }

  private void rejectFailed(Frame frame, FromRunner.Failure failure) {
    var batch = frame.batch();
    boolean set = frame.piece().set();
    int index = Math.min(failure.index(), batch.size() - 1);
    var record = set ? batch.records() : batch.get(index);
    context.reject(
        new Rejection(
            Rejection.Reason.RAISED,
            frame.piece().slot(),
            index < 0 ? 0 : batch.sequence(index),
            SchemaCheck.shown(record),
            record,
            failure.summary(),
            failure.trace()));
  }

  private void emit(Outputs outputs, Emitter out) throws InterruptedException {
    int size = outputs.size();
    for (int from = 0; from < size; ) {
      int slot = outputs.slot(from);
      int to = from;
      while (to < size && outputs.slot(to) == slot && !(outputs.value(to) instanceof Control)) {
        to++;
      }
      emit(outlet(slot, outputs.value(from)), outputs, from, to, out);
      if (to < size && outputs.value(to) instanceof Control control) {
        var outlet = outlet(outputs.slot(to), control);
        out.emit(outlet.slot.port(), Batch.of(outlet.next - 1, control));
        to++;
      }
      from = to;
    }
  }

  /** Emits records of one slot. */
  private void emit(Outlet outlet, Outputs outputs, int from, int to, Emitter out)
      throws InterruptedException {
    var check = outlet.slot.check();
    var good = new Object[to - from];
    int kept = 0;
    for (int i = from; i < to; i++) {
      var value = outputs.value(i);
      if (check == null) {
        good[kept++] = value;
      } else if (check.accepts(value)) {
        good[kept++] = check.plain(value);
      } else {
        reject(Rejection.Reason.OUTPUT_SCHEMA, outlet.slot, 0, value);
      }
    }
    if (kept > 0) {
      var batch = Batch.of(outlet.next, kept == good.length ? good : Arrays.copyOf(good, kept));
      outlet.next += kept;
      out.emit(outlet.slot.port(), batch);
    }
  }

  private Outlet outlet(int slot, Object value) {
    var outlet = outlets.get(slot);
    if (outlet == null) {
      throw new ModelException(
          "model "
              + model
              + " has put out "
              + (value instanceof Control ? "a set" : SchemaCheck.shown(value))
              + " for slot "
              + slot
              + ", which it does not declare; it has "
              + (outlets.isEmpty() ? "no output slots" : "the output slots " + outlets.keySet())
              + ". Add a comment to the model: weir.slot."
              + slot
              + ": in-use");
    }
    return outlet;
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
          var frame = frame(runner, done.id());
          if (frame == null) {
            return new RunnerException(
                runner.describe() + " broke the protocol: it is done with what it was not given");
          }
          runner.inFlight.remove(frame);
          runner.records += frame.batch().size();
          runner.outputs += done.outputs().size();
          if (slots.callbacks() && !frame.piece().set()) {
            frameSize.done(frame.batch().size(), nanos);
          }
          results.addLast(new Result(frame, done.outputs(), done.failures()));
        } else if (message instanceof FromRunner.Wants wants) {
          if (wants.slot() >= 0 && slots.of(wants.slot()) == null) {
            return undeclared(wants.slot());
          }
          runner.wants = wants.slot();
          runner.finished = wants.slot() < 0;
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

    private ModelException undeclared(int slot) {
      return new ModelException(
          "model "
              + model
              + " reads slot "
              + slot
              + ", which it does not declare. Add a comment to the model: weir.slot."
              + slot
              + ": in-use");
    }

    private ModelException raised(RunnerHandle runner, FromRunner.Failed failed) {
      var text = new StringBuilder("model ").append(model);
      if (failed.where().equals("load")) {
        text.append(" cannot be loaded: ").append(failed.summary());
      } else {
        text.append(failed.where().equals("program") ? "" : ": " + failed.where() + "()")
            .append(" failed")
            .append(at(runner, failed));
      }
      if (!failed.trace().isBlank()) {
        text.append('\n').append(failed.trace().stripTrailing().indent(2).stripTrailing());
      }
      return new ModelException(text.toString());
    }

    private static String at(RunnerHandle runner, FromRunner.Failed failed) {
      var frame =
          failed.where().equals("program")
              ? runner.inFlight.peekFirst()
              : frame(runner, failed.id());
      if (frame == null || failed.where().equals("begin") || failed.where().equals("end")) {
        return ": " + failed.summary();
      }
      var batch = frame.batch();
      if (frame.piece().set() || failed.where().equals("program")) {
        return " at " + frame.describe() + ": " + failed.summary();
      }
      if (failed.index() < 0 || failed.index() >= batch.size()) {
        return ": " + failed.summary();
      }
      return " at record "
          + batch.sequence(failed.index())
          + " of slot "
          + frame.piece().slot()
          + ": "
          + failed.summary()
          + "\n  the record: "
          + RunnerHandle.text(batch.get(failed.index()));
    }

    private static Frame frame(RunnerHandle runner, long id) {
      return runner.inFlight.stream().filter(f -> f.id() == id).findFirst().orElse(null);
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
