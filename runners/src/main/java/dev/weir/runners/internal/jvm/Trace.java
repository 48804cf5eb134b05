package dev.weir.runners.internal.jvm;

import dev.weir.runners.MisfitException;
import dev.weir.runners.RunnerException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** Says where a model's code is and what went wrong in it, by the frames of the model alone. */
public final class Trace {

  private static final int MOST_FRAMES = 50;

  private final Compiler.Compiled model;

  public Trace(Compiler.Compiled model) {
    this.model = model;
  }

  /** One line: the type and message of an exception. */
  public static String summary(Throwable failure) {
    String message;
    try {
      message = failure.getMessage();
    } catch (Throwable broken) {
      message = "(no message)";
    }
    message = message == null ? "" : String.join(" ", message.trim().split("\\s+"));
    if (failure instanceof MisfitException) {
      return message;
    }
    var type = failure.getClass();
    var name = type.isAnonymousClass() ? type.getName() : type.getSimpleName();
    return message.isEmpty() ? name : name + ": " + message;
  }

  /** The frames of an exception and of its causes. */
  public String of(Throwable failure) {
    var text = new StringBuilder();
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (var each = failure; each != null && seen.add(each); each = each.getCause()) {
      if (each != failure) {
        text.append("caused by ").append(summary(each)).append('\n');
      }
      frames(each.getStackTrace()).forEach(frame -> text.append(frame).append('\n'));
    }
    return text.toString();
  }

  /** Where a thread is; {@code idle} when it is not in the model. */
  public String of(StackTraceElement[] stack, String idle) {
    var frames = frames(stack);
    return frames.isEmpty() ? idle : String.join("\n", frames);
  }

  private List<String> frames(StackTraceElement[] stack) {
    var frames = new ArrayList<String>();
    for (var frame : stack) {
      if (frames.size() < MOST_FRAMES && model.classes().containsKey(frame.getClassName())) {
        frames.add(describe(frame));
      }
    }
    return frames;
  }

  private String describe(StackTraceElement frame) {
    int line = frame.getLineNumber();
    var text =
        line > 0 && line <= model.source().size() ? model.source().get(line - 1).strip() : "";
    return "at "
        + frame.getClassName()
        + "."
        + frame.getMethodName()
        + " ("
        + model.file()
        + (line > 0 ? ":" + line : "")
        + ")"
        + (text.isEmpty() ? "" : ": " + text);
  }

  /** What is told of a program that cannot be loaded. */
  public static String summaryOfLoad(Throwable failure) {
    return failure instanceof RunnerException ? failure.getMessage() : summary(failure);
  }
}
