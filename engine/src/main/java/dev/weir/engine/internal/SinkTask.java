package dev.weir.engine.internal;

import dev.weir.graph.Sink;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Executes a sink. */
final class SinkTask extends ReceivingTask {

  private final Sink sink;
  private final Optional<Map<String, Object>> position;

  SinkTask(
      String name,
      Sink sink,
      Optional<Map<String, Object>> position,
      int inputs,
      long passed,
      Counts counts,
      Surroundings run) {
    super(name, inputs, 8, passed, counts, run);
    this.sink = sink;
    this.position = position;
  }

  @Override
  void open() throws Exception {
    sink.open(this, position);
  }

  /** A command: the epoch is durable. */
  void complete(long epoch) throws Exception {
    sink.complete(epoch);
  }

  @Override
  void records(Message.Records records) throws Exception {
    sink.write(records.batch());
    if (records.batch().control() == null) {
      counts.out(records.batch().size());
    }
  }

  @Override
  void barrier(long epoch) throws Exception {
    var flushed = sink.flush(epoch);
    announce(
        new Event.Passed(name, epoch, new Event.Contribution(flushed, List.of(), counts.json())));
  }

  @Override
  void end() {}

  @Override
  void woken() {}

  @Override
  void close() throws Exception {
    sink.close();
  }
}
