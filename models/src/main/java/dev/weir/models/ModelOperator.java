package dev.weir.models;

import dev.weir.graph.BadRequestException;
import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.Json;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.Rejection;
import dev.weir.graph.StateTable;
import dev.weir.models.Crew.Result;
import dev.weir.models.RunnerHandle.Frame;
import dev.weir.models.RunnerHandle.Phase;
import dev.weir.models.Slots.Slot;
import dev.weir.runners.FromRunner;
import dev.weir.runners.Item;
import dev.weir.runners.ToRunner;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * A model as an operator: input port p is slot 2p, output port p is slot 2p+1. Checks records
 * against the slots' schemas, gathers them to sets where the slot has sets ({@link Backlog}),
 * spreads them over runners ({@link Dispatcher}, {@link Crew}), holds the runners' cells and pools
 * ({@link SharedState}), and emits what they put out ({@link Outlets}).
 *
 * <p>Control records: a SET ends the set of its slot, and is dropped where the slot has no sets. A
 * PIG, on whichever slot it comes, ends the set of that slot; everything that came before it on any
 * slot is finished and emitted, then it leaves on all outputs.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Only the operator's thread emits, and dispatches frames; the runners' threads hand over
 *       results and failures to the crew and wake it.
 *   <li>When {@link #barrier} writes the tables, no runner has a frame and all have synced since
 *       their last: the state is the cut.
 *   <li>What a program that reads its slots itself has not asked for waits over barriers too.
 * </ul>
 */
final class ModelOperator implements Operator {

  private static final long EDIT_PATIENCE_MILLIS = 100;

  /** So many records a set may have, and may wait for a program that does not read them. */
  static final int MOST_WAITING = 1_000_000;

  private final String model;
  private final Slots slots;
  private final Backlog backlog;
  private final SharedState shared = new SharedState();
  final Crew crew;
  private final Dispatcher dispatcher;
  private final Outlets outlets;
  private final List<Edit> edits = new ArrayList<>();
  private OperatorContext context;
  private StateTable pending;
  private boolean ended;

  /** Whether the programs, which read their slots themselves, had come to their end. */
  private boolean unread;

  ModelOperator(
      String model,
      Slots slots,
      ModelOptions options,
      RunnerFactory factory,
      LongSupplier nanoClock) {
    this.model = model;
    this.slots = slots;
    backlog = new Backlog(slots.inputs().stream().map(Slot::number).toList());
    crew = new Crew(model, slots, options, factory, shared, nanoClock);
    dispatcher = new Dispatcher(crew, backlog, slots.callbacks(), options.ordered());
    outlets = new Outlets(model, slots.outputs(), rejection -> context.reject(rejection));
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
    crew.open(context);
  }

  @Override
  public void begin(Emitter out) throws Exception {
    var all = crew.beginners();
    all.forEach(shared::join);
    if (unread) {
      synchronized (crew.lock) {
        all.forEach(r -> r.finished = true);
      }
      context.enough();
    } else if (context.start() == OperatorContext.Start.RESUMED) {
      all.forEach(r -> r.call(new ToRunner.Begin(true)));
      crew.await(() -> all.stream().allMatch(r -> r.answer != null));
    } else {
      for (var runner : all) {
        runner.call(new ToRunner.Begin(false));
        crew.await(() -> runner.answer != null);
        outlets.emit(runner.answer, out);
      }
    }
    synchronized (crew.lock) {
      for (var runner : all) {
        runner.answer = null;
        if (runner.phase == Phase.LOADED) {
          runner.phase = Phase.WORKING;
        }
      }
    }
    crew.showGauges();
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
    var good = slot.admit(batch, context::reject);
    if (good.isEmpty() || dispatcher.allFinished()) {
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
    dispatcher.over(slot);
    backlog.close(slot, false);
    turn(out);
  }

  private void control(Slot slot, Batch batch, Emitter out) throws Exception {
    switch (batch.control().kind()) {
      case SET -> {
        if (slot.set() && !dispatcher.allFinished()) {
          backlog.close(slot.number(), true);
        }
        throttle(slot, out);
      }
      case PIG -> {
        backlog.close(slot.number(), false);
        finish(out);
        outlets.emit(batch.control(), out);
      }
      case END -> {
        // A source's affair, which does not send it on.
      }
    }
  }

  /** What does not fit the runners waits here, no more than they can take at once. */
  private void throttle(Slot slot, Emitter out) throws InterruptedException {
    turn(out);
    while (backlog.size() > dispatcher.capacity()) {
      dispatcher.awaitRoom();
      turn(out);
      if (!dispatcher.isNotWanted()) {
        continue;
      }
      if (backlog.waiting(slot.number()) > MOST_WAITING) {
        throw tooMany(slot, "the model does not read slot " + slot.number() + ", which has ");
      }
      return;
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
    crew.retire();
    if (!unread && dispatcher.allFinished()) {
      unread = true;
      context.enough();
    }
  }

  @Override
  public void barrier(long epoch, Emitter out) throws Exception {
    finish(out);
    crew.retire();
    crew.sync(crew.working());
    makeEdits();
    shared.write();
    if (pending != null) {
      backlog.write(pending);
      if (unread) {
        Backlog.writeUnread(pending);
      }
    }
    crew.showGauges();
  }

  @Override
  public void end(Emitter out) throws Exception {
    slots.inputs().forEach(slot -> backlog.close(slot.number(), false));
    finish(out);
    crew.retire();
    dispatcher.giveUnread();
    for (var runner : crew.working()) {
      runner.call(new ToRunner.End());
      crew.await(() -> runner.answer != null);
      emitDone(out);
      outlets.emit(runner.answer, out);
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
        crew.throwIfFailed();
      }
      shared.make(edit);
    }
    edits.clear();
  }

  private void scale(int wanted) throws InterruptedException {
    if (wanted < 1) {
      throw new BadRequestException("a model needs at least 1 runner, not " + wanted);
    }
    crew.scale(wanted);
    crew.showGauges();
  }

  @Override
  public void close() {
    crew.close(ended);
  }

  /** Emits what is done and sends what can be sent. */
  private void turn(Emitter out) throws InterruptedException {
    crew.throwIfFailed();
    dispatcher.dispatch(false);
    emitDone(out);
    dispatcher.dispatch(false);
  }

  /** Has every record that a runner may take done, and its outputs emitted. */
  private void finish(Emitter out) throws InterruptedException {
    while (true) {
      dispatcher.dispatch(true);
      emitDone(out);
      if (!dispatcher.isBusy()) {
        return;
      }
      dispatcher.awaitProgress();
    }
  }

  private void emitDone(Emitter out) throws InterruptedException {
    for (var result = dispatcher.next(); result != null; result = dispatcher.next()) {
      emit(result, out);
    }
  }

  private void emit(Result result, Emitter out) throws InterruptedException {
    for (var failure : result.failures()) {
      rejectFailed(result.frame(), failure);
    }
    outlets.emit(result.outputs(), out);
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
}
