package dev.weir.app;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where a Python text goes by something that is another in each run: chance, the time, ids. Found
 * by the look of imports and calls, beside comments and texts; what a module of its own does, or a
 * name that hides one of these, is not seen.
 *
 * @param what such as {@code random}
 * @param line from 1
 */
record Chance(String what, int line) {

  private static final Pattern ASIDE =
      Pattern.compile(
          "(?s)\"{3}.*?\"{3}|'{3}.*?'{3}"
              + "|\"[^\"\\\\\n]*+(?:\\\\.[^\"\\\\\n]*+)*+\"|'[^'\\\\\n]*+(?:\\\\.[^'\\\\\n]*+)*+'"
              + "|#[^\n]*+");

  private static final Map<Pattern, String> SIGNS = signs();

  private static Map<Pattern, String> signs() {
    var signs = new LinkedHashMap<Pattern, String>();
    for (var module : new String[] {"random", "secrets", "uuid"}) {
      signs.put(imported(module), module);
    }
    signs.put(
        Pattern.compile("\\b(?:np|numpy)\\.random\\b|\\bfrom[ \\t]+numpy\\.random\\b"),
        "numpy.random");
    signs.put(Pattern.compile("\\burandom\\b"), "os.urandom");
    signs.put(
        Pattern.compile(
            "\\btime\\.(?:time|time_ns|monotonic|monotonic_ns|perf_counter|perf_counter_ns|localtime"
                + "|gmtime|ctime)\\b|\\bfrom[ \\t]+time[ \\t]+import\\b.*\\b(?:time|time_ns|monotonic"
                + "|perf_counter|localtime|gmtime|ctime)\\b"),
        "the time");
    signs.put(
        Pattern.compile("\\b(?:datetime|date|Timestamp)\\.(?:now|utcnow|today)\\b"), "the time");
    return signs;
  }

  private static Pattern imported(String module) {
    return Pattern.compile(
        "(?m)^[ \\t]*(?:import[ \\t]+(?:[^\\n]*,[ \\t]*)?|from[ \\t]+)" + module + "\\b");
  }

  /** The first in a text. */
  static Optional<Chance> in(String source) {
    var code =
        ASIDE
            .matcher(source)
            .replaceAll(found -> "\n".repeat(lines(found.group(), found.group().length())));
    Chance first = null;
    for (var sign : SIGNS.entrySet()) {
      var found = sign.getKey().matcher(code);
      if (found.find()) {
        int line = 1 + lines(code, found.start());
        if (first == null || line < first.line) {
          first = new Chance(sign.getValue(), line);
        }
      }
    }
    return Optional.ofNullable(first);
  }

  private static int lines(String text, int until) {
    return (int) text.chars().limit(until).filter(c -> c == '\n').count();
  }
}
