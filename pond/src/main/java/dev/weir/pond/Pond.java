package dev.weir.pond;

import dev.weir.pond.internal.CutView;
import dev.weir.pond.internal.Dispatch;
import dev.weir.pond.internal.History;
import dev.weir.pond.internal.Shoal;
import dev.weir.pond.internal.Swimmer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Fish over one log. A fish wakes when it is first observed, follows the log while somebody
 * observes it, and sleeps when the last one has cancelled; its snapshots make waking cheap.
 *
 * <p>Observers are told states only after all events known at that moment were applied, one after
 * the other, by a thread of the pond. They must not block for long. Thread-safe.
 */
public final class Pond implements AutoCloseable {

  /**
   * How a pond is to work.
   *
   * @param clock for what expires
   * @param reports is told what a person should know
   * @param poll how often to look for events that other processes appended to the store; null:
   *     never
   */
  public record Options(Clock clock, Consumer<Report> reports, Duration poll) {

    /** The system's clock; reports go nowhere; nobody else writes to the store. */
    public static final Options DEFAULT = new Options(Clock.systemUTC(), report -> {}, null);
  }

  private static final class Awake<S, E> {
    final Swimmer<S, E> swimmer;
    final List<Observer<S>> observers = new ArrayList<>();
    int holds;
    boolean awake;

    Awake(Swimmer<S, E> swimmer) {
      this.swimmer = swimmer;
    }
  }

  private record Observer<S>(Consumer<Emission<S>> state, Consumer<PondException> error) {}

  private final EventLog log;
  private final Options options;

  /** So few fish are all asked whether new events are for them. */
  private static final int FEW = 16;

  private final Map<FishId, Awake<?, ?>> fish = new LinkedHashMap<>();
  private final List<Awake<?, ?>> waking = new ArrayList<>();
  private final List<Shoal<?>> shoals = new ArrayList<>();
  private final ExecutorService worker;
  private final ExecutorService effects;
  private final ScheduledExecutorService poller;
  private final AtomicBoolean due = new AtomicBoolean();
  private final Cancel listening;
  private volatile Thread workerThread;
  private Offsets seen = Offsets.NONE;
  private Dispatch dispatch;
  private final Map<Swimmer<?, ?>, Awake<?, ?>> swimming = new LinkedHashMap<>();

  /** Those that may have snapshots to write. */
  private final Set<Swimmer<?, ?>> unsaved = new LinkedHashSet<>();

  private long version;
  private volatile boolean closed;

  private Pond(EventLog log, Options options) {
    this.log = log;
    this.options = options;
    this.worker =
        Executors.newSingleThreadExecutor(task -> workerThread = daemon(task, "weir-pond"));
    this.effects = Executors.newSingleThreadExecutor(task -> daemon(task, "weir-pond-effects"));
    this.listening = log.onAppend(this::step);
    if (options.poll() == null) {
      poller = null;
    } else {
      poller = Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "weir-pond-poll"));
      long nanos = options.poll().toNanos();
      var unused =
          poller.scheduleWithFixedDelay(
              () -> guarded(this::look), nanos, nanos, TimeUnit.NANOSECONDS);
    }
  }

  private static Thread daemon(Runnable task, String name) {
    var thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  public static Pond open(EventLog log) {
    return new Pond(log, Options.DEFAULT);
  }

  public static Pond open(EventLog log, Options options) {
    return new Pond(log, options);
  }

  public EventLog log() {
    return log;
  }

  /** Appends events: {@link EventLog#append}. */
  public List<Event> publish(Draft... drafts) {
    return log.append(drafts);
  }

  /** As {@link #observe(Fish, Consumer, Consumer)}; errors are only reported. */
  public <S, E> Cancel observe(Fish<S, E> wanted, Consumer<Emission<S>> observer) {
    return observe(wanted, observer, error -> {});
  }

  /**
   * Tells an observer the state of a fish, now and after each change.
   *
   * @param stopped is told when the fold has failed, after the last good state
   * @throws PondException when a fish of this id is awake that is defined otherwise
   */
  public <S, E> Cancel observe(
      Fish<S, E> wanted, Consumer<Emission<S>> observer, Consumer<PondException> stopped) {
    var entry = new Observer<>(observer, stopped);
    var awake = hold(wanted);
    later(
        () -> {
          wakeAll();
          awake.observers.add(entry);
          if (awake.swimmer.stopped() == null || awake.awake) {
            tell(List.of(entry), awake.swimmer, awake.swimmer.now());
          }
          if (awake.swimmer.stopped() != null) {
            tellStopped(List.of(entry), awake.swimmer);
          }
        });
    var cancelled = new AtomicBoolean();
    return () -> {
      if (!cancelled.getAndSet(true)) {
        now(
            () -> {
              awake.observers.remove(entry);
              release(awake);
              return null;
            });
      }
    };
  }

  /** Makes sure that a fish is, or soon will be, awake. */
  @SuppressWarnings("unchecked")
  private <S, E> Awake<S, E> hold(Fish<S, E> wanted) {
    synchronized (fish) {
      checkOpen();
      var known = fish.get(wanted.id());
      if (known != null) {
        var other = known.swimmer.fish();
        if (other != wanted && !other.fingerprint().equals(wanted.fingerprint())) {
          throw new PondException(
              "a fish %s is awake that is defined otherwise (%s): give this one another name or version"
                  .formatted(wanted.id(), other.where()));
        }
        known.holds++;
        return (Awake<S, E>) known;
      }
      var awake = new Awake<>(new Swimmer<>(log, wanted, options.reports()));
      awake.holds = 1;
      fish.put(wanted.id(), awake);
      waking.add(awake);
      return awake;
    }
  }

  /** In the worker: a fish that nobody holds any more goes to sleep. */
  private void release(Awake<?, ?> awake) {
    synchronized (fish) {
      if (--awake.holds == 0) {
        fish.remove(awake.swimmer.fish().id());
        waking.remove(awake);
        dispatch = null;
      }
    }
  }

  /** In the worker: wakes those that wait for it, together. */
  private void wakeAll() {
    List<Awake<?, ?>> some;
    synchronized (fish) {
      some = List.copyOf(waking);
      waking.clear();
    }
    if (some.isEmpty()) {
      return;
    }
    swim();
    try (var view = (CutView) log.view()) {
      if (some.size() == 1) {
        some.get(0).swimmer.wake(view);
      } else {
        Swimmer.wakeTogether(
            view, some.stream().<Swimmer<?, ?>>map(awake -> awake.swimmer).toList());
      }
    }
    for (var each : some) {
      each.awake = true;
      saveLater(each.swimmer);
    }
    dispatch = null;
  }

  /** In the worker: has it write the snapshots of a fish, once those who wait have their states. */
  private void saveLater(Swimmer<?, ?> swimmer) {
    if (unsaved.isEmpty()) {
      later(this::save);
    }
    unsaved.add(swimmer);
  }

  private void save() {
    var some = List.copyOf(unsaved);
    unsaved.clear();
    some.forEach(Swimmer::save);
  }

  /** Has the worker apply what was appended; soon, and once for many appends. */
  private void step() {
    if (!closed && !due.getAndSet(true)) {
      later(this::swim);
    }
  }

  private void look() {
    long now = log.store().version();
    if (now != version) {
      version = now;
      step();
    }
  }

  /** In the worker: brings every fish that is awake up to date. */
  private void swim() {
    due.set(false);
    try (var view = (CutView) log.view()) {
      var present = view.present();
      if (present.beyond(seen) > 0) {
        var touched = new LinkedHashMap<Swimmer<?, ?>, Awake<?, ?>>();
        if (dispatch == null) {
          swimming.clear();
          synchronized (fish) {
            for (var each : fish.values()) {
              if (each.awake) {
                swimming.put(each.swimmer, each);
              }
            }
          }
          dispatch = new Dispatch(swimming.keySet());
        }
        if (swimming.size() <= FEW) {
          touched.putAll(swimming);
        } else {
          try (var fresh = view.after(seen, Where.allEvents())) {
            while (fresh.hasNext() && touched.size() < swimming.size()) {
              for (var swimmer : dispatch.askedBy(fresh.next())) {
                touched.putIfAbsent(swimmer, swimming.get(swimmer));
              }
            }
          }
        }
        seen = present;
        for (var each : touched.values()) {
          swim(each, view);
        }
      }
      for (var shoal : List.copyOf(shoals)) {
        if (shoal.step(view)) {
          later(this::swim);
        }
      }
    }
  }

  private <S, E> void swim(Awake<S, E> awake, CutView view) {
    if (awake.swimmer.stopped() != null) {
      return;
    }
    var emission = awake.swimmer.swim(view);
    saveLater(awake.swimmer);
    if (emission != null) {
      tell(List.copyOf(awake.observers), awake.swimmer, emission);
    }
    if (awake.swimmer.stopped() != null) {
      tellStopped(List.copyOf(awake.observers), awake.swimmer);
    }
  }

  private <S> void tell(List<Observer<S>> observers, Swimmer<S, ?> swimmer, Emission<S> emission) {
    if (emission != null) {
      for (var each : observers) {
        guard(swimmer, () -> each.state().accept(emission));
      }
    }
  }

  private <S> void tellStopped(List<Observer<S>> observers, Swimmer<S, ?> swimmer) {
    for (var each : observers) {
      guard(swimmer, () -> each.error().accept(swimmer.stopped()));
    }
  }

  private void guard(Swimmer<?, ?> swimmer, Runnable call) {
    try {
      call.run();
    } catch (RuntimeException e) {
      options
          .reports()
          .accept(new Report(swimmer.fish().id().subject(), "an observer failed: " + e));
    }
  }

  /**
   * The state of a fish after all events that are in the log when this is called.
   *
   * @throws FishStoppedException when its fold has failed
   */
  public <S, E> S currentState(Fish<S, E> wanted) {
    var awake = hold(wanted);
    return now(
        () -> {
          try {
            return stateOf(awake).state();
          } finally {
            release(awake);
          }
        });
  }

  /** In the worker. */
  private <S> Emission<S> stateOf(Awake<S, ?> awake) {
    wakeAll();
    swim();
    var emission = awake.swimmer.stopped() == null ? awake.swimmer.now() : null;
    if (awake.swimmer.stopped() != null) {
      throw awake.swimmer.stopped();
    }
    return emission;
  }

  /** What a fish that is awake has done so far. */
  public record Figures(long folded, long rewinds) {}

  /** What a fish has done since it woke; empty if it sleeps. */
  public Optional<Figures> figures(FishId id) {
    return now(
        () -> {
          Awake<?, ?> awake;
          synchronized (fish) {
            awake = fish.get(id);
          }
          return awake == null
              ? Optional.empty()
              : Optional.of(new Figures(awake.swimmer.folded(), awake.swimmer.rewinds()));
        });
  }

  /**
   * Waits until every event that is in the log now is applied, every observer told, and the
   * snapshots that are due are written.
   */
  public void settle() {
    now(
        () -> {
          wakeAll();
          swim();
          save();
          return null;
        });
  }

  /**
   * Runs an effect on the state of a fish. Runs follow each other: each sees the events of those
   * before it applied.
   *
   * @return the events that it emitted
   */
  public <S, E> CompletableFuture<List<Event>> run(Fish<S, E> wanted, Effect<? super S> effect) {
    var awake = hold(wanted);
    var result = new CompletableFuture<List<Event>>();
    try {
      effects.execute(
          () -> {
            try {
              S state = now(() -> stateOf(awake).state());
              result.complete(apply(effect, state));
            } catch (Throwable e) {
              result.completeExceptionally(e);
            } finally {
              now(
                  () -> {
                    release(awake);
                    return null;
                  });
            }
          });
    } catch (RejectedExecutionException e) {
      result.completeExceptionally(new PondException("the pond is closed", e));
    }
    return result;
  }

  private <S> List<Event> apply(Effect<? super S> effect, S state) throws Exception {
    var drafts = new ArrayList<Draft>();
    var ended = new AtomicBoolean();
    try {
      effect.apply(
          state,
          draft -> {
            if (ended.get()) {
              throw new PondException("an effect emitted an event after it had returned");
            }
            drafts.add(draft);
          });
    } finally {
      ended.set(true);
    }
    return log.append(drafts);
  }

  /**
   * Runs an effect on the state of a fish now and after each change, skipping states in between,
   * until it is cancelled or the state asks for the end. An effect is not run again when its state
   * was rewound.
   */
  public <S, E> Cancel keepRunning(
      Fish<S, E> wanted, Effect<? super S> effect, Predicate<? super S> until) {
    var ended = new AtomicBoolean();
    var running = new AtomicBoolean();
    var cancel = new Cancel[1];
    Runnable once =
        () -> {
          if (ended.get() || running.getAndSet(true)) {
            return;
          }
          var unused =
              run(
                      wanted,
                      (state, enqueue) -> {
                        running.set(false);
                        if (ended.get()) {
                          return;
                        }
                        if (until.test(state)) {
                          ended.set(true);
                          return;
                        }
                        effect.apply(state, enqueue);
                      })
                  .whenComplete(
                      (events, error) -> {
                        running.set(false);
                        if (error != null) {
                          options
                              .reports()
                              .accept(
                                  new Report(wanted.id().subject(), "an effect failed: " + error));
                        }
                      });
        };
    cancel[0] = observe(wanted, emission -> once.run());
    return () -> {
      ended.set(true);
      cancel[0].close();
    };
  }

  /**
   * Observes many fish: one for each event that asks for one.
   *
   * @param seeds which events name a fish
   * @param make the fish that an event names, if it does; of one id the first counts
   * @param expireAfter how long after the last event that named it a fish is left out; null: never
   * @param observer is told the states of all, in the order in which they were named
   */
  public <S, E> Cancel observeAll(
      Where seeds,
      Codec<E> codec,
      Function<E, Optional<Fish<S, ?>>> make,
      Duration expireAfter,
      Consumer<List<S>> observer) {
    checkOpen();
    var shoal =
        new Shoal<S>(
            seeds,
            event -> make.apply(codec.read(event.payload())),
            expireAfter,
            options,
            (wanted, told) -> observe(wanted, emission -> told.accept(emission.state())),
            observer);
    now(
        () -> {
          shoals.add(shoal);
          swim();
          return null;
        });
    return () ->
        now(
            () -> {
              shoals.remove(shoal);
              shoal.close();
              return null;
            });
  }

  /** Observes the fish that the first event found names; waits for one. */
  public <S, E> Cancel observeOne(
      Where seeds, Codec<E> codec, Function<E, Fish<S, ?>> make, Consumer<S> observer) {
    var found = new AtomicBoolean();
    return observeAll(
        seeds,
        codec,
        payload ->
            found.getAndSet(true) ? Optional.<Fish<S, ?>>empty() : Optional.of(make.apply(payload)),
        null,
        states -> {
          if (!states.isEmpty()) {
            observer.accept(states.get(0));
          }
        });
  }

  /** The state of a fish at a point of the past. */
  public <S, E> Moment<S> stateAt(Fish<S, E> wanted, At point) {
    return new History<>(log, wanted, options.reports()).at(point);
  }

  /**
   * Steps through the states of a fish between two points.
   *
   * @param visitor is called after each event; false ends the walk
   */
  public <S, E> void walk(Fish<S, E> wanted, At from, At to, BiPredicate<Event, S> visitor) {
    new History<>(log, wanted, options.reports()).walk(from, to, visitor);
  }

  /** The first state of a fish for which a predicate is false, with the event that made it so. */
  public <S, E> Optional<Moment<S>> firstFalse(Fish<S, E> wanted, Predicate<? super S> predicate) {
    return new History<>(log, wanted, options.reports()).firstFalse(predicate);
  }

  private void later(Runnable task) {
    try {
      worker.execute(() -> guarded(task));
    } catch (RejectedExecutionException e) {
      // Closed meanwhile: nobody waits for it.
    }
  }

  /** What fails where nobody waits for it is reported. */
  private void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      if (!closed) {
        options.reports().accept(new Report("pond", "a step failed: " + e));
      }
    }
  }

  private interface Task<T> {
    T run();
  }

  /** Has the worker do something, and waits for it. */
  private <T> T now(Task<T> task) {
    if (Thread.currentThread() == workerThread) {
      return task.run();
    }
    try {
      return worker.submit(task::run).get();
    } catch (RejectedExecutionException e) {
      throw new PondException("the pond is closed", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PondException("interrupted while waiting for the pond", e);
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new PondException("the pond is closed");
    }
  }

  /** Ends all observing. The log stays open. */
  @Override
  public void close() {
    synchronized (fish) {
      if (closed) {
        return;
      }
      closed = true;
    }
    listening.close();
    if (poller != null) {
      poller.shutdownNow();
    }
    effects.shutdown();
    worker.shutdown();
    try {
      if (Thread.currentThread() != workerThread) {
        effects.awaitTermination(10, TimeUnit.SECONDS);
        worker.awaitTermination(10, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
