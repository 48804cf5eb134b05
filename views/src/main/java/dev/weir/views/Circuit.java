package dev.weir.views;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Nodes that run: each step, every node once, in the order in which they were described. */
final class Circuit {

  private static final class Place {
    final Node node;
    final Op op;
    final Delta[] in;
    Delta out;

    Place(Node node, Op op, Delta[] in) {
      this.node = node;
      this.op = op;
      this.in = in;
      this.out = new Delta();
    }
  }

  private final List<Place> places = new ArrayList<>();
  private final Map<Node, Place> byNode = new HashMap<>();

  /**
   * @param outside the changes of nodes that are not of this circuit
   * @param tables names the tables of a node's states by their part; or null
   */
  Circuit(
      List<Node> nodes,
      Function<Node, Delta> outside,
      Function<Node, UnaryOperator<String>> tables) {
    for (var node : nodes) {
      var in = new Delta[node.inputs.size()];
      for (int i = 0; i < in.length; i++) {
        var place = byNode.get(node.inputs.get(i));
        in[i] = place != null ? place.out : outside.apply(node.inputs.get(i));
      }
      var place = new Place(node, node.maker.make(tables == null ? null : tables.apply(node)), in);
      places.add(place);
      byNode.put(node, place);
    }
  }

  /** What a node has put out in this step. */
  Delta out(Node node) {
    return byNode.get(node).out;
  }

  Op op(Node node) {
    return byNode.get(node).op;
  }

  List<Op> ops() {
    return places.stream().map(place -> place.op).toList();
  }

  void step() {
    for (var place : places) {
      boolean anything = place.op.isTimed();
      for (var in : place.in) {
        anything |= in.size > 0;
      }
      if (!anything) {
        continue;
      }
      place.op.current = null;
      try {
        place.op.eval(place.in, place.out);
      } catch (ArithmeticException e) {
        throw failed(place, "a number or a weight leaves its range: " + e.getMessage(), e);
      } catch (ViewException e) {
        throw failed(place, e.getMessage(), e);
      } catch (RuntimeException | StackOverflowError e) {
        throw failed(place, e.toString(), e);
      }
    }
  }

  private static ViewException failed(Place place, String why, Throwable cause) {
    return new ViewException(
        "node %s (%s) failed at row %s: %s"
            .formatted(place.node.name, place.node.kind, place.op.current, why),
        cause);
  }

  /** Forgets what flowed. */
  void clear() {
    places.forEach(place -> place.out.clear());
  }
}
