package dev.weir.views;

import java.util.ArrayList;
import java.util.List;

/**
 * The least set X with X = distinct(seed + body(X)), reached from the empty set.
 *
 * <p>Each round of the iteration is a circuit of its own that is kept up to date from step to step;
 * so round {@code i} always holds what an iteration from scratch would hold, whatever is removed,
 * and facts in a circle cannot keep each other alive. A step costs what changes in each round. The
 * rounds go on until one equals the next, and a few to spare are kept.
 *
 * <p>The first input is the seed, the others are what the body reads from outside.
 */
final class Recursion extends Op {

  private static final int SPARE_ROUNDS = 4;

  /** One round: the body applied to the set before it. */
  private final class Round {
    final Delta set = new Delta();
    final Delta[] outside;
    final Circuit body;
    final Ops.Distinct distinct = new Ops.Distinct(null);

    /** How the set after this round differs from the one before it. */
    final Weights gain = new Weights(null);

    final Delta next = new Delta();

    Round() {
      outside = new Delta[imports.size()];
      for (int i = 0; i < outside.length; i++) {
        outside[i] = new Delta();
      }
      body =
          new Circuit(nodes, node -> node == variable ? set : outside[imports.indexOf(node)], null);
    }

    /** Takes the changes of the set before, the seed and the outside. */
    void step(Delta change, Delta seed, Delta[] in) {
      set.addAll(change);
      for (int i = 0; i < outside.length; i++) {
        outside[i].addAll(in[i + 1]);
      }
      body.step();
      var sum = new Delta();
      sum.addAll(seed);
      sum.addAll(result == variable ? set : bodyOut());
      distinct.eval(new Delta[] {sum}, next);
      gain.addAll(next);
      for (int i = 0; i < change.size; i++) {
        gain.add(change.rows[i], -change.weights[i]);
      }
    }

    private Delta bodyOut() {
      int outer = imports.indexOf(result);
      return outer >= 0 ? outside[outer] : body.out(result);
    }

    void end(boolean undo) {
      set.clear();
      next.clear();
      for (var each : outside) {
        each.clear();
      }
      if (undo) {
        body.undo();
        distinct.undo();
        gain.undo();
      } else {
        body.settle();
        distinct.settle();
        gain.settle();
      }
    }
  }

  private final Node variable;
  private final List<Node> nodes;
  private final List<Node> imports;
  private final Node result;
  private final int bound;
  private final List<State> kept = new ArrayList<>();
  private final List<Round> rounds = new ArrayList<>();
  private int roundsBefore;

  Recursion(
      Node variable,
      List<Node> nodes,
      List<Node> imports,
      Node result,
      int bound,
      RowType<Object> seed,
      Tables tables) {
    this.variable = variable;
    this.nodes = nodes;
    this.imports = imports;
    this.result = result;
    this.bound = bound;
    kept.add(new Weights(Tables.whole(tables, "seed", seed)));
    for (int i = 0; i < imports.size(); i++) {
      kept.add(new Weights(Tables.whole(tables, "in" + (i + 1), imports.get(i).type)));
    }
  }

  @Override
  void eval(Delta[] in, Delta out) {
    for (int i = 0; i < in.length; i++) {
      addAll(in[i], (Weights) kept.get(i));
    }
    var change = new Delta();
    for (var round : rounds) {
      round.step(change, in[0], in);
      change = round.next;
    }
    // What the last round of before adds now, and then what the rounds add that were not there.
    out.addAll(change);
    while (rounds.isEmpty() || !rounds.get(rounds.size() - 1).gain.isEmpty()) {
      if (rounds.size() >= bound) {
        throw new ViewException(
            "the recursion has not settled after %d rounds; give it a larger bound, or a body that comes to an end"
                .formatted(bound));
      }
      append(out);
    }
  }

  /** Adds a round, which starts with all that there is. */
  private void append(Delta out) {
    var all = new Delta[kept.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = new Delta();
      ((Weights) kept.get(i)).copyTo(all[i]);
    }
    var set = new Delta();
    if (!rounds.isEmpty()) {
      rounds.get(rounds.size() - 1).distinct.copyTo(set);
    }
    var round = new Round();
    rounds.add(round);
    round.step(set, all[0], all);
    round.gain.copyTo(out);
  }

  @Override
  List<State> states() {
    return kept;
  }

  @Override
  void settle() {
    super.settle();
    rounds.forEach(round -> round.end(false));
    // Rounds that repeat the last one cost work; a few are kept for the next step to need.
    int needed = 0;
    while (needed < rounds.size() && !rounds.get(needed).gain.isEmpty()) {
      needed++;
    }
    while (rounds.size() > needed + 1 + SPARE_ROUNDS) {
      rounds.remove(rounds.size() - 1);
    }
    roundsBefore = rounds.size();
  }

  @Override
  void undo() {
    super.undo();
    while (rounds.size() > roundsBefore) {
      rounds.remove(rounds.size() - 1);
    }
    rounds.forEach(round -> round.end(true));
  }

  @Override
  void load(Committed committed) {
    super.load(committed);
    var nothing = new Delta();
    if (kept.stream().anyMatch(state -> state.size() > 0)) {
      while (rounds.isEmpty() || !rounds.get(rounds.size() - 1).gain.isEmpty()) {
        append(nothing);
      }
      settle();
    }
  }
}
