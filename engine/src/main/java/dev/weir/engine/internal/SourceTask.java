package dev.weir.engine.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Source;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Executes a source: reads, and puts barriers between records. */
final class SourceTask extends Task {

  private static final int BATCH = 4096;

  /** About how many bytes are read at once, if a record is not larger. */
  private static final long BATCH_BYTES = 4L << 20;

  private static final Duration PATIENCE = Duration.ofMillis(20);

  private final Source source;
  private final Optional<Map<String, Object>> position;
  private int atOnce = BATCH;
  private boolean reading;
  private boolean ended;
  private long frozenEpoch;
  private Map<String, Object> frozen;

  SourceTask(
      String name,
      Source source,
      Optional<Map<String, Object>> position,
      Counts counts,
      Surroundings run) {
    super(name, 0, 1, counts, run);
    this.source = source;
    this.position = position;
  }

  @Override
  void work() throws Exception {
    source.open(this, position);
    announce(new Event.Opened(name));
    while (!leaving()) {
      var command = mailbox.takeCommand();
      if (command != null) {
        command.run();
      } else if (reading) {
        read();
      } else if (mailbox.take() instanceof Mailbox.Command next) {
        next.run();
      }
    }
  }

  /** A command: begin to read. */
  void read(boolean go) {
    reading = go && !ended;
  }

  /**
   * A command: end the epoch. With {@code last}, nothing is read after it; with {@code ends}, the
   * stream's end belongs to it, and to no epoch before: what operators do at the end is done once.
   */
  void barrier(long epoch, boolean last, boolean ends) throws InterruptedException {
    if (last) {
      reading = false;
    }
    emitRejections();
    if (ends) {
      outlets.broadcast(new Message.End());
    }
    frozenEpoch = epoch;
    frozen = source.position();
    announce(new Event.Passed(name, epoch, new Event.Contribution(frozen, List.of(), figures())));
    outlets.broadcast(new Message.Barrier(epoch, last));
  }

  /** A command: the epoch is durable. */
  void complete(long epoch) throws Exception {
    if (epoch == frozenEpoch) {
      source.committed(frozen);
    }
  }

  /** A command: treat the input as ended. */
  void end() {
    if (!ended) {
      ended = true;
      reading = false;
      announce(new Event.Ended(name));
    }
  }

  /** Reads fewer records at once where they are large. */
  private void adapt(Batch batch) {
    if (!batch.isEmpty()) {
      long each = Math.max(1, Sizes.of(batch) / batch.size());
      atOnce = (int) Math.max(1, Math.min(BATCH, BATCH_BYTES / each));
    }
  }

  private void read() throws Exception {
    var batch = source.poll(atOnce, PATIENCE);
    emitRejections();
    if (batch.isEmpty()) {
      outlets.dry(0);
      end();
    } else {
      if (batch.get().control() == null) {
        counts.in(batch.get().size());
        adapt(batch.get());
      }
      outlets.emit(0, batch.get());
    }
  }

  @Override
  void close() throws Exception {
    source.close();
  }
}
