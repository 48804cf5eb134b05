package dev.weir.views;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.fixtures.PostgresServer;
import dev.weir.state.Index;
import dev.weir.state.Store;
import dev.weir.state.Stores;
import dev.weir.state.SupersededException;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Products, line items and receipts: the life of a view in a store. */
class ReceiptTest {

  record Product(String name, double price) {}

  record LineItem(long basketId, String productName, int qty) {}

  record Receipt(long basketId, double total) {
    @Override
    public String toString() {
      return "Basket id: " + basketId + " total: $" + total;
    }
  }

  static final class Shop {
    final Query query = new Query("shop");
    final Input<Product> products = query.input("product", Product.class).keep(Product::name);
    final Input<LineItem> items = query.input("line_item", LineItem.class).keep(i -> i);
    final Stream<Receipt> receipts;

    Shop(double factor) {
      receipts =
          products
              .join(items, Product::name, LineItem::productName)
              .named("sold")
              .groupBy(Long.class, sold -> sold.right().basketId())
              .sum(sold -> factor * sold.left().price() * sold.right().qty())
              .map(Receipt.class, total -> new Receipt(total.key(), total.value()))
              .materialize("receipt", new Index("by_total", List.of("total")));
    }

    Shop() {
      this(1);
    }
  }

  @TempDir Path folder;

  private String url(String kind) {
    return kind.equals("sqlite")
        ? "sqlite:" + folder.resolve("state.db")
        : PostgresServer.shared().freshStore();
  }

  private static Store open(String url) {
    return Stores.open(url, Clock.systemUTC());
  }

  private static List<String> lines(Store store, Shop shop) {
    var lines = new ArrayList<String>();
    View.scan(
        store,
        shop.receipts,
        shop.receipts.node.indexes.get(0),
        Range.all(),
        (r, w) -> lines.add(r.toString()));
    return lines;
  }

  @ParameterizedTest
  @ValueSource(strings = {"sqlite", "postgres"})
  void theTotalsAreRightAndAnyoneCanReadThem(String kind) throws Exception {
    var url = url(kind);
    var shop = new Shop();
    try (var store = open(url);
        var view = View.open(store, shop.query);
        var other = open(url)) {
      view.insert(shop.products, new Product("tv", 3), new Product("radio", 5));
      var first =
          view.insert(
              shop.items,
              new LineItem(1, "radio", 4),
              new LineItem(1, "tv", 1),
              new LineItem(2, "tv", 2));
      assertThat(first.of(shop.receipts)).isEqualTo(ZSet.of(new Receipt(1, 23), new Receipt(2, 6)));
      assertThat(lines(other, new Shop()))
          .containsExactly("Basket id: 2 total: $6.0", "Basket id: 1 total: $23.0");
      view.replace(shop.products, new Product("tv", 3), new Product("tv", 4));
      assertThat(lines(other, new Shop()))
          .containsExactly("Basket id: 2 total: $8.0", "Basket id: 1 total: $24.0");
      view.upsert(shop.products, new Product("tv", 5));
      assertThat(view.get(shop.receipts))
          .isEqualTo(ZSet.of(new Receipt(1, 25), new Receipt(2, 10)));
    }
    var jdbc =
        kind.equals("sqlite")
            ? "jdbc:sqlite:" + folder.resolve("state.db")
            : PostgresServer.shared().jdbcUrl()
                + "&currentSchema="
                + url.substring(url.lastIndexOf('=') + 1);
    try (var connection = DriverManager.getConnection(jdbc);
        var statement = connection.createStatement();
        var rows =
            statement.executeQuery("select basket_id, total from receipt order by basket_id")) {
      rows.next();
      assertThat(rows.getLong(1)).isEqualTo(1);
      assertThat(rows.getDouble(2)).isEqualTo(25);
    }
    try (var store = open(url)) {
      var again = new Shop();
      try (var view = View.open(store, again.query)) {
        assertThat(view.step()).isEqualTo(4);
        view.remove(again.items, new LineItem(2, "tv", 2));
        assertThat(view.get(again.receipts)).isEqualTo(ZSet.of(new Receipt(1, 25)));
        assertThat(view.explain()).contains("sold = join(product, line_item)", "receipt: 1 rows");
      }
    }
  }

  @Test
  void aStepIsMadeOnce() {
    var shop = new Shop();
    try (var store = open(url("sqlite"))) {
      var view = View.open(store, shop.query);
      view.insert(shop.products, new Product("tv", 3));
      var step = Step.of("a").insert(shop.items, new LineItem(1, "tv", 1));
      assertThat(view.step(step).repeated()).isFalse();
      assertThat(view.step(step).repeated()).isTrue();
      var again = new Shop();
      var later = View.open(store, again.query);
      var same = Step.of("a").insert(again.items, new LineItem(1, "tv", 1));
      assertThat(later.step(same).repeated()).isTrue();
      assertThat(later.get(again.receipts)).isEqualTo(ZSet.of(new Receipt(1, 3)));
      var other = Step.of("a").insert(again.items, new LineItem(1, "tv", 2));
      assertThatThrownBy(() -> later.step(other)).hasMessageContaining("other content");
      assertThatThrownBy(() -> view.insert(shop.items, new LineItem(1, "tv", 1)))
          .isInstanceOf(SupersededException.class);
      assertThat(view.get(shop.receipts)).isEqualTo(ZSet.of(new Receipt(1, 3)));
    }
  }

  @Test
  void anotherQueryIsFoundAndTheViewCanBeRebuilt() {
    try (var store = open(url("sqlite"))) {
      var shop = new Shop();
      try (var view = View.open(store, shop.query)) {
        view.insert(shop.products, new Product("tv", 3));
        view.insert(shop.items, new LineItem(1, "tv", 2));
      }
      var changed = new Shop(2);
      changed.receipts.filter(r -> r.total() > 3).materialize("large_receipt");
      assertThatThrownBy(() -> View.open(store, changed.query))
          .isInstanceOf(ViewException.class)
          .hasMessageContainingAll("is another query", "+ large_receipt", "View.rebuild");
      try (var view = View.rebuild(store, changed.query)) {
        assertThat(view.get(changed.receipts)).isEqualTo(ZSet.of(new Receipt(1, 12)));
        view.insert(changed.items, new LineItem(1, "tv", 1));
        assertThat(View.get(store, changed.receipts)).isEqualTo(ZSet.of(new Receipt(1, 18)));
      }
    }
  }

  record Nullable(Long value) {}

  record Plain(String name) {}

  @Test
  void badInputIsRefusedAndNothingChanges() {
    var query = new Query("bad");
    var strict =
        query.input("strict", Product.class).keep(Product::name).absent(Input.Absent.REFUSED);
    var counted = query.input("counted", LineItem.class).keep(i -> i).absent(Input.Absent.COUNTED);
    var big = query.input("big", Nullable.class);
    var sum = big.groupBy(Boolean.class, r -> true).sumLong(Nullable::value);
    var total = sum.materialize("total");
    var view = View.open(query);
    assertThatThrownBy(() -> view.remove(strict, new Product("tv", 1)))
        .hasMessageContaining("Product[name=tv, price=1.0]")
        .hasMessageContaining("not there");
    view.remove(counted, new LineItem(1, "x", 1));
    assertThat(view.absent()).isEqualTo(1);
    assertThatThrownBy(() -> view.insert(big, new Nullable(null)))
        .isInstanceOf(ViewException.class)
        .hasMessageContaining("Nullable[value=null]");
    view.insert(big, new Nullable(Long.MAX_VALUE));
    assertThatThrownBy(() -> view.insert(big, new Nullable(1L)))
        .isInstanceOf(ViewException.class)
        .hasMessageContaining("range");
    assertThatThrownBy(
            () ->
                view.step(
                    Step.once()
                        .add(big, new Nullable(1L), Long.MAX_VALUE)
                        .add(big, new Nullable(2L), Long.MAX_VALUE)))
        .isInstanceOf(ViewException.class);
    assertThat(view.get(total)).isEqualTo(ZSet.of(new Grouped<>(true, Long.MAX_VALUE)));
    assertThatThrownBy(() -> view.step(Step.once().insert(big, (Nullable) null)))
        .hasMessageContaining("null");
    assertThatThrownBy(() -> new Query("Bad name")).hasMessageContaining("no name");
    assertThatThrownBy(() -> new Query("q").input("a", Object.class))
        .hasMessageContaining("java.lang.Object")
        .hasMessageContaining("records");
    var recursive = new Query("r");
    var numbers = recursive.input("n", Long.class);
    assertThatThrownBy(() -> numbers.fixpoint(set -> set.delay()))
        .hasMessageContaining("within a recursion");
    var endless = numbers.fixpoint(50, set -> set.map(Long.class, n -> n + 1));
    endless.materialize("endless");
    var counting = View.open(recursive);
    assertThatThrownBy(() -> counting.insert(numbers, 1L))
        .hasMessageContaining("not settled after 50 rounds");
  }

  /** Steps for ever, each with an id; says what is durable. */
  public static void main(String[] args) {
    try (var store = open(args[0])) {
      var shop = new Shop();
      var view = View.open(store, shop.query);
      for (long i = 1; ; i++) {
        if (!view.step(step(shop, i)).repeated()) {
          System.out.println("step " + i);
        }
      }
    }
  }

  private static Step step(Shop shop, long i) {
    var step = Step.of("step " + i);
    if (i == 1) {
      step.insert(shop.products, new Product("tv", 0.1), new Product("radio", 0.2));
    }
    for (int n = 0; n < 20; n++) {
      step.insert(shop.items, new LineItem(i % 7, n % 2 == 0 ? "tv" : "radio", n));
    }
    return i % 5 == 0 ? step.upsert(shop.products, new Product("tv", i / 10.0)) : step;
  }

  @ParameterizedTest
  @ValueSource(strings = {"sqlite", "postgres"})
  void killedAtRandomMomentsAStepIsWholeAndNotTwice(String kind) throws Exception {
    var url = url(kind);
    var random = new Random(Long.getLong("weir.seed", 5));
    long said = 0;
    for (int round = 0; round < (Boolean.getBoolean("weir.long") ? 40 : 2); round++) {
      var errors = folder.resolve("errors");
      var process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty(
                      "surefire.test.class.path", System.getProperty("java.class.path")),
                  ReceiptTest.class.getName(),
                  url)
              .redirectError(errors.toFile())
              .start();
      try (var out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        for (int n = 1 + random.nextInt(30); n > 0; n--) {
          var line = out.readLine();
          assertThat(line).as("%s", Files.readString(errors)).isNotNull();
          said = Long.parseLong(line.substring(5));
        }
      } finally {
        process.toHandle().destroyForcibly();
        process.waitFor();
      }
      try (var store = open(url)) {
        var shop = new Shop();
        var expected = new Shop();
        try (var view = View.open(store, shop.query);
            var memory = View.open(expected.query)) {
          assertThat(view.step()).isGreaterThanOrEqualTo(said);
          for (long i = 1; i <= view.step(); i++) {
            memory.step(step(expected, i));
          }
          assertThat(view.get(shop.receipts)).isEqualTo(memory.get(expected.receipts));
          assertThat(View.get(store, shop.receipts)).isEqualTo(memory.get(expected.receipts));
        }
      }
    }
  }
}
