package dev.weir.cli;

import dev.weir.graph.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What is known of a job, for people: as a list of lines, as one screen, or as one line. */
final class JobView {

  private static final int LABEL = 11;
  private static final int SCHEMA = 24;

  private final Map<String, Object> all;
  private final Instant now;

  /**
   * @param all as {@link dev.weir.app.Weir#inspect} returns it
   */
  JobView(Map<String, Object> all, Instant now) {
    this.all = all;
    this.now = now;
  }

  /** Everything, for a page. */
  List<String> lines() {
    var lines = new ArrayList<String>();
    add(lines, "job", text("name"));
    add(lines, "status", status() + ", epoch " + epoch());
    add(lines, "program", text("program") + ", version " + text("version"));
    add(lines, "run", all.get("run") + ", begun " + Times.show(Instant.parse(text("started"))));
    list(all.get("runs")).stream()
        .findFirst()
        .ifPresent(run -> add(lines, "restart", restart(run)));
    if (all.get("restored") != null) {
      add(lines, "restored", "snapshot " + text("restored") + "; the next run begins with it");
    }
    if (all.get("owed") != null) {
      add(lines, "snapshot", "one is owed (" + text("owed") + "): the next run takes it first");
    }
    guarantees(lines);
    policies(lines);
    commits(lines);
    section(lines, slots(Integer.MAX_VALUE));
    section(lines, isGraph() ? graphNodes(Integer.MAX_VALUE) : others());
    section(lines, connections());
    section(lines, runners(Integer.MAX_VALUE));
    lines.add("");
    state(lines, Integer.MAX_VALUE);
    positions(lines);
    if (all.get("failure") != null) {
      add(lines, "failure", text("failure"));
    }
    return lines;
  }

  /** What changes, fitted to a screen. */
  List<String> screen(int rows, int columns) {
    var top = new ArrayList<String>();
    top.add(text("name") + "  " + status() + "  " + Times.show(now).replaceAll(".*T|Z", ""));
    top.add("");
    add(top, "epoch", epoch());
    commits(top);
    section(top, isGraph() ? graphNodes(columns) : slots(columns));
    section(top, connections().stream().map(line -> cut(line, columns)).toList());
    var bottom = new ArrayList<String>();
    bottom.add("");
    state(bottom, columns);
    if (all.get("failure") != null) {
      add(bottom, "failure", text("failure").lines().findFirst().orElse(""));
    }
    var foot = "q leaves; the job goes on";
    var runners = runners(columns);
    int room = rows - 2 - top.size() - bottom.size();
    if (runners.size() > 1 && room > 2) {
      section(top, runners.subList(0, Math.min(runners.size(), room - 1)));
      int missing = runners.size() - (room - 1);
      if (missing > 0) {
        top.set(top.size() - 1, "and " + (missing + 1) + " more");
      }
    }
    var screen = new ArrayList<String>(top);
    screen.addAll(bottom);
    while (screen.size() > rows - 1) {
      screen.remove(screen.size() - 1);
    }
    while (screen.size() < rows - 1) {
      screen.add("");
    }
    screen.add(foot);
    return screen.stream().map(line -> cut(line, columns)).toList();
  }

  /** The whole in short, for a log. */
  String line() {
    var figures = map(all.get("figures"));
    var line = new StringBuilder(text("name")).append(": ").append(status());
    line.append(", epoch ").append(all.get("epoch"));
    for (var slot : list(all.get("slots"))) {
      line.append(
          String.format(
              Locale.ROOT, ", slot %s %,d", slot.get("slot"), number(slot.get("records"))));
      if (slot.get("rate") != null) {
        line.append(" (").append(rate(slot.get("rate"))).append(')');
      }
      var rejected = rejected(slot);
      if (!rejected.equals("-")) {
        line.append(", dropped ").append(rejected);
      }
    }
    map(all.get("nodes"))
        .forEach(
            (name, node) -> {
              var of = map(node);
              if (isGraph()) {
                flow(line, name, of);
              }
            });
    if (figures.get("uncommitted-ms") != null) {
      line.append(", ").append(millis(figures.get("uncommitted-ms"))).append(" to commit");
    }
    return line.toString();
  }

  /** How the last run came about. */
  private static String restart(Map<String, Object> run) {
    long failures = number(run.get("failures"));
    return run.get("restart")
        + ", run "
        + (number(run.get("order")) + 1)
        + " of it, "
        + run.get("kind")
        + (failures == 0
            ? ""
            : " after " + failures + (failures == 1 ? " failure" : " failures in a row"));
  }

  /** What a source has read or a sink has written. */
  private static void flow(StringBuilder line, String name, Map<String, Object> node) {
    var side = node.get("type").equals("source") ? "in" : "out";
    if (node.get("type").equals("source") || node.get("type").equals("sink")) {
      line.append(String.format(Locale.ROOT, ", %s %,d", name, number(node.get(side))));
      if (node.get(side + "-rate") != null) {
        line.append(" (").append(rate(node.get(side + "-rate"))).append(')');
      }
    }
  }

  private boolean isGraph() {
    return !list(all.get("connections")).isEmpty();
  }

  private String status() {
    var status = text("status");
    var doing = map(all.get("figures")).get("doing");
    return status
        + (doing == null || doing.equals(status) ? "" : " (" + doing + ")")
        + (all.get("process") == null ? "" : ", process " + all.get("process"))
        + (all.get("process") != null && !Boolean.TRUE.equals(all.get("live"))
            ? ", which does not answer: as of its last commit"
            : "");
  }

  private String epoch() {
    if (all.get("committed") == null) {
      return all.get("epoch") + ", nothing is committed yet";
    }
    var age = Duration.between(Instant.parse(text("committed")), now);
    var lag = map(all.get("figures")).get("uncommitted-ms");
    return all.get("epoch")
        + ", committed "
        + (age.compareTo(Duration.ofMinutes(1)) < 0
            ? String.format(Locale.ROOT, "%.1f s ago", Math.max(0, age.toMillis()) / 1000.0)
            : Times.show(Instant.parse(text("committed"))))
        + (lag == null ? "" : "; what is not committed is " + millis(lag) + " old");
  }

  private void guarantees(List<String> lines) {
    map(all.get("guarantees")).forEach((sink, what) -> add(lines, "guarantee", sink + ": " + what));
  }

  private void policies(List<String> lines) {
    var p = map(all.get("policies"));
    if (p.isEmpty()) {
      return;
    }
    boolean fromStart = Boolean.TRUE.equals(p.get("from-start"));
    add(
        lines,
        "on error",
        (p.get("on-error") == null
                ? "a run that fails: "
                : p.get("on-error")
                    + "; a runner that is lost or silent for "
                    + millis(p.get("time-limit-ms"))
                    + ": ")
            + p.get("retries")
            + " more tries, "
            + millis(p.get("retry-delay-ms"))
            + " apart"
            + (fromStart ? ", each from the start" : ""));
    add(lines, "commits", GraphReport.commits(millis(p.get("epoch-ms")), fromStart));
    if (fromStart) {
      add(lines, "snapshots", "none");
    } else if (p.get("snapshots") != null) {
      add(lines, "snapshots", p.get("snapshots").toString());
    }
  }

  private void commits(List<String> lines) {
    var figures = map(all.get("figures"));
    if (figures.isEmpty()) {
      return;
    }
    add(
        lines,
        "this run",
        Duration.ofSeconds(number(figures.get("seconds")))
                .toString()
                .substring(2)
                .toLowerCase(Locale.ROOT)
            + ", "
            + number(figures.get("snapshots"))
            + " snapshots"
            + (figures.get("snapshot") == null ? "" : " (" + figures.get("snapshot") + ")"));
    add(lines, "commit", timing(map(figures.get("commit"))));
    add(lines, "barrier", timing(map(figures.get("barrier"))));
    map(all.get("nodes"))
        .forEach(
            (node, what) -> {
              if (map(what).get("alignment") != null) {
                add(lines, "alignment", node + ": " + timing(map(map(what).get("alignment"))));
              }
            });
  }

  private static String timing(Map<String, Object> timing) {
    return number(timing.get("count")) == 0
        ? "none yet"
        : "last "
            + millis(timing.get("last-ms"))
            + ", mean "
            + millis(timing.get("mean-ms"))
            + ", max "
            + millis(timing.get("max-ms"))
            + " ("
            + timing.get("count")
            + ")";
  }

  private List<String> slots(int columns) {
    var slots = list(all.get("slots"));
    if (slots.isEmpty()) {
      return List.of();
    }
    boolean live = slots.stream().anyMatch(slot -> slot.get("rate") != null);
    int wide = columns == Integer.MAX_VALUE ? columns : Math.max(12, columns - 56);
    var rows = new ArrayList<List<String>>();
    for (var slot : slots) {
      rows.add(
          List.of(
              slot.get("slot").toString(),
              tail(slot.get("stream").toString(), wide),
              slot.get("schema") == null
                  ? "-"
                  : cut(slot.get("schema").toString(), wide == columns ? SCHEMA : 10),
              count(slot.get("records")),
              live ? rate(slot.get("rate")) : "-",
              slot.get("queued") == null ? "-" : slot.get("queued") + "/" + slot.get("room"),
              rejected(slot)));
    }
    return Console.lines(
        List.of("SLOT", "STREAM", "SCHEMA", "RECORDS", "RATE", "QUEUE", "DROPPED"), rows);
  }

  /** The nodes of a graph, with what goes in and out. */
  private List<String> graphNodes(int columns) {
    int wide = columns == Integer.MAX_VALUE ? columns : Math.max(12, columns - 70);
    var rows = new ArrayList<List<String>>();
    map(all.get("nodes"))
        .forEach(
            (name, node) -> {
              var of = map(node);
              rows.add(
                  List.of(
                      name,
                      String.valueOf(of.getOrDefault("type", "")),
                      tail(of.get("what").toString(), wide),
                      count(of.get("in")),
                      of.get("in-rate") == null ? "-" : rate(of.get("in-rate")),
                      count(of.get("out")),
                      of.get("out-rate") == null ? "-" : rate(of.get("out-rate")),
                      rejected(of)));
            });
    return Console.lines(
        List.of("NODE", "TYPE", "WHAT", "IN", "RATE", "OUT", "RATE", "DROPPED"), rows);
  }

  private List<String> connections() {
    var connections = list(all.get("connections"));
    if (connections.isEmpty()) {
      return List.of();
    }
    var rows = new ArrayList<List<String>>();
    for (var c : connections) {
      rows.add(
          List.of(
              c.get("from") + "." + c.get("output"),
              c.get("to") + "." + c.get("input"),
              count(c.get("records")),
              c.get("rate") == null ? "-" : rate(c.get("rate")),
              c.get("queued") == null ? "-" : c.get("queued") + "/" + c.get("room"),
              c.get("bytes") == null ? "-" : Console.bytes(number(c.get("bytes")))));
    }
    return Console.lines(List.of("FROM", "TO", "RECORDS", "RATE", "QUEUE", "WAITING"), rows);
  }

  /** Nodes that are at no slot: where dropped records go, and whatever else a graph has. */
  private List<String> others() {
    var atSlots = list(all.get("slots")).stream().map(s -> s.get("node")).toList();
    var rows = new ArrayList<List<String>>();
    map(all.get("nodes"))
        .forEach(
            (name, node) -> {
              var figures = map(node);
              if (!atSlots.contains(name) && figures.get("runners") == null) {
                rows.add(
                    List.of(
                        name,
                        figures.get("what").toString(),
                        count(figures.get("in")),
                        count(figures.get("out"))));
              }
            });
    return rows.isEmpty() ? List.of() : Console.lines(List.of("NODE", "WHAT", "IN", "OUT"), rows);
  }

  /** The runners of all operators. Where there are several, each has its operator's name. */
  private List<String> runners(int columns) {
    var operators = map(all.get("operators"));
    var rows = new ArrayList<List<String>>();
    operators.forEach(
        (name, operator) ->
            list(map(operator).get("runners"))
                .forEach(
                    runner -> rows.add(runner(operators.size() > 1 ? name + "/" : "", runner))));
    return rows.isEmpty()
        ? List.of()
        : Console.lines(List.of("RUNNER", "PID", "MEMORY", "IN", "OUT", "STATE"), rows).stream()
            .map(line -> cut(line, columns))
            .toList();
  }

  private static List<String> runner(String operator, Map<String, Object> runner) {
    long memory = number(runner.get("memory"));
    return List.of(
        operator + runner.get("number"),
        number(runner.get("pid")) <= 0 ? "-" : runner.get("pid").toString(),
        memory < 0 ? "-" : Console.bytes(memory),
        count(runner.get("records")),
        count(runner.get("outputs")),
        runner.get("state").toString());
  }

  private void state(List<String> lines, int columns) {
    var operators = map(all.get("operators"));
    operators.forEach(
        (name, operator) -> {
          var of = operators.size() > 1 ? name + ": " : "";
          var parts = parts(map(map(operator).get("state")));
          if (!parts.isEmpty()) {
            add(lines, "state", cut(of + String.join(", ", parts), columns));
          }
          long leases = number(map(operator).get("lease-hand-overs"));
          if (leases > 0) {
            add(lines, "leases", of + count(leases) + " handed over between runners");
          }
        });
  }

  private static List<String> parts(Map<String, Object> state) {
    var parts = new ArrayList<String>();
    if (state.get("cells") != null) {
      parts.add(few(number(state.get("cells")), "cell"));
    }
    map(state.get("pools"))
        .forEach((pool, keys) -> parts.add("pool " + pool + " " + few(number(keys), "key")));
    if (parts.isEmpty()) {
      map(state.get("rows")).forEach((t, n) -> parts.add(t + " " + few(number(n), "row")));
    }
    return parts;
  }

  private void positions(List<String> lines) {
    map(all.get("positions"))
        .forEach((node, position) -> add(lines, "position", node + ": " + Json.toText(position)));
  }

  private static void add(List<String> lines, String label, String text) {
    var parts = text.split("\n", -1);
    lines.add(String.format("%-" + LABEL + "s%s", label, parts[0]));
    for (int i = 1; i < parts.length; i++) {
      lines.add(" ".repeat(LABEL) + parts[i]);
    }
  }

  private static void section(List<String> lines, List<String> section) {
    if (!section.isEmpty()) {
      lines.add("");
      lines.addAll(section);
    }
  }

  private static String rejected(Map<String, Object> slot) {
    var reasons = map(slot.get("rejected"));
    return reasons.isEmpty()
        ? "-"
        : reasons.entrySet().stream()
            .map(e -> count(e.getValue()) + " " + e.getKey())
            .collect(Collectors.joining(", "));
  }

  private static String few(long n, String what) {
    return String.format(Locale.ROOT, "%,d %s%s", n, what, n == 1 ? "" : "s");
  }

  private static String count(Object n) {
    return String.format(Locale.ROOT, "%,d", number(n));
  }

  private static String rate(Object perSecond) {
    return String.format(Locale.ROOT, "%,.0f/s", ((Number) perSecond).doubleValue());
  }

  private static String millis(Object millis) {
    double ms = ((Number) millis).doubleValue();
    return ms < 10 && ms != Math.rint(ms)
        ? String.format(Locale.ROOT, "%.2f ms", ms)
        : ms < 1000
            ? String.format(Locale.ROOT, "%.0f ms", ms)
            : ms % 1000 == 0
                ? String.format(Locale.ROOT, "%,.0f s", ms / 1000)
                : String.format(Locale.ROOT, "%,.1f s", ms / 1000);
  }

  private String text(String key) {
    return (String) all.get(key);
  }

  private static String cut(String line, int columns) {
    return line.codePointCount(0, line.length()) <= columns
        ? line
        : line.substring(0, line.offsetByCodePoints(0, columns - 1)) + "…";
  }

  private static String tail(String text, int columns) {
    int length = text.codePointCount(0, text.length());
    return length <= columns
        ? text
        : "…" + text.substring(text.offsetByCodePoints(0, length - columns + 1));
  }

  private static long number(Object value) {
    return value instanceof Number n ? n.longValue() : 0;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object json) {
    return json instanceof Map<?, ?> ? (Map<String, Object>) json : Map.of();
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> list(Object json) {
    return json instanceof List<?> ? (List<Map<String, Object>>) json : List.of();
  }
}
