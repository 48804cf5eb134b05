package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.fixtures.PostgresServer;
import dev.weir.state.Index;
import dev.weir.state.Stores;
import dev.weir.views.Query;
import dev.weir.views.View;
import dev.weir.views.ViewException;
import dev.weir.views.Views;
import dev.weir.views.ZSet;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Views are read by another process that has only the address of the store. */
class ViewCommandTest {

  record Product(String name, double price) {}

  record LineItem(long basketId, String productName, int qty) {}

  record Receipt(long basketId, double total) {}

  record Total(long basketId, double total) {}

  record Other(long basketId, String total) {}

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"sqlite", "postgres"})
  void aViewIsReadWithoutTheCodeOfItsQuery(String kind) throws Exception {
    var cli = new Cli(folder);
    var url =
        kind.equals("sqlite")
            ? "sqlite:" + cli.file("shop.db")
            : PostgresServer.shared().freshStore();
    var query = new Query("shop");
    var products = query.input("product", Product.class).keep(Product::name);
    var items = query.input("line_item", LineItem.class);
    products
        .join(items, Product::name, LineItem::productName)
        .groupBy(Long.class, sold -> sold.right().basketId())
        .sum(sold -> sold.left().price() * sold.right().qty())
        .map(Receipt.class, total -> new Receipt(total.key(), total.value()))
        .materialize("receipt", new Index("by_total", List.of("total")));
    try (var store = Stores.open(url, Clock.systemUTC());
        var view = View.open(store, query)) {
      view.insert(products, new Product("tv", 3), new Product("radio", 5));
      view.insert(
          items, new LineItem(1, "radio", 4), new LineItem(1, "tv", 1), new LineItem(2, "tv", 2));
      assertThat(cli.weir("view", "scan", "shop", "receipt", "--index", "by_total", "--store", url))
          .satisfies(
              result ->
                  assertThat(result.ok().lines())
                      .containsExactly(
                          "{\"basket_id\":2,\"total\":6.0,\"row_weight\":1}",
                          "{\"basket_id\":1,\"total\":23.0,\"row_weight\":1}"));
      view.replace(products, new Product("tv", 3), new Product("tv", 4));
    }
    try (var store = Stores.open(url, Clock.systemUTC())) {
      var views = new Views(store);
      assertThat(views.get("shop", "receipt", Total.class))
          .isEqualTo(ZSet.of(new Total(1, 24), new Total(2, 8)));
      assertThatThrownBy(() -> views.get("shop", "receipt", Other.class))
          .isInstanceOf(ViewException.class)
          .hasMessageContaining("receipt of view shop has rows Receipt(");
    }
    assertThat(cli.weir("view", "list", "--store", url).ok().lines().get(1))
        .startsWith("shop")
        .contains("  3  ");
    assertThat(cli.weir("view", "draw", "shop", "--store", url).ok().out())
        .contains(
            "product[\"input product<br/>2 rows\"]", "receipt<br/>2 rows", "product --> join1");
    assertThat(cli.weir("view", "inspect", "shop", "--store", url).ok().out())
        .contains("view shop, step 3", "materialize", "receipt");
    var wrong = cli.weir("view", "scan", "shop", "recipt", "--store", url);
    assertThat(wrong.status()).isEqualTo(1);
    assertThat(wrong.err()).contains("view shop has no table recipt; it has: ", "receipt");
  }
}
