package dev.weir.app;

import dev.weir.models.Language;
import dev.weir.models.RunnerFactory;
import dev.weir.runners.ProgramSpec;
import java.util.Map;

/**
 * What runs the models of one language: an interpreter or compiler, found once. Starting it is left
 * to the methods.
 */
interface LanguageRuntime {

  /**
   * Finds what a language needs.
   *
   * @throws dev.weir.state.WeirException when it is not there; says the way out
   */
  static LanguageRuntime of(Language language, Map<String, String> environment) {
    return switch (language) {
      case PYTHON -> new PythonRuntime(environment);
      case JAVA -> new JavaRuntime();
      case R -> new RRuntime(environment);
    };
  }

  /** Starts runners of a program. */
  RunnerFactory runners(ProgramSpec program);

  /**
   * Adds to a report, by heading, what can be said of a program without running it: its functions,
   * and what of its state is kept.
   *
   * @throws BadProgramException when it cannot be run as it is written
   */
  void report(ProgramSpec program, Map<String, Object> report);

  /** How {@code action} is called, behind its name. */
  static String parameters(int n) {
    return switch (n) {
      case 1 -> " (action takes the record)";
      case 2 -> " (action takes the record and its slot)";
      case 3 -> " (action takes the record, its slot and its number)";
      default -> "";
    };
  }
}
