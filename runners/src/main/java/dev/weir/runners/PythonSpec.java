package dev.weir.runners;

import java.nio.file.Path;

/**
 * What a Python runner runs.
 *
 * @param python the interpreter
 */
public record PythonSpec(Python python, ProgramSpec program) {

  /** A program without declarations. */
  public PythonSpec(Python python, Path file) {
    this(python, ProgramSpec.of(file));
  }

  /** The program's file. */
  public Path file() {
    return program.file();
  }
}
