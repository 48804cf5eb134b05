package dev.weir.engine.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.KeyGroups;
import dev.weir.graph.Partitioning;
import java.util.ArrayList;
import java.util.List;

/** The outgoing connections of a node. Used by the node's own thread. */
final class Outlets implements Emitter {

  private final List<Outlet> outlets = new ArrayList<>();
  private final Counts counts;

  Outlets(Counts counts) {
    this.counts = counts;
  }

  /**
   * Adds a connection.
   *
   * @param to each replica of the receiver
   * @param input which of their inputs it is
   * @param partitioning how records are dealt to them, if there are several
   */
  void add(int outPort, List<Mailbox> to, int input, int inPort, Partitioning partitioning) {
    outlets.add(new Outlet(outPort, List.copyOf(to), input, inPort, partitioning));
  }

  @Override
  public void emit(int port, Batch batch) throws InterruptedException {
    if (batch.isEmpty()) {
      return;
    }
    boolean control = batch.control() != null;
    if (!control) {
      counts.out(port, batch.size());
    }
    long bytes = control ? 0 : Sizes.of(batch);
    for (var outlet : outlets) {
      if (outlet.outPort == port) {
        if (control || outlet.to.size() == 1) {
          outlet.broadcast(new Message.Records(outlet.inPort, batch, bytes));
        } else {
          outlet.deal(batch, bytes);
        }
      }
    }
  }

  boolean connected(int port) {
    return outlets.stream().anyMatch(outlet -> outlet.outPort == port);
  }

  void broadcast(Message message) throws InterruptedException {
    for (var outlet : outlets) {
      outlet.broadcast(message);
    }
  }

  /** Tells the receivers that no more records of a port come. */
  void dry(int port) throws InterruptedException {
    for (var outlet : outlets) {
      if (outlet.outPort == port) {
        outlet.broadcast(new Message.Dry(outlet.inPort));
      }
    }
  }

  /** A connection: to one mailbox, or to one of each replica. */
  private static final class Outlet {
    private final int outPort;
    private final List<Mailbox> to;
    private final int input;
    private final int inPort;
    private final Partitioning partitioning;
    private int turn;

    Outlet(int outPort, List<Mailbox> to, int input, int inPort, Partitioning partitioning) {
      this.outPort = outPort;
      this.to = to;
      this.input = input;
      this.inPort = inPort;
      this.partitioning = partitioning;
    }

    void broadcast(Message message) throws InterruptedException {
      for (var mailbox : to) {
        mailbox.put(input, message);
      }
    }

    /** Gives each replica its records, in their order. */
    void deal(Batch batch, long bytes) throws InterruptedException {
      int n = batch.size();
      var whose = new int[n];
      var shares = new int[to.size()];
      for (int i = 0; i < n; i++) {
        whose[i] = replica(batch.get(i));
        shares[whose[i]]++;
      }
      for (int replica = 0; replica < shares.length; replica++) {
        if (shares[replica] > 0) {
          var share = share(batch, whose, replica, shares[replica]);
          long part = bytes * share.size() / n;
          to.get(replica).put(input, new Message.Records(inPort, share, part));
        }
      }
    }

    private static Batch share(Batch batch, int[] whose, int replica, int size) {
      if (size == batch.size()) {
        return batch;
      }
      var records = new Object[size];
      var sequences = new long[size];
      for (int i = 0, k = 0; k < size; i++) {
        if (whose[i] == replica) {
          records[k] = batch.get(i);
          sequences[k++] = batch.sequence(i);
        }
      }
      return Batch.of(records, sequences).with(batch.receipt());
    }

    private int replica(Object record) {
      if (partitioning instanceof Partitioning.ByKey by) {
        return KeyGroups.replica(KeyGroups.of(by.key().of(inPort, record)), to.size());
      }
      turn = turn + 1 == to.size() ? 0 : turn + 1;
      return turn;
    }
  }
}
