package dev.weir.engine.internal;

import java.util.HashMap;
import java.util.Map;

/**
 * A task that takes the messages of its inputs in turn and aligns their barriers. An input that
 * ended still carries barriers, so alignment always waits for all. Where there are no inputs the
 * coordinator sends the barriers, see {@link #inject}.
 */
abstract class ReceivingTask extends Task {

  final int inputs;

  /** How many of the inputs of each port may still bring records. */
  private final Map<Integer, Integer> flowing = new HashMap<>();

  private int arrived;
  private int endedInputs;
  private long passed;

  /** How long the first barrier of an epoch waits for the last one. */
  private final Timing alignment = new Timing();

  private long alignedFrom;

  ReceivingTask(
      String name,
      String node,
      int inputs,
      int capacity,
      long passed,
      Counts counts,
      Surroundings run) {
    super(name, node, inputs, capacity, counts, run);
    this.inputs = inputs;
    this.passed = passed;
  }

  @Override
  Map<String, Object> figures() {
    var figures = super.figures();
    if (inputs > 1) {
      figures.put("alignment", alignment.json());
    }
    return figures;
  }

  /** These many of the inputs are of this port. Before the task is launched. */
  final void fed(int port, int by) {
    flowing.merge(port, by, Integer::sum);
  }

  abstract void open() throws Exception;

  abstract void records(Message.Records records) throws Exception;

  abstract void woken() throws Exception;

  abstract void barrier(long epoch, boolean last) throws Exception;

  /** No more records of this port come. */
  abstract void dry(int port) throws Exception;

  abstract void end() throws Exception;

  /** The epoch that what happens now belongs to. */
  final long epoch() {
    return passed + 1;
  }

  @Override
  final void work() throws Exception {
    open();
    announce(new Event.Opened(name));
    while (!leaving()) {
      var mail = mailbox.take();
      if (mail instanceof Mailbox.Command command) {
        command.run();
      } else if (mail instanceof Mailbox.Delivery delivery) {
        receive(delivery.input(), delivery.message());
      } else {
        woken();
      }
    }
  }

  /**
   * A command for a task without inputs: end the epoch. With {@code ends}, its end belongs to it.
   */
  final void inject(long epoch, boolean last, boolean ends) throws Exception {
    if (ends) {
      end();
      outlets.broadcast(new Message.End());
    }
    pass(new Message.Barrier(epoch, last));
  }

  private void receive(int input, Message message) throws Exception {
    if (message instanceof Message.Records records) {
      if (records.batch().control() == null) {
        counts.in(records.port(), records.batch().size());
      }
      records(records);
      if (records.batch().receipt() != null) {
        records.batch().receipt().processed(records.batch());
      }
    } else if (message instanceof Message.Barrier barrier) {
      align(input, barrier);
    } else if (message instanceof Message.Dry dry) {
      if (flowing.merge(dry.port(), -1, Integer::sum) == 0) {
        dry(dry.port());
      }
    } else if (++endedInputs == inputs) {
      end();
      outlets.broadcast(message);
    }
  }

  private void align(int input, Message.Barrier barrier) throws Exception {
    if (++arrived == 1) {
      alignedFrom = run.nanos().getAsLong();
    }
    if (arrived < inputs) {
      mailbox.hold(input);
      return;
    }
    arrived = 0;
    if (inputs > 1) {
      alignment.took(run.nanos().getAsLong() - alignedFrom);
    }
    pass(barrier);
    mailbox.release();
  }

  private void pass(Message.Barrier barrier) throws Exception {
    if (barrier.epoch() != epoch()) {
      throw new IllegalStateException(
          name + ": barrier " + barrier.epoch() + " in epoch " + epoch());
    }
    barrier(barrier.epoch(), barrier.last());
    passed = barrier.epoch();
    outlets.broadcast(barrier);
  }
}
