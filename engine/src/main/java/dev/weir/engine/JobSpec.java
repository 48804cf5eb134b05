package dev.weir.engine;

import dev.weir.graph.Graph;
import dev.weir.state.WeirException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What to run.
 *
 * @param name the job's name
 * @param program the file that the graph was made of, for people
 * @param version the version of the program, kept with snapshots
 * @param options what the run was started with, as JSON values, kept with the job for a later
 *     resume
 * @param epoch the time between two barriers: more than nothing, and at most a day
 */
public record JobSpec(
    String name,
    Graph graph,
    String program,
    String version,
    Map<String, Object> options,
    Duration epoch,
    SnapshotPolicy snapshots,
    Recovery recovery) {

  private static final Duration LONGEST = Duration.ofDays(1);

  /**
   * Checks the length of an epoch.
   *
   * @throws WeirException when it is none
   */
  public JobSpec {
    if (epoch.isZero() || epoch.isNegative() || epoch.compareTo(LONGEST) > 0) {
      throw new WeirException(
          "an epoch is longer than 0 and at most 24 hours, not "
              + epoch.toMillis()
              + " ms; a second is usual");
    }
  }

  /** The nodes of the graph by name, each described as it is kept with the job. */
  public Map<String, String> nodes() {
    var nodes = new LinkedHashMap<String, String>();
    graph.nodes().forEach((node, what) -> nodes.put(node, what.describe()));
    return nodes;
  }
}
