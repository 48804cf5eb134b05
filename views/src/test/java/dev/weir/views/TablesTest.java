package dev.weir.views;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.fixtures.PostgresServer;
import dev.weir.state.Index;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tables of a view: their indexes, their past, their size, and rows that get other columns. */
class TablesTest {

  enum Kind {
    FRUIT,
    TOOL
  }

  record Thing(String name, Kind kind, Integer size, Double weight) {}

  private static final Index BY_SIZE =
      new Index("by_size", List.of("kind", "size")).descending("size");
  private static final Index BY_LENGTH = new Index("by_length", List.of("length", "name"));

  @TempDir Path folder;

  private Store open(String kind) {
    var url =
        switch (kind) {
          case "sqlite" -> "sqlite:" + folder.resolve("state.db");
          case "postgres" -> PostgresServer.shared().freshStore();
          default -> "memory:";
        };
    return Stores.open(url, Clock.systemUTC());
  }

  private static final class Things {
    final Query query = new Query("things");
    final Input<Thing> things = query.input("thing", Thing.class);
    final Stream<Thing> all =
        things
            .distinct()
            .materialize("all_things", BY_SIZE, BY_LENGTH)
            .computed("length", Integer.class, thing -> thing.name().length())
            .retain(3);
  }

  private static List<String> names(View view, Stream<Thing> all, Index index, Range range) {
    var names = new ArrayList<String>();
    view.scan(all, index, range, (thing, weight) -> names.add(thing.name()));
    return names;
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "memory", "sqlite", "postgres"})
  void indexesOrderRowsAndAreReadInRanges(String kind) {
    var things = new Things();
    try (var store = kind.equals("none") ? null : open(kind);
        var view = store == null ? View.open(things.query) : View.open(store, things.query)) {
      view.insert(
          things.things,
          new Thing("fig", Kind.FRUIT, 1, null),
          new Thing("melon", Kind.FRUIT, 9, 2.0),
          new Thing("kiwi", Kind.FRUIT, null, 0.1),
          new Thing("saw", Kind.TOOL, 5, 1.0),
          new Thing("pear", null, 4, 0.2),
          new Thing("plum", Kind.FRUIT, 2, 0.1));
      assertThat(names(view, things.all, BY_SIZE, Range.all()))
          .containsExactly("pear", "melon", "plum", "fig", "kiwi", "saw");
      assertThat(names(view, things.all, BY_SIZE, Range.of(Kind.FRUIT).reversed()))
          .containsExactly("kiwi", "fig", "plum", "melon");
      assertThat(names(view, things.all, BY_SIZE, Range.of(Kind.FRUIT).from(1).to(9)))
          .containsExactly("plum", "fig");
      assertThat(names(view, things.all, BY_LENGTH, Range.all().from(4)))
          .containsExactly("kiwi", "pear", "plum", "melon");
      assertThat(names(view, things.all, BY_LENGTH, Range.of(4).to("pear")))
          .containsExactly("kiwi");
      assertThat(view.get(things.all, BY_SIZE, (Object) null).rows())
          .containsExactly(new Thing("pear", null, 4, 0.2));
      assertThat(view.get(things.all, BY_LENGTH, 3, "saw").size()).isEqualTo(1);
      view.remove(things.things, new Thing("melon", Kind.FRUIT, 9, 2.0));
      assertThat(names(view, things.all, BY_LENGTH, Range.all().from(5))).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "memory", "sqlite", "postgres"})
  void earlierStepsAreReadWhileTheyAreRetained(String kind) {
    var things = new Things();
    try (var store = kind.equals("none") ? null : open(kind);
        var view = store == null ? View.open(things.query) : View.open(store, things.query)) {
      var states = new ArrayList<ZSet<Thing>>();
      states.add(view.get(things.all));
      for (int i = 1; i <= 6; i++) {
        view.step(
            Step.once()
                .insert(things.things, new Thing("t" + i, Kind.TOOL, i, null))
                .remove(things.things, new Thing("t" + (i - 2), Kind.TOOL, i - 2, null)));
        states.add(view.get(things.all));
        for (int at = Math.max(0, i - 3); at <= i; at++) {
          assertThat(view.asOf(things.all, at)).isEqualTo(states.get(at));
        }
      }
      assertThatThrownBy(() -> view.asOf(things.all, 2))
          .isInstanceOf(ViewException.class)
          .hasMessageContaining("3 to 6");
      assertThatThrownBy(() -> view.asOf(things.all, 7)).isInstanceOf(ViewException.class);
    }
  }

  record Sale(long shop, String article, int count) {}

  record Article(String name, String group) {}

  @ParameterizedTest
  @ValueSource(strings = {"sqlite", "postgres"})
  void aStateLargerThanMemoryMayBeGivesTheSame(String kind) {
    var random = new Random(5);
    try (var store = open(kind)) {
      var bounded = new Sales();
      bounded.query.workingSet(20);
      var free = new Sales();
      var view = View.open(store, bounded.query);
      var expected = View.open(free.query);
      for (int i = 0; i < 25; i++) {
        if (i % 8 == 7) {
          view.close();
          bounded = new Sales();
          bounded.query.workingSet(20);
          view = View.open(store, bounded.query);
        }
        var step = Step.once();
        var same = Step.once();
        for (int n = 0; n < 20; n++) {
          var sale = new Sale(random.nextInt(60), "a" + random.nextInt(120), 1 + random.nextInt(3));
          var article =
              new Article("a" + random.nextInt(120), random.nextBoolean() ? null : "g" + i % 4);
          step.add(bounded.sales, sale, 1).upsert(bounded.articles, article);
          same.add(free.sales, sale, 1).upsert(free.articles, article);
        }
        view.step(step);
        expected.step(same);
        assertThat(view.get(bounded.totals)).isEqualTo(expected.get(free.totals));
        assertThat(view.get(bounded.best)).isEqualTo(expected.get(free.best));
      }
      view.close();
    }
    assertThatThrownBy(() -> View.open(new Sales().query.workingSet(20)))
        .hasMessageContaining("store");
  }

  private static final class Sales {
    final Query query = new Query("sales");
    final Input<Sale> sales = query.input("sale", Sale.class);
    final Input<Article> articles = query.input("article", Article.class).keep(Article::name);
    final Stream<Grouped<String, Long>> totals =
        sales
            .join(articles, Sale::article, Article::name)
            .groupBy(String.class, both -> both.right().group())
            .sumLong(both -> both.left().count())
            .materialize("total");
    final Stream<Sale> best =
        sales
            .semiJoin(articles, Sale::article, Article::name)
            .distinct()
            .groupBy(Long.class, Sale::shop)
            .top(2, java.util.Comparator.comparing(Sale::article))
            .materialize("best");
  }

  /** Versions of one record: the name of a record is part of what a store remembers. */
  static final class Before {
    record Order(String id, int count) {}
  }

  static final class After {
    record Order(String id, Double price, int count, String unit) {}
  }

  static final class Retyped {
    record Order(String id, String count) {}
  }

  private static final class Orders<T> {
    final Query query = new Query("orders");
    final Input<T> orders;
    final Stream<T> kept;
    final Stream<Grouped<T, Long>> counts;

    Orders(Class<T> type, Function<T, String> id) {
      orders = query.input("order_line", type).keep(id);
      kept =
          orders
              .join(orders, id, id)
              .map(type, Pair::left)
              .distinct()
              .materialize("kept_order", new Index("by_id", List.of("id")));
      counts = orders.groupBy(type, order -> order).count().materialize("order_count");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "sqlite", "postgres"})
  void aComponentThatIsAddedHasTheDeclaredValue(String kind) {
    for (long bound : List.of(0L, 2L)) {
      try (var store = open(kind)) {
        var before = new Orders<>(Before.Order.class, Before.Order::id);
        before.query.workingSet(Math.max(1, bound));
        try (var view = View.open(store, before.query)) {
          view.insert(before.orders, new Before.Order("a", 1), new Before.Order("b", 2));
          view.insert(before.orders, new Before.Order("c", 3));
        }
        var unsaid = new Orders<>(After.Order.class, After.Order::id);
        unsaid.query.workingSet(Math.max(1, bound));
        assertThatThrownBy(() -> View.open(store, unsaid.query))
            .isInstanceOf(ViewException.class)
            .hasMessageContainingAll("Query.added", "View.rebuild", "unit String");
        var after = new Orders<>(After.Order.class, After.Order::id);
        after
            .query
            .workingSet(Math.max(1, bound))
            .added(After.Order.class, "unit", "kg")
            .added(After.Order.class, "price", null);
        try (var view = View.open(store, after.query)) {
          assertThat(view.get(after.kept))
              .isEqualTo(
                  ZSet.of(
                      new After.Order("a", null, 1, "kg"),
                      new After.Order("b", null, 2, "kg"),
                      new After.Order("c", null, 3, "kg")));
          view.upsert(after.orders, new After.Order("b", 1.5, 2, "g"));
          view.remove(after.orders, new After.Order("c", null, 3, "kg"));
          var rows =
              ZSet.of(new After.Order("a", null, 1, "kg"), new After.Order("b", 1.5, 2, "g"));
          assertThat(view.get(after.kept)).isEqualTo(rows);
          assertThat(view.get(after.counts).size()).isEqualTo(2);
          assertThat(view.get(after.kept, new Index("by_id", List.of("id")), "b").size())
              .isEqualTo(1);
        }
      }
      folder.resolve("state.db").toFile().delete();
      folder.resolve("state.db-wal").toFile().delete();
      folder.resolve("state.db-shm").toFile().delete();
    }
  }

  @Test
  void aComponentOfAnotherTypeIsRefused() {
    try (var store = open("sqlite")) {
      var before = new Orders<>(Before.Order.class, Before.Order::id);
      try (var view = View.open(store, before.query)) {
        view.insert(before.orders, new Before.Order("a", 1));
      }
      var retyped = new Orders<>(Retyped.Order.class, Retyped.Order::id);
      assertThatThrownBy(() -> View.open(store, retyped.query))
          .hasMessageContainingAll("count int", "count String", "Choices");
      assertThatThrownBy(() -> View.rebuild(store, retyped.query))
          .hasMessageContainingAll("orders_order_line", "count", "Choices");
      try (var view = View.open(store, new Orders<>(Before.Order.class, Before.Order::id).query)) {
        assertThat(view.step()).isEqualTo(1);
      }
    }
  }

  record Count(String id, int number) {}

  record Named(String id, String text, int number) {}

  @ParameterizedTest
  @ValueSource(strings = {"memory", "sqlite", "postgres"})
  void aRebuiltResultMayHaveOtherColumns(String kind) {
    try (var store = open(kind)) {
      var query = new Query("rebuilt");
      var input = query.input("count", Count.class).keep(Count::id);
      var result = input.distinct().materialize("result").retain(5);
      try (var view = View.open(store, query)) {
        view.insert(input, new Count("a", 1), new Count("b", 2));
        view.remove(input, new Count("b", 2));
      }
      var other = new Query("rebuilt");
      var again = other.input("count", Count.class).keep(Count::id);
      var named =
          again
              .map(Named.class, c -> new Named(c.id(), "number " + c.number(), c.number()))
              .distinct()
              .materialize("result")
              .retain(5);
      try (var view = View.rebuild(store, other)) {
        assertThat(view.get(named)).isEqualTo(ZSet.of(new Named("a", "number 1", 1)));
        view.insert(again, new Count("c", 3));
        assertThat(view.asOf(named, view.step() - 1))
            .isEqualTo(ZSet.of(new Named("a", "number 1", 1)));
        assertThatThrownBy(() -> view.asOf(named, view.step() - 2))
            .isInstanceOf(ViewException.class);
      }
      assertThatThrownBy(() -> View.open(store, query)).hasMessageContaining("another query");
      assertThat(result.node.table).isEqualTo("result");
    }
  }
}
