package dev.weir.runners;

import dev.weir.runners.internal.jvm.Compiler;
import dev.weir.runners.internal.jvm.Functions;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import weir.Cell;
import weir.Pool;

/**
 * A model in Java: a single source file, compiled when its first runner starts. Thread-safe.
 *
 * <p>All its runners have one compiled form, each with classes of its own: static variables are not
 * shared either.
 */
public final class JavaProgram {

  private final ProgramSpec spec;
  private Compiler.Compiled compiled;

  private JavaProgram(ProgramSpec spec) {
    this.spec = spec;
  }

  /** A program; its file is not read yet. */
  public static JavaProgram of(ProgramSpec spec) {
    return new JavaProgram(spec);
  }

  ProgramSpec spec() {
    return spec;
  }

  /** Its compiled form; a failure is tried again. */
  synchronized Compiler.Compiled compiled() {
    if (compiled == null) {
      compiled = Compiler.compile(spec.file());
    }
    return compiled;
  }

  /** The model's class, in a loader of its own; what it prints goes to {@code lines}. */
  static Functions.ModelClass load(
      Compiler.Compiled compiled, ProgramSpec spec, Consumer<String> lines)
      throws ClassNotFoundException {
    return Functions.ModelClass.among(compiled.load(lines), spec);
  }

  /**
   * Compiles the program and looks at it without running any of it.
   *
   * @throws RunnerException when it does not compile or is no model; the message names file and
   *     line
   */
  public JavaOutline inspect() {
    try {
      var type = load(compiled(), spec, line -> {});
      var functions = new LinkedHashSet<String>();
      for (var name : List.of("begin", "action", "end")) {
        if (type.has(name)) {
          functions.add(name);
        }
      }
      var action = type.method("action");
      return new JavaOutline(
          functions, action == null ? 0 : action.getParameterCount(), lost(type.type()));
    } catch (dev.weir.runners.internal.jvm.CompileException e) {
      throw new RunnerException((e.getMessage() + "\n" + e.details()).stripTrailing(), e);
    } catch (ClassNotFoundException | LinkageError e) {
      throw new RunnerException(spec.file() + " cannot be loaded: " + e, e);
    }
  }

  private static List<String> lost(Class<?> type) {
    return Arrays.stream(type.getDeclaredFields())
        .filter(field -> !field.isSynthetic() && changes(field))
        .map(Field::getName)
        .toList();
  }

  /** Whether a field seems to be one that is changed while records come. */
  private static boolean changes(Field field) {
    var type = field.getType();
    if (type == Cell.class || type == Pool.class) {
      return false;
    }
    if (!Modifier.isFinal(field.getModifiers())) {
      return true;
    }
    return !Modifier.isStatic(field.getModifiers())
        && (Collection.class.isAssignableFrom(type)
            || Map.class.isAssignableFrom(type)
            || type.getName().startsWith("java.util.concurrent.atomic."));
  }
}
