package dev.weir.runners;

import java.nio.file.Path;

/**
 * What a Python runner runs.
 *
 * @param python the interpreter
 * @param file the program, named in messages as it is here
 */
public record PythonSpec(Python python, Path file) {}
