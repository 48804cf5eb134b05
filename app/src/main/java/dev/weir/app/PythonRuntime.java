package dev.weir.app;

import dev.weir.models.RunnerFactory;
import dev.weir.runners.ProgramSpec;
import dev.weir.runners.Python;
import dev.weir.runners.PythonRunner;
import dev.weir.runners.PythonSpec;
import java.util.Map;

/** Runs Python models, with the user's own interpreter. */
final class PythonRuntime implements LanguageRuntime {

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
    new OutlineReport(
            name -> "def " + name + "(x):\n    yield x", name -> "weir.cells('" + name + "')")
        .add(program, outline, report);
  }
}
