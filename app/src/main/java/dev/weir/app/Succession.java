package dev.weir.app;

import dev.weir.engine.Job;
import dev.weir.engine.JobStatus;
import dev.weir.engine.Jobs;
import dev.weir.engine.RunListener;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.Names;
import dev.weir.operators.ScriptOperator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What becomes of the state of operators that are no more in the graph with which a job goes on.
 * Immutable.
 *
 * @param renamed their new names, by the old ones: the state is the new operator's from now on
 * @param without those without which the job goes on; their state is left as it is
 */
public record Succession(Map<String, String> renamed, Set<String> without) {

  /** Nothing is said of any: a job that would lose state does not go on. */
  public static final Succession NONE = new Succession(Map.of(), Set.of());

  public Succession {
    renamed = Map.copyOf(renamed);
    without = Set.copyOf(without);
  }

  /**
   * Moves what has another name now. The job is not running.
   *
   * @throws CommandException when state would be lost of which nothing is said, or what is said is
   *     not so
   */
  void settle(Jobs jobs, Program program, boolean fresh, RunListener listener) {
    var found = jobs.find(program.job()).filter(job -> !fresh && keepsState(job, program));
    if (found.isEmpty()) {
      if (!equals(NONE)) {
        listener.warn(
            "job '"
                + program.job()
                + "' begins without state: --renamed and --without make no difference");
      }
      return;
    }
    var job = found.get();
    if (Set.copyOf(renamed.values()).size() < renamed.size()) {
      throw new CommandException("--renamed gives the state of two operators to one: " + renamed);
    }
    var moved = new LinkedHashMap<String, String>();
    renamed.forEach(
        (old, now) -> {
          check(job, program, old, now);
          if (job.nodes().containsKey(old)) {
            moved.put(old, now);
          }
        });
    for (var gone : without) {
      refuseIfThere(program, "--without " + gone, gone);
    }
    for (var node : job.nodes().keySet()) {
      boolean gone = !program.graph().nodes().containsKey(node);
      // Rows are counted only where it matters: there may be many.
      if (moved.containsKey(node)) {
        checkTables(program, node, moved.get(node), state(jobs, job.name(), node));
      } else if (gone && !without.contains(node)) {
        var kept = state(jobs, job.name(), node);
        if (!kept.isEmpty()) {
          throw new CommandException(lost(job, program, node, kept));
        }
      }
    }
    if (!moved.isEmpty()) {
      jobs.rename(job.name(), moved);
    }
  }

  private static boolean keepsState(Job job, Program program) {
    return job.status() == JobStatus.RESTORED
        || (job.epoch() > 0 && job.status().resumable() && !program.recovery().fromStart());
  }

  private static void check(Job job, Program program, String old, String now) {
    var option = "--renamed " + old + "=" + now;
    refuseIfThere(program, option, old);
    if (!(program.graph().nodes().get(now) instanceof Node.OperatorNode)) {
      throw new CommandException(
          option
              + ": "
              + program.name()
              + " has no operator '"
              + now
              + "'"
              + Names.hint(now, "it has", program.graph().operators()));
    }
    if (job.nodes().containsKey(old) == job.nodes().containsKey(now)) {
      throw new CommandException(
          option
              + ": job '"
              + job.name()
              + (job.nodes().containsKey(old)
                  ? "' has an operator '" + now + "' already, with state of its own"
                  : "' has no operator '"
                      + old
                      + "'"
                      + Names.hint(old, "it has", job.nodes().keySet())));
    }
  }

  private static void refuseIfThere(Program program, String option, String old) {
    if (program.graph().nodes().containsKey(old)) {
      throw new CommandException(
          option + ": '" + old + "' is still in " + program.name() + ", and keeps its state");
    }
  }

  /** State goes where it is read. */
  private static void checkTables(Program program, String old, String now, Map<String, Long> kept) {
    var read = program.tables().getOrDefault(now, List.of()).stream().map(KeptTable::name).toList();
    for (var table : kept.keySet()) {
      if (!read.contains(table)) {
        throw new CommandException(
            "--renamed "
                + old
                + "="
                + now
                + ": '"
                + old
                + "' kept its state in the table "
                + table
                + ", which '"
                + now
                + "' does not have"
                + (read.isEmpty() ? "; it keeps none" : "; it has " + String.join(", ", read)));
      }
    }
  }

  private static String lost(Job job, Program program, String node, Map<String, Long> kept) {
    var candidate =
        program.tables().entrySet().stream()
            .filter(entry -> !job.nodes().containsKey(entry.getKey()))
            .filter(
                entry ->
                    entry.getValue().stream()
                        .map(KeptTable::name)
                        .toList()
                        .containsAll(kept.keySet()))
            .map(Map.Entry::getKey)
            .findFirst();
    return "job '"
        + job.name()
        + "' would go on from epoch "
        + job.epoch()
        + ", but "
        + program.name()
        + " has no operator '"
        + node
        + "' any more, and what that keeps would be lost ("
        + kept.entrySet().stream()
            .map(
                table ->
                    "table "
                        + table.getKey()
                        + ", "
                        + table.getValue()
                        + (table.getValue() == 1 ? " row" : " rows"))
            .collect(Collectors.joining("; "))
        + ")\n  to give it to the operator that has another name now, add --renamed "
        + node
        + "="
        + candidate.orElse("NAME")
        + "\n  to go on without it, leaving it as it is, add --without "
        + node
        + "\n  to start over, add --fresh";
  }

  /** The rows by table; but for a script that keeps no state, how many messages it has sent. */
  private static Map<String, Long> state(Jobs jobs, String job, String operator) {
    var rows = jobs.state(job, operator);
    var script = ScriptOperator.TABLE.name();
    if (rows.containsKey(script)
        && jobs.rows(job, script).stream()
            .noneMatch(row -> row.text(0).equals(operator) && ScriptOperator.holdsState(row))) {
      rows.remove(script);
    }
    return rows;
  }
}
