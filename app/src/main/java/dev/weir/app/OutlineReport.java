package dev.weir.app;

import dev.weir.runners.Outline;
import dev.weir.runners.ProgramSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * What a report says of an outline.
 *
 * @param example the least that a function of this name can be
 * @param cell how a program names the cell of this name
 */
record OutlineReport(UnaryOperator<String> example, UnaryOperator<String> cell) {

  /**
   * Adds functions and state.
   *
   * @throws BadProgramException when the program has a syntax error or lacks a function
   */
  void add(ProgramSpec program, Outline outline, Map<String, Object> report) {
    check(program, outline);
    report.put(
        "functions",
        program.callbacks()
            ? String.join(", ", outline.functions())
                + LanguageRuntime.parameters(outline.parameters())
            : "none: the program reads its slots itself");
    report.put("state", state(outline));
  }

  private void check(ProgramSpec program, Outline outline) {
    var problem = outline.problem();
    if (problem.isPresent()) {
      throw new BadProgramException(
          program.file()
              + ":"
              + problem.get().line()
              + ": "
              + problem.get().message()
              + "\n"
              + problem.get().text().stripTrailing());
    }
    if (!program.callbacks()) {
      return;
    }
    var wanted = program.actions().isEmpty() ? Set.of("action") : program.actions().values();
    for (var name : wanted) {
      if (!outline.functions().contains(name)) {
        throw new BadProgramException(
            program.file()
                + " has no function '"
                + name
                + "'; a model needs one, such as:\n"
                + example.apply(name));
      }
    }
  }

  private List<Object> state(Outline outline) {
    var lines = new ArrayList<Object>();
    lines.add("cells and pools are shared by the runners and survive");
    for (var lost : outline.lost()) {
      lines.add(
          "variable '"
              + lost.name()
              + "' (line "
              + lost.line()
              + ") is of one runner and does not survive it; to keep it, use "
              + cell.apply(lost.name()));
    }
    return lines;
  }
}
