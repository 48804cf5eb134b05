package dev.weir.views;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.fixtures.PostgresServer;
import dev.weir.state.Index;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong is refused, named, and changes nothing: without a store, and in each kind. */
class BadInputTest {

  record Sale(String shop, String item, Integer count, int cents) {}

  record Key(String first, String second) {}

  private static final Sale FIG = new Sale("a", "fig", 2, 30);
  private static final Sale PEAR = new Sale("a", "pear", 1, 50);
  private static final Sale PLUM = new Sale("b", "plum", 3, 20);
  private static final Sale POISON = new Sale("b", "poison", 1, 10);

  @TempDir Path folder;

  /** A store of a kind; null for none. */
  private Store store(String kind) {
    return switch (kind) {
      case "sqlite" -> Stores.open("sqlite:" + folder.resolve("state.db"), Clock.systemUTC());
      case "postgres" -> Stores.open(PostgresServer.shared().freshStore(), Clock.systemUTC());
      case "memory" -> Stores.open("memory:", Clock.systemUTC());
      default -> null;
    };
  }

  private static View open(Store store, Query query) {
    return store == null ? View.open(query) : View.open(store, query);
  }

  private static String item(Sale sale) {
    if (sale.item().equals("poison")) {
      throw new IllegalStateException("no such thing");
    }
    return sale.item();
  }

  private static Map<String, Function<Input<Sale>, Stream<?>>> places() {
    var places = new LinkedHashMap<String, Function<Input<Sale>, Stream<?>>>();
    places.put("filter", sales -> sales.filter(sale -> item(sale) != null));
    places.put("map", sales -> sales.map(String.class, BadInputTest::item));
    places.put("flat_map", sales -> sales.flatMap(String.class, sale -> List.of(item(sale))));
    places.put("left_key", sales -> sales.join(sales, BadInputTest::item, Sale::item));
    places.put("right_key", sales -> sales.antiJoin(sales, Sale::shop, BadInputTest::item));
    places.put("group_key", sales -> sales.groupBy(String.class, BadInputTest::item).count());
    places.put("sum", sales -> sales.sum(sale -> item(sale).length()));
    places.put("average", sales -> sales.average(sale -> item(sale).length()));
    places.put("max", sales -> sales.max(String.class, BadInputTest::item));
    places.put("top", sales -> sales.top(3, Comparator.comparing(BadInputTest::item)));
    places.put(
        "each",
        sales ->
            sales
                .groupBy(String.class, Sale::shop)
                .each(shop -> shop.map(String.class, BadInputTest::item)));
    places.put("kept_key", sales -> sales.keep(BadInputTest::item));
    return places;
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "memory", "sqlite", "postgres"})
  void aFunctionThatThrowsUndoesItsStepAndTheRowIsNamed(String kind) {
    try (var store = store(kind)) {
      places()
          .forEach(
              (name, place) -> {
                var query = new Query("q_" + name);
                var sales = query.input("sale", Sale.class);
                var result = place.apply(sales).materialize("result_" + name);
                check(open(store, query), store, sales, result, name);
              });
      var query = new Query("q_computed");
      var sales = query.input("sale", Sale.class);
      var result = sales.materialize("result_computed", new Index("by_name", List.of("name")));
      result.computed("name", String.class, BadInputTest::item);
      if (store != null) { // Without a table nothing is computed.
        check(open(store, query), store, sales, result, "computed");
      }
    }
  }

  private static void check(
      View view, Store store, Input<Sale> sales, Stream<?> result, String place) {
    view.insert(sales, FIG, PEAR);
    var before = view.get(result);
    assertThatThrownBy(() -> view.insert(sales, PLUM, POISON))
        .as(place)
        .isInstanceOf(ViewException.class)
        .hasMessageContainingAll(POISON.toString(), "no such thing");
    assertThat(view.get(result)).as(place).isEqualTo(before);
    assertThat(view.step()).isEqualTo(1);
    if (store != null) {
      assertThat(View.get(store, result)).as(place).isEqualTo(before);
    }
    view.insert(sales, PLUM);
    assertThat(view.step()).isEqualTo(2);
    var after = view.get(result);
    view.remove(sales, PLUM);
    assertThat(view.get(result)).as(place).isEqualTo(before).isNotEqualTo(after);
    view.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "memory", "sqlite", "postgres"})
  void aNullIsRefusedWhereTheTypeForbidsIt(String kind) {
    var query = new Query("q");
    var sales = query.input("sale", Sale.class);
    var whole = sales.materialize("whole");
    var count =
        sales
            .groupBy(String.class, Sale::shop)
            .sumLong(sale -> (long) sale.count())
            .materialize("total");
    var mapped = sales.map(Key.class, sale -> sale.cents() == 0 ? null : new Key("a", sale.item()));
    mapped.materialize("mapped");
    try (var store = store(kind);
        var view = open(store, query)) {
      view.insert(sales, FIG);
      assertThatThrownBy(() -> view.insert(sales, PEAR, null))
          .isInstanceOf(ViewException.class)
          .hasMessageContaining("input sale: a row is null");
      var uncounted = new Sale("a", "kiwi", null, 5);
      assertThatThrownBy(() -> view.insert(sales, PEAR, uncounted))
          .isInstanceOf(ViewException.class)
          .hasMessageContaining(uncounted.toString());
      var free = new Sale("a", "kiwi", 1, 0);
      assertThatThrownBy(() -> view.insert(sales, PEAR, free))
          .isInstanceOf(ViewException.class)
          .hasMessageContaining(free.toString());
      assertThatThrownBy(
              () ->
                  view.addTo(Step.once(), "sale", Map.of("shop", "a", "item", "kiwi", "count", 1L)))
          .isInstanceOf(ViewException.class)
          .hasMessageContaining("column cents has no value");
      assertThat(view.get(whole)).isEqualTo(ZSet.of(FIG));
      assertThat(view.get(count)).isEqualTo(ZSet.of(new Grouped<>("a", 2L)));
      assertThat(view.step()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "memory", "sqlite", "postgres"})
  void aWeightOrASumThatLeavesItsRangeIsRefused(String kind) {
    var query = new Query("q");
    var plain = query.input("plain", Sale.class);
    var kept = query.input("kept", Sale.class).keep(Sale::item);
    var others = query.input("other", Sale.class);
    var rows = plain.materialize("rows");
    plain.filter(sale -> sale.cents() < 40).negate().materialize("negative");
    var joined = kept.join(others, Sale::item, Sale::item).materialize("joined");
    var sums =
        others
            .groupBy(String.class, sale -> "all")
            .sumLong(sale -> Long.MAX_VALUE / sale.count())
            .materialize("sums");
    try (var store = store(kind);
        var view = open(store, query)) {
      view.step(Step.once().add(plain, PEAR, Long.MAX_VALUE).add(kept, FIG, 1L << 40));
      view.insert(others, FIG);
      var bad =
          List.of(
              Step.once().insert(kept, PEAR).insert(plain, PEAR),
              Step.once().insert(kept, PEAR).add(plain, FIG, Long.MIN_VALUE),
              Step.once().insert(kept, PEAR).add(kept, FIG, Long.MAX_VALUE),
              Step.once().insert(kept, PEAR).add(others, FIG, 1L << 40),
              Step.once().insert(kept, PEAR).insert(others, PLUM, PEAR));
      for (int i = 0; i < bad.size(); i++) {
        var step = bad.get(i);
        assertThatThrownBy(() -> view.step(step))
            .as("step %d", i)
            .isInstanceOf(ViewException.class)
            .hasMessageContainingAll("leaves its range", "Sale[shop=");
      }
      assertThat(view.step()).isEqualTo(2);
      assertThat(view.get(rows).weight(PEAR)).isEqualTo(Long.MAX_VALUE);
      assertThat(view.get(rows).size()).isEqualTo(1);
      assertThat(view.get(joined).weight(new Pair<>(FIG, FIG))).isEqualTo(1L << 40);
      assertThat(view.get(sums)).isEqualTo(ZSet.of(new Grouped<>("all", Long.MAX_VALUE / 2)));
      view.step(Step.once().add(plain, PEAR, -Long.MAX_VALUE).remove(others, FIG));
      assertThat(view.get(rows).isEmpty()).isTrue();
      assertThat(view.get(joined).isEmpty()).isTrue();
      assertThat(view.get(sums).isEmpty()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "memory", "sqlite", "postgres"})
  void removingWhatIsNotThereIsAllowedCountedOrRefused(String kind) {
    var query = new Query("q");
    var allowed = query.input("allowed", Sale.class).keep(Sale::item);
    var counted = query.input("counted", Sale.class).keep(Sale::item).absent(Input.Absent.COUNTED);
    var refused = query.input("refused", Sale.class).keep(Sale::item).absent(Input.Absent.REFUSED);
    var a = allowed.filter(sale -> item(sale) != null).materialize("of_allowed");
    var c = counted.materialize("of_counted");
    var r = refused.materialize("of_refused");
    try (var store = store(kind);
        var view = open(store, query)) {
      view.step(Step.once().insert(counted, FIG).insert(refused, FIG));
      view.remove(allowed, PEAR);
      assertThat(view.get(a).weight(PEAR)).isEqualTo(-1);
      view.insert(allowed, PEAR);
      assertThat(view.get(a).isEmpty()).isTrue();
      view.remove(counted, PEAR, FIG, FIG);
      assertThat(view.get(c).isEmpty()).isTrue();
      assertThat(view.absent()).isEqualTo(2);
      assertThatThrownBy(() -> view.step(Step.once().remove(counted, PEAR).insert(allowed, POISON)))
          .isInstanceOf(ViewException.class);
      assertThat(view.absent()).as("a step that failed counts nothing").isEqualTo(2);
      assertThatThrownBy(() -> view.step(Step.once().remove(refused, FIG, PEAR)))
          .isInstanceOf(ViewException.class)
          .hasMessageContainingAll("input refused", PEAR.toString(), "not there");
      assertThat(view.get(r)).isEqualTo(ZSet.of(FIG));
      view.remove(refused, FIG);
      assertThat(view.get(r).isEmpty()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "memory", "sqlite", "postgres"})
  void anIdOfAStepIsForOneContent(String kind) {
    var query = new Query("q");
    var keys = query.input("key", Key.class);
    var sales = query.input("sale", Sale.class);
    var seen = keys.materialize("seen");
    sales.filter(sale -> item(sale) != null).materialize("sold");
    try (var store = store(kind);
        var view = open(store, query)) {
      var first = Step.of("one").insert(keys, new Key("a, b", "c"), new Key("x", null));
      assertThat(view.step(first).repeated()).isFalse();
      assertThat(view.step(first).repeated()).isTrue();
      var reordered = Step.of("one").insert(keys, new Key("x", null), new Key("a, b", "c"));
      assertThat(view.step(reordered).repeated()).isTrue();
      for (var other :
          List.of(
              Step.of("one").insert(keys, new Key("a", "b, c"), new Key("x", null)),
              Step.of("one").insert(keys, new Key("a, b", "c"), new Key("x", "null")),
              Step.of("one").insert(keys, new Key("a, b", "c")),
              Step.of("one").insert(keys, new Key("a, b", "c")).remove(keys, new Key("x", null)),
              Step.of("one")
                  .insert(keys, new Key("a, b", "c"), new Key("x", null))
                  .insert(sales, FIG),
              Step.of("one"))) {
        assertThatThrownBy(() -> view.step(other))
            .isInstanceOf(ViewException.class)
            .hasMessageContaining("view q has made step one already, with other content");
      }
      assertThat(view.get(seen).size()).isEqualTo(2);
      assertThat(view.step()).isEqualTo(1);
      assertThatThrownBy(() -> view.step(Step.of("two").insert(sales, POISON)))
          .isInstanceOf(ViewException.class);
      assertThat(view.step(Step.of("two").insert(sales, FIG)).repeated())
          .as("the id of a step that failed is free")
          .isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "sqlite", "postgres"})
  void whatATableCannotHoldIsRefused(String kind) {
    var query = new Query("q");
    var keys = query.input("key", Key.class);
    var seen = keys.materialize("seen");
    try (var store = store(kind);
        var view = open(store, query)) {
      assertThatThrownBy(() -> view.insert(keys, new Key("a", "b"), new Key("half", "\ud83d")))
          .isInstanceOf(ViewException.class)
          .hasMessageContainingAll("view q", "column second", "surrogate", "half");
      assertThat(view.get(seen).isEmpty()).isTrue();
      view.insert(keys, new Key("a", "b"));
      assertThat(View.get(store, seen)).isEqualTo(ZSet.of(new Key("a", "b")));
    }
  }

  private static Query sold(boolean distinct) {
    var query = new Query("sold");
    var sales = query.input("sale", Sale.class);
    (distinct ? sales.distinct() : sales).materialize("sold");
    return query;
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "sqlite", "postgres"})
  void aStoreOfAnotherQueryIsRefusedAndStaysAsItIs(String kind) {
    try (var store = store(kind)) {
      var query = new Query("sold");
      var sales = query.input("sale", Sale.class);
      var sold = sales.materialize("sold");
      try (var view = View.open(store, query)) {
        view.insert(sales, FIG, PEAR);
        assertThatThrownBy(() -> View.open(store, sold(true)))
            .isInstanceOf(ViewException.class)
            .hasMessageContainingAll("view sold in", "is another query", "Choices", "distinct");
        view.insert(sales, PLUM);
      }
      assertThatThrownBy(() -> View.rebuild(store, sold(true)))
          .isInstanceOf(ViewException.class)
          .hasMessageContaining("keep");
      var clash = new Query("another");
      clash.input("key", Key.class).materialize("sold");
      assertThatThrownBy(() -> View.open(store, clash))
          .isInstanceOf(dev.weir.state.WeirException.class)
          .hasMessageContainingAll("table sold of view another", "column first", "Choices");
      assertThat(View.get(store, sold)).isEqualTo(ZSet.of(FIG, PEAR, PLUM));
      try (var view = View.open(store, sold(false))) {
        assertThat(view.step()).isEqualTo(2);
      }
    }
  }
}
