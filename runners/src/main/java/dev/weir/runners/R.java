package dev.weir.runners;

import dev.weir.runners.internal.Executables;
import java.nio.file.Path;
import java.util.Map;

/**
 * An installation of R: the user's own, with their packages.
 *
 * @param executable what is started
 */
public record R(Path executable) {

  private static final String WAY_OUT =
      "Install it (on Debian or Ubuntu: apt-get install r-base-core), or set WEIR_R to the R to"
          + " use.";

  /**
   * Finds the R that the user means: {@code WEIR_R}, else {@code R} on {@code PATH}.
   *
   * @throws RunnerException when there is none; says the way out
   */
  public static R find(Map<String, String> environment) {
    var named = environment.getOrDefault("WEIR_R", "");
    if (!named.isBlank()) {
      var found =
          named.contains("/") ? Executables.at(named) : Executables.onPath(environment, named);
      if (found == null) {
        throw new RunnerException(
            "WEIR_R is " + named + ", which is not a program that can be run. " + WAY_OUT);
      }
      return new R(found);
    }
    var found = Executables.onPath(environment, "R");
    if (found == null) {
      throw new RunnerException("There is no R on the PATH. " + WAY_OUT);
    }
    return new R(found);
  }
}
