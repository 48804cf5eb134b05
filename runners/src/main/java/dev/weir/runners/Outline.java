package dev.weir.runners;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a program looks like without having been run.
 *
 * @param functions which of {@code begin}, {@code action}, {@code end} and the named actions it
 *     defines
 * @param parameters how many parameters {@code action} needs, or 0 where that is not known
 * @param imports which of {@code fastscore} and {@code weir} it imports
 * @param lost the variables of the program that its functions assign: they are of one process, are
 *     not shared and do not survive it
 * @param problem why it cannot be read; then the rest is empty
 */
public record Outline(
    Set<String> functions,
    int parameters,
    Set<String> imports,
    List<Variable> lost,
    Optional<Problem> problem) {

  /** A variable and the line that says so. */
  public record Variable(String name, int line) {}

  /**
   * A syntax error.
   *
   * @param line its line, from 1, or 0 where it has none
   * @param text that line
   */
  public record Problem(int line, String text, String message) {}
}
