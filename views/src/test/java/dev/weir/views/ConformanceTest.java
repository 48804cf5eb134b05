package dev.weir.views;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.fixtures.PostgresServer;
import dev.weir.graph.Json;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every case of views.json, on every kind of store; reopened after each step where there is one.
 */
class ConformanceTest {

  record Animal(String kind, String name, long soundId) {}

  record Sound(long soundId, String sound) {}

  record Product(String name, double price) {}

  record LineItem(long basketId, String productName, long qty) {}

  @TempDir Path folder;

  /** A query with its inputs, each with how it reads a row, and its output. */
  private record Case(
      Query query,
      List<Input<Object>> inputs,
      List<Function<Object, Object>> read,
      Stream<?> out) {}

  private static final class Builder {
    final Query query = new Query("conformance");
    final List<Input<Object>> inputs = new ArrayList<>();
    final List<Function<Object, Object>> read = new ArrayList<>();

    @SuppressWarnings("unchecked") // rows come from JSON
    <T> Input<T> input(Class<T> type, Function<Object, T> reader) {
      var input = query.input("in" + inputs.size(), type);
      inputs.add((Input<Object>) (Input<?>) input);
      read.add((Function<Object, Object>) (Function<?, ?>) reader);
      return input;
    }

    Input<Long> numbers() {
      return input(Long.class, v -> (Long) v);
    }

    Input<String> words() {
      return input(String.class, v -> (String) v);
    }

    Case done(Stream<?> out) {
      return new Case(query, inputs, read, out);
    }
  }

  private static Map<?, ?> map(Object value) {
    return (Map<?, ?>) value;
  }

  private static Stream<Pair<Animal, Sound>> sounds(Builder b, boolean left) {
    var animals =
        b.input(
            Animal.class,
            v ->
                new Animal(
                    (String) map(v).get("kind"),
                    (String) map(v).get("name"),
                    (Long) map(v).get("sound_id")));
    var sounds =
        b.input(
            Sound.class,
            v -> new Sound((Long) map(v).get("sound_id"), (String) map(v).get("sound")));
    return left
        ? animals.leftJoin(sounds, Animal::soundId, Sound::soundId)
        : animals.join(sounds, Animal::soundId, Sound::soundId);
  }

  private static Stream<Pair<Product, LineItem>> baskets(Builder b) {
    var products =
        b.input(
            Product.class,
            v ->
                new Product(
                    (String) map(v).get("name"), ((Number) map(v).get("price")).doubleValue()));
    var items =
        b.input(
            LineItem.class,
            v ->
                new LineItem(
                    (Long) map(v).get("basket_id"),
                    (String) map(v).get("product_name"),
                    (Long) map(v).get("qty")));
    return products.join(items, Product::name, LineItem::productName);
  }

  private static Case query(String name) {
    var b = new Builder();
    return switch (name) {
      case "integrate" -> b.done(b.numbers().integrate());
      case "differentiate_integrate" -> b.done(b.numbers().integrate().differentiate());
      case "delay" -> b.done(b.numbers().delay());
      case "distinct" -> b.done(b.numbers().distinct());
      case "distinct_integrate" -> b.done(b.numbers().distinct().integrate());
      case "filter_gt_3" -> b.done(b.numbers().filter(n -> n > 3));
      case "join_sound_id" -> b.done(sounds(b, false));
      case "outer_join_sound_id" -> b.done(sounds(b, true));
      case "first_3_integrate" -> b.done(b.numbers().top(3, Comparator.naturalOrder()).integrate());
      case "first_3" -> b.done(b.numbers().top(3, Comparator.naturalOrder()));
      case "group_len_map_upper" ->
          b.done(
              b.words()
                  .map(
                      Long.class,
                      w -> (long) w.length(),
                      String.class,
                      w -> w.toUpperCase(Locale.ROOT))
                  .map(String.class, p -> p.right(), Long.class, p -> p.left()));
      case "group_len_collect_integrate" ->
          b.done(b.words().groupBy(Long.class, w -> (long) w.length()).collect().integrate());
      case "group_len_collect" ->
          b.done(b.words().groupBy(Long.class, w -> (long) w.length()).collect());
      case "group_len_count_integrate" ->
          b.done(b.words().groupBy(Long.class, w -> (long) w.length()).count().integrate());
      case "basket_join" -> b.done(baskets(b));
      case "basket_receipts" ->
          b.done(
              baskets(b)
                  .groupBy(Long.class, p -> p.right().basketId())
                  .sum(p -> p.left().price() * p.right().qty())
                  .map(String.class, g -> "Basket id: " + g.key() + " total: $" + g.value()));
      case "map_floordiv_2" -> b.done(b.numbers().map(Long.class, n -> Math.floorDiv(n, 2)));
      case "count" -> b.done(b.numbers().count());
      case "transitive_closure" -> {
        @SuppressWarnings("unchecked") // pairs of numbers
        var edges = (Input<Object>) (Input<?>) b.query.input("in0", Long.class, Long.class);
        b.inputs.add(edges);
        b.read.add(v -> new Pair<>((Long) map(v).get("l"), (Long) map(v).get("r")));
        @SuppressWarnings("unchecked") // pairs of numbers
        var pairs = (Stream<Pair<Long, Long>>) (Stream<?>) edges;
        yield b.done(Stream.transitiveClosure(pairs));
      }
      default -> throw new AssertionError("no query " + name);
    };
  }

  /** A row as the cases write it. */
  private static Object shown(Object row) {
    if (row instanceof Pair<?, ?> pair) {
      return object("l", shown(pair.left()), "r", shown(pair.right()));
    } else if (row instanceof Grouped<?, ?> grouped) {
      return object("l", shown(grouped.value()), "r", shown(grouped.key()));
    } else if (row instanceof Animal a) {
      return object("kind", a.kind(), "name", a.name(), "sound_id", a.soundId());
    } else if (row instanceof Sound s) {
      return object("sound_id", s.soundId(), "sound", s.sound());
    } else if (row instanceof Product p) {
      return object("name", p.name(), "price", p.price());
    } else if (row instanceof LineItem i) {
      return object("basket_id", i.basketId(), "product_name", i.productName(), "qty", i.qty());
    } else if (row instanceof ZSet<?> set) {
      return object("z", shown(set).stream().toList());
    }
    return row;
  }

  private static List<Object> shown(ZSet<?> set) {
    var list = new ArrayList<Object>();
    set.forEach((row, weight) -> list.add(List.of(shown(row), weight)));
    list.sort(Comparator.comparing(Json::toText));
    return list;
  }

  private static Object object(Object... entries) {
    var object = new TreeMap<String, Object>();
    for (int i = 0; i < entries.length; i += 2) {
      object.put((String) entries[i], entries[i + 1]);
    }
    return object;
  }

  /** Expected values with sorted keys and lists of rows. */
  private static Object sorted(Object value) {
    if (value instanceof Map<?, ?> map) {
      var object = new TreeMap<String, Object>();
      map.forEach((k, v) -> object.put((String) k, k.equals("z") ? rows(v) : sorted(v)));
      return object;
    }
    return value;
  }

  private static List<Object> rows(Object value) {
    var list = new ArrayList<Object>();
    for (var each : (List<?>) value) {
      var pair = (List<?>) each;
      list.add(List.of(sorted(pair.get(0)), pair.get(1)));
    }
    list.sort(Comparator.comparing(Json::toText));
    return list;
  }

  private Store store(String kind) {
    return switch (kind) {
      case "sqlite" ->
          Stores.open("sqlite:" + folder.resolve(UUID.randomUUID() + ".db"), Clock.systemUTC());
      case "postgres" -> Stores.open(PostgresServer.shared().freshStore(), Clock.systemUTC());
      case "memory" -> Stores.open("memory:", Clock.systemUTC());
      default -> null;
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "memory", "sqlite", "postgres"})
  void everyCaseHolds(String kind) throws Exception {
    Map<?, ?> file;
    try (var in = ConformanceTest.class.getResourceAsStream("/views.json")) {
      file = map(Json.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8)));
    }
    int ran = 0;
    for (var each : (List<?>) file.get("cases")) {
      var test = map(each);
      var id = test.get("id") + " on " + kind;
      var store = store(kind);
      try {
        check(id, test, store);
      } finally {
        if (store != null) {
          store.close();
        }
      }
      ran++;
    }
    assertThat(ran).isEqualTo(23);
  }

  private static void check(String id, Map<?, ?> test, Store store) {
    var now = query((String) test.get("query"));
    var view = store == null ? View.open(now.query()) : View.open(store, now.query());
    int number = 0;
    for (var given : (List<?>) test.get("steps")) {
      var step = map(given);
      int at = Math.toIntExact((Long) step.get("input"));
      if (store != null && (number == 1 || !store.url().startsWith("postgres"))) {
        view.close();
        now = query((String) test.get("query"));
        view = View.open(store, now.query());
      }
      var changes = Step.once();
      for (var change : (List<?>) step.get("delta")) {
        var pair = (List<?>) change;
        changes.add(
            now.inputs().get(at), now.read().get(at).apply(pair.get(0)), (Long) pair.get(1));
      }
      assertThat(shown(view.step(changes).of(now.out())))
          .as("%s, step %s", id, ++number)
          .isEqualTo(rows(step.get("out")));
    }
    view.close();
  }
}
