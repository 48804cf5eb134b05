package dev.weir.models;

import dev.weir.graph.OperatorContext;
import dev.weir.models.RunnerHandle.Frame;
import dev.weir.models.RunnerHandle.Phase;
import dev.weir.runners.FromRunner;
import dev.weir.runners.Outputs;
import dev.weir.runners.ToRunner;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * The runners of a model: starts them and lets them go, hears what they say, and fails the run when
 * one cannot go on.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>What the runners' threads hand over, and the open fields of the handles, is guarded by
 *       {@link #lock}; whoever changes what may be awaited wakes all who wait for it.
 *   <li>Once it has failed, whoever waits, and whoever asks, hears of it.
 *   <li>A runner is among {@code runners} while its work counts, and among {@code leaving} from
 *       then until its process is gone.
 * </ul>
 *
 * <p>Its methods are called on the operator's thread, {@link #fail} and {@link #showGauges} on any.
 */
final class Crew {

  /** What has become of a frame. */
  record Result(Frame frame, Outputs outputs, List<FromRunner.Failure> failures) {}

  private final Slots slots;
  private final ModelOptions options;
  private final RunnerFactory factory;
  private final LongSupplier nanoClock;
  private final SharedState shared;
  private final RunnerTroubles troubles;
  final Watchdog watchdog;
  private OperatorContext context;

  final Object lock = new Object();

  /** Guarded by the lock, as are the next ones. */
  final List<RunnerHandle> runners = new ArrayList<>();

  final Deque<Result> results = new ArrayDeque<>();
  final FrameSize frameSize = new FrameSize();
  private final List<RunnerHandle> leaving = new ArrayList<>();
  private Throwable failure;
  private boolean closed;

  private long syncs;

  Crew(
      String model,
      Slots slots,
      ModelOptions options,
      RunnerFactory factory,
      SharedState shared,
      LongSupplier nanoClock) {
    this.slots = slots;
    this.options = options;
    this.factory = factory;
    this.nanoClock = nanoClock;
    this.shared = shared;
    this.troubles = new RunnerTroubles(model);
    this.watchdog = new Watchdog(this, troubles, options.timeLimit(), nanoClock);
  }

  /** Starts the runners; returns when they have loaded the program. */
  void open(OperatorContext opened) throws InterruptedException {
    context = opened;
    synchronized (lock) {
      for (int i = 0; i < options.runners(); i++) {
        start(false);
      }
    }
    watchdog.start(context.name());
    await(() -> runners.stream().noneMatch(r -> r.phase == Phase.LOADING));
  }

  /**
   * Starts a runner. Under the lock.
   *
   * @param late whether it joins those that have begun: it then prepares itself apart
   */
  private void start(boolean late) {
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

  /** Those that have to begin: not those that joined later. */
  List<RunnerHandle> beginners() {
    synchronized (lock) {
      return runners.stream().filter(r -> !r.late).toList();
    }
  }

  List<RunnerHandle> working() {
    synchronized (lock) {
      return runners.stream().filter(r -> r.phase == Phase.WORKING).toList();
    }
  }

  /**
   * Sets the number of runners.
   *
   * <p>New runners are started and prepared while the others work; those too many go when they have
   * done what they have. The end() of a runner that goes is not called: the stream has not ended.
   */
  void scale(int wanted) throws InterruptedException {
    synchronized (lock) {
      for (var runner : runners) {
        if (runner.phase == Phase.RETIRING && staying() < wanted) {
          runner.phase = Phase.WORKING;
        }
      }
      while (staying() < wanted) {
        start(true);
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
  }

  private int staying() {
    return (int) runners.stream().filter(r -> r.phase != Phase.RETIRING).count();
  }

  /** Lets go the runners that are to retire and have nothing left to do. */
  void retire() throws InterruptedException {
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

  /** Has the state take up all that these runners have changed. */
  void sync(Collection<RunnerHandle> which) throws InterruptedException {
    long sync = ++syncs;
    which.forEach(r -> r.call(new ToRunner.Sync(sync)));
    await(() -> which.stream().allMatch(r -> r.synced == sync));
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

  /**
   * Ends all runners; returns when they are gone.
   *
   * @param ended whether they have been told that there is no more to do; otherwise they are killed
   */
  void close(boolean ended) {
    List<RunnerHandle> all;
    boolean kill;
    synchronized (lock) {
      kill = !ended || failure != null;
      closed = true;
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
    closers.add(watchdog.end());
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

  /** Waits until something holds, which is looked at under the lock. */
  void await(BooleanSupplier condition) throws InterruptedException {
    synchronized (lock) {
      throwIfFailed();
      while (!condition.getAsBoolean()) {
        lock.wait();
        throwIfFailed();
      }
    }
  }

  void throwIfFailed() {
    synchronized (lock) {
      if (failure instanceof RuntimeException e) {
        throw e;
      }
      if (failure instanceof Error e) {
        throw e;
      }
    }
  }

  /** Fails the run, unless it has failed or is closed. */
  void fail(Throwable cause) {
    synchronized (lock) {
      if (failure != null || closed) {
        return;
      }
      failure = cause;
      lock.notifyAll();
    }
    context.fail(cause);
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

  /** Hears the runners, on their threads. */
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
      fail(started ? cause : troubles.notStarted(runner, cause));
    }

    @Override
    public void heard(RunnerHandle runner, FromRunner message, long nanos) {
      Throwable trouble;
      synchronized (lock) {
        trouble = take(runner, message, nanos);
        if (trouble == null) {
          lock.notifyAll();
        }
      }
      if (trouble != null) {
        fail(trouble);
      } else {
        context.wake();
      }
    }

    /** Takes up what was said; returns why the run cannot go on with it. */
    private Throwable take(RunnerHandle runner, FromRunner message, long nanos) {
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
        return done(runner, done, nanos);
      } else if (message instanceof FromRunner.Wants wants) {
        if (wants.slot() >= 0 && slots.of(wants.slot()) == null) {
          return troubles.undeclared(wants.slot());
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
        return troubles.raised(runner, failed);
      } else if (message instanceof FromRunner.Exited exited) {
        return troubles.lost(runner, exited);
      }
      return null;
    }

    private Throwable done(RunnerHandle runner, FromRunner.Done done, long nanos) {
      var frame = runner.frame(done.id());
      if (frame == null) {
        return troubles.brokeProtocol(runner);
      }
      runner.inFlight.remove(frame);
      runner.records += frame.batch().size();
      runner.outputs += done.outputs().size();
      if (slots.callbacks() && !frame.piece().set()) {
        frameSize.done(frame.batch().size(), nanos);
      }
      results.addLast(new Result(frame, done.outputs(), done.failures()));
      return null;
    }
  }
}
