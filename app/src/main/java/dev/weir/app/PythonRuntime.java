package dev.weir.app;

import dev.weir.models.RunnerFactory;
import dev.weir.runners.ProgramSpec;
import dev.weir.runners.Python;
import dev.weir.runners.PythonOutline;
import dev.weir.runners.PythonRunner;
import dev.weir.runners.PythonSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Runs Python models, with the user's own interpreter. */
final class PythonRuntime implements Runtime {

  private final Python python;

  PythonRuntime(Map<String, String> environment) {
    this.python = Python.find(environment);
  }

  @Override
  public RunnerFactory runners(ProgramSpec program) {
    var spec = new PythonSpec(python, program);
    return (number, listener) -> PythonRunner.start(spec, listener);
  }

  @Override
  public void report(ProgramSpec program, Map<String, Object> report) {
    var outline = PythonRunner.inspect(new PythonSpec(python, program));
    check(program, outline);
    report.put(
        "functions",
        program.callbacks()
            ? String.join(", ", outline.functions()) + Runtime.parameters(outline.parameters())
            : "none: the program reads its slots itself");
    report.put("state", state(outline));
  }

  private static void check(ProgramSpec program, PythonOutline outline) {
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
                + "def "
                + name
                + "(x):\n"
                + "    yield x");
      }
    }
  }

  private static List<Object> state(PythonOutline outline) {
    var lines = new ArrayList<Object>();
    lines.add("cells and pools are shared by the runners and survive");
    for (var lost : outline.lost()) {
      lines.add(
          "variable '"
              + lost.name()
              + "' (line "
              + lost.line()
              + ") is of one runner and does not survive it; to keep it, use weir.cells('"
              + lost.name()
              + "')");
    }
    return lines;
  }
}
