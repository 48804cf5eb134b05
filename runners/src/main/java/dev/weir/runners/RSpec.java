package dev.weir.runners;

import java.nio.file.Path;

/** What an R runner runs. */
public record RSpec(R r, ProgramSpec program) {

  /** A program without declarations. */
  public RSpec(R r, Path file) {
    this(r, ProgramSpec.of(file));
  }

  /** The program's file. */
  public Path file() {
    return program.file();
  }
}
