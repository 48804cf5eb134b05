package dev.weir.engine.internal;

import dev.weir.graph.Graph.Connection;
import dev.weir.graph.Partitioning;
import java.util.List;

/**
 * A connection of a graph as a run has it: from each replica of one node to each of another.
 *
 * @param input the input of the receivers where the first sender comes in; the others follow
 */
record Wire(Connection connection, List<Task> from, List<Task> to, int input) {

  void connect(Partitioning partitioning) {
    var mailboxes = to.stream().map(task -> task.mailbox).toList();
    for (int i = 0; i < from.size(); i++) {
      from.get(i)
          .outlets
          .add(connection.outPort(), mailboxes, input + i, connection.inPort(), partitioning);
    }
    for (var task : to) {
      if (task instanceof ReceivingTask receiver) {
        receiver.fed(connection.inPort(), from.size());
      }
    }
  }

  /** Records that have gone along it since the job began. */
  long records() {
    return from.stream().mapToLong(task -> task.counts.sent(connection.outPort())).sum();
  }

  /** How many messages wait. */
  long queued() {
    long queued = 0;
    for (var task : to) {
      for (int i = 0; i < from.size(); i++) {
        queued += task.mailbox.waiting(input + i);
      }
    }
    return queued;
  }

  /** About how much memory they take. */
  long bytes() {
    long bytes = 0;
    for (var task : to) {
      for (int i = 0; i < from.size(); i++) {
        bytes += task.mailbox.bytes(input + i);
      }
    }
    return bytes;
  }

  /** How many messages can wait. */
  long room() {
    return to.stream().mapToLong(task -> (long) task.mailbox.capacity() * from.size()).sum();
  }
}
