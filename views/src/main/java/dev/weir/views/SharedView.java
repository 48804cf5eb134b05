package dev.weir.views;

import dev.weir.state.Store;
import dev.weir.state.SupersededException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;

/**
 * A view in a store of which any number of threads and processes make steps.
 *
 * <p>One of them has the view at a time; whoever makes a step takes it over, which makes the steps
 * of others wait or try again, and none is lost or made twice. Steps are made one after the other,
 * each as a whole: in the order in which they come, or by {@link Time}, where each waits for the
 * one that it names. A step that fails is skipped, for good, and those behind it go on; the time of
 * one that will not come is given up by {@link #skip}.
 *
 * <p>Whoever takes over reads the states of the view, unless its query has a working set ({@link
 * Query#workingSet}); then it reads what it needs.
 *
 * <p>Thread-safe. The store stays open when this is closed.
 */
public final class SharedView implements AutoCloseable {

  private static final int TRIES = 1_000;
  private static final int LONGEST_MILLIS = 50;
  private static final String SKIPPED = "skipped: ";

  private final Store store;
  private final Query query;
  private final Duration patience;

  /** Tells those who wait in this process that a step was made. */
  private final Object settled = new Object();

  /** Null until it is needed, and once somebody else has taken it over. */
  private View view;

  private SharedView(Store store, Query query, Duration patience) {
    this.store = store;
    this.query = query;
    this.patience = patience;
  }

  /**
   * A view that is shared by all who open it so.
   *
   * @param patience how long a step waits for another at most
   */
  public static SharedView open(Store store, Query query, Duration patience) {
    return new SharedView(store, query, patience);
  }

  /**
   * Makes a step, after all that were made before. One with an id is made once.
   *
   * @throws ViewException when it fails; nothing has changed
   */
  public View.Changes step(Step step) {
    return holding(held -> held.step(step));
  }

  /**
   * Makes a step at a time, once that of its frontier is settled. The same step at the same time is
   * made once, however often it is given.
   *
   * @throws ViewException when it fails, and is skipped; when its time was skipped before; or when
   *     the frontier was not settled in time, and it can be given again
   */
  public View.Changes step(Step step, Time time) {
    if (step.id != null) {
      throw new ViewException("step %s has an id: at a time it needs none".formatted(step.id));
    }
    await(time);
    var before = known(time.inputTime());
    if (before != null && before.startsWith(SKIPPED)) {
      throw new ViewException(
          "view %s has skipped time %d (%s)"
              .formatted(query.name(), time.inputTime(), before.substring(SKIPPED.length())));
    }
    try {
      return holding(held -> held.step(step.as(id(time.inputTime()))));
    } catch (ViewException e) {
      skip(time.inputTime(), e.getMessage());
      throw e;
    }
  }

  /**
   * Gives up a time: a step of it is never made, and those that wait for it go on. Nothing happens
   * if it was made or skipped before.
   */
  public void skip(long time, String why) {
    holding(
        held -> {
          if (known(time) == null) {
            held.settle(id(time), SKIPPED + why);
          }
          return null;
        });
  }

  private static String id(long time) {
    return "time " + time;
  }

  private String known(long time) {
    return View.known(store, query, id(time));
  }

  private void await(Time time) {
    long began = System.nanoTime();
    for (int tries = 0; time.frontier() > 0 && known(time.frontier()) == null; tries++) {
      if (System.nanoTime() - began > patience.toNanos()) {
        throw new ViewException(
            ("view %s: the step at time %d has waited %s s for time %d, which is neither made nor"
                    + " skipped. Make it; or skip it if it will not come")
                .formatted(
                    query.name(), time.inputTime(), patience.toMillis() / 1e3, time.frontier()));
      }
      synchronized (settled) {
        try {
          settled.wait(1 + Math.min(tries, LONGEST_MILLIS));
        } catch (InterruptedException e) {
          throw interrupted(e);
        }
      }
    }
  }

  private ViewException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new ViewException("interrupted while waiting for view " + query.name(), e);
  }

  /** Does something with the view, taking it over as often as others do. */
  private synchronized <T> T holding(Function<View, T> what) {
    for (int tries = 1; ; tries++) {
      try {
        if (view == null) {
          // Another process may have made the tables.
          store.tables();
          view = View.open(store, query);
        }
        var result = what.apply(view);
        synchronized (settled) {
          settled.notifyAll();
        }
        return result;
      } catch (SupersededException e) {
        close();
        if (tries == TRIES) {
          throw new ViewException(
              "view %s was taken over by others %d times before a step was made"
                  .formatted(query.name(), tries),
              e);
        }
        giveWay(tries);
      }
    }
  }

  /** Waits at random, longer each time, so that those who take turns meet less. */
  private void giveWay(int tries) {
    try {
      Thread.sleep(ThreadLocalRandom.current().nextInt(1, 2 + Math.min(tries, LONGEST_MILLIS)));
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  @Override
  public synchronized void close() {
    if (view != null) {
      view.close();
      view = null;
    }
  }
}
