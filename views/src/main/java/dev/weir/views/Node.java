package dev.weir.views;

import dev.weir.state.Index;
import java.util.ArrayList;
import java.util.List;

/** A node of a circuit as it was described; {@link Circuit} makes what runs. */
final class Node {

  /** Makes what runs a node; {@code tables} is null where states are not kept. */
  interface Maker {
    Op make(Tables tables);
  }

  final String kind;
  final List<Node> inputs;
  final RowType<Object> type;
  final Maker maker;

  /** The circuit inside, of a recursion. */
  final List<Node> body;

  final List<Index> indexes = new ArrayList<>();
  final List<Computed> computed = new ArrayList<>();

  /** Of how many steps the changes of a result are kept. */
  long retained;

  String name;

  /** The table of a result, named by the user. */
  String table;

  Node(
      String kind,
      String name,
      RowType<Object> type,
      List<Node> inputs,
      List<Node> body,
      Maker maker) {
    this.kind = kind;
    this.name = name;
    this.type = type;
    this.inputs = List.copyOf(inputs);
    this.body = body;
    this.maker = maker;
  }

  List<String> inputNames() {
    return inputs.stream().map(input -> input.name).toList();
  }
}
