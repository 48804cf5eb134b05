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
 * <p>Arguments: what (hand, view, upserts, merge, recompute, price, large, closure), address of the
 * store or -, items, batch, rows in memory. Prints one JSON object: rows a second of the second half (the first warms up), the median
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
    switch (args[0]) {
      case "price" -> {
        changePrice(Integer.parseInt(args[2]));
        return;
      }
      case "large" -> {
        grow(Integer.parseInt(args[2]), Integer.parseInt(args[3]));
        return;
      }
      case "closure" -> {
        closure();
        return;
      }
      default -> {}
    }
    int count = Integer.parseInt(args[2]);
    int batch = Integer.parseInt(args[3]);
    try (var target =
        switch (args[0]) {
          case "hand" -> new Hand();
          case "view" -> new ViewTarget(args[1], args.length > 4 ? Long.parseLong(args[4]) : 0);
          case "upserts" -> new Upserts("jdbc:" + args[1]);
          case "merge" -> new Merge(args[1]);
          case "recompute" ->
              new Recompute(args[1].startsWith("jdbc:") ? args[1] : "jdbc:" + args[1]);
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

  /** The rate when there are 100,000 rows, and when there are all. */
  private static void grow(int count, int batch) throws Exception {
    try (var target = new ViewTarget("-", 0)) {
      var products = new ArrayList<Product>();
      for (int i = 0; i < PRODUCTS; i++) {
        products.add(new Product("product " + i, price(i)));
      }
      target.products(products);
      int window = 100_000;
      double first = 0;
      double last = 0;
      for (int from = 0; from < count; from += window) {
        long taken = 0;
        for (int b = 0; b < window; b += batch) {
          var rows = new ArrayList<LineItem>();
          for (int i = 0; i < batch; i++) {
            rows.add(item(from + b + i));
          }
          long before = System.nanoTime();
          target.items(rows);
          taken += System.nanoTime() - before;
        }
        double rate = window * 1e9 / taken;
        // The first windows warm up; of those around a size the best counts, which noise spares.
        if (from >= window && from < 4 * window) {
          first = Math.max(first, rate);
        } else if (from >= count - 3 * window) {
          last = Math.max(last, rate);
        }
      }
      System.out.printf(
          "{\"rate\": %.0f, \"first\": %.0f, \"total\": %.1f}%n", last, first, target.total());
    }
  }

  /** Paths of 10,000 nodes with 20,000 edges in parts of 20 nodes, while single edges come and go. */
  private static void closure() {
    record Edge(int from, int to) {}
    var query = new Query("closure");
    var edges = query.input("edge", Integer.class, Integer.class);
    var paths = Stream.transitiveClosure(edges).materialize("path");
    var view = View.open(query);
    var random = new java.util.Random(1);
    var there = new java.util.LinkedHashSet<Edge>();
    var step = Step.once();
    while (there.size() < 20_000) {
      int part = 20 * random.nextInt(500);
      var edge = new Edge(part + random.nextInt(20), part + random.nextInt(20));
      if (there.add(edge)) {
        step.add(edges, new dev.weir.views.Pair<>(edge.from(), edge.to()), 1);
      }
    }
    view.step(step);
    var all = new ArrayList<>(there);
    var nanos = new ArrayList<Long>();
    long changed = 0;
    for (int i = 0; i < 400; i++) {
      var edge = all.get(random.nextInt(all.size()));
      for (int sign = -1; sign <= 1; sign += 2) {
        long before = System.nanoTime();
        var change =
            view.step(
                Step.once().add(edges, new dev.weir.views.Pair<>(edge.from(), edge.to()), sign));
        nanos.add(System.nanoTime() - before);
        changed += change.of(paths).size();
      }
    }
    var last = new ArrayList<>(nanos.subList(nanos.size() / 2, nanos.size()));
    last.sort(null);
    System.out.printf(
        "{\"rate\": 0, \"median_us\": %.2f, \"rows\": %d, \"changed\": %.1f}%n",
        last.get(last.size() / 2) / 1e3, view.get(paths).size(), (double) changed / nanos.size());
  }

  /** One price change that many items join. */
  private static void changePrice(int items) throws Exception {
    try (var target = new ViewTarget("-", 0)) {
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

    ViewTarget(String url, long workingSet) {
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
      if (workingSet > 0) {
        query.workingSet(workingSet);
      }
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
      connection = DriverManager.getConnection(url);
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

  /** The same rows into Postgres, as fast as it takes them: COPY, and a merge of the totals. */
  private static final class Merge implements Target {
    private final Hand hand = new Hand();
    private final Connection connection;

    Merge(String url) throws Exception {
      connection = DriverManager.getConnection(url);
      try (var statement = connection.createStatement()) {
        statement.execute(
            "create table item (id bigint generated always as identity primary key,"
                + " basket bigint, product text, qty int)");
        statement.execute("create table total (basket bigint primary key, total double precision)");
        statement.execute("create temp table fresh (basket bigint, total double precision)");
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
      var text = new StringBuilder();
      var touched = new java.util.HashSet<Long>();
      for (var item : items) {
        text.append(item.basketId()).append('\t').append(item.productName());
        text.append('\t').append(item.qty()).append('\n');
        touched.add(item.basketId());
      }
      copy("copy item (basket, product, qty) from stdin", text);
      text.setLength(0);
      touched.forEach(
          basket ->
              text.append(basket).append('\t').append(hand.totals.get(basket)).append('\n'));
      copy("copy fresh from stdin", text);
      try (var statement = connection.createStatement()) {
        statement.execute(
            "insert into total select * from fresh on conflict (basket)"
                + " do update set total = excluded.total");
        statement.execute("delete from fresh");
      }
      connection.commit();
    }

    private void copy(String sql, StringBuilder text) throws Exception {
      connection
          .unwrap(org.postgresql.PGConnection.class)
          .getCopyAPI()
          .copyIn(sql, new java.io.StringReader(text.toString()));
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

  /** The query made again by a database after each batch. */
  private static final class Recompute implements Target {
    private final Connection connection;
    private double total;

    Recompute(String url) throws Exception {
      connection = DriverManager.getConnection(url);
      try (var statement = connection.createStatement()) {
        statement.execute("create table product (name text primary key, price double precision)");
        statement.execute("create table item (basket bigint, product text, qty int)");
      }
      connection.setAutoCommit(false);
    }

    @Override
    public void products(List<Product> products) throws Exception {
      try (var insert = connection.prepareStatement("insert into product values (?, ?)")) {
        for (var product : products) {
          insert.setString(1, product.name());
          insert.setDouble(2, product.price());
          insert.addBatch();
        }
        insert.executeBatch();
      }
      connection.commit();
    }

    @Override
    public void items(List<LineItem> items) throws Exception {
      try (var insert = connection.prepareStatement("insert into item values (?, ?, ?)")) {
        for (var item : items) {
          insert.setLong(1, item.basketId());
          insert.setString(2, item.productName());
          insert.setInt(3, item.qty());
          insert.addBatch();
        }
        insert.executeBatch();
      }
      connection.commit();
      try (var statement = connection.createStatement();
          var rows =
              statement.executeQuery(
                  "select i.basket, sum(p.price * i.qty) from item i join product p"
                      + " on p.name = i.product group by i.basket")) {
        total = 0;
        while (rows.next()) {
          total += rows.getDouble(2);
        }
      }
    }

    @Override
    public double total() {
      return total;
    }

    @Override
    public void close() throws Exception {
      connection.close();
    }
  }
}
