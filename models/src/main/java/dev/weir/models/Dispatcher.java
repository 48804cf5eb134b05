package dev.weir.models;

import dev.weir.graph.Batch;
import dev.weir.models.Crew.Result;
import dev.weir.models.RunnerHandle.Frame;
import dev.weir.models.RunnerHandle.Phase;
import dev.weir.runners.ToRunner;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Spreads what waits in the backlog over the runners, in frames, and gives the results in their
 * order where that is asked for.
 *
 * <p>A program that reads its slots itself is given records when it asks for them; what it has not
 * asked for stays in the backlog.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Frames are numbered in the order of input.
 *   <li>A runner that is called for each record has at most two frames: one in work, one waiting.
 *       One that reads itself has what it asked for.
 *   <li>With ordered outputs no more frames are out or done early than {@link #AHEAD} allows.
 * </ul>
 *
 * <p>Belongs to the operator's thread; what is of the runners it looks at under the crew's lock.
 */
final class Dispatcher {

  private static final int FRAMES_PER_RUNNER = 2;

  /** With ordered outputs: how many frames may be done before one that is not, per runner. */
  private static final int AHEAD = 4;

  /** With slots that are read: how many records are given at once. */
  private static final int READ_AT_ONCE = 1000;

  private final Crew crew;
  private final Backlog backlog;
  private final boolean callbacks;
  private final boolean ordered;

  /** Results whose turn has not come, by the number of their frame. */
  private final Map<Long, Result> early = new HashMap<>();

  private long nextFrame = 1;
  private long nextGiven = 1;

  /** The slots that have ended while others go on. */
  private final Set<Integer> over = new HashSet<>();

  Dispatcher(Crew crew, Backlog backlog, boolean callbacks, boolean ordered) {
    this.crew = crew;
    this.backlog = backlog;
    this.callbacks = callbacks;
    this.ordered = ordered;
  }

  /** No more comes on a slot. */
  void over(int slot) {
    over.add(slot);
  }

  /**
   * Sends frames to runners that have room.
   *
   * @param all whether also to send less than a full frame to a runner that has work already
   */
  void dispatch(boolean all) {
    synchronized (crew.lock) {
      if (!callbacks) {
        answerReads();
        return;
      }
      long working = crew.runners.stream().filter(r -> r.phase == Phase.WORKING).count();
      int share = all ? (int) (backlog.size() / Math.max(1, working)) + 1 : Integer.MAX_VALUE;
      while (mayDispatch()) {
        var runner = leastLoaded();
        int size = Math.min(crew.frameSize.get(), share);
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
    for (var runner : crew.runners) {
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

  private RunnerHandle leastLoaded() {
    RunnerHandle least = null;
    for (var runner : crew.runners) {
      if (runner.phase == Phase.WORKING
          && runner.inFlight.size() < FRAMES_PER_RUNNER
          && (least == null || runner.inFlight.size() < least.inFlight.size())) {
        least = runner;
      }
    }
    return least;
  }

  /** Whether a runner has room for what waits. Under the lock. */
  private boolean mayDispatch() {
    if (!callbacks) {
      return crew.runners.stream()
          .anyMatch(
              r -> r.phase == Phase.WORKING && r.wants >= 0 && (isOver(r) || backlog.has(r.wants)));
    }
    return backlog.size() > 0
        && leastLoaded() != null
        && (!ordered
            || nextFrame - nextGiven < (long) AHEAD * FRAMES_PER_RUNNER * crew.runners.size());
  }

  /** How many records may wait for runners that have no room. */
  int capacity() {
    synchronized (crew.lock) {
      return (callbacks ? crew.frameSize.get() : 2 * READ_AT_ONCE)
          * Math.max(1, crew.runners.size());
    }
  }

  /** The next result, where order counts that of the next frame; null while there is none. */
  Result next() {
    while (true) {
      var inOrder = early.remove(nextGiven);
      if (inOrder != null) {
        nextGiven++;
        return inOrder;
      }
      Result result;
      synchronized (crew.lock) {
        result = crew.results.pollFirst();
      }
      if (result == null) {
        return null;
      }
      if (!ordered) {
        nextGiven++;
        return result;
      }
      early.put(result.frame().id(), result);
    }
  }

  /** Waits until there is a result, or room for what waits, or nobody who wants it. */
  void awaitRoom() throws InterruptedException {
    crew.await(() -> !crew.results.isEmpty() || mayDispatch() || isUnread());
  }

  /** Whether a program that reads its slots itself wants nothing of what waits. */
  boolean isNotWanted() {
    synchronized (crew.lock) {
      return isUnread();
    }
  }

  private boolean isUnread() {
    return !callbacks
        && crew.results.isEmpty()
        && !mayDispatch()
        && crew.runners.stream()
            .allMatch(r -> r.phase != Phase.WORKING || r.wants >= 0 || r.finished);
  }

  /** Whether a runner is at work, or may be given some. */
  boolean isBusy() {
    synchronized (crew.lock) {
      crew.throwIfFailed();
      return !crew.results.isEmpty()
          || crew.runners.stream().anyMatch(r -> !r.inFlight.isEmpty() || isOnItsWay(r))
          || (callbacks ? backlog.size() > 0 : mayDispatch());
    }
  }

  /** Waits until a runner that was at work has done something. */
  void awaitProgress() throws InterruptedException {
    crew.await(
        () ->
            !crew.results.isEmpty()
                || mayDispatch()
                || (!callbacks && crew.runners.stream().noneMatch(this::isOnItsWay)));
  }

  /** Whether a program that reads its slots itself is between two reads. */
  private boolean isOnItsWay(RunnerHandle runner) {
    return !callbacks && runner.phase == Phase.WORKING && runner.wants < 0 && !runner.finished;
  }

  /** Whether the programs, which read their slots themselves, have all come to their end. */
  boolean allFinished() {
    if (callbacks) {
      return false;
    }
    synchronized (crew.lock) {
      return !crew.runners.isEmpty() && crew.runners.stream().allMatch(r -> r.finished);
    }
  }

  /** What a program has not asked for it may still read after the end. */
  void giveUnread() {
    synchronized (crew.lock) {
      var reading =
          crew.runners.stream().filter(r -> r.phase == Phase.WORKING && !r.finished).toList();
      for (int i = 0; backlog.next() >= 0 && !reading.isEmpty(); i++) {
        send(reading.get(i % reading.size()), backlog.take(backlog.next(), READ_AT_ONCE));
      }
      while (backlog.next() >= 0) {
        backlog.take(backlog.next(), READ_AT_ONCE); // nobody reads any more
      }
    }
  }
}
