package dev.weir.app;

import dev.weir.runners.Outline;
import dev.weir.runners.ProgramSpec;
import dev.weir.runners.Python;
import dev.weir.runners.PythonRunner;
import dev.weir.runners.PythonSpec;
import dev.weir.runners.R;
import dev.weir.runners.RRunner;
import dev.weir.runners.RSpec;
import dev.weir.runners.Runner;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** The language of a model, and what runs it. */
sealed interface Language {

  /** The language that the ending of a model's file says. */
  static Language of(Path file, Map<String, String> environment) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(".r")
        ? new InR(R.find(environment))
        : new InPython(Python.find(environment));
  }

  /** The name of the language. */
  String title();

  Runner start(ProgramSpec program, Runner.Listener listener);

  /** Looks at a program without running any of it. */
  Outline inspect(ProgramSpec program);

  /** How a program names a cell. */
  String cell(String name);

  /** The least that a model must have. */
  String example();

  /** Python models. */
  record InPython(Python python) implements Language {
    @Override
    public String title() {
      return "Python";
    }

    @Override
    public Runner start(ProgramSpec program, Runner.Listener listener) {
      return PythonRunner.start(new PythonSpec(python, program), listener);
    }

    @Override
    public Outline inspect(ProgramSpec program) {
      return PythonRunner.inspect(new PythonSpec(python, program));
    }

    @Override
    public String cell(String name) {
      return "weir.cells('" + name + "')";
    }

    @Override
    public String example() {
      return "def action(x):\n    yield x";
    }
  }

  /** R models. */
  record InR(R r) implements Language {
    @Override
    public String title() {
      return "R";
    }

    @Override
    public Runner start(ProgramSpec program, Runner.Listener listener) {
      return RRunner.start(new RSpec(r, program), listener);
    }

    @Override
    public Outline inspect(ProgramSpec program) {
      return RRunner.inspect(new RSpec(r, program));
    }

    @Override
    public String cell(String name) {
      return "Cell('" + name + "')";
    }

    @Override
    public String example() {
      return "action <- function(x) {\n    emit(x)\n}";
    }
  }
}
