package dev.weir.views;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A circuit for each group, which sees the rows of its group and no others. Only the rows are kept;
 * the circuit of a group that is first touched after the view was opened is run on them.
 */
final class Nested extends Op {

  private final class Inner {
    final Object key;
    final Delta rows = new Delta();
    final Circuit circuit = new Circuit(body, node -> rows, null);
    boolean touched;

    Inner(Object key) {
      this.key = key;
    }

    /** Takes the rows that were there before this step. */
    void begin(Bucket bucket) {
      for (int i = 0; i < bucket.size; i++) {
        if (bucket.weights[i] != 0) {
          rows.add(bucket.rows[i], bucket.weights[i]);
        }
      }
      circuit.step();
      circuit.settle();
      rows.clear();
    }

    Delta out() {
      return result == variable ? rows : circuit.out(result);
    }
  }

  private final Node variable;
  private final List<Node> body;
  private final Node result;
  private final Function<Object, Object> keyOf;
  private final Arrangement rows;
  private final Map<Object, Inner> inners = new HashMap<>();
  private final List<Inner> touched = new ArrayList<>();

  Nested(
      Node variable,
      List<Node> body,
      Node result,
      Function<Object, Object> keyOf,
      RowType<Object> type,
      Tables tables) {
    this.variable = variable;
    this.body = body;
    this.result = result;
    this.keyOf = keyOf;
    this.rows = new Arrangement(Tables.whole(tables, "rows", type), keyOf, null);
  }

  @Override
  void eval(Delta[] in, Delta out) {
    for (int i = 0; i < in[0].size; i++) {
      current = in[0].rows[i];
      var key = keyOf.apply(current);
      var bucket = rows.touch(key, SlotTable.hash(key));
      var inner = inners.get(key);
      if (inner == null) {
        inner = new Inner(key);
        inner.begin(bucket);
        inners.put(key, inner);
      }
      if (!inner.touched) {
        inner.touched = true;
        touched.add(inner);
      }
      inner.rows.add(current, in[0].weights[i]);
      rows.add(bucket, current, in[0].weights[i]);
    }
    for (var inner : touched) {
      current = inner.key;
      inner.circuit.step();
      var made = inner.out();
      for (int i = 0; i < made.size; i++) {
        out.add(new Grouped<>(inner.key, made.rows[i]), made.weights[i]);
      }
    }
  }

  @Override
  List<State> states() {
    return List.of(rows);
  }

  @Override
  void settle() {
    super.settle();
    touched.forEach(inner -> inner.circuit.settle());
    end();
  }

  @Override
  void undo() {
    super.undo();
    touched.forEach(inner -> inner.circuit.undo());
    end();
  }

  private void end() {
    for (var inner : touched) {
      inner.rows.clear();
      inner.touched = false;
      if (rows.bucket(inner.key) == null) {
        inners.remove(inner.key);
      }
    }
    touched.clear();
  }
}
