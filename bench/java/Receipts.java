import dev.weir.state.Store;
import dev.weir.state.Stores;
import dev.weir.views.Input;
import dev.weir.views.Query;
import dev.weir.views.Step;
import dev.weir.views.Stream;
import dev.weir.views.View;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Line items of a thousand products, and the total of each basket: by a view, by maps written by
 * hand, and by plain upserts of the same rows into SQLite.
 *
 * <p>Arguments: what (hand, view, upserts, price, closure), address of the store or -, items,
 * batch. Prints one JSON object: rows a second of the second half (the first warms up), the median
 * of a step, and what is to be the same for all.
 */
public final class Receipts {

  record Product(String name, double price) {}

  record LineItem(long basketId, String productName, int qty) {}

  record Receipt(long basketId, double total) {}

  private static final int PRODUCTS = 1_000;
  private static final int PER_BASKET = 5;

  private static LineItem item(int i) {
    return new LineItem(
        i / PER_BASKET, "product " + Math.floorMod(i * 2654435761L, PRODUCTS), 1 + i % 7);
  }

  private static double price(int i) {
    return 1 + i % 97;
  }

  private interface Target extends AutoCloseable {
    void products(List<Product> products) throws Exception;

    void items(List<LineItem> items) throws Exception;

    double total() throws Exception;

    @Override
    default void close() throws Exception {}
  }

  public static void main(String[] args) throws Exception {
    if (args[0].equals("price")) {
      changePrice(Integer.parseInt(args[2]));
      return;
    }
    int count = Integer.parseInt(args[2]);
    int batch = Integer.parseInt(args[3]);
    try (var target =
        switch (args[0]) {
          case "hand" -> new Hand();
          case "view" -> new ViewTarget(args[1]);
          case "upserts" -> new Upserts(args[1]);
          default -> throw new IllegalArgumentException(args[0]);
        }) {
      var products = new ArrayList<Product>();
      for (int i = 0; i < PRODUCTS; i++) {
        products.add(new Product("product " + i, price(i)));
      }
      target.products(products);
      var rows = new LineItem[count];
      for (int i = 0; i < count; i++) {
        rows[i] = item(i);
      }
      var nanos = new long[count / batch];
      long start = 0;
      long cpu = 0;
      for (int b = 0; b < nanos.length; b++) {
        if (b == nanos.length / 2) {
          start = System.nanoTime();
          cpu = cpu();
        }
        long before = System.nanoTime();
        target.items(Arrays.asList(rows).subList(b * batch, (b + 1) * batch));
        nanos[b] = System.nanoTime() - before;
      }
      long taken = System.nanoTime() - start;
      cpu = cpu() - cpu;
      int measured = (nanos.length - nanos.length / 2) * batch;
      var half = Arrays.copyOfRange(nanos, nanos.length / 2, nanos.length);
      Arrays.sort(half);
      System.out.printf(
          "{\"rate\": %.0f, \"median_us\": %.2f, \"cpu_us\": %.3f, \"total\": %.1f}%n",
          measured * 1e9 / taken,
          half[half.length / 2] / 1e3,
          cpu / 1e3 / measured,
          target.total());
    }
  }

  /** The CPU time of the whole process, with that of the garbage collector. */
  private static long cpu() {
    return ((com.sun.management.OperatingSystemMXBean)
            java.lang.management.ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  /** One price change that many items join. */
  private static void changePrice(int items) throws Exception {
    try (var target = new ViewTarget("-")) {
      target.products(List.of(new Product("tv", 1)));
      var all = new ArrayList<LineItem>();
      for (int i = 0; i < items; i++) {
        all.add(new LineItem(i, "tv", 1));
      }
      target.items(all);
      var nanos = new ArrayList<Long>();
      for (int i = 1; i < 60; i++) {
        long before = System.nanoTime();
        target.view.replace(target.products, new Product("tv", i), new Product("tv", i + 1));
        nanos.add(System.nanoTime() - before);
      }
      var last = new ArrayList<>(nanos.subList(30, nanos.size()));
      last.sort(null);
      System.out.printf(
          "{\"rate\": 0, \"median_us\": %.2f, \"total\": %.1f}%n",
          last.get(last.size() / 2) / 1e3, target.total());
    }
  }

  private static final class ViewTarget implements Target {
    final Input<Product> products;
    final Input<LineItem> items;
    final Stream<Receipt> receipts;
    final Store store;
    final View view;

    ViewTarget(String url) {
      var query = new Query("shop");
      products = query.input("product", Product.class);
      items = query.input("line_item", LineItem.class);
      receipts =
          products
              .join(items, Product::name, LineItem::productName)
              .named("sold")
              .groupBy(Long.class, sold -> sold.right().basketId())
              .sum(sold -> sold.left().price() * sold.right().qty())
              .map(Receipt.class, total -> new Receipt(total.key(), total.value()))
              .materialize("receipt");
      store = url.equals("-") ? null : Stores.open(url, Clock.systemUTC());
      view = store == null ? View.open(query) : View.open(store, query);
    }

    @Override
    public void products(List<Product> rows) {
      view.insert(products, rows.toArray(Product[]::new));
    }

    @Override
    public void items(List<LineItem> rows) {
      var step = Step.once();
      for (var row : rows) {
        step.add(items, row, 1);
      }
      view.step(step);
    }

    @Override
    public double total() {
      var sum = new double[1];
      view.get(receipts).forEach((row, weight) -> sum[0] += row.total() * weight);
      return sum[0];
    }

    @Override
    public void close() {
      view.close();
      if (store != null) {
        store.close();
      }
    }
  }

  /** What somebody would write who needs this one result, in memory, and no more. */
  private static final class Hand implements Target {
    private final Map<String, Double> prices = new HashMap<>();
    private final Map<String, List<LineItem>> byProduct = new HashMap<>();
    private final Map<Long, Double> totals = new HashMap<>();

    @Override
    public void products(List<Product> products) {
      products.forEach(product -> prices.put(product.name(), product.price()));
    }

    @Override
    public void items(List<LineItem> items) {
      for (var item : items) {
        byProduct.computeIfAbsent(item.productName(), name -> new ArrayList<>()).add(item);
        var price = prices.get(item.productName());
        if (price != null) {
          totals.merge(item.basketId(), price * item.qty(), Double::sum);
        }
      }
    }

    @Override
    public double total() {
      return totals.values().stream().mapToDouble(total -> total).sum();
    }
  }

  /** The rows that the view writes, written by hand: items inserted, totals upserted, in batches. */
  private static final class Upserts implements Target {
    private final Hand hand = new Hand();
    private final Connection connection;

    Upserts(String url) throws Exception {
      connection = DriverManager.getConnection("jdbc:" + url);
      try (var statement = connection.createStatement()) {
        statement.execute("pragma journal_mode = wal");
        statement.execute("pragma synchronous = full");
        statement.execute(
            "create table item (id integer primary key, basket integer, product text, qty integer)");
        statement.execute("create table total (basket integer primary key, total real)");
      }
      connection.setAutoCommit(false);
    }

    @Override
    public void products(List<Product> products) {
      hand.products(products);
    }

    @Override
    public void items(List<LineItem> items) throws Exception {
      hand.items(items);
      try (var insert =
              connection.prepareStatement("insert into item (basket, product, qty) values (?, ?, ?)");
          var upsert = connection.prepareStatement("insert or replace into total values (?, ?)")) {
        var touched = new java.util.HashSet<Long>();
        for (var item : items) {
          insert.setLong(1, item.basketId());
          insert.setString(2, item.productName());
          insert.setInt(3, item.qty());
          insert.addBatch();
          touched.add(item.basketId());
        }
        insert.executeBatch();
        for (long basket : touched) {
          upsert.setLong(1, basket);
          upsert.setDouble(2, hand.totals.get(basket));
          upsert.addBatch();
        }
        upsert.executeBatch();
      }
      connection.commit();
    }

    @Override
    public double total() {
      return hand.total();
    }

    @Override
    public void close() throws Exception {
      connection.close();
    }
  }
}
