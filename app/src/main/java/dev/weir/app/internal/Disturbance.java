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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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

  private static final String SEPARATOR = ",";

  /** Where it is noted what happened, in the current folder: the lines as they are written. */
  public static final Path NOTES = Path.of(".weir", "torture");

  private static final Pattern PLANNED = Pattern.compile("(fail|slow) ([^ ,]+) (\\d+)(?: (\\d+))?");

  /**
   * Something that is to happen to an operator, once.
   *
   * @param fails whether it fails, rather than waits
   * @param after how many milliseconds after the process was started
   * @param lasts how many milliseconds it waits
   */
  public record Planned(boolean fails, String node, long after, long lasts) {

    /**
     * Reads what {@link #toString} writes.
     *
     * @throws WeirException when it is something else
     */
    public static Planned parse(String text) {
      var matcher = PLANNED.matcher(text);
      if (!matcher.matches()) {
        throw new WeirException(
            VARIABLE + " is set by weir torture for the processes that it starts; unset it");
      }
      return new Planned(
          matcher.group(1).equals("fail"),
          matcher.group(2),
          Long.parseLong(matcher.group(3)),
          matcher.group(4) == null ? 0 : Long.parseLong(matcher.group(4)));
    }

    @Override
    public String toString() {
      return fails
          ? "fail %s %d".formatted(node, after)
          : "slow %s %d %d".formatted(node, after, lasts);
    }
  }

  private final List<Planned> plan;

  /** What has happened; its lock is held to look and add. */
  private final Set<Planned> happened = new HashSet<>();

  private final Path notes;
  private final LongSupplier age;

  private Disturbance(List<Planned> plan, Path notes, LongSupplier age) {
    this.plan = plan;
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
    return new Disturbance(
        Stream.of(text.split(SEPARATOR, -1)).map(Planned::parse).toList(), notes, age);
  }

  /** A plan, as a process reads it. */
  public static String text(List<Planned> plan) {
    return plan.stream().map(Planned::toString).collect(Collectors.joining(SEPARATOR));
  }

  /** The graph in which it happens. */
  public Graph in(Graph graph) {
    return graph.replacing(
        (name, node) -> node instanceof Node.OperatorNode n ? disturbed(name, n) : node);
  }

  private Node disturbed(String name, Node.OperatorNode node) {
    var here = plan.stream().filter(planned -> planned.node().equals(name)).toList();
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

  private void strike(String node, List<Planned> here) throws InterruptedException {
    for (var planned : here) {
      if (isDue(planned)) {
        note(planned.toString());
        if (planned.fails()) {
          throw new TransientFailureException("weir torture lets " + node + " fail");
        }
        Thread.sleep(planned.lasts());
      }
    }
  }

  /** Once. Replicas ask at the same time. */
  private boolean isDue(Planned planned) {
    synchronized (happened) {
      return !happened.contains(planned)
          && age.getAsLong() >= planned.after()
          && happened.add(planned);
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
