import dev.weir.state.Store;
import dev.weir.state.Stores;
import dev.weir.views.Input;
import dev.weir.views.Pair;
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
 * store or - (closure: layers or parts), items (closure: nodes), batch, rows in memory. Prints one JSON object: rows a second of the second half (the first warms up), the median
 * of a step, and what is to be the same for all.
 */
public final class Receipts {

  record Product(String name, double price) {}

  record LineItem(long basketId, String productName, int qty) {}

  record Receipt(long basketId, double total) {}

  private static final int PRODUCTS = 1_000;
  private static final int PER_BASKET = 5;

  /** How often an edge comes or goes. */
  private static final int CHANGES = 2_000;

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
        // The first one warms up.
        closure(args[1], Integer.parseInt(args[2]) / 10);
        var whole = closure(args[1], Integer.parseInt(args[2]));
        var tenth = closure(args[1], Integer.parseInt(args[2]) / 10);
        System.out.printf(
            "{\"rate\": 0, \"median_us\": %.2f, \"rows\": %d, \"us_per_row\": %.3f, \"of_tenth\": %.3f, \"sizes\": [%s]}%n",
            whole.median, whole.rows, whole.perRow, tenth.perRow, whole.sizes);
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

  private record Edge(int from, int to) {}

  /**
   * What the steps took, in µs at the median: all; those that changed 10 to 99 rows, for each row;
   * and all by how many rows they changed.
   */
  private record Paths(double median, long rows, double perRow, String sizes) {}

  /**
   * Paths of a random graph with two edges for each node, while single edges come and go: either
   * one graph without circles, in layers, or one of many parts with circles in them. A random graph
   * without such bounds would have as many paths as pairs of nodes.
   */
  private static Paths closure(String shape, int nodes) {
    var query = new Query("closure");
    var edges = query.input("edge", Integer.class, Integer.class);
    var paths = Stream.transitiveClosure(edges).materialize("path");
    var view = View.open(query);
    var random = new java.util.Random(1);
    var there = shape.equals("layers") ? layers(nodes, random) : parts(nodes, random);
    var step = Step.once();
    there.forEach(edge -> step.add(edges, new Pair<>(edge.from(), edge.to()), 1));
    view.step(step);
    var all = new ArrayList<>(there);
    var gone = new ArrayList<Edge>();
    // How long the steps took that changed 0 rows, 1 to 9, 10 to 99, ...
    var nanos = new ArrayList<List<Long>>();
    for (int i = 0; i < 6; i++) {
      nanos.add(new ArrayList<>());
    }
    var changed = new long[6];
    var each = new ArrayList<Long>();
    var perRow = new ArrayList<Long>();
    for (int i = 0; i < CHANGES; i++) {
      // About fifty edges are gone, each for some time.
      boolean back = random.nextInt(100) < gone.size();
      var from = back ? gone : all;
      var to = back ? all : gone;
      var edge = from.remove(random.nextInt(from.size()));
      to.add(edge);
      int sign = back ? 1 : -1;
      long before = System.nanoTime();
      var change = view.step(Step.once().add(edges, new Pair<>(edge.from(), edge.to()), sign));
      long taken = System.nanoTime() - before;
      int rows = change.of(paths).size();
      if (i >= CHANGES / 2) {
        int size = String.valueOf(rows).length() - (rows == 0 ? 1 : 0);
        nanos.get(size).add(taken);
        changed[size] += rows;
        if (size == 2) {
          perRow.add(taken / rows);
        }
        each.add(taken);
      }
      if (i == CHANGES / 2 || i == CHANGES - 1) {
        checkPaths(all, view.get(paths));
      }
    }
    var sizes = new ArrayList<String>();
    for (int i = 0; i < changed.length; i++) {
      int steps = nanos.get(i).size();
      if (steps > 0) {
        sizes.add(
            "{\"steps\": %d, \"changed\": %.1f, \"us\": %.1f}"
                .formatted(steps, (double) changed[i] / steps, median(nanos.get(i))));
      }
    }
    return new Paths(
        median(each), view.get(paths).size(), median(perRow), String.join(", ", sizes));
  }

  private static double median(List<Long> nanos) {
    nanos.sort(null);
    return nanos.get(nanos.size() / 2) / 1e3;
  }

  /** Each edge goes from one of six layers to the next. */
  private static java.util.Set<Edge> layers(int nodes, java.util.Random random) {
    var there = new java.util.LinkedHashSet<Edge>();
    int layer = nodes / 6;
    while (there.size() < 2 * nodes) {
      int from = layer * random.nextInt(5);
      there.add(new Edge(from + random.nextInt(layer), from + layer + random.nextInt(layer)));
    }
    return there;
  }

  /** Each edge is between two of the 5 to 40 nodes of a part. */
  private static java.util.Set<Edge> parts(int nodes, java.util.Random random) {
    var firsts = new int[nodes];
    var sizes = new int[nodes];
    for (int first = 0; first < nodes; first += sizes[first]) {
      int size = Math.min(nodes - first, 5 + random.nextInt(36));
      Arrays.fill(firsts, first, first + size, first);
      Arrays.fill(sizes, first, first + size, size);
    }
    var there = new java.util.LinkedHashSet<Edge>();
    while (there.size() < 2 * nodes) {
      int from = random.nextInt(nodes);
      there.add(new Edge(from, firsts[from] + random.nextInt(sizes[from])));
    }
    return there;
  }

  /** Compares paths with those that a walk from each node finds. */
  private static void checkPaths(
      List<Edge> edges, dev.weir.views.ZSet<Pair<Integer, Integer>> paths) {
    var next = new HashMap<Integer, List<Integer>>();
    edges.forEach(e -> next.computeIfAbsent(e.from(), n -> new ArrayList<>()).add(e.to()));
    long found = 0;
    for (int from : next.keySet()) {
      var seen = new java.util.HashSet<Integer>(next.get(from));
      var left = new java.util.ArrayDeque<Integer>(seen);
      while (!left.isEmpty()) {
        int node = left.remove();
        if (paths.weight(new Pair<>(from, node)) != 1) {
          throw new AssertionError("there is a path from %d to %d".formatted(from, node));
        }
        found++;
        for (int to : next.getOrDefault(node, List.of())) {
          if (seen.add(to)) {
            left.add(to);
          }
        }
      }
    }
    if (found != paths.size()) {
      throw new AssertionError("%d paths are there, not %d".formatted(found, paths.size()));
    }
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
