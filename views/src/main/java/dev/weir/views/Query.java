package dev.weir.views;

import dev.weir.state.Index;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Describes a view: inputs, and streams made of them. Give it to {@link View} to run it. Not
 * thread-safe while it is built; then immutable.
 */
public final class Query {

  private final String name;
  private final Map<String, Integer> counts = new HashMap<>();
  private final Set<String> names = new HashSet<>();
  private final List<Input<?>> inputs = new ArrayList<>();
  private final List<Node> all = new ArrayList<>();

  /** Where new nodes go: the query, or the body of a recursion being described. */
  private List<Node> current = all;

  private int depth;
  private boolean closed;
  private long bound;
  private final List<Added> added = new ArrayList<>();

  /**
   * @param name lower-case words joined by underscores: the name of the view and the beginning of
   *     its tables' names
   */
  public Query(String name) {
    checkName(name);
    this.name = name;
  }

  public String name() {
    return name;
  }

  /**
   * Lets at most so many rows of each state stay in memory between steps; the others are read from
   * the store when a step needs them. A key's rows stay together. What a step touches is in memory
   * while it is made, and what {@code integrate}, {@code delay}, {@code differentiate} and
   * recursions hold always is. The view must be in a store.
   */
  public Query workingSet(long rows) {
    checkOpen();
    if (rows < 1) {
      throw new ViewException("a working set of %d rows".formatted(rows));
    }
    bound = rows;
    return this;
  }

  /**
   * Says what rows of a record have in a component that was added to it, where they were kept
   * before: then a store that knows the query without the component is brought to the query as it
   * is. Results stay as they are; rebuild the view if they are to depend on the component. Say it
   * for each component, in the order in which they were added.
   */
  public <R extends Record, V> Query added(Class<R> type, String component, V value) {
    checkOpen();
    if (Arrays.stream(type.getRecordComponents()).noneMatch(c -> c.getName().equals(component))) {
      throw new ViewException("%s has no component %s".formatted(type.getSimpleName(), component));
    }
    added.add(new Added(type, component, value));
    return this;
  }

  List<Added> added() {
    return List.copyOf(added);
  }

  long bound() {
    return bound;
  }

  /** Rows that come from outside. */
  public <T> Input<T> input(String name, Class<T> type) {
    return input(name, RowType.of(type));
  }

  /** Pairs that come from outside. */
  public <A, B> Input<Pair<A, B>> input(String name, Class<A> left, Class<B> right) {
    return input(name, RowType.pair(RowType.of(left), RowType.of(right)));
  }

  private <T> Input<T> input(String name, RowType<T> type) {
    checkName(name);
    checkOutsideRecursion("input");
    if (!names.add(name)) {
      throw new ViewException("query %s has two nodes named %s".formatted(this.name, name));
    }
    var input = new Input<T>(this, add("input", name, type, List.of(), null, t -> new Ops.In()));
    inputs.add(input);
    return input;
  }

  <T> Stream<T> add(String kind, RowType<T> type, List<Node> inputs, Node.Maker maker) {
    return add(kind, type, inputs, null, maker);
  }

  private <T> Stream<T> add(
      String kind, RowType<T> type, List<Node> inputs, List<Node> body, Node.Maker maker) {
    String structural;
    do {
      structural = kind + counts.merge(kind, 1, Integer::sum);
    } while (!names.add(structural));
    return new Stream<>(this, add(kind, structural, type, inputs, body, maker));
  }

  @SuppressWarnings("unchecked") // rows of a circuit are of the types it was described with
  private Node add(
      String kind,
      String nodeName,
      RowType<?> type,
      List<Node> inputs,
      List<Node> body,
      Node.Maker maker) {
    checkOpen();
    var node = new Node(kind, nodeName, (RowType<Object>) type, inputs, body, maker);
    current.add(node);
    return node;
  }

  void rename(Node node, String to) {
    checkName(to);
    if (!names.add(to)) {
      throw new ViewException("query %s has two nodes named %s".formatted(name, to));
    }
    names.remove(node.name);
    node.name = to;
  }

  <T> Stream<T> materialize(Stream<T> rows, String table, Index... indexes) {
    checkName(table);
    checkOutsideRecursion("materialize");
    var made = new Node[1];
    Node.Maker maker =
        tables ->
            new Ops.Kept(
                tables == null ? null : entries(made[0]),
                made[0].retained == 0
                    ? null
                    : new History(historyOf(table), rows.node.type, made[0].retained));
    if (!names.add(table)) {
      throw new ViewException("query %s has two nodes named %s".formatted(name, table));
    }
    var node = add("materialize", table, rows.node.type, List.of(rows.node), null, maker);
    node.table = table;
    node.indexes.addAll(List.of(indexes));
    made[0] = node;
    return new Stream<>(this, node);
  }

  /** The table of a result. */
  EntryTable entries(Node node) {
    return new EntryTable(node.table, node.type, node.indexes, node.computed, bound);
  }

  static String historyOf(String table) {
    return table + "_history";
  }

  void checkOpen() {
    if (closed) {
      throw new ViewException("query %s runs already and cannot be extended".formatted(name));
    }
  }

  @SuppressWarnings("unchecked") // rows of a circuit are of the types it was described with
  <T> Stream<T> recursion(Stream<T> seed, int bound, Function<Stream<T>, Stream<T>> describe) {
    var variable =
        new Stream<T>(
            this, new Node("set", "set", (RowType<Object>) seed.type(), List.of(), null, null));
    var body = new ArrayList<Node>();
    var result = describe(body, () -> describe.apply(variable));
    var imports = imports(body, variable, result);
    var inputs = new ArrayList<Node>();
    inputs.add(seed.node);
    inputs.addAll(imports);
    return add(
        "fixpoint",
        seed.type(),
        inputs,
        body,
        tables ->
            new Recursion(
                variable.node, body, imports, result.node, bound, seed.node.type, tables));
  }

  @SuppressWarnings("unchecked") // rows of a circuit are of the types it was described with
  <K, T, V> Stream<Grouped<K, V>> nested(
      Stream<T> rows,
      RowType<K> keys,
      Function<Object, Object> key,
      Function<Stream<T>, Stream<V>> describe) {
    var variable =
        new Stream<T>(
            this, new Node("group", "group", (RowType<Object>) rows.type(), List.of(), null, null));
    var body = new ArrayList<Node>();
    var result = describe(body, () -> describe.apply(variable));
    var imports = imports(body, variable, result);
    if (!imports.isEmpty()) {
      throw new ViewException(
          "query %s: within a group there are the rows of the group alone, not %s: join them before they are grouped"
              .formatted(name, imports.get(0).name));
    }
    return add(
        "each_group",
        RowType.grouped(keys, result.type()),
        List.of(rows.node),
        body,
        tables -> new Nested(variable.node, body, result.node, key, rows.node.type, tables));
  }

  /** Describes nodes that go into a body. */
  private <V> Stream<V> describe(List<Node> body, Supplier<Stream<V>> describe) {
    var outer = current;
    current = body;
    depth++;
    try {
      return describe.get();
    } finally {
      current = outer;
      depth--;
    }
  }

  /** What a body reads from outside. */
  private static List<Node> imports(List<Node> body, Stream<?> variable, Stream<?> result) {
    var imports = new ArrayList<Node>();
    for (var node : body) {
      for (var input : node.inputs) {
        addImport(imports, body, variable.node, input);
      }
    }
    addImport(imports, body, variable.node, result.node);
    return imports;
  }

  private static void addImport(List<Node> imports, List<Node> body, Node variable, Node node) {
    if (node != variable && !body.contains(node) && !imports.contains(node)) {
      imports.add(node);
    }
  }

  void checkOutsideRecursion(String kind) {
    if (depth > 0) {
      throw new ViewException(
          "query %s: %s has no meaning within a recursion or a group".formatted(name, kind));
    }
  }

  /** The circuit as a text, one node a line: what a store compares when a view is opened again. */
  public String explain() {
    return explain(List.of());
  }

  /** As it was before these components were added. */
  String explain(List<Added> without) {
    var text = new StringBuilder();
    explain(all, "", text, without);
    if (bound != 0) {
      text.append("tables by the keys of rows\n");
    }
    return text.toString();
  }

  private static void explain(
      List<Node> nodes, String indent, StringBuilder text, List<Added> without) {
    for (var node : nodes) {
      text.append(indent).append(node.name).append(" = ").append(node.kind);
      if (!node.inputs.isEmpty()) {
        text.append('(').append(String.join(", ", node.inputNames())).append(')');
      }
      text.append(" : ").append(node.type.text(without)).append('\n');
      if (node.body != null) {
        explain(node.body, indent + "  ", text, without);
      }
    }
  }

  /** The circuit as a Mermaid flowchart. */
  public String mermaid() {
    return Drawing.mermaid(all, node -> node.name, Node::inputNames, Query::title);
  }

  /** The circuit as a graph in the language of Graphviz. */
  public String dot() {
    return Drawing.dot(name, all, node -> node.name, Node::inputNames, Query::title);
  }

  private static String title(Node node) {
    return Drawing.title(node.name, node.kind);
  }

  List<Node> close() {
    closed = true;
    return all;
  }

  /** The names of its inputs. */
  public List<String> inputNames() {
    return inputs.stream().map(input -> input.node.name).toList();
  }

  List<Input<?>> inputs() {
    return inputs;
  }

  /** What is materialized, in the order in which it was described. */
  List<Node> results() {
    return all.stream().filter(node -> node.table != null).toList();
  }

  Tables tables(Node node) {
    return new Tables(name + "_" + node.name, bound);
  }

  private static void checkName(String name) {
    if (!name.matches("[a-z][a-z0-9_]*")) {
      throw new ViewException(
          "%s is no name here: write lower-case words joined by underscores".formatted(name));
    }
  }
}
