package dev.weir.engine.internal;

import dev.weir.state.Snapshot;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the coordinator of a run hears from its tasks, its committer and its snapshot thread. */
sealed interface Event {

  /** A node is open. */
  record Opened(String node) implements Event {}

  /** An operator's begin has returned. */
  record Begun(String node) implements Event {}

  /** A source, or an operator without inputs, has no more records. */
  record Ended(String node) implements Event {}

  /** An operator takes no more records. */
  record Enough(String node) implements Event {}

  /** An operator asks that the job ends in order. */
  record Stopped(String node) implements Event {}

  /** A node has passed a barrier. */
  record Passed(String node, long epoch, Contribution contribution) implements Event {}

  /** A request was carried out by an operator, in this epoch, or refused. */
  record Answered(String request, long epoch, boolean done, Object answer) implements Event {}

  /** An epoch is durable. */
  record Committed(long epoch, long nanos, Map<String, Contribution> contributions)
      implements Event {}

  /** A snapshot that a commit asked for has been taken, or could not be. */
  record Snapshotted(List<String> requests, Optional<Snapshot> snapshot, Throwable failure)
      implements Event {}

  /** The target of a sink has got an epoch. */
  record Published(String node, long epoch) implements Event {}

  /** The output of a sink's running epoch is as large as it should become. */
  record Full(String node) implements Event {}

  /** Something went wrong in a node, or in a commit where {@code node} is null. */
  record Failed(String node, Throwable failure) implements Event {}

  /** Somebody in this process asks the run to end. */
  record Interrupted() implements Event {}

  /**
   * What one node adds to a commit.
   *
   * @param position of a source or sink, or null
   * @param tables changed rows of an operator
   * @param output of a sink with an outbox, in pieces
   * @param counts its figures at the barrier
   */
  record Contribution(
      Object position,
      List<HotTable.Frozen> tables,
      List<byte[]> output,
      Map<String, Object> counts) {

    Contribution(Object position, List<HotTable.Frozen> tables, Map<String, Object> counts) {
      this(position, tables, List.of(), counts);
    }
  }
}
