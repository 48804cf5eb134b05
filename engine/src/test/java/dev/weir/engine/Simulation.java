package dev.weir.engine;

import dev.weir.engine.internal.Threads;
import dev.weir.state.Store;
import dev.weir.state.Writer;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;

/**
 * A machine for one process: its threads run one at a time, a seed decides which, and its clock
 * moves by their steps. It can crash at any step: then no thread does anything more, and what the
 * store and the sinks hold is all that is left.
 *
 * <p>A thread gives up its turn only where it waits, and now and then where it takes a lock or
 * calls {@link #point}.
 */
final class Simulation implements Threads {

  private static final ExecutorService POOL =
      Executors.newCachedThreadPool(
          work -> {
            var thread = new Thread(work, "simulated");
            thread.setDaemon(true);
            return thread;
          });

  /** So many steps, or jumps of the clock without anything else, are a process that hangs. */
  private static final int ENDLESS = 400_000;

  private static final int IDLE = 2_000;

  private final Random random;
  private final double restless;
  private final long crashAt;
  private final List<Actor> actors = new ArrayList<>();
  private final Semaphore over = new Semaphore(0);
  private Actor current;
  private long now = 1_000_000_000L;
  private long steps;
  private int idle;
  private boolean crashed;
  private String hung;
  private long alarmAt = Long.MAX_VALUE;
  private Runnable alarm;

  /** What a thread of a crashed process gets instead of its turn. */
  private static final class Crash extends Error {
    private static final long serialVersionUID = 1L;

    Crash() {
      super("the simulated process has crashed", null, false, false);
    }
  }

  /**
   * @param crashAt the step at which the process crashes
   */
  Simulation(long seed, long crashAt) {
    this.random = new Random(seed);
    this.crashAt = crashAt;
    this.restless = random.nextInt(4) == 0 ? 0.5 : random.nextDouble() * 0.1;
  }

  /** Does something at a step. */
  void at(long step, Runnable action) {
    alarmAt = step;
    alarm = action;
  }

  long steps() {
    return steps;
  }

  boolean crashed() {
    return crashed;
  }

  /** The simulated time. */
  long nanos() {
    return now;
  }

  /**
   * Runs a process from its main thread's start to the end of all its threads.
   *
   * @throws AssertionError when it hangs
   */
  void run(Runnable main) throws InterruptedException {
    current = new Actor("main", main);
    actors.add(current);
    current.launch();
    current.turn.release();
    if (!over.tryAcquire(1, TimeUnit.MINUTES)) {
      throw new AssertionError("a simulated thread waits for something real:\n" + dump());
    }
    if (hung != null) {
      throw new AssertionError("it hangs:\n" + hung);
    }
  }

  /** A place where the process may crash, and where others may have their turn. */
  void point() {
    if (crashed) {
      throw new Crash();
    }
    steps++;
    if (steps >= alarmAt) {
      alarmAt = Long.MAX_VALUE;
      alarm.run();
    }
    if (steps >= crashAt || random.nextDouble() < restless) {
      reschedule();
    }
  }

  /** A store that is reached only while the process lives. */
  Store guarded(Store store) {
    return guarded(Store.class, store);
  }

  private <T> T guarded(Class<T> type, T object) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          point();
          Object result;
          try {
            result = method.invoke(object, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
          point();
          return result instanceof Writer writer ? guarded(Writer.class, writer) : result;
        };
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  @Override
  public Lock lock() {
    return new SimulatedLock();
  }

  @Override
  public Worker start(String name, Runnable work) {
    point();
    var actor = new Actor(name, work);
    actors.add(actor);
    actor.launch();
    return actor;
  }

  @Override
  public void sleep(long nanos) throws InterruptedException {
    current.checkInterrupted();
    current.waitFor("sleep", nanos);
    current.checkInterrupted();
  }

  private void reschedule() {
    var me = current;
    var next = choose();
    if (next != me) {
      current = next;
      next.turn.release();
      me.turn.acquireUninterruptibly();
    }
    if (crashed) {
      throw new Crash();
    }
  }

  /** Who is next: by chance and weight, of those that do not wait. */
  private Actor choose() {
    steps++;
    now += 1 + (long) (random.nextDouble() * random.nextDouble() * 400_000);
    if (!crashed && steps >= crashAt) {
      crashed = true;
    }
    if (!crashed && steps > ENDLESS) {
      hang();
    }
    if (crashed) {
      return any();
    }
    double weights = wake();
    if (weights == 0) {
      long next = Long.MAX_VALUE;
      for (var actor : actors) {
        next = Math.min(next, actor.deadline);
      }
      if (next == Long.MAX_VALUE || ++idle > IDLE) {
        hang();
        return any();
      }
      now = Math.max(now, next);
      weights = wake();
    }
    double at = random.nextDouble() * weights;
    Actor last = null;
    for (var actor : actors) {
      if (actor.waitsFor == null) {
        last = actor;
        at -= actor.weight;
        if (at < 0) {
          break;
        }
      }
    }
    return last;
  }

  /** Ends the waiting of those whose time has come; says how much weight is ready. */
  private double wake() {
    double weights = 0;
    for (var actor : actors) {
      if (actor.deadline <= now) {
        actor.wake();
      }
      weights += actor.waitsFor == null ? actor.weight : 0;
    }
    return weights;
  }

  private Actor any() {
    return actors.get(actors.size() - 1);
  }

  private void hang() {
    hung = dump();
    crashed = true;
  }

  private String dump() {
    var dump = new StringBuilder();
    for (var actor : actors) {
      dump.append(actor.name).append(" waits for ").append(actor.waitsFor).append('\n');
      var thread = actor.thread;
      if (thread != null) {
        for (var frame : thread.getStackTrace()) {
          if (frame.getClassName().startsWith("dev.weir")) {
            dump.append("    ").append(frame).append('\n');
          }
        }
      }
    }
    return dump.toString();
  }

  private void wakeWaitersFor(Object what, boolean all) {
    for (var actor : actors) {
      if (actor.waitsFor == what) {
        idle = 0;
        actor.wake();
        if (!all) {
          return;
        }
      }
    }
  }

  /** A thread. */
  private final class Actor implements Worker {
    private final String name;
    private final Runnable work;
    private final Semaphore turn = new Semaphore(0);
    private final double weight = random.nextInt(6) == 0 ? 0.02 : 1;
    private volatile Thread thread;
    private Object waitsFor;
    private long deadline = Long.MAX_VALUE;
    private boolean interrupted;
    private boolean done;

    Actor(String name, Runnable work) {
      this.name = name;
      this.work = work;
    }

    void launch() {
      POOL.execute(
          () -> {
            thread = Thread.currentThread();
            turn.acquireUninterruptibly();
            try {
              if (!crashed) {
                work.run();
              }
            } catch (Crash expected) {
              // The process is gone.
            } finally {
              Thread.interrupted();
              thread = null;
              end();
            }
          });
    }

    private void end() {
      done = true;
      actors.remove(this);
      wakeWaitersFor(this, true);
      if (actors.isEmpty()) {
        over.release();
      } else {
        current = choose();
        current.turn.release();
      }
    }

    void wake() {
      waitsFor = null;
      deadline = Long.MAX_VALUE;
    }

    void waitFor(Object what, long nanos) {
      waitsFor = what;
      deadline = nanos >= Long.MAX_VALUE - now ? Long.MAX_VALUE : now + nanos;
      reschedule();
    }

    void checkInterrupted() throws InterruptedException {
      boolean asked = interrupted;
      interrupted = false;
      if (Thread.interrupted() || asked) {
        throw new InterruptedException();
      }
    }

    @Override
    public void interrupt() {
      point();
      if (!done) {
        interrupted = true;
        if (waitsFor != null && !(waitsFor instanceof SimulatedLock)) {
          wake();
        }
      }
    }

    @Override
    public void join() throws InterruptedException {
      join(Long.MAX_VALUE);
    }

    @Override
    public boolean join(long nanos) throws InterruptedException {
      point();
      long until = nanos >= Long.MAX_VALUE - now ? Long.MAX_VALUE : now + nanos;
      current.checkInterrupted();
      while (!done && now < until) {
        current.waitFor(this, until - now);
        current.checkInterrupted();
      }
      return done;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private final class SimulatedLock implements Lock {
    private Actor owner;

    @Override
    public void lock() {
      point();
      acquire();
    }

    private void acquire() {
      while (owner != null) {
        current.waitFor(this, Long.MAX_VALUE);
      }
      owner = current;
    }

    @Override
    public void lockInterruptibly() throws InterruptedException {
      point();
      current.checkInterrupted();
      acquire();
    }

    @Override
    public void unlock() {
      owner = null;
      wakeWaitersFor(this, true);
    }

    @Override
    public Condition newCondition() {
      return new SimulatedCondition(this);
    }

    @Override
    public boolean tryLock() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean tryLock(long time, TimeUnit unit) {
      throw new UnsupportedOperationException();
    }
  }

  private final class SimulatedCondition implements Condition {
    private final SimulatedLock lock;

    SimulatedCondition(SimulatedLock lock) {
      this.lock = lock;
    }

    @Override
    public void await() throws InterruptedException {
      waitUpTo(Long.MAX_VALUE);
    }

    @Override
    public long awaitNanos(long nanos) throws InterruptedException {
      return waitUpTo(nanos);
    }

    private long waitUpTo(long nanos) throws InterruptedException {
      current.checkInterrupted();
      long began = now;
      lock.unlock();
      current.waitFor(this, nanos);
      lock.acquire();
      current.checkInterrupted();
      return nanos - (now - began);
    }

    @Override
    public void signal() {
      wakeWaitersFor(this, false);
    }

    @Override
    public void signalAll() {
      wakeWaitersFor(this, true);
    }

    @Override
    public void awaitUninterruptibly() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean await(long time, TimeUnit unit) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean awaitUntil(java.util.Date deadline) {
      throw new UnsupportedOperationException();
    }
  }
}
