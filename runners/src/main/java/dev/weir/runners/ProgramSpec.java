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
 */
public record ProgramSpec(
    Path file, Map<Integer, String> actions, Set<Integer> sets, boolean callbacks, boolean goOn) {

  public ProgramSpec {
    actions = Map.copyOf(actions);
    sets = Set.copyOf(sets);
  }

  /** A program with {@code action} for every slot, without sets, that stops at a failure. */
  public static ProgramSpec of(Path file) {
    return new ProgramSpec(file, Map.of(), Set.of(), true, false);
  }
}
