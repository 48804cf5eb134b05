package dev.weir.runners;

import dev.weir.runners.internal.ChildProcess;
import dev.weir.runners.internal.PythonSources;
import dev.weir.runners.internal.ScriptMessages;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A child process of CPython that runs the script of an operator, which finds an object {@code
 * api}. It hears {@link ToRunner.Ask} and says {@link FromRunner.Said}: messages are lists of JSON
 * values and byte arrays, the first item is the kind. What the kinds are is between {@code
 * weir/script/_child.py} and the operator.
 *
 * <p>{@link FromRunner.Exited} is always heard, once, after everything else.
 */
public final class ScriptRunner {

  private ScriptRunner() {}

  /**
   * Starts a runner; returns at once.
   *
   * @param file the script's name in messages
   * @param settings what {@code weir/script/_child.py} needs to know: JSON values
   * @throws RunnerException when the interpreter cannot be started
   */
  public static Runner start(
      Python python, Path file, Map<String, Object> settings, Runner.Listener listener) {
    return ChildProcess.start(
        "script",
        PythonRunner.launch(python, file),
        PythonSources.scriptWords(settings),
        new ScriptMessages(),
        listener);
  }

  /** The records of a message of outputs: what is nested was sent packed. */
  public static List<Object> unpack(List<?> records) {
    var unpacked = new ArrayList<Object>(records.size());
    for (var record : records) {
      unpacked.add(record instanceof byte[] packed ? ScriptMessages.unpack(packed) : record);
    }
    return unpacked;
  }
}
