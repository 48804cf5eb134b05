package dev.weir.engine.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import java.util.ArrayList;
import java.util.List;

/** The outgoing connections of a node. Used by the node's own thread. */
final class Outlets implements Emitter {

  private record Outlet(int outPort, Mailbox to, int input, int inPort) {}

  private final List<Outlet> outlets = new ArrayList<>();
  private final Counts counts;

  Outlets(Counts counts) {
    this.counts = counts;
  }

  void add(int outPort, Mailbox to, int input, int inPort) {
    outlets.add(new Outlet(outPort, to, input, inPort));
  }

  @Override
  public void emit(int port, Batch batch) throws InterruptedException {
    if (batch.isEmpty()) {
      return;
    }
    if (batch.control() == null) {
      counts.out(port, batch.size());
    }
    for (var outlet : outlets) {
      if (outlet.outPort() == port) {
        outlet.to().put(outlet.input(), new Message.Records(outlet.inPort(), batch));
      }
    }
  }

  boolean connected(int port) {
    return outlets.stream().anyMatch(outlet -> outlet.outPort() == port);
  }

  void broadcast(Message message) throws InterruptedException {
    for (var outlet : outlets) {
      outlet.to().put(outlet.input(), message);
    }
  }
}
