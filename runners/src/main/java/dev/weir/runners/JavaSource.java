package dev.weir.runners;

import dev.weir.runners.internal.jvm.CompileException;
import dev.weir.runners.internal.jvm.Compiler;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A Java source file that is no model, compiled in memory. It may use all that is on the class path
 * of this program. Immutable.
 */
public final class JavaSource {

  private final Compiler.Compiled compiled;

  private JavaSource(Compiler.Compiled compiled) {
    this.compiled = compiled;
  }

  /**
   * Compiles a file; executes none of it.
   *
   * @throws RunnerException when it cannot be read or has errors; the message names file and line
   */
  public static JavaSource compile(Path file) {
    try {
      return new JavaSource(Compiler.compileWithAll(file));
    } catch (CompileException e) {
      throw new RunnerException((e.getMessage() + "\n" + e.details()).stripTrailing(), e);
    }
  }

  /**
   * Its classes, made anew in a loader of their own: nothing static is shared.
   *
   * @param lines takes what they print, by the line
   */
  public List<Class<?>> load(Consumer<String> lines) {
    try {
      return compiled.load(lines);
    } catch (ClassNotFoundException | LinkageError e) {
      throw new RunnerException(compiled.file() + " cannot be loaded: " + e, e);
    }
  }

  /** The innermost place in this file at which something was thrown: {@code Sum.java:12}. */
  public Optional<String> place(Throwable thrown) {
    for (var frame : thrown.getStackTrace()) {
      var type = frame.getClassName();
      if (compiled.classes().containsKey(type)) {
        return Optional.of(compiled.file() + ":" + frame.getLineNumber());
      }
    }
    return Optional.empty();
  }
}
