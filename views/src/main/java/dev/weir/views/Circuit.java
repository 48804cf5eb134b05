package dev.weir.views;

import dev.weir.state.Commit;
import dev.weir.state.WeirException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Nodes that run: each step, every node once, in the order in which they were described. */
final class Circuit {

  private static final class Place {
    final Node node;
    final Op op;
    final Delta[] in;
    final Delta out = new Delta();

    /** What it has done since it is measured: nanoseconds, rows. */
    long nanos;

    long rowsIn;
    long rowsOut;

    Place(Node node, Op op, Delta[] in) {
      this.node = node;
      this.op = op;
      this.in = in;
    }

    void evalMeasured() {
      long began = System.nanoTime();
      op.eval(in, out);
      nanos += System.nanoTime() - began;
      for (var each : in) {
        rowsIn += each.size;
      }
      rowsOut += out.size;
    }

    Profile.Part profile() {
      long kept = op.states().isEmpty() ? -1 : op.states().stream().mapToLong(State::size).sum();
      return new Profile.Part(
          node.name, node.kind, node.inputNames(), rowsIn, rowsOut, kept, Duration.ofNanos(nanos));
    }

    boolean hasWork() {
      for (var each : in) {
        if (each.size > 0) {
          return true;
        }
      }
      return op.isTimed();
    }
  }

  private final Place[] places;
  private boolean measured;
  private final Map<Node, Integer> byNode = new HashMap<>();

  /** The nodes that had something to do in this step. */
  private final List<Op> active = new ArrayList<>();

  /**
   * @param outside the changes of nodes that are not of this circuit
   * @param tables makes the tables of a node's states; or null
   */
  Circuit(List<Node> nodes, Function<Node, Delta> outside, Function<Node, Tables> tables) {
    places = new Place[nodes.size()];
    for (int n = 0; n < places.length; n++) {
      var node = nodes.get(n);
      var in = new Delta[node.inputs.size()];
      for (int i = 0; i < in.length; i++) {
        var place = byNode.get(node.inputs.get(i));
        in[i] = place != null ? places[place].out : outside.apply(node.inputs.get(i));
      }
      var op = node.maker.make(tables == null ? null : tables.apply(node));
      places[n] = new Place(node, op, in);
      byNode.put(node, n);
    }
  }

  /** What a node has put out in this step. */
  Delta out(Node node) {
    return places[byNode.get(node)].out;
  }

  /** Where each node is in {@link #take}. */
  Map<Node, Integer> places() {
    return Collections.unmodifiableMap(byNode);
  }

  Op op(Node node) {
    return places[byNode.get(node)].op;
  }

  List<Op> ops() {
    var ops = new ArrayList<Op>();
    for (var place : places) {
      ops.add(place.op);
    }
    return ops;
  }

  void step() {
    for (var place : places) {
      if (!place.hasWork()) {
        if (measured) {
          place.rowsOut += place.out.size; // an input
        }
        continue;
      }
      place.op.current = null;
      active.add(place.op);
      try {
        if (measured) {
          place.evalMeasured();
        } else {
          place.op.eval(place.in, place.out);
        }
      } catch (ArithmeticException e) {
        throw failed(place, "a number or a weight leaves its range: " + e.getMessage(), e);
      } catch (ViewException e) {
        throw failed(place, e.getMessage(), e);
      } catch (WeirException e) {
        throw e; // the store's, from which a row was to be read
      } catch (RuntimeException | StackOverflowError e) {
        throw failed(place, e.toString(), e);
      }
    }
  }

  private static ViewException failed(Place place, String why, Throwable cause) {
    var row = place.op.current == null ? "" : " at row " + place.op.current;
    return new ViewException(
        "node %s (%s) failed%s: %s".formatted(place.node.name, place.node.kind, row, why), cause);
  }

  /** Takes the time of each node from now on. */
  void measure() {
    measured = true;
  }

  List<Profile.Part> profile() {
    return Arrays.stream(places).map(Place::profile).toList();
  }

  /** Adds the changed rows of all states to a commit. */
  void collect(Commit.Builder commit) {
    for (int i = 0; i < active.size(); i++) {
      active.get(i).collect(commit);
    }
  }

  /** Ends the step and hands over what flowed, by node; null where nothing did. */
  Delta[] take() {
    var outs = new Delta[places.length];
    for (int i = 0; i < outs.length; i++) {
      outs[i] = places[i].out.size == 0 ? null : places[i].out.take();
    }
    settle();
    return outs;
  }

  /** Ends the step and forgets what flowed. */
  void settle() {
    for (int i = 0; i < active.size(); i++) {
      active.get(i).settle();
    }
    clear();
  }

  /** Goes back to what was before the step, and forgets what flowed. */
  void undo() {
    active.forEach(Op::undo);
    clear();
  }

  private void clear() {
    active.clear();
    for (var place : places) {
      if (place.out.size > 0) {
        place.out.clear();
      }
    }
  }
}
