package dev.weir.runners.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The Python side of a runner, sent to the interpreter through the pipe when it starts, see {@code
 * python/bootstrap.py}.
 */
public final class PythonSources {

  private static final List<String> MODULES =
      List.of(
          "fastscore",
          "weir",
          "weir._call",
          "weir._child",
          "weir._outline",
          "weir._state",
          "weir._trace",
          "weir._values",
          "weir._wire");

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
  public static byte[] firstWords(Path file, boolean outline) {
    var sources = new LinkedHashMap<String, Object>();
    for (var module : MODULES) {
      var path = module.equals("weir") ? "weir/__init__" : module.replace('.', '/');
      sources.put(module, new String(resource(path + ".py"), UTF_8));
    }
    var settings = new LinkedHashMap<String, Object>(Map.of("file", file.toString()));
    settings.put("sources", sources);
    if (outline) {
      settings.put("outline", true);
    }
    var bootstrap = resource("bootstrap.py");
    var length = String.format("%08d", bootstrap.length).getBytes(UTF_8);
    int head = length.length + bootstrap.length;
    var out = new MarshalWriter(1 << 16).reset(head + Integer.BYTES).value(settings);
    System.arraycopy(length, 0, out.buffer(), 0, length.length);
    System.arraycopy(bootstrap, 0, out.buffer(), length.length, bootstrap.length);
    Frames.putLength(out.buffer(), head, out.size() - head - Integer.BYTES);
    return Arrays.copyOf(out.buffer(), out.size());
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
