package dev.weir.engine;

import dev.weir.graph.Graph;
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
 * @param epoch the time between two barriers
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

  /** The nodes of the graph by name, each described as it is kept with the job. */
  public Map<String, String> nodes() {
    var nodes = new LinkedHashMap<String, String>();
    graph.nodes().forEach((node, what) -> nodes.put(node, what.describe()));
    return nodes;
  }
}
