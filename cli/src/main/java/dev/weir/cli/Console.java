package dev.weir.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Where commands print: results to stdout, everything else to stderr. The progress line is drawn
 * only on a terminal, and gives way to other lines. Thread-safe.
 */
final class Console {

  private final PrintStream out;
  private final PrintStream err;
  private final boolean outIsTerminal;
  private final boolean errIsTerminal;
  private boolean drawn;

  /**
   * @param terminals which of {@code out} and {@code err} are terminals
   */
  Console(PrintStream out, PrintStream err, Set<String> terminals) {
    this.out = out;
    this.err = err;
    this.outIsTerminal = terminals.contains("out");
    this.errIsTerminal = terminals.contains("err");
  }

  /** Whether results that are printed as they come would run into a progress line. */
  boolean outIsTerminal() {
    return outIsTerminal;
  }

  PrintStream out() {
    return out;
  }

  PrintStream err() {
    return err;
  }

  /** A line of the result. */
  synchronized void print(String line) {
    out.println(line);
  }

  /** What went wrong. */
  synchronized void error(String message) {
    clear();
    err.println("weir: " + message.replace("\n", "\n  "));
  }

  /** Something to know. */
  synchronized void note(String message) {
    clear();
    err.println("weir: " + message.replace("\n", "\n  "));
  }

  /** A line as it is, on stderr. */
  synchronized void raw(String line) {
    clear();
    err.println(line);
  }

  /** Draws the progress line, in place of the last one. */
  synchronized void progress(String line) {
    if (errIsTerminal) {
      err.print("\r" + line + "\u001b[K");
      err.flush();
      drawn = true;
    }
  }

  /** Leaves the progress line as it stands. */
  synchronized void endProgress() {
    if (drawn) {
      err.println();
      drawn = false;
    }
  }

  /** Prints rows under a heading, columns aligned; numbers to the right. */
  void table(List<String> heading, List<List<String>> rows) {
    lines(heading, rows).forEach(this::print);
  }

  /** The lines of a table. */
  static List<String> lines(List<String> heading, List<List<String>> rows) {
    var widths = new int[heading.size()];
    var right = new boolean[heading.size()];
    for (int c = 0; c < widths.length; c++) {
      int column = c;
      widths[c] = heading.get(c).length();
      right[c] =
          !rows.isEmpty()
              && rows.stream().allMatch(r -> r.get(column).matches("-|[0-9.,]+( [KMG]?B|/s)?"));
      for (var row : rows) {
        widths[c] = Math.max(widths[c], row.get(c).codePointCount(0, row.get(c).length()));
      }
    }
    var lines = new ArrayList<String>();
    lines.add(line(heading, widths, right));
    rows.forEach(row -> lines.add(line(row, widths, right)));
    return lines;
  }

  private static String line(List<String> cells, int[] widths, boolean[] right) {
    var parts = new ArrayList<String>();
    for (int c = 0; c < widths.length; c++) {
      var cell = cells.get(c);
      var padding = " ".repeat(widths[c] - cell.codePointCount(0, cell.length()));
      parts.add(right[c] ? padding + cell : cell + padding);
    }
    return String.join("  ", parts).stripTrailing();
  }

  /** A number of bytes for people. */
  static String bytes(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = -1;
    while (value >= 1024 && unit < 2) {
      value /= 1024;
      unit++;
    }
    return String.format(java.util.Locale.ROOT, "%.1f %sB", value, "KMG".charAt(unit));
  }

  private void clear() {
    if (drawn) {
      err.print("\r\u001b[K");
      drawn = false;
    }
  }
}
