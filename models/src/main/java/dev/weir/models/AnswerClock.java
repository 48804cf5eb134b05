package dev.weir.models;

/**
 * How long a runner has owed an answer. It owes one for each call, frame and recall; it answers
 * calls and frames in order, so the time of the next begins with the answer before. Time in which
 * it waits for what other runners hold is not its own. Thread-safe.
 */
final class AnswerClock {

  private int owed;
  private int recalls;
  private long since;
  private boolean blocked;
  private long blockedAt;

  synchronized void owe(long now) {
    begin(now);
    owed++;
  }

  /** An answer has come; returns how long it took. */
  synchronized long answered(long now) {
    owed--;
    long took = now - since;
    since = now;
    return took;
  }

  synchronized void recalled(long now) {
    begin(now);
    recalls++;
  }

  synchronized void gaveBack(long now) {
    if (recalls > 0) {
      recalls--;
    }
    if (owed == 0) {
      since = now;
    }
  }

  synchronized void blocked(long now) {
    blocked = true;
    blockedAt = now;
  }

  synchronized void unblocked(long now) {
    if (blocked) {
      blocked = false;
      since += now - blockedAt;
    }
  }

  synchronized boolean idle() {
    return owed == 0;
  }

  /**
   * How long an answer has been owed, in nanoseconds; 0 where none is or the wait is for others.
   */
  synchronized long owing(long now) {
    return blocked || owed + recalls == 0 ? 0 : now - since;
  }

  private void begin(long now) {
    if (owed + recalls == 0) {
      since = now;
    }
  }
}
