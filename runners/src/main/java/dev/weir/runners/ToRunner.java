package dev.weir.runners;

import dev.weir.graph.Batch;
import java.util.List;
import java.util.Map;

/** What Weir says to a runner. */
public sealed interface ToRunner {

  /**
   * Call the program's {@code begin}; answered by {@link FromRunner.Begun}.
   *
   * @param overlay whether to run it apart: its writes to cells and pools go to a private copy that
   *     is thrown away when it returns, and its outputs are dropped
   */
  record Begin(boolean overlay) implements ToRunner {}

  /**
   * Call {@code action} for each record; answered by {@link FromRunner.Done} or {@link
   * FromRunner.Failed}. Runners take work in order; a second one may be sent before the first is
   * done.
   *
   * @param set whether the records are one set, for which {@code action} is called once
   */
  record Work(long id, int slot, boolean set, Batch batch) implements ToRunner {}

  /**
   * To a program that reads its slots itself: no more work comes of this slot. What it does then,
   * up to its next read, is answered like work.
   */
  record Over(long id, int slot) implements ToRunner {}

  /**
   * The lease that was asked for, with the value; or only the value, where a peek was asked for.
   * For a whole pool {@code value} is a {@link Map} of all its keys.
   *
   * @param item what is granted: what was asked for, or the whole pool although only a key was
   * @param exclusive whether it may be written; a whole pool always is
   * @param present false for a cell never set and for a missing pool key
   */
  record Grant(long request, Item item, boolean exclusive, boolean present, Object value)
      implements ToRunner {}

  /**
   * The lease that was asked for cannot be had without a deadlock; {@code message} names who waits
   * for what.
   */
  record Refuse(long request, String message) implements ToRunner {}

  /**
   * Give this lease back, with {@link FromRunner.Back}: at the end of the batch, at once when idle
   * or waiting for a lease, after a bounded time between two calls; not while an update of it runs.
   * A recall of something not held is answered all the same.
   */
  record Recall(Item item) implements ToRunner {}

  /**
   * Send every changed value that has not been sent yet, keeping the leases; answered by {@link
   * FromRunner.Synced}, after all work sent before it.
   */
  record Sync(long epoch) implements ToRunner {}

  /** Call the program's {@code end}; answered by {@link FromRunner.Ended}. */
  record End() implements ToRunner {}

  /** Say what your code is doing right now; answered by {@link FromRunner.Stack} if it can be. */
  record Where() implements ToRunner {}

  /** Anything that a script is asked, see {@link ScriptRunner}. */
  record Ask(List<Object> message) implements ToRunner {}
}
