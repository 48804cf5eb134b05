package dev.weir.models;

import dev.weir.graph.Batch;
import dev.weir.graph.Json;
import dev.weir.runners.FromRunner;
import dev.weir.runners.Item;
import dev.weir.runners.Outputs;
import dev.weir.runners.Runner;
import dev.weir.runners.ToRunner;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * One runner of an operator: starts it, sends to it from a thread of its own (so that whoever has
 * something to say to it never waits for it), and knows what it owes.
 *
 * <p>The fields that are not private are guarded by the lock of the {@link Crew}.
 */
final class RunnerHandle implements Member, Runner.Listener {

  /** Where a runner is in its life. */
  enum Phase {
    /** Loading the program. */
    LOADING,
    /** Loaded; waits to begin, or is in begin. */
    LOADED,
    /** Takes records. */
    WORKING,
    /** Takes no more records, and goes when it has done those that it has. */
    RETIRING
  }

  /** Records that were sent, to be answered as one. Frames are numbered in the order of input. */
  record Frame(long id, Backlog.Piece piece) {

    Batch batch() {
      return piece.batch();
    }

    /** {@code record 7 of slot 0}, {@code records 7 to 9 of slot 0}, {@code the end of slot 0}. */
    String describe() {
      var batch = batch();
      var where = " of slot " + piece.slot();
      if (batch.isEmpty()) {
        return (piece.set() ? "an empty set" : "the end") + where;
      }
      long first = batch.sequence(0);
      long last = batch.sequence(batch.size() - 1);
      return (piece.set() ? "the set of " : "")
          + (first == last ? "record " + first : "records " + first + " to " + last)
          + where;
    }
  }

  /** Hears what a runner says, but for what the shared state answers; from the runner's threads. */
  interface Owner {
    void heard(RunnerHandle runner, FromRunner message, long nanos);

    void printed(String line);

    void failed(RunnerHandle runner, Throwable failure);
  }

  private static final int TAIL = 5;

  private final int number;
  private final RunnerFactory factory;
  private final Owner owner;
  private final SharedState shared;
  private final LongSupplier nanoClock;

  /** Messages, each made when its turn comes; one that turns out null is the last. */
  private final BlockingQueue<Supplier<ToRunner>> outbox = new LinkedBlockingQueue<>();

  private final AnswerClock clock = new AnswerClock();
  private final Deque<String> tail = new ArrayDeque<>();
  private final Thread sender;
  private volatile Runner runner;
  private volatile Item waitsFor;
  private volatile boolean leaving;

  Phase phase = Phase.LOADING;

  /** Whether it joins a run that has begun: it then prepares itself apart. */
  final boolean late;

  final Deque<Frame> inFlight = new ArrayDeque<>();
  Outputs answer;
  long synced = -1;
  long records;
  long outputs;

  /** The slot that a program which reads its slots itself waits for; -1 when it does not wait. */
  int wants = -1;

  /** Whether a program that reads its slots itself has come to its end. */
  boolean finished;

  long askedWhere = -1;
  String stack;

  RunnerHandle(
      int number,
      boolean late,
      RunnerFactory factory,
      Owner owner,
      SharedState shared,
      LongSupplier nanoClock) {
    this.number = number;
    this.late = late;
    this.factory = factory;
    this.owner = owner;
    this.shared = shared;
    this.nanoClock = nanoClock;
    this.sender = new Thread(this::run, "weir-runner-" + number);
    sender.setDaemon(true);
  }

  void start() {
    clock.owe(nanoClock.getAsLong());
    sender.start();
  }

  /** The frame of this number that it has; null if it has none such. */
  Frame frame(long id) {
    return inFlight.stream().filter(f -> f.id() == id).findFirst().orElse(null);
  }

  /** Sends what will be answered by a call's end: begin, work, sync, end. */
  void call(ToRunner message) {
    clock.owe(nanoClock.getAsLong());
    outbox.add(() -> message);
  }

  void askWhere() {
    outbox.add(ToRunner.Where::new);
  }

  /** How long it has owed an answer, in nanoseconds. */
  long owing(long now) {
    return clock.owing(now);
  }

  /** From now on its end is expected, and what it says is not heard. */
  void dismiss() {
    leaving = true;
  }

  /** Ends the runner and its thread; returns when both are gone. */
  void close(boolean kill) {
    dismiss();
    outbox.add(() -> null);
    var started = runner;
    end(started, kill);
    boolean interrupted = false;
    while (true) {
      try {
        sender.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (started == null) {
      end(runner, kill);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void end(Runner runner, boolean kill) {
    if (runner != null) {
      if (kill) {
        runner.kill();
      }
      runner.close();
    }
  }

  private void run() {
    try {
      if (leaving) {
        return;
      }
      runner = factory.start(number, this);
      while (true) {
        var message = outbox.take().get();
        if (message == null) {
          return;
        }
        runner.send(message);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      if (!leaving) {
        owner.failed(this, e);
      }
    }
  }

  @Override
  public void heard(FromRunner message) {
    if (leaving) {
      return;
    }
    try {
      if (message instanceof FromRunner.Need need) {
        shared.need(this, need);
      } else if (message instanceof FromRunner.Back back) {
        shared.back(this, back);
      } else if (message instanceof FromRunner.Stack
          || message instanceof FromRunner.Wants
          || message instanceof FromRunner.Exited) {
        owner.heard(this, message, 0);
      } else {
        if (message instanceof FromRunner.Synced done) {
          shared.sync(this, done.changes());
        }
        owner.heard(this, message, clock.answered(nanoClock.getAsLong()));
      }
    } catch (RuntimeException e) {
      owner.failed(this, e);
    }
  }

  @Override
  public void printed(String line) {
    synchronized (tail) {
      if (tail.size() == TAIL) {
        tail.removeFirst();
      }
      tail.addLast(line);
    }
    owner.printed(line);
  }

  /** The last lines that it printed. */
  List<String> lastLines() {
    synchronized (tail) {
      return List.copyOf(tail);
    }
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public void post(Supplier<ToRunner> message) {
    outbox.add(message);
  }

  @Override
  public void blocked(Item item) {
    waitsFor = item;
    clock.blocked(nanoClock.getAsLong());
  }

  @Override
  public void unblocked() {
    waitsFor = null;
    clock.unblocked(nanoClock.getAsLong());
  }

  @Override
  public void recalled(Item item) {
    clock.recalled(nanoClock.getAsLong());
  }

  @Override
  public void gaveBack(Item item) {
    clock.gaveBack(nanoClock.getAsLong());
  }

  /** What it is doing, for people. */
  String state() {
    var item = waitsFor;
    if (item != null) {
      return "waiting for " + item;
    }
    return switch (phase) {
      case LOADING, LOADED -> "starting";
      case WORKING -> clock.idle() ? "idle" : "busy";
      case RETIRING -> "retiring";
    };
  }

  long pid() {
    var started = runner;
    return started == null ? -1 : started.pid();
  }

  long memory() {
    var started = runner;
    return started == null ? -1 : started.memory();
  }

  /** {@code runner 2 (pid 4711)}. */
  String describe() {
    long pid = pid();
    return "runner " + number + (pid > 0 ? " (pid " + pid + ")" : "");
  }

  /** What a runner that has ended leaves to be told. */
  String lastWords() {
    var words = new StringBuilder();
    var frame = inFlight.peekFirst();
    if (frame != null) {
      words.append("\n  it was working on ").append(frame.describe());
      if (frame.batch().size() == 1 && !frame.piece().set()) {
        words.append(": ").append(SchemaCheck.shown(frame.batch().get(0)));
      }
    }
    var lines = lastLines();
    if (!lines.isEmpty()) {
      words.append("\n  the last lines that it printed:");
      lines.forEach(line -> words.append("\n    ").append(line));
    }
    return words.toString();
  }

  /** A record's text in full, unless it is very long. */
  static String text(Object record) {
    var text = Json.toText(record);
    return text.length() <= 1000 ? text : text.substring(0, 1000) + "...";
  }
}
