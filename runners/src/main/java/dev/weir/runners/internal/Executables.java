package dev.weir.runners.internal;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;

/** Finds programs that can be started. */
public final class Executables {

  private Executables() {}

  /** The program that this name means on the {@code PATH}, or null. */
  public static Path onPath(Map<String, String> environment, String name) {
    for (var folder : environment.getOrDefault("PATH", "").split(":", -1)) {
      var found = at((folder.isEmpty() ? "." : folder) + "/" + name);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  /** The program that is this file, or null. */
  public static Path at(String name) {
    try {
      var path = Path.of(name);
      return Files.isRegularFile(path) && Files.isExecutable(path) ? path.toAbsolutePath() : null;
    } catch (InvalidPathException e) {
      return null;
    }
  }
}
