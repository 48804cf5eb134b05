package dev.weir.engine.internal;

import dev.weir.graph.OutboxSink;
import dev.weir.graph.Sink;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Supplier;

/** Executes a sink. */
final class SinkTask extends ReceivingTask {

  /** The output of an epoch should not become larger than this: then the epoch ends early. */
  private static final long LARGEST_OUTPUT = 16 << 20;

  private final Sink sink;
  private final Optional<Map<String, Object>> position;
  private final Courier courier;
  private final Supplier<SortedMap<Long, List<byte[]>>> left;
  private boolean full;

  /**
   * @param courier null for a sink without an outbox
   * @param left the output that earlier runs left for the courier
   */
  SinkTask(
      String name,
      Sink sink,
      Optional<Map<String, Object>> position,
      Courier courier,
      Supplier<SortedMap<Long, List<byte[]>>> left,
      int inputs,
      long passed,
      Counts counts,
      Surroundings run) {
    super(name, name, inputs, 8, passed, counts, run);
    this.sink = sink;
    this.position = position;
    this.courier = courier;
    this.left = left;
  }

  @Override
  void open() throws Exception {
    if (courier != null) {
      courier.recover(left.get());
      courier.launch();
    }
    sink.open(this, position);
  }

  /** A command: the epoch is durable. */
  void complete(long epoch) throws Exception {
    sink.complete(epoch);
  }

  @Override
  void records(Message.Records records) throws Exception {
    if (sink instanceof OutboxSink outbox && outbox.pending() >= LARGEST_OUTPUT) {
      if (!full) {
        full = true;
        announce(new Event.Full(name));
      }
      courier.awaitRoom();
    }
    sink.write(records.batch());
    if (records.batch().control() == null) {
      counts.out(records.batch().size());
    }
  }

  @Override
  void barrier(long epoch, boolean last) throws Exception {
    var flushed = sink.flush(epoch);
    var output = sink instanceof OutboxSink outbox ? outbox.take() : List.<byte[]>of();
    if (!output.isEmpty()) {
      courier.expect();
    }
    full = false;
    announce(
        new Event.Passed(
            name, epoch, new Event.Contribution(flushed, List.of(), output, figures())));
  }

  @Override
  void end() {}

  @Override
  void woken() {}

  @Override
  void close() throws Exception {
    if (courier != null) {
      courier.close();
    }
    sink.close();
  }
}
