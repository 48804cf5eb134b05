package dev.weir.app;

import dev.weir.models.RunnerFactory;
import dev.weir.runners.ProgramSpec;
import dev.weir.runners.R;
import dev.weir.runners.RRunner;
import dev.weir.runners.RSpec;
import java.util.Map;

/** Runs R models, with the user's own R. */
final class RRuntime implements LanguageRuntime {

  private final R r;

  RRuntime(Map<String, String> environment) {
    this.r = R.find(environment);
  }

  @Override
  public RunnerFactory runners(ProgramSpec program) {
    var spec = new RSpec(r, program);
    return (number, listener) -> RRunner.start(spec, listener);
  }

  @Override
  public void report(ProgramSpec program, Map<String, Object> report) {
    var outline = RRunner.inspect(new RSpec(r, program));
    new OutlineReport(
            name -> name + " <- function(x) {\n    emit(x)\n}", name -> "Cell('" + name + "')")
        .add(program, outline, report);
  }
}
