package dev.weir.runners.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.runners.ProgramSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The Python side of a runner, sent to the interpreter through the pipe when it starts, see {@code
 * python/bootstrap.py}.
 */
public final class PythonSources {

  private static final List<String> MODULES =
      List.of(
          "fastscore",
          "fastscore.io",
          "weir",
          "weir._call",
          "weir._child",
          "weir._emit",
          "weir._fish",
          "weir._outline",
          "weir._sets",
          "weir._slots",
          "weir._state",
          "weir._trace",
          "weir._values",
          "weir._wire",
          "weir.io");

  /** What only scripts of operators need. */
  private static final List<String> SCRIPT =
      List.of(
          "weir.script",
          "weir.script._api",
          "weir.script._bodies",
          "weir.script._child",
          "weir.script._types");

  private static final Set<String> PACKAGES = Set.of("fastscore", "weir", "weir.script");

  /** What {@code python -c} is given: reads the rest. */
  private static final String SEED =
      """
      import os, marshal
      def take(n):
          got = b""
          while len(got) < n:
              more = os.read(0, n - len(got))
              if not more:
                  os._exit(1)
              got += more
          return got
      exec(compile(take(int(take(8))), "<weir>/bootstrap.py", "exec"))
      """;

  private PythonSources() {}

  /** The command that starts a program; {@link #firstWords} go to its standard input. */
  public static List<String> command(Path python, Path file) {
    return List.of(python.toString(), "-c", SEED, file.toString());
  }

  /** What is sent before any message. */
  public static byte[] firstWords(ProgramSpec program, boolean outline) {
    var settings = new LinkedHashMap<String, Object>();
    settings.put("file", program.file().toString());
    settings.put("actions", actions(program));
    settings.put("sets", program.sets().stream().map(Integer::longValue).toList());
    settings.put("callbacks", program.callbacks());
    settings.put("goOn", program.goOn());
    if (program.fish()) {
      settings.put("fish", true);
    }
    if (outline) {
      settings.put("outline", true);
    }
    return firstWords(settings, MODULES);
  }

  /** The same for a script; with its settings. */
  public static byte[] scriptWords(Map<String, Object> script) {
    var settings = new LinkedHashMap<>(script);
    settings.put("script", true);
    var modules = new ArrayList<>(MODULES);
    modules.addAll(SCRIPT);
    return firstWords(settings, modules);
  }

  private static byte[] firstWords(Map<String, Object> settings, List<String> modules) {
    var sources = new LinkedHashMap<String, Object>();
    for (var module : modules) {
      var path = module.replace('.', '/') + (PACKAGES.contains(module) ? "/__init__" : "");
      sources.put(module, new String(resource(path + ".py"), UTF_8));
    }
    settings.put("sources", sources);
    settings.put("packages", List.copyOf(PACKAGES));
    var bootstrap = resource("bootstrap.py");
    var length = String.format("%08d", bootstrap.length).getBytes(UTF_8);
    int head = length.length + bootstrap.length;
    var out = new MarshalWriter(1 << 16).reset(head + Integer.BYTES).value(settings);
    System.arraycopy(length, 0, out.buffer(), 0, length.length);
    System.arraycopy(bootstrap, 0, out.buffer(), length.length, bootstrap.length);
    Frames.putLength(out.buffer(), head, out.size() - head - Integer.BYTES);
    return Arrays.copyOf(out.buffer(), out.size());
  }

  private static Map<String, Object> actions(ProgramSpec program) {
    var actions = new LinkedHashMap<String, Object>();
    program.actions().forEach((slot, name) -> actions.put(slot.toString(), name));
    return actions;
  }

  private static byte[] resource(String name) {
    try (var in = PythonSources.class.getResourceAsStream("/python/" + name)) {
      if (in == null) {
        throw new IllegalStateException("python/" + name + " is missing in this build");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
