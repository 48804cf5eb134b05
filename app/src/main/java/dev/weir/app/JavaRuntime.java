package dev.weir.app;

import dev.weir.models.RunnerFactory;
import dev.weir.runners.JavaProgram;
import dev.weir.runners.JavaRunner;
import dev.weir.runners.ProgramSpec;
import dev.weir.runners.RunnerException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs Java models, in this JVM. */
final class JavaRuntime implements LanguageRuntime {

  @Override
  public RunnerFactory runners(ProgramSpec program) {
    var source = JavaProgram.of(program);
    return (number, listener) -> JavaRunner.start(source, listener);
  }

  @Override
  public void report(ProgramSpec program, Map<String, Object> report) {
    try {
      var outline = JavaProgram.of(program).inspect();
      report.put(
          "functions",
          String.join(", ", outline.functions())
              + LanguageRuntime.parameters(outline.parameters()));
      report.put("state", state(outline.lost()));
    } catch (RunnerException e) {
      throw new BadProgramException(e.getMessage());
    }
  }

  private static List<Object> state(List<String> lost) {
    var lines = new ArrayList<Object>();
    lines.add("cells and pools are shared by the runners and survive");
    for (var field : lost) {
      lines.add(
          "field '"
              + field
              + "' is of one runner and does not survive it; to keep it, use cell(\""
              + field
              + "\", ...)");
    }
    return lines;
  }
}
