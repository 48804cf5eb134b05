package dev.weir.app;

import dev.weir.graph.Graph.Node;
import dev.weir.graph.Names;
import dev.weir.state.Column;
import dev.weir.state.Snapshot;
import dev.weir.state.Snapshots;
import dev.weir.state.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Whether a program can go on with the state of a snapshot: its tables, operator by operator,
 * against those that the program keeps. Immutable.
 *
 * @param snapshot the snapshot
 * @param findings one for each operator and table that either has; not for those of an operator
 *     that are there and empty
 */
public record Compatibility(Snapshot snapshot, List<Finding> findings) {

  /** What becomes of an operator's rows of a table. */
  public enum Verdict {
    /** They are read as they are. */
    SAME,
    /** The table gets columns that the rows lack, and that may be null. */
    MIGRATES,
    /** The program keeps it, and the snapshot has no rows of it. */
    NEW,
    /** The snapshot has rows, which nobody reads. */
    DROPPED,
    /** The table has other columns than the program declares: it will not start. */
    REFUSED;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * What becomes of the rows of one operator in one table.
   *
   * @param rows how many the snapshot has
   * @param why more of it; empty where the verdict says all
   */
  public record Finding(String operator, String table, Verdict verdict, long rows, String why) {}

  public Compatibility {
    findings = List.copyOf(findings);
  }

  /** Whether the program will start with that state. */
  public boolean loads() {
    return findings.stream().noneMatch(finding -> finding.verdict() == Verdict.REFUSED);
  }

  /**
   * Compares; opens and executes nothing but operators in Java, which are asked for their tables.
   */
  static Compatibility of(Program program, Snapshots.Contents contents) {
    var kept = program.tables();
    var nodes = program.graph().nodes();
    var tables = new TreeMap<String, Table>();
    var rows = new TreeMap<String, Map<String, Long>>();
    for (var table : contents.tables()) {
      tables.put(table.name(), table);
      try (var all = contents.rows(table)) {
        while (all.hasNext()) {
          rows.computeIfAbsent(all.next().text(0), operator -> new TreeMap<>())
              .merge(table.name(), 1L, Long::sum);
        }
      }
    }
    var findings = new ArrayList<Finding>();
    var operators = new LinkedHashSet<>(kept.keySet());
    operators.addAll(rows.keySet());
    for (var operator : operators) {
      var declared = kept.getOrDefault(operator, List.of());
      var there = rows.getOrDefault(operator, Map.of());
      for (var table : declared) {
        var finding = declared(operator, table, tables, there);
        boolean empty = finding.verdict() == Verdict.NEW && table.ifUsed() && !there.isEmpty();
        if (!empty) {
          findings.add(finding);
        }
      }
      there.forEach(
          (name, count) -> {
            if (declared.stream().noneMatch(table -> table.name().equals(name))) {
              findings.add(undeclared(operator, name, count, nodes, kept));
            }
          });
    }
    return new Compatibility(contents.snapshot(), findings);
  }

  private static Finding declared(
      String operator, KeptTable declared, Map<String, Table> tables, Map<String, Long> rows) {
    var table = tables.get(declared.name());
    long count = rows.getOrDefault(declared.name(), 0L);
    if (table != null) {
      // A snapshot is of one job, which its tables do not say.
      var now = declared.table().content();
      var differences = differences(table.columns(), now.columns());
      if (now.widens(table)) {
        return new Finding(
            operator,
            declared.name(),
            count == 0 ? Verdict.NEW : Verdict.MIGRATES,
            count,
            String.join(", ", differences) + "; null where it was not there");
      }
      if (!differences.isEmpty() || table.keyLength() != now.keyLength()) {
        return new Finding(
            operator,
            declared.name(),
            Verdict.REFUSED,
            count,
            (differences.isEmpty() ? "its key is another" : String.join(", ", differences))
                + "; give the new table another name, or run the version that made it");
      }
    }
    return new Finding(
        operator, declared.name(), count == 0 ? Verdict.NEW : Verdict.SAME, count, "");
  }

  private static Finding undeclared(
      String operator,
      String table,
      long count,
      Map<String, Node> nodes,
      Map<String, List<KeptTable>> kept) {
    if (nodes.get(operator) instanceof Node.SinkNode) {
      return new Finding(
          operator,
          table,
          Verdict.SAME,
          count,
          "rows of a sink, which are no state of an operator");
    }
    return new Finding(
        operator,
        table,
        Verdict.DROPPED,
        count,
        nodes.containsKey(operator)
            ? "the operator keeps no such table any more"
            : "there is no operator of this name"
                + Names.hint(operator, "there is", kept.keySet()));
  }

  private static List<String> differences(List<Column> old, List<Column> declared) {
    var differences = new ArrayList<String>();
    var before = byName(old);
    var now = byName(declared);
    now.forEach(
        (name, column) -> {
          var other = before.get(name);
          if (other == null) {
            differences.add("column %s (%s) is new".formatted(name, column.type()));
          } else if (!other.equals(column)) {
            differences.add(
                "column %s is %s, and was %s".formatted(name, shown(column), shown(other)));
          }
        });
    before.forEach(
        (name, column) -> {
          if (!now.containsKey(name)) {
            differences.add("column %s (%s) is gone".formatted(name, column.type()));
          }
        });
    if (differences.isEmpty() && !old.equals(declared)) {
      differences.add("its columns stand in another order");
    }
    return differences;
  }

  private static String shown(Column column) {
    return column.type() + (column.nullable() ? ", nullable" : "");
  }

  private static Map<String, Column> byName(List<Column> columns) {
    var byName = new LinkedHashMap<String, Column>();
    columns.forEach(column -> byName.put(column.name(), column));
    return byName;
  }
}
