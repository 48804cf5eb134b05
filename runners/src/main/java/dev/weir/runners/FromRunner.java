package dev.weir.runners;

import java.util.List;

/**
 * What a runner says to Weir. Values are JSON values as Java objects, see {@link
 * dev.weir.graph.Batch}.
 */
public sealed interface FromRunner {

  /** The program is loaded. {@code language} is for people, such as {@code CPython 3.11.7}. */
  record Ready(long pid, String language) implements FromRunner {}

  /**
   * {@code begin} has returned, or there is none; or a program that reads its slots itself is at
   * its first read.
   */
  record Begun(Outputs outputs) implements FromRunner {}

  /**
   * All records of a {@link ToRunner.Work} are done.
   *
   * @param failures the records that raised, where the program is one that goes on; they have no
   *     outputs
   */
  record Done(long id, Outputs outputs, List<Failure> failures) implements FromRunner {
    public Done {
      failures = List.copyOf(failures);
    }
  }

  /**
   * A record that raised.
   *
   * @param index which record of the work; the last one of a set
   * @param summary one line: the type and message of the exception
   * @param trace the traceback of the user's own frames, several lines
   */
  record Failure(int index, String summary, String trace) {}

  /**
   * The program raised. The runner is of no more use and will be closed.
   *
   * @param where {@code load}, {@code begin}, {@code action} or {@code end}; {@code program} for
   *     one that reads its slots itself
   * @param id the work, for {@code action}
   * @param index which record of it
   * @param summary one line: the type and message of the exception
   * @param trace the traceback of the user's own frames, several lines
   */
  record Failed(String where, long id, int index, String summary, String trace)
      implements FromRunner {}

  /**
   * The runner needs a lease and waits for it; answered by {@link ToRunner.Grant} or {@link
   * ToRunner.Refuse}.
   *
   * @param exclusive to write; otherwise to read, which several may do at a time
   * @param locked what it will not give back while it waits: the items whose update functions it is
   *     in
   * @param peek only the value is wanted, as of now and without a lease (in a begin() with overlay)
   */
  record Need(long request, Item item, boolean exclusive, List<Item> locked, boolean peek)
      implements FromRunner {}

  /** Leases given back, with the changed values that had not been sent yet. */
  record Back(List<Item> released, List<Change> changes) implements FromRunner {}

  /** Every value changed by the work before the {@link ToRunner.Sync}. */
  record Synced(long epoch, List<Change> changes) implements FromRunner {}

  /**
   * A program that reads its slots itself waits for work of a slot; all work that it was given
   * before is done. With slot -1 it has come to its end and reads no more.
   */
  record Wants(int slot) implements FromRunner {}

  /** {@code end} has returned, or there is none; with the values that it changed. */
  record Ended(Outputs outputs) implements FromRunner {}

  /** Where the program's code is, several lines. */
  record Stack(String trace) implements FromRunner {}

  /** The process has ended, by itself or killed; nothing follows. {@code how} is for people. */
  record Exited(int status, String how) implements FromRunner {}

  /** Anything that a script says, see {@link ScriptRunner}. */
  record Said(List<?> message) implements FromRunner {}
}
