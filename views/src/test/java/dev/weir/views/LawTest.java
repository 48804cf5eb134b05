package dev.weir.views;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixtures.PostgresServer;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The law: the sum of the output deltas of any steps is the query run from scratch on the sum of
 * the input deltas. From scratch is written here a second time, plainly, over whole Z-sets.
 */
class LawTest {

  /** A row with what is awkward: nulls, doubles that do not sum, few values. */
  record Item(Long key, int value, Double price) {}

  @TempDir Path folder;

  /** An operator, and what it means for whole Z-sets. */
  private record Operator(
      String name,
      BiFunction<Stream<Item>, Stream<Item>, Stream<Item>> view,
      BiFunction<ZSet<Item>, ZSet<Item>, ZSet<Item>> batch) {}

  private static Item of(Object key, Object value) {
    long number =
        value instanceof Number n ? Double.doubleToLongBits(n.doubleValue()) : value.hashCode();
    return new Item((Long) key, (int) (number ^ (number >>> 32)) % 1000, null);
  }

  private static ZSet<Item> each(ZSet<Item> in, Function<Item, ? extends Iterable<Item>> function) {
    var out = ZSet.<Item>builder();
    in.forEach((row, weight) -> function.apply(row).forEach(r -> out.add(r, weight)));
    return out.build();
  }

  private static long total(ZSet<Item> set, Long key) {
    var sum = new long[1];
    set.forEach((row, weight) -> sum[0] += key != null && key.equals(row.key()) ? weight : 0);
    return sum[0];
  }

  private static final Item NONE = new Item(-1L, -1, -1.0);

  private static Item merged(Item a, Item b) {
    var l = a == null ? NONE : a;
    var r = b == null ? NONE : b;
    return new Item(l.key(), (l.value() * 7 + r.value()) % 5, r.price());
  }

  private static ZSet<Item> joined(ZSet<Item> left, ZSet<Item> right, boolean l, boolean r) {
    var out = ZSet.<Item>builder();
    left.forEach(
        (a, v) -> {
          right.forEach(
              (b, w) -> {
                if (a.key() != null && a.key().equals(b.key())) {
                  out.add(merged(a, b), v * w);
                }
              });
          if (l && total(right, a.key()) <= 0) {
            out.add(merged(a, null), v);
          }
        });
    if (r) {
      right.forEach(
          (b, w) -> {
            if (total(left, b.key()) <= 0) {
              out.add(merged(null, b), w);
            }
          });
    }
    return out.build();
  }

  private static ZSet<Item> groups(ZSet<Item> in, Function<Map<Item, Long>, Object> result) {
    var groups = new HashMap<Long, Map<Item, Long>>();
    in.forEach((row, w) -> groups.computeIfAbsent(row.key(), k -> new HashMap<>()).put(row, w));
    var out = ZSet.<Item>builder();
    groups.forEach(
        (key, rows) -> {
          var value = result.apply(rows);
          if (value != null) {
            out.add(of(key, value), 1);
          }
        });
    return out.build();
  }

  private static ZSet<Item> perGroup(ZSet<Item> in, Function<ZSet<Item>, ZSet<Item>> result) {
    var groups = new HashMap<Long, ZSet.Builder<Item>>();
    in.forEach((row, w) -> groups.computeIfAbsent(row.key(), k -> ZSet.builder()).add(row, w));
    var out = ZSet.<Item>builder();
    groups.values().forEach(rows -> result.apply(rows.build()).forEach(out::add));
    return out.build();
  }

  private static long sum(Map<Item, Long> rows) {
    return rows.values().stream().mapToLong(w -> w).sum();
  }

  private static BigDecimal price(Map<Item, Long> rows) {
    var sum = BigDecimal.ZERO;
    for (var e : rows.entrySet()) {
      double price = e.getKey().price() == null ? 0 : e.getKey().price();
      sum = sum.add(new BigDecimal(price).multiply(BigDecimal.valueOf(e.getValue())));
    }
    return sum;
  }

  private static final Comparator<Item> BY_VALUE = Comparator.comparing(Item::value);
  private static final Comparator<Item> BY_ALL =
      BY_VALUE
          .thenComparing(Item::key, Comparator.nullsFirst(Comparator.naturalOrder()))
          .thenComparing(Item::price, Comparator.nullsFirst(Comparator.naturalOrder()));

  private static void top(Map<Item, Long> rows, long n, ZSet.Builder<Item> out) {
    long left = n;
    for (var row : rows.keySet().stream().sorted(BY_ALL).toList()) {
      long take = Math.min(left, rows.get(row));
      if (take > 0) {
        out.add(row, take);
        left -= take;
      }
    }
  }

  private static ZSet<Item> closure(ZSet<Item> seed, ZSet<Item> other) {
    var set = new HashSet<Item>();
    while (true) {
      var sum = ZSet.<Item>builder();
      seed.forEach(sum::add);
      for (var path : set) {
        other.forEach(
            (edge, w) -> {
              if (w > 0 && edge.key() != null && edge.key() == path.value()) {
                sum.add(new Item(path.key(), edge.value(), null), 1);
              }
            });
      }
      var whole = sum.build();
      Set<Item> next =
          whole.rows().stream().filter(r -> whole.weight(r) > 0).collect(Collectors.toSet());
      if (next.equals(set)) {
        return ZSet.of(set.toArray(Item[]::new));
      }
      set.clear();
      set.addAll(next);
    }
  }

  private static final List<Operator> OPERATORS =
      List.of(
          new Operator(
              "filter",
              (a, b) -> a.filter(r -> r.value() % 2 == 0),
              (a, b) -> each(a, r -> r.value() % 2 == 0 ? List.of(r) : List.of())),
          new Operator(
              "map",
              (a, b) -> a.map(Item.class, r -> new Item(r.key(), r.value() / 2, null)),
              (a, b) -> each(a, r -> List.of(new Item(r.key(), r.value() / 2, null)))),
          new Operator(
              "flatMap",
              (a, b) ->
                  a.flatMap(Item.class, r -> List.of(r, new Item((long) r.value(), 1, r.price()))),
              (a, b) -> each(a, r -> List.of(r, new Item((long) r.value(), 1, r.price())))),
          new Operator("union", Stream::union, ZSet::plus),
          new Operator("minus", Stream::minus, (a, b) -> a.plus(b.negate())),
          new Operator("negate", (a, b) -> a.negate(), (a, b) -> a.negate()),
          new Operator(
              "distinct",
              (a, b) -> a.distinct(),
              (a, b) -> {
                var out = ZSet.<Item>builder();
                a.forEach((r, w) -> out.add(r, w > 0 ? 1 : 0));
                return out.build();
              }),
          new Operator(
              "join",
              (a, b) ->
                  a.join(b, Item::key, Item::key).map(Item.class, p -> merged(p.left(), p.right())),
              (a, b) -> joined(a, b, false, false)),
          new Operator(
              "leftJoin",
              (a, b) ->
                  a.leftJoin(b, Item::key, Item::key)
                      .map(Item.class, p -> merged(p.left(), p.right())),
              (a, b) -> joined(a, b, true, false)),
          new Operator(
              "outerJoin",
              (a, b) ->
                  a.outerJoin(b, Item::key, Item::key)
                      .map(Item.class, p -> merged(p.left(), p.right())),
              (a, b) -> joined(a, b, true, true)),
          new Operator(
              "selfJoin",
              (a, b) ->
                  a.join(a, Item::key, Item::key).map(Item.class, p -> merged(p.left(), p.right())),
              (a, b) -> joined(a, a, false, false)),
          new Operator(
              "semiJoin",
              (a, b) -> a.semiJoin(b, Item::key, Item::key),
              (a, b) -> each(a, r -> total(b, r.key()) > 0 ? List.of(r) : List.of())),
          new Operator(
              "antiJoin",
              (a, b) -> a.antiJoin(b, Item::key, Item::key),
              (a, b) -> each(a, r -> total(b, r.key()) > 0 ? List.of() : List.of(r))),
          new Operator(
              "count",
              (a, b) -> a.groupBy(Long.class, Item::key).count().map(Item.class, LawTest::group),
              (a, b) -> groups(a, rows -> sum(rows) > 0 ? sum(rows) : null)),
          new Operator(
              "sum",
              (a, b) ->
                  a.groupBy(Long.class, Item::key)
                      .sum(r -> r.price() == null ? 0 : r.price())
                      .map(Item.class, LawTest::group),
              (a, b) -> groups(a, rows -> sum(rows) > 0 ? price(rows).doubleValue() : null)),
          new Operator(
              "average",
              (a, b) ->
                  a.groupBy(Long.class, Item::key)
                      .average(r -> r.value())
                      .map(Item.class, LawTest::group),
              (a, b) ->
                  groups(
                      a,
                      rows ->
                          sum(rows) > 0
                              ? rows.entrySet().stream()
                                      .mapToDouble(e -> e.getKey().value() * e.getValue())
                                      .sum()
                                  / sum(rows)
                              : null)),
          new Operator(
              "sumLong",
              (a, b) ->
                  a.groupBy(Long.class, Item::key)
                      .sumLong(Item::value)
                      .map(Item.class, LawTest::group),
              (a, b) ->
                  groups(
                      a,
                      rows ->
                          sum(rows) > 0
                              ? rows.entrySet().stream()
                                  .mapToLong(e -> e.getKey().value() * e.getValue())
                                  .sum()
                              : null)),
          new Operator(
              "min",
              (a, b) ->
                  a.groupBy(Long.class, Item::key)
                      .min(Double.class, Item::price)
                      .map(Item.class, LawTest::group),
              (a, b) -> groups(a, rows -> extreme(rows, true))),
          new Operator(
              "max",
              (a, b) ->
                  a.groupBy(Long.class, Item::key)
                      .max(Double.class, Item::price)
                      .map(Item.class, LawTest::group),
              (a, b) -> groups(a, rows -> extreme(rows, false))),
          new Operator(
              "reduce",
              (a, b) ->
                  a.groupBy(Long.class, Item::key)
                      .reduce(Integer.class, set -> set.rows().size() * 10)
                      .map(Item.class, LawTest::group),
              (a, b) ->
                  groups(
                      a,
                      rows -> {
                        long live = rows.values().stream().filter(w -> w > 0).count();
                        return live == 0 ? null : (Object) (live * 10);
                      })),
          new Operator(
              "top",
              (a, b) -> a.top(3, BY_VALUE),
              (a, b) -> {
                var rows = new HashMap<Item, Long>();
                a.forEach(rows::put);
                var out = ZSet.<Item>builder();
                top(rows, 3, out);
                return out.build();
              }),
          new Operator(
              "topPerGroup",
              (a, b) -> a.groupBy(Long.class, Item::key).top(2, BY_VALUE),
              (a, b) -> {
                var groups = new HashMap<Long, Map<Item, Long>>();
                a.forEach(
                    (r, w) -> groups.computeIfAbsent(r.key(), k -> new HashMap<>()).put(r, w));
                var out = ZSet.<Item>builder();
                groups.values().forEach(rows -> top(rows, 2, out));
                return out.build();
              }),
          new Operator(
              "nested",
              (a, b) ->
                  a.groupBy(Long.class, Item::key)
                      .each(
                          g ->
                              g.union(g.filter(r -> r.value() % 2 == 0))
                                  .top(3, BY_VALUE)
                                  .antiJoin(
                                      g.filter(r -> r.price() == null), Item::value, Item::value))
                      .map(Item.class, Grouped::value),
              (a, b) ->
                  perGroup(
                      a,
                      g -> {
                        var even = each(g, r -> r.value() % 2 == 0 ? List.of(r) : List.of());
                        var rows = new HashMap<Item, Long>();
                        g.plus(even).forEach(rows::put);
                        var first = ZSet.<Item>builder();
                        top(rows, 3, first);
                        var free = new HashMap<Integer, Long>();
                        g.forEach(
                            (r, w) -> {
                              if (r.price() == null) {
                                free.merge(r.value(), w, Long::sum);
                              }
                            });
                        return each(
                            first.build(),
                            r -> free.getOrDefault(r.value(), 0L) > 0 ? List.of() : List.of(r));
                      })),
          new Operator(
              "nestedCount",
              (a, b) ->
                  a.groupBy(Long.class, Item::key)
                      .each(Stream::count)
                      .map(Item.class, LawTest::group),
              (a, b) -> groups(a, rows -> sum(rows) > 0 ? sum(rows) : null)),
          new Operator(
              "nestedClosure",
              (a, b) ->
                  a.map(Item.class, r -> new Item(r.key(), r.value(), null))
                      .groupBy(Integer.class, r -> Math.floorMod(r.value(), 2))
                      .each(
                          g ->
                              g.fixpoint(
                                  set ->
                                      set.join(g.distinct(), p -> (long) p.value(), Item::key)
                                          .map(
                                              Item.class,
                                              p ->
                                                  new Item(
                                                      p.left().key(), p.right().value(), null))))
                      .map(Item.class, Grouped::value),
              (a, b) -> {
                var rows = each(a, r -> List.of(new Item(r.key(), r.value(), null)));
                var even = each(rows, r -> r.value() % 2 == 0 ? List.of(r) : List.of());
                var odd = rows.plus(even.negate());
                return closure(even, even).plus(closure(odd, odd));
              }),
          new Operator(
              "closure",
              (a, b) ->
                  a.map(Item.class, r -> new Item(r.key(), r.value(), null))
                      .fixpoint(
                          set ->
                              set.join(b.distinct(), p -> (long) p.value(), Item::key)
                                  .map(
                                      Item.class,
                                      p -> new Item(p.left().key(), p.right().value(), null))),
              (a, b) -> closure(each(a, r -> List.of(new Item(r.key(), r.value(), null))), b)));

  private static Item group(Grouped<Long, ?> grouped) {
    return of(grouped.key(), grouped.value());
  }

  private static Double extreme(Map<Item, Long> rows, boolean least) {
    // Rows of one value are one when it is asked whether the value is there.
    var weights = new HashMap<Double, Long>();
    rows.forEach(
        (row, w) -> {
          if (row.price() != null) {
            weights.merge(row.price(), w, Long::sum);
          }
        });
    weights.values().removeIf(w -> w <= 0);
    var values = new TreeSet<>(weights.keySet());
    return values.isEmpty() ? null : least ? values.first() : values.last();
  }

  private static Item random(Random random) {
    return random(random, 1);
  }

  /** One of few rows, or of as many more as the scale says. */
  private static Item random(Random random, int scale) {
    return new Item(
        random.nextInt(6) == 0 ? null : (Long) (long) random.nextInt(4),
        random.nextInt(4 * scale),
        random.nextInt(5) == 0 ? null : (Double) (random.nextInt(6) * 0.1));
  }

  /** A random circuit over two inputs, and what it means. */
  private static final class Composition {
    final Query query = new Query("law");
    final Input<Item> a = query.input("a", Item.class);
    final Input<Item> b = query.input("b", Item.class);
    final List<Stream<Item>> streams = new ArrayList<>(List.of(a, b));
    final List<BiFunction<ZSet<Item>, ZSet<Item>, ZSet<Item>>> meanings =
        new ArrayList<>(List.of((x, y) -> x, (x, y) -> y));
    final StringBuilder text = new StringBuilder();

    Composition(Random random, Operator only, int size) {
      for (int i = 0; i < size; i++) {
        var operator = only != null ? only : OPERATORS.get(random.nextInt(OPERATORS.size()));
        int left = only != null ? 0 : random.nextInt(streams.size());
        int right = only != null ? 1 : random.nextInt(streams.size());
        streams.add(operator.view().apply(streams.get(left), streams.get(right)));
        var l = meanings.get(left);
        var r = meanings.get(right);
        meanings.add((x, y) -> operator.batch().apply(l.apply(x, y), r.apply(x, y)));
        text.append(operator.name()).append('(').append(left).append(',').append(right).append(')');
      }
    }

    Stream<Item> last() {
      return streams.get(streams.size() - 1);
    }

    ZSet<Item> batch(ZSet<Item> x, ZSet<Item> y) {
      return meanings.get(meanings.size() - 1).apply(x, y);
    }
  }

  /** How many rows there are, and how many of them may stay in memory (zero: all). */
  private record Scale(int rows, long bound) {}

  private static final Scale FEW = new Scale(1, 0);

  private static Composition composition(long seed, Operator only, int size, Scale scale) {
    var composition = new Composition(new Random(seed), only, size);
    if (scale.bound() > 0) {
      composition.query.workingSet(scale.bound());
    }
    return composition;
  }

  /** Random steps; in a store, the view is opened anew now and then. */
  private static void check(Random random, Operator only, int size, Store store, Scale scale) {
    long shape = random.nextLong();
    var now = composition(shape, only, size, scale);
    var result = now.last().materialize("result");
    var view = store == null ? View.open(now.query) : View.open(store, now.query);
    var x = ZSet.<Item>empty();
    var y = ZSet.<Item>empty();
    var sum = ZSet.<Item>empty();
    for (int i = 0; i < 8; i++) {
      if (store != null && random.nextInt(3) == 0) {
        view.close();
        now = composition(shape, only, size, scale);
        result = now.last().materialize("result");
        view = View.open(store, now.query);
      }
      var step = Step.once();
      for (int n = random.nextInt(6 * scale.rows()); n > 0; n--) {
        boolean first = random.nextBoolean();
        var there = new ArrayList<>((first ? x : y).rows());
        there.sort(BY_ALL);
        boolean remove = random.nextInt(3) == 0;
        var row =
            remove && !there.isEmpty() && random.nextInt(4) > 0
                ? there.get(random.nextInt(there.size()))
                : random(random, scale.rows());
        long weight = (remove ? -1L : 1L) * (1L + random.nextInt(2));
        step.add(first ? now.a : now.b, row, weight);
        if (first) {
          x = x.plus(ZSet.<Item>builder().add(row, weight).build());
        } else {
          y = y.plus(ZSet.<Item>builder().add(row, weight).build());
        }
      }
      sum = sum.plus(view.step(step).of(result));
      var expected = now.batch(x, y);
      assertThat(sum).as("%s, step %s of %s and %s", now.text, i + 1, x, y).isEqualTo(expected);
      assertThat(view.get(result)).as("%s, the table", now.text).isEqualTo(expected);
      if (store != null) {
        assertThat(View.get(store, result)).as("%s, in the store", now.text).isEqualTo(expected);
      }
    }
    view.close();
  }

  @Test
  void ofEachOperator() throws Exception {
    for (var operator : OPERATORS) {
      Cases.check(60, 3_000, random -> check(random, operator, 1, null, FEW));
    }
  }

  /** Compositions whose weights do not explode: few rows, so that eight operators stay small. */
  @Test
  void ofRandomCompositions() throws Exception {
    Cases.check(400, 50_000, random -> check(random, null, 1 + random.nextInt(8), null, FEW));
  }

  @Test
  void inEveryKindOfStore() throws Exception {
    Cases.check(
        4,
        300,
        random -> {
          var operator =
              random.nextBoolean() ? null : OPERATORS.get(random.nextInt(OPERATORS.size()));
          int size = operator == null ? 1 + random.nextInt(4) : 1;
          long seed = random.nextLong();
          var scale = new Scale(1, random.nextBoolean() ? 0 : 1 + random.nextInt(4));
          var file = "sqlite:" + folder.resolve(seed + ".db");
          for (var url : List.of("memory:", file, PostgresServer.shared().freshStore())) {
            try (var store = Stores.open(url, Clock.systemUTC())) {
              check(new Random(seed), operator, size, store, scale);
            }
          }
        });
  }

  @Test
  void ofManyRowsOfOneKey() throws Exception {
    for (var operator : OPERATORS) {
      if (!operator.name().toLowerCase(java.util.Locale.ROOT).endsWith("closure")) {
        Cases.check(3, 200, random -> check(random, operator, 1, null, new Scale(40, 0)));
      }
    }
  }

  @Test
  void ofMoreRowsThanStayInMemory() throws Exception {
    for (var operator : OPERATORS) {
      Cases.check(
          2,
          100,
          random -> {
            try (var store = Stores.open("memory:", Clock.systemUTC())) {
              check(random, operator, 1, store, new Scale(10, 1 + random.nextInt(8)));
            }
          });
    }
  }

  @Test
  void aStepThatFailsHasChangedNothing() throws Exception {
    Cases.check(
        100,
        5_000,
        random -> {
          var now = composition(random.nextLong(), null, 1 + random.nextInt(4), FEW);
          var poisoned =
              now.last()
                  .filter(
                      row -> {
                        if (row.value() == 3 && random.nextInt(4) == 0) {
                          throw new IllegalStateException("poison");
                        }
                        return true;
                      })
                  .materialize("result");
          var view = View.open(now.query);
          var x = ZSet.<Item>empty();
          for (int i = 0; i < 12; i++) {
            var delta = ZSet.<Item>builder();
            for (int n = random.nextInt(4); n > 0; n--) {
              delta.add(random(random), random.nextInt(3) == 0 ? -1 : 1);
            }
            var rows = delta.build();
            var before = view.get(poisoned);
            try {
              view.step(Step.once().add(now.a, rows));
              x = x.plus(rows);
              assertThat(view.get(poisoned)).isEqualTo(now.batch(x, ZSet.empty()));
            } catch (ViewException e) {
              assertThat(e).hasMessageContaining("poison").hasMessageContaining("Item[");
              assertThat(view.get(poisoned)).isEqualTo(before);
            }
          }
        });
  }

  @Test
  void closuresOfCyclicGraphsLoseWhatOnlyACircleHeld() throws Exception {
    Cases.check(
        150,
        20_000,
        random -> {
          int nodes = 3 + random.nextInt(5);
          var query = new Query("closure");
          var edges = query.input("edge", Integer.class, Integer.class);
          var paths = Stream.transitiveClosure(edges);
          var view = View.open(query);
          var there = new HashSet<Pair<Integer, Integer>>();
          var sum = ZSet.<Pair<Integer, Integer>>empty();
          for (int i = 0; i < 12; i++) {
            var step = Step.once();
            for (int n = random.nextInt(4); n >= 0; n--) {
              var edge = new Pair<>(random.nextInt(nodes), random.nextInt(nodes));
              boolean add = there.add(edge);
              if (!add) {
                there.remove(edge);
              }
              step.add(edges, edge, add ? 1 : -1);
            }
            sum = sum.plus(view.step(step).of(paths));
            var expected = ZSet.<Pair<Integer, Integer>>builder();
            for (int from = 0; from < nodes; from++) {
              var reached = new HashSet<Integer>();
              var open = new ArrayList<>(List.of(from));
              while (!open.isEmpty()) {
                int at = open.remove(open.size() - 1);
                for (var edge : there) {
                  if (edge.left() == at && reached.add(edge.right())) {
                    open.add(edge.right());
                  }
                }
              }
              for (int to : reached) {
                expected.add(new Pair<>(from, to), 1);
              }
            }
            assertThat(sum).isEqualTo(expected.build());
          }
        });
  }
}
