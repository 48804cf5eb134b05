package dev.weir.cli;

import dev.weir.graph.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What is known of a graph that does not run, for people. */
final class GraphReport {

  private final Map<String, Object> report;

  /**
   * @param report as {@link dev.weir.app.Program#report} returns it of a graph
   */
  GraphReport(Map<String, Object> report) {
    this.report = report;
  }

  List<String> lines() {
    var lines = new ArrayList<String>();
    var nodes = map(report.get("nodes"));
    add(
        lines,
        "program",
        report.get("program")
            + " (graph of "
            + nodes.size()
            + (nodes.size() == 1 ? " node" : " nodes")
            + ", version "
            + report.get("version")
            + ")");
    if (report.get("description") != null) {
      add(lines, "about", report.get("description").toString().strip());
    }
    add(lines, "job", report.get("job").toString());
    map(report.get("parameters"))
        .forEach((name, value) -> add(lines, "parameter", name + " = " + Json.toText(value)));
    var recovery = map(report.get("recovery"));
    boolean fromStart = Boolean.TRUE.equals(recovery.get("from-start"));
    add(lines, "commits", commits(time(report.get("epoch-ms")), fromStart));
    add(lines, "snapshots", fromStart ? "none" : report.get("snapshots").toString());
    add(
        lines,
        "recovery",
        recovery.get("retries")
            + (Long.valueOf(1).equals(recovery.get("retries"))
                ? " retry, after "
                : " retries, each after ")
            + time(recovery.get("delay-ms"))
            + (fromStart ? ", from the start" : "")
            + "; a run of "
            + time(recovery.get("reset-after-ms"))
            + " sets their count back to 0");
    lines.add("");
    lines.addAll(nodes(nodes));
    lines.add("");
    lines.addAll(connections(nodes));
    lines.add("");
    nodes.forEach((name, node) -> operator(lines, name, map(node)));
    map(report.get("guarantees"))
        .forEach(
            (sink, guarantee) ->
                add(
                    lines,
                    "guarantee",
                    sink
                        + ": "
                        + map(guarantee).get("level")
                        + ": "
                        + map(guarantee).get("reason")));
    if (report.get("notes") instanceof List<?> notes) {
      notes.forEach(note -> add(lines, "note", note.toString()));
    }
    return lines;
  }

  private static List<String> nodes(Map<String, Object> nodes) {
    var rows = new ArrayList<List<String>>();
    nodes.forEach(
        (name, node) ->
            rows.add(
                List.of(
                    name,
                    map(node).get("type").toString(),
                    ports(map(node).get("inputs")),
                    ports(map(node).get("outputs")),
                    map(node).get("what").toString())));
    return Console.lines(List.of("NODE", "TYPE", "INPUTS", "OUTPUTS", "WHAT"), rows);
  }

  private static String ports(Object ports) {
    var names = list(ports).stream().map(port -> port.get("name").toString()).toList();
    return names.isEmpty() ? "-" : String.join(", ", names);
  }

  private List<String> connections(Map<String, Object> nodes) {
    var rows = new ArrayList<List<String>>();
    for (var connection : list(report.get("connections"))) {
      rows.add(
          List.of(
              connection.get("from") + "." + connection.get("output"),
              connection.get("to") + "." + connection.get("input"),
              type(map(nodes.get(connection.get("from"))).get("outputs"), connection.get("output")),
              type(map(nodes.get(connection.get("to"))).get("inputs"), connection.get("input"))));
    }
    return Console.lines(List.of("FROM", "TO", "WRITTEN AS", "READ AS"), rows);
  }

  private static String type(Object ports, Object name) {
    return list(ports).stream()
        .filter(port -> port.get("name").equals(name) && port.get("type") != null)
        .map(port -> shortened(port.get("type").toString()))
        .findFirst()
        .orElse("any");
  }

  /** A type of one word without its quotes; one with a name by that. */
  private static String shortened(String type) {
    if (type.startsWith("{") && map(Json.parse(type)).get("name") instanceof String name) {
      return map(Json.parse(type)).get("type") + " " + name;
    }
    var plain = type.matches("\"[a-z]+\"") ? type.substring(1, type.length() - 1) : type;
    return plain.length() <= 40 ? plain : plain.substring(0, 39) + "…";
  }

  private static void operator(List<String> lines, String name, Map<String, Object> node) {
    for (var heading : List.of("functions", "state", "query", "varies")) {
      var said = node.get(heading);
      if (said instanceof List<?> several) {
        several.forEach(line -> add(lines, heading, name + ": " + line));
      } else if (said != null) {
        add(lines, heading, name + ": " + said);
      }
    }
  }

  /** How often is committed, and what for. */
  static String commits(String epoch, boolean fromStart) {
    return "every "
        + epoch
        + (fromStart ? "; nothing is kept from one run to the next (epoch: none)" : "");
  }

  private static String time(Object millis) {
    var time = Duration.ofMillis((Long) millis).toString().substring(2).toLowerCase(Locale.ROOT);
    return time.replaceAll("([hm])(?=[0-9])", "$1 ").replaceAll("(?<=[0-9])s$", " s");
  }

  private static void add(List<String> lines, String label, String text) {
    lines.add(
        text.lines()
            .collect(Collectors.joining("\n" + " ".repeat(11), String.format("%-11s", label), "")));
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
