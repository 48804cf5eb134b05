package dev.weir.app;

import dev.weir.app.Torture.Outcome;
import dev.weir.app.Torture.Verdict;
import dev.weir.graph.Guarantee;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * How the lines of a disturbed run differ from those of an undisturbed one, as a multiset.
 *
 * @param lines how many the undisturbed run gave
 * @param missing how many of them are not there
 * @param more how many are there beside them
 * @param order whether they are the same in the order that they should have, if any
 * @param examples the first of both
 */
record Difference(
    int lines, long missing, long more, boolean order, boolean ordered, List<String> examples) {

  private static final int SHOWN = 5;
  private static final int WIDTH = 200;

  /** Compares; {@code ordered} if the order counts too. */
  static Difference between(List<String> calm, List<String> killed, boolean ordered) {
    var surplus = new LinkedHashMap<String, Integer>();
    calm.forEach(line -> surplus.merge(line, -1, Integer::sum));
    killed.forEach(line -> surplus.merge(line, 1, Integer::sum));
    var missing = surplus.entrySet().stream().filter(e -> e.getValue() < 0).toList();
    var more = surplus.entrySet().stream().filter(e -> e.getValue() > 0).toList();
    var examples = new ArrayList<String>();
    missing.stream().limit(SHOWN).forEach(e -> examples.add("- " + cut(e.getKey())));
    more.stream().limit(SHOWN).forEach(e -> examples.add("+ " + cut(e.getKey())));
    boolean order = !ordered || !missing.isEmpty() || !more.isEmpty() || calm.equals(killed);
    return new Difference(
        calm.size(),
        missing.stream().mapToLong(e -> -e.getValue()).sum(),
        more.stream().mapToLong(e -> e.getValue()).sum(),
        order,
        ordered,
        examples);
  }

  private static String cut(String line) {
    return line.length() > WIDTH ? line.substring(0, WIDTH) + "…" : line;
  }

  /** Whether that is within a guarantee. */
  boolean within(Guarantee.Level level) {
    return switch (level) {
      case EXACTLY_ONCE -> missing == 0 && more == 0 && order;
      case AT_LEAST_ONCE -> missing == 0;
      case AT_MOST_ONCE -> more == 0;
      case NONE -> true;
    };
  }

  Verdict verdict(String what, Guarantee.Level level, String unit) {
    return new Verdict(
        what, level.word(), within(level) ? Outcome.HELD : Outcome.VIOLATED, found(unit), examples);
  }

  /** The verdict on state, which is the same unless some of the input could be lost. */
  Verdict ofState(boolean replayed) {
    return replayed
        ? verdict("state", Guarantee.Level.EXACTLY_ONCE, "rows")
        : new Verdict(
            "state",
            Guarantee.Level.AT_MOST_ONCE.word(),
            Outcome.NOT_COMPARED,
            "not compared: what a source gave may be lost",
            List.of());
  }

  private String found(String unit) {
    if (missing == 0 && more == 0) {
      return lines
          + " "
          + unit
          + ", the same"
          + (ordered ? order ? ", in the same order" : ", in another order" : "");
    }
    return missing + " of " + lines + " " + unit + " missing, " + more + " more";
  }
}
