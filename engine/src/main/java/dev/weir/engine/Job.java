package dev.weir.engine;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What the store holds of a job, as of its last commit.
 *
 * @param program the file of its program
 * @param version the program's version
 * @param epoch the last committed epoch; 0 where the first run failed before it had committed any
 * @param run the number of its last run
 * @param started when that run began
 * @param committed when the last epoch was committed; or when that run failed
 * @param owed a snapshot that is still to be taken, by its reason
 * @param nodes a description of each node of the graph
 * @param options what the last run was started with, as JSON values: the engine only keeps them
 * @param positions the committed position of each source and sink, as JSON values
 * @param stats figures as of the last commit, as JSON values: {@code nodes}, what each node has
 *     counted since the job began, by port, and {@code run}, how the last run's commits went; or
 *     {@code restored}, the id of the snapshot that the next run begins with
 * @param failure why the last run failed
 */
public record Job(
    String name,
    JobStatus status,
    String program,
    String version,
    long epoch,
    long run,
    Instant started,
    Instant committed,
    Optional<String> owed,
    Map<String, String> nodes,
    Map<String, Object> options,
    Map<String, Object> positions,
    Map<String, Object> stats,
    Optional<String> failure) {}
