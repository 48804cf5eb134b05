import dev.weir.views.Query;

/** What each basket costs, with the prices of now. */
final class Receipts {

  record Product(String name, double price) {}

  record LineItem(long basketId, String productName, long qty) {}

  record Receipt(long basketId, double total) {}

  static Query query() {
    var query = new Query("shop");
    var products = query.input("product", Product.class).keep(Product::name);
    var items = query.input("line_item", LineItem.class);
    products
        .join(items, Product::name, LineItem::productName)
        .groupBy(Long.class, sold -> sold.right().basketId())
        .sum(sold -> sold.left().price() * sold.right().qty())
        .map(Receipt.class, total -> new Receipt(total.key(), total.value()))
        .materialize("receipt");
    return query;
  }
}
