package dev.weir.app.internal;

import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.Graph;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.Ports;
import dev.weir.graph.TransientFailureException;
import dev.weir.state.WeirException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/**
 * What happens to the operators of a tortured process: one fails, one is slow for a while. The
 * process reads it from its environment, where nobody else puts it.
 *
 * <p>Written {@code fail NODE MILLIS} and {@code slow NODE MILLIS FOR}, with commas between them:
 * so many milliseconds after the process was started, with the node's next records. Each happens
 * once in a process, and is noted in a file.
 */
public final class Disturbance {

  public static final String VARIABLE = "WEIR_TORTURE";

  /** Where it is noted what happened, in the current folder: the lines as they are written. */
  public static final Path NOTES = Path.of(".weir", "torture");

  private static final Pattern FAULT = Pattern.compile("(fail|slow) ([^ ,]+) (\\d+)(?: (\\d+))?");

  /** Something that is to happen. */
  private static final class Fault {
    private final String text;
    private final boolean fails;
    private final String node;
    private final long after;
    private final long lasts;
    private boolean happened;

    Fault(String text, boolean fails, String node, long after, long lasts) {
      this.text = text;
      this.fails = fails;
      this.node = node;
      this.after = after;
      this.lasts = lasts;
    }

    synchronized boolean isDue(LongSupplier age) {
      boolean due = !happened && age.getAsLong() >= after;
      happened |= due;
      return due;
    }
  }

  private final List<Fault> faults;
  private final Path notes;
  private final LongSupplier age;

  private Disturbance(List<Fault> faults, Path notes, LongSupplier age) {
    this.faults = faults;
    this.notes = notes;
    this.age = age;
  }

  /** What the environment asks for. */
  public static Optional<Disturbance> asked(Map<String, String> environment) {
    return Optional.ofNullable(environment.get(VARIABLE))
        .map(text -> parse(text, NOTES, Disturbance::age));
  }

  /** How many milliseconds ago this process was started. */
  private static long age() {
    var now = Clock.systemUTC().instant();
    var started = ProcessHandle.current().info().startInstant().orElse(now);
    return Duration.between(started, now).toMillis();
  }

  static Disturbance parse(String text, Path notes, LongSupplier age) {
    var faults = new ArrayList<Fault>();
    for (var part : text.split(",", -1)) {
      var matcher = FAULT.matcher(part);
      if (!matcher.matches()) {
        throw new WeirException(
            VARIABLE + " is set by weir torture for the processes that it starts; unset it");
      }
      faults.add(
          new Fault(
              part,
              matcher.group(1).equals("fail"),
              matcher.group(2),
              Long.parseLong(matcher.group(3)),
              matcher.group(4) == null ? 0 : Long.parseLong(matcher.group(4))));
    }
    return new Disturbance(faults, notes, age);
  }

  /** The graph in which it happens. */
  public Graph in(Graph graph) {
    var disturbed = Graph.builder();
    graph
        .nodes()
        .forEach(
            (name, node) ->
                disturbed.node(
                    name, node instanceof Node.OperatorNode n ? disturbed(name, n) : node));
    graph.connections().forEach(c -> disturbed.connect(c.from(), c.outPort(), c.to(), c.inPort()));
    return disturbed.build();
  }

  private Node disturbed(String name, Node.OperatorNode node) {
    var here = faults.stream().filter(fault -> fault.node.equals(name)).toList();
    return here.isEmpty()
        ? node
        : new Node.OperatorNode(
            node.describe(),
            () -> new DisturbedOperator(node.operator().get(), () -> strike(name, here)),
            node.deterministic(),
            node.ownOutput(),
            node.replicas(),
            node.partitioning());
  }

  private void strike(String node, List<Fault> here) throws InterruptedException {
    for (var fault : here) {
      if (fault.isDue(age)) {
        note(fault.text);
        if (fault.fails) {
          throw new TransientFailureException("weir torture lets " + node + " fail");
        }
        Thread.sleep(fault.lasts);
      }
    }
  }

  private void note(String line) {
    try {
      Files.writeString(
          notes,
          line + "\n",
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Done before an operator gets records. */
  interface Strike {
    void now() throws InterruptedException;
  }

  /** An operator to which something may happen. */
  private static final class DisturbedOperator implements Operator {
    private final Operator operator;
    private final Strike strike;

    DisturbedOperator(Operator operator, Strike strike) {
      this.operator = operator;
      this.strike = strike;
    }

    @Override
    public Ports ports() {
      return operator.ports();
    }

    @Override
    public void open(OperatorContext context) throws Exception {
      operator.open(context);
    }

    @Override
    public void begin(Emitter out) throws Exception {
      operator.begin(out);
    }

    @Override
    public void process(int port, Batch batch, Emitter out) throws Exception {
      strike.now();
      operator.process(port, batch, out);
    }

    @Override
    public void drain(Emitter out) throws Exception {
      strike.now();
      operator.drain(out);
    }

    @Override
    public void barrier(long epoch, Emitter out) throws Exception {
      operator.barrier(epoch, out);
    }

    @Override
    public void complete(long epoch) throws Exception {
      operator.complete(epoch);
    }

    @Override
    public void ended(int port, Emitter out) throws Exception {
      operator.ended(port, out);
    }

    @Override
    public void end(Emitter out) throws Exception {
      operator.end(out);
    }

    @Override
    public Object request(String verb, Map<String, Object> arguments) throws Exception {
      return operator.request(verb, arguments);
    }

    @Override
    public void close() throws Exception {
      operator.close();
    }
  }
}
