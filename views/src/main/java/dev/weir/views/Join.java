package dev.weir.views;

import java.util.List;
import java.util.function.Function;

/**
 * Brings together the rows of two streams that have one key. A key that is null has no match.
 *
 * <p>A row counts as unmatched while the weights of the other side's rows of its key sum to no more
 * than zero.
 */
final class Join extends Op {

  enum Kind {
    INNER,
    LEFT,
    OUTER,
    SEMI,
    ANTI
  }

  private final Kind kind;
  private final Arrangement left;
  private final Arrangement right;
  private final List<State> states;
  private final Function<Object, Object> leftKey;
  private final Function<Object, Object> rightKey;

  Join(
      Kind kind,
      EntryTable leftKept,
      EntryTable rightKept,
      Function<Object, Object> leftKey,
      Function<Object, Object> rightKey) {
    this.kind = kind;
    this.leftKey = leftKey;
    this.rightKey = rightKey;
    this.left = Arrangement.linear(leftKept, leftKey);
    this.right = Arrangement.linear(rightKept, rightKey);
    this.states = List.of(left, right);
  }

  @Override
  void eval(Delta[] in, Delta out) {
    for (int i = 0; i < in[0].size; i++) {
      current = in[0].rows[i];
      addLeft(current, in[0].weights[i], out);
    }
    for (int i = 0; i < in[1].size; i++) {
      current = in[1].rows[i];
      addRight(current, in[1].weights[i], out);
    }
  }

  private void addLeft(Object row, long weight, Delta out) {
    var key = leftKey.apply(row);
    if (key == null) {
      addUnmatched(row, weight, out);
      return;
    }
    int hash = SlotTable.hash(key);
    var matches = right.bucket(key, hash);
    boolean matched = matches != null && matches.total > 0;
    switch (kind) {
      case SEMI -> {
        if (matched) {
          out.add(row, weight);
        }
      }
      case ANTI -> {
        if (!matched) {
          out.add(row, weight);
        }
      }
      case INNER, LEFT, OUTER -> {
        if (matches != null) {
          for (int i = 0; i < matches.size; i++) {
            emit(row, matches.rows[i], weight, matches.weights[i], out);
          }
        }
        if (!matched && kind != Kind.INNER) {
          out.add(new Pair<>(row, null), weight);
        }
      }
    }
    var mine = left.touch(key, hash);
    boolean was = mine.total > 0;
    left.add(mine, row, weight);
    boolean is = mine.total > 0;
    if (kind == Kind.OUTER && was != is && matches != null) {
      for (int i = 0; i < matches.size; i++) {
        emit(null, matches.rows[i], is ? -1 : 1, matches.weights[i], out);
      }
    }
  }

  private void addUnmatched(Object row, long weight, Delta out) {
    switch (kind) {
      case ANTI -> out.add(row, weight);
      case LEFT, OUTER -> out.add(new Pair<>(row, null), weight);
      case INNER, SEMI -> {}
    }
  }

  private void addRight(Object row, long weight, Delta out) {
    var key = rightKey.apply(row);
    if (key == null) {
      if (kind == Kind.OUTER) {
        out.add(new Pair<>(null, row), weight);
      }
      return;
    }
    int hash = SlotTable.hash(key);
    var matches = left.bucket(key, hash);
    if (matches != null && kind != Kind.SEMI && kind != Kind.ANTI) {
      for (int i = 0; i < matches.size; i++) {
        emit(matches.rows[i], row, matches.weights[i], weight, out);
      }
    }
    if (kind == Kind.OUTER && (matches == null || matches.total <= 0)) {
      out.add(new Pair<>(null, row), weight);
    }
    var mine = right.touch(key, hash);
    boolean was = mine.total > 0;
    right.add(mine, row, weight);
    boolean is = mine.total > 0;
    if (was == is || matches == null || kind == Kind.INNER) {
      return;
    }
    for (int i = 0; i < matches.size; i++) {
      var other = matches.rows[i];
      long sign =
          is == (kind == Kind.SEMI) ? matches.weights[i] : Math.negateExact(matches.weights[i]);
      if (sign != 0) {
        out.add(kind == Kind.SEMI || kind == Kind.ANTI ? other : new Pair<>(other, null), sign);
      }
    }
  }

  private static void emit(Object left, Object right, long a, long b, Delta out) {
    if (a != 0 && b != 0) {
      out.add(new Pair<>(left, right), a == 1 ? b : b == 1 ? a : Math.multiplyExact(a, b));
    }
  }

  @Override
  List<State> states() {
    return states;
  }
}
