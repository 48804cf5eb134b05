package dev.weir.pond.internal;

import dev.weir.pond.SnapshotPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;

/**
 * Which states are kept. Applied again after each new state to those that were kept before, so that
 * what is needed later is never given up before.
 */
public final class Retention {

  private Retention() {}

  /** What matters of a state here: how many events it follows, and the latest time among them. */
  public interface Mark {
    long events();

    Instant newest();
  }

  /** The indexes of the states that the policy keeps. */
  public static BitSet keep(SnapshotPolicy policy, List<? extends Mark> oldestFirst) {
    var kept = new BitSet();
    if (oldestFirst.isEmpty()) {
      return kept;
    }
    kept.set(oldestFirst.size() - 1);
    for (var period : policy.periods()) {
      keepPeriod(period, oldestFirst, kept);
    }
    if (policy.doubling()) {
      keepDoubling(oldestFirst, policy.every(), kept);
    }
    return kept;
  }

  /**
   * A chain of states of which each is the last within a period of the one before. Of those that
   * are at least a period old only the newest is kept.
   */
  private static void keepPeriod(Duration period, List<? extends Mark> marks, BitSet kept) {
    int last = marks.size() - 1;
    var old = marks.get(last).newest().minus(period);
    int at = 0;
    while (at <= last) {
      var limit = marks.get(at).newest().plus(period);
      int next = at + 1;
      while (next < last && !marks.get(next + 1).newest().isAfter(limit)) {
        next++;
      }
      boolean replaced = next <= last && !marks.get(next).newest().isAfter(old);
      if (!replaced) {
        kept.set(at);
      }
      at = next;
    }
  }

  /**
   * From the newest back: each is the farthest that is at most twice as far as the one before.
   *
   * @param least distances up to this count as this
   */
  static void keepDoubling(List<? extends Mark> marks, long least, BitSet kept) {
    int at = marks.size() - 1;
    long newest = marks.get(at).events();
    kept.set(at);
    while (at > 0) {
      long limit = Math.max(least, 2 * (newest - marks.get(at).events()));
      at--;
      while (at > 0 && newest - marks.get(at - 1).events() <= limit) {
        at--;
      }
      kept.set(at);
    }
  }
}
