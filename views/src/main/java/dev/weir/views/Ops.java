package dev.weir.views;

import java.util.Comparator;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;

/** The operators, but for joins and recursion. */
final class Ops {

  private Ops() {}

  /** An input: what is put in comes out. */
  static final class In extends Op {
    @Override
    void eval(Delta[] in, Delta out) {}
  }

  static final class Filter extends Op {
    private final Predicate<Object> test;

    Filter(Predicate<Object> test) {
      this.test = test;
    }

    @Override
    void eval(Delta[] in, Delta out) {
      for (int i = 0; i < in[0].size; i++) {
        current = in[0].rows[i];
        if (test.test(current)) {
          out.add(current, in[0].weights[i]);
        }
      }
    }
  }

  static final class Mapping extends Op {
    private final Function<Object, Object> function;
    private final RowType<?> type;

    Mapping(Function<Object, Object> function, RowType<?> type) {
      this.function = function;
      this.type = type;
    }

    @Override
    void eval(Delta[] in, Delta out) {
      for (int i = 0; i < in[0].size; i++) {
        current = in[0].rows[i];
        out.add(type.checked(function.apply(current)), in[0].weights[i]);
      }
    }
  }

  static final class FlatMapping extends Op {
    private final Function<Object, Iterable<Object>> function;
    private final RowType<?> type;

    FlatMapping(Function<Object, Iterable<Object>> function, RowType<?> type) {
      this.function = function;
      this.type = type;
    }

    @Override
    void eval(Delta[] in, Delta out) {
      for (int i = 0; i < in[0].size; i++) {
        current = in[0].rows[i];
        for (var row : function.apply(current)) {
          out.add(type.checked(row), in[0].weights[i]);
        }
      }
    }
  }

  /** The sum of the inputs, the second one negated if so told. */
  static final class Sum extends Op {
    private final boolean minus;

    Sum(boolean minus) {
      this.minus = minus;
    }

    @Override
    void eval(Delta[] in, Delta out) {
      out.addAll(in[0]);
      for (int i = 0; i < in[1].size; i++) {
        current = in[1].rows[i];
        out.add(current, minus ? Math.negateExact(in[1].weights[i]) : in[1].weights[i]);
      }
    }
  }

  static final class Negation extends Op {
    @Override
    void eval(Delta[] in, Delta out) {
      for (int i = 0; i < in[0].size; i++) {
        current = in[0].rows[i];
        out.add(current, Math.negateExact(in[0].weights[i]));
      }
    }
  }

  /** Rows of positive weight, once. */
  static final class Distinct extends Op {
    private final Weights weights;

    Distinct(EntryTable kept) {
      this.weights = new Weights(kept);
    }

    @Override
    void eval(Delta[] in, Delta out) {
      for (int i = 0; i < in[0].size; i++) {
        current = in[0].rows[i];
        long weight = in[0].weights[i];
        long before = weights.add(current, weight);
        boolean was = before > 0;
        boolean is = before + weight > 0;
        if (was != is) {
          out.add(current, is ? 1 : -1);
        }
      }
    }

    @Override
    List<State> states() {
      return List.of(weights);
    }

    /** The rows that are there now. */
    void copyTo(Delta out) {
      var all = new Delta();
      weights.copyTo(all);
      for (int i = 0; i < all.size; i++) {
        if (all.weights[i] > 0) {
          out.add(all.rows[i], 1);
        }
      }
    }
  }

  /** One result for each group, from a sum. */
  static final class Folding extends Op {
    private final Groups groups;
    private final Function<Object, Object> keyOf;
    private final Fold<Object, Object, Object> fold;

    Folding(
        Tables tables,
        RowType<Object> keys,
        Function<Object, Object> keyOf,
        Fold<Object, Object, Object> fold) {
      this.groups =
          tables == null
              ? new Groups("unkept", keys, fold, 0)
              : new Groups(tables.name("groups"), keys, fold, tables.bound());
      this.keyOf = keyOf;
      this.fold = fold;
    }

    @Override
    void eval(Delta[] in, Delta out) {
      var rows = in[0].rows;
      for (int i = 0; i < in[0].size; i++) {
        current = rows[i];
        groups.add(keyOf.apply(current), current, in[0].weights[i]);
      }
      var touched = groups.touched();
      for (int i = 0; i < touched.size(); i++) {
        var group = touched.get(i);
        current = group.key;
        boolean was = group.rowsBefore > 0;
        boolean is = group.rows > 0;
        var before = was ? fold.result(group.sumBefore, group.rowsBefore) : null;
        var after = is ? fold.result(group.sum, group.rows) : null;
        if (was && is && before.equals(after)) {
          continue;
        }
        if (was) {
          out.add(new Grouped<>(group.key, before), -1);
        }
        if (is) {
          out.add(new Grouped<>(group.key, after), 1);
        }
      }
    }

    @Override
    List<State> states() {
      return List.of(groups);
    }
  }

  /** What is made of the rows of each group as a whole, of which those of positive weight count. */
  static final class PerGroup extends Op {

    /** Makes the results of a group as it is. */
    interface Making {
      void make(Bucket group, long sign, Delta out);
    }

    private final Arrangement rows;
    private final Function<Object, Object> keyOf;
    private final Making making;

    PerGroup(
        EntryTable kept, Function<Object, Object> keyOf, Comparator<Object> order, Making making) {
      this.rows = new Arrangement(kept, keyOf, order);
      this.keyOf = keyOf;
      this.making = making;
    }

    @Override
    void eval(Delta[] in, Delta out) {
      for (int i = 0; i < in[0].size; i++) {
        current = in[0].rows[i];
        var key = keyOf.apply(current);
        int known = rows.touchedBuckets().size();
        var bucket = rows.touch(key, SlotTable.hash(key));
        if (rows.touchedBuckets().size() > known) {
          making.make(bucket, -1, out);
        }
        rows.add(bucket, current, in[0].weights[i]);
      }
      for (var bucket : rows.touchedBuckets()) {
        current = bucket.key;
        making.make(bucket, 1, out);
      }
    }

    @Override
    List<State> states() {
      return List.of(rows);
    }
  }

  private static ZSet<Object> positive(Bucket group) {
    var set = ZSet.<Object>builder();
    for (int i = 0; i < group.size; i++) {
      if (group.weights[i] > 0) {
        set.add(group.rows[i], group.weights[i]);
      }
    }
    return set.build();
  }

  static PerGroup.Making reducing(BiFunction<Object, ZSet<Object>, Object> function) {
    return (group, sign, out) -> {
      var rows = positive(group);
      if (!rows.isEmpty()) {
        out.add(function.apply(group.key, rows), sign);
      }
    };
  }

  /** The first rows in the order of their bucket; a row of weight 2 is two of them. */
  static PerGroup.Making top(long n) {
    return (group, sign, out) -> {
      long left = n;
      for (var row : group.ordered()) {
        if (left == 0) {
          return;
        }
        long weight = Math.min(group.weight(row), left);
        if (weight > 0) {
          out.add(row, sign * weight);
          left -= weight;
        }
      }
    };
  }

  /** The sum of all steps, as a whole in each step. */
  static final class Integral extends Op {
    private final Weights sum;

    Integral(EntryTable kept) {
      this.sum = new Weights(kept);
    }

    @Override
    void eval(Delta[] in, Delta out) {
      addAll(in[0], sum);
      sum.copyTo(out);
    }

    @Override
    boolean isTimed() {
      return true;
    }

    @Override
    List<State> states() {
      return List.of(sum);
    }
  }

  /** What came in the step before; or how this step differs from it. */
  static final class Delay extends Op {
    private final Weights last;
    private final boolean difference;

    Delay(EntryTable kept, boolean difference) {
      this.last = new Weights(kept);
      this.difference = difference;
    }

    @Override
    void eval(Delta[] in, Delta out) {
      var before = new Delta();
      last.copyTo(before);
      if (difference) {
        out.addAll(in[0]);
      }
      for (int i = 0; i < before.size; i++) {
        current = before.rows[i];
        long negative = Math.negateExact(before.weights[i]);
        last.add(current, negative);
        out.add(current, difference ? negative : before.weights[i]);
      }
      addAll(in[0], last);
    }

    @Override
    boolean isTimed() {
      return true;
    }

    @Override
    List<State> states() {
      return List.of(last);
    }
  }

  /** A result that is kept in a table of its own. */
  static final class Kept extends Op {
    final Weights rows;

    /** What it was before; null if that is not kept. */
    final History history;

    private final List<State> states;

    Kept(EntryTable kept, History history) {
      this.rows = new Weights(kept);
      this.history = history;
      this.states = history == null ? List.of(rows) : List.of(rows, history);
    }

    @Override
    void eval(Delta[] in, Delta out) {
      addAll(in[0], rows);
      out.addAll(in[0]);
      if (history != null) {
        history.add(in[0]);
      }
    }

    @Override
    List<State> states() {
      return states;
    }
  }
}
