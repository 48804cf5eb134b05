package dev.weir.runners;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * A program as its runners need to know it, in any language.
 *
 * @param file the program, named in messages as it is here
 * @param actions the function that takes the records of an input slot, where it is not {@code
 *     action}
 * @param sets the slots, of inputs and outputs, whose records come in sets
 * @param callbacks false for a program that reads its slots itself, from its top level
 * @param goOn whether a record that raises is told with {@link FromRunner.Done}, and the next one
 *     taken; otherwise it ends the runner's work with {@link FromRunner.Failed}
 * @param fish whether the program is a fish: a fold that is done step by step, see {@code
 *     python/weir/_fish.py}. Python only
 */
public record ProgramSpec(
    Path file,
    Map<Integer, String> actions,
    Set<Integer> sets,
    boolean callbacks,
    boolean goOn,
    boolean fish) {

  public ProgramSpec {
    actions = Map.copyOf(actions);
    sets = Set.copyOf(sets);
  }

  /** A model. */
  public ProgramSpec(
      Path file, Map<Integer, String> actions, Set<Integer> sets, boolean callbacks, boolean goOn) {
    this(file, actions, sets, callbacks, goOn, false);
  }

  /** A fish. */
  public static ProgramSpec ofFish(Path file) {
    return new ProgramSpec(file, Map.of(), Set.of(), true, true, true);
  }

  /** A program with {@code action} for every slot, without sets, that stops at a failure. */
  public static ProgramSpec of(Path file) {
    return new ProgramSpec(file, Map.of(), Set.of(), true, false);
  }
}
