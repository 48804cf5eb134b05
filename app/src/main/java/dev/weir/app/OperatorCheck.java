package dev.weir.app;

import dev.weir.graph.Graph.Node;
import dev.weir.graph.Json;
import dev.weir.graph.Operator;
import dev.weir.graph.Ports;
import dev.weir.state.WeirException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Tests whether an operator keeps its contract, see {@link Operator}: runs it on some records as
 * they come, and again under conditions that must not change what it gives and what it keeps.
 *
 * <ul>
 *   <li>a snapshot taken and restored into a new instance after every record;
 *   <li>an epoch that ends behind every record, and all records at once, instead of one by one in
 *       one epoch; but between several inputs records have an order only by epochs, so there each
 *       has its own in any case;
 *   <li>an output that fails every other time, so that it goes on from the last commit;
 *   <li>if it is said to bear that: every record twice, or the records of its ports in another
 *       order.
 * </ul>
 *
 * <pre>{@code
 * var report = OperatorCheck.of(Total::new).records(1, 2, 3).run();
 * assertEquals(List.of(), report.breaches());
 * assertEquals(List.of(1L, 3L, 6L), report.outputs("out"));
 * }</pre>
 *
 * <p>All are real runs of the engine, in a store in memory. Immutable.
 */
public final class OperatorCheck {

  /** More would take minutes, and show no more. */
  private static final int MOST_RECORDS = 200;

  private final Subject subject;
  private final List<Given> input;
  private final boolean twice;
  private final boolean anyOrder;

  /**
   * What is tested.
   *
   * @param node the operator
   * @param inputs its connected inputs by name, with their numbers
   * @param outputs its connected outputs by name, with their numbers
   */
  record Subject(
      Node.OperatorNode node, Map<String, Integer> inputs, Map<String, Integer> outputs) {}

  /** A record for a port. */
  record Given(int port, Object value) {}

  private OperatorCheck(Subject subject, List<Given> input, boolean twice, boolean anyOrder) {
    this.subject = subject;
    this.input = List.copyOf(input);
    this.twice = twice;
    this.anyOrder = anyOrder;
  }

  /** Of an operator in Java, which is made anew for each run. */
  public static OperatorCheck of(Supplier<? extends Operator> operator) {
    var ports = operator.get().ports();
    return of(
        new Subject(
            new Node.OperatorNode("operator", operator, true).with(ports.ownOutput()),
            numbered(ports.inputs()),
            numbered(ports.outputs())));
  }

  private static Map<String, Integer> numbered(List<Ports.Port> ports) {
    var numbered = new LinkedHashMap<String, Integer>();
    ports.forEach(port -> numbered.put(port.name(), numbered.size()));
    return numbered;
  }

  /**
   * Of a node of a graph, in any language, as the graph configures and connects it; the rest of the
   * graph is left out.
   *
   * @throws CommandException when the graph has no such operator
   * @throws WeirException when the graph cannot be loaded
   */
  public static OperatorCheck of(Path graph, String node) {
    return of(graph, node, Map.of());
  }

  /** The same with values of the graph's parameters. */
  public static OperatorCheck of(Path graph, String node, Map<String, String> parameters) {
    return of(RunOptions.of(graph).withParameters(parameters), node);
  }

  private static OperatorCheck of(RunOptions options, String name) {
    if (!(Program.load(options) instanceof GraphProgram program)) {
      throw new CommandException(
          options.program()
              + " is a model; weir model test tests it, and this an operator of a graph");
    }
    return of(program.subject(name));
  }

  private static OperatorCheck of(Subject subject) {
    if (subject.inputs().isEmpty()) {
      throw new CommandException(
          "it has no inputs, so that it gives what it gives by its own time; weir torture tests it");
    }
    return new OperatorCheck(subject, List.of(), false, false);
  }

  /**
   * Some more records for its first input.
   *
   * @param values JSON values as Java objects
   * @throws dev.weir.graph.BadJsonException when they are none
   */
  public OperatorCheck records(Object... values) {
    return input(firstInput(), values);
  }

  private String firstInput() {
    return subject.inputs().keySet().iterator().next();
  }

  /** Some more records for an input, behind those that were given before for any. */
  public OperatorCheck input(String port, Object... values) {
    var number = subject.inputs().get(port);
    if (number == null) {
      throw new CommandException(
          "it has no connected input '" + port + "', but " + subject.inputs().keySet());
    }
    var more = new ArrayList<>(input);
    Arrays.asList(values)
        .forEach(value -> more.add(new Given(number, Json.parse(Json.toText(value)))));
    if (more.size() > MOST_RECORDS) {
      throw new CommandException("a test takes at most " + MOST_RECORDS + " records");
    }
    return new OperatorCheck(subject, more, twice, anyOrder);
  }

  /**
   * The records of a stream, which is read now, to its end, for its first input.
   *
   * @throws CommandException when it has none, too many, or bad ones
   */
  public OperatorCheck stream(String stream) throws Exception {
    return stream(firstInput(), stream);
  }

  /** The same for an input, behind the records that were given before for any. */
  public OperatorCheck stream(String port, String stream) throws Exception {
    return input(
        port,
        ModelCheck.read(stream).stream()
            .filter(batch -> batch.control() == null)
            .map(batch -> batch.get(0))
            .toArray());
  }

  /** It is to bear that every record comes twice: it ends with the same state. */
  public OperatorCheck bearingRepetition() {
    return new OperatorCheck(subject, input, true, anyOrder);
  }

  /** It is to bear that the records of its inputs come in between each other in any order. */
  public OperatorCheck bearingAnyOrder() {
    return new OperatorCheck(subject, input, twice, true);
  }

  /**
   * What was found.
   *
   * @param records how many records it was given
   * @param outputs what it gave undisturbed, by port, as JSON values
   * @param breaches where it breaks its contract, a line each; none if all is well
   */
  public record Report(int records, Map<String, List<Object>> outputs, List<String> breaches) {

    /** What it gave at a port, undisturbed. */
    public List<Object> outputs(String port) {
      return outputs.getOrDefault(port, List.of());
    }

    /** As a JSON value. */
    public Map<String, Object> toJson() {
      var json = new LinkedHashMap<String, Object>();
      json.put("records", (long) records);
      json.put("outputs", outputs);
      json.put("breaches", breaches);
      return json;
    }

    /** A few lines for people. */
    @Override
    public String toString() {
      var lines = new ArrayList<String>();
      int given = outputs.values().stream().mapToInt(List::size).sum();
      lines.add(records + " records, " + given + " outputs");
      lines.addAll(breaches);
      if (breaches.isEmpty()) {
        lines.add("the same under all conditions");
      }
      return String.join("\n", lines);
    }
  }

  /**
   * Tests it.
   *
   * @throws WeirException when it fails undisturbed
   */
  public Report run() throws InterruptedException {
    var plain = new OperatorTrial(subject, input).run();
    var breaches = new ArrayList<String>();
    compare(
        "restored after every record",
        "what it goes by is not all in its tables, or is not read from them in open()",
        plain,
        OperatorTrial::restoring,
        breaches);
    if (subject.inputs().size() == 1) {
      compare(
          "with an epoch behind every record",
          "what it does at a barrier changes what it does later",
          plain,
          OperatorTrial::withEpochs,
          breaches);
      compare(
          "with all records at once",
          "it goes by where a batch ends",
          plain,
          OperatorTrial::inBatches,
          breaches);
    }
    compare(
        "with an output that fails every other time",
        "it does not go on from the last commit as it was",
        plain,
        OperatorTrial::refusing,
        breaches);
    if (twice) {
      var again = new ArrayList<Given>();
      input.forEach(given -> again.addAll(List.of(given, given)));
      var repeated = attempt("with every record twice", OperatorTrial::run, again, breaches);
      if (repeated != null && !repeated.state().equals(plain.state())) {
        breaches.add(
            "with every record twice: "
                + differs(plain.state(), repeated.state())
                + " (a record that comes again is not recognised)");
      }
    }
    if (anyOrder && subject.inputs().size() > 1) {
      var sorted = new ArrayList<>(input);
      sorted.sort((a, b) -> Integer.compare(b.port(), a.port()));
      var other = attempt("with its inputs in another order", OperatorTrial::run, sorted, breaches);
      if (other != null) {
        var difference = difference(sorted(plain), sorted(other));
        if (difference != null) {
          breaches.add(
              "with its inputs in another order: " + difference + " (it goes by their order)");
        }
      }
    }
    return new Report(input.size(), named(plain), List.copyOf(breaches));
  }

  /** A run, as a condition makes it. */
  private interface Condition {
    OperatorTrial.Outcome run(OperatorTrial trial) throws InterruptedException;
  }

  private void compare(
      String name,
      String hint,
      OperatorTrial.Outcome plain,
      Condition condition,
      List<String> breaches)
      throws InterruptedException {
    var outcome = attempt(name, condition, input, breaches);
    if (outcome != null) {
      var difference = difference(plain, outcome);
      if (difference != null) {
        breaches.add(name + ": " + difference + " (" + hint + ")");
      }
    }
  }

  private OperatorTrial.Outcome attempt(
      String name, Condition condition, List<Given> records, List<String> breaches)
      throws InterruptedException {
    try {
      return condition.run(new OperatorTrial(subject, records));
    } catch (WeirException e) {
      breaches.add(name + ": it fails: " + e.getMessage());
      return null;
    }
  }

  /** How one outcome differs from another; null where it does not. */
  private String difference(OperatorTrial.Outcome plain, OperatorTrial.Outcome other) {
    for (var port : subject.outputs().entrySet()) {
      var expected = plain.outputs().get(port.getValue());
      var came = other.outputs().get(port.getValue());
      var at = Rehearsal.firstDifference(expected, came);
      if (at.isPresent()) {
        return "output %d of '%s' is %s, and undisturbed %s"
            .formatted(
                at.get() + 1,
                port.getKey(),
                Rehearsal.shown(came, at.get()),
                Rehearsal.shown(expected, at.get()));
      }
    }
    return plain.state().equals(other.state()) ? null : differs(plain.state(), other.state());
  }

  private static String differs(List<String> plain, List<String> other) {
    var missing = new ArrayList<>(plain);
    other.forEach(missing::remove);
    var more = new ArrayList<>(other);
    plain.forEach(more::remove);
    return "it keeps "
        + (more.isEmpty() ? "nothing" : more.get(0))
        + (missing.isEmpty() ? ", and undisturbed not" : ", and undisturbed " + missing.get(0));
  }

  private static OperatorTrial.Outcome sorted(OperatorTrial.Outcome outcome) {
    var outputs = new TreeMap<Integer, List<Object>>();
    outcome
        .outputs()
        .forEach(
            (port, list) ->
                outputs.put(
                    port,
                    list.stream()
                        .map(Json::toText)
                        .sorted()
                        .map(Function.<Object>identity())
                        .toList()));
    return new OperatorTrial.Outcome(outputs, outcome.state());
  }

  private Map<String, List<Object>> named(OperatorTrial.Outcome outcome) {
    var named = new LinkedHashMap<String, List<Object>>();
    subject
        .outputs()
        .forEach(
            (name, number) ->
                named.put(
                    name, new ArrayList<>(outcome.outputs().getOrDefault(number, List.of()))));
    return named;
  }
}
