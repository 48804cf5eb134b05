package dev.weir.app;

import dev.weir.app.GraphAssembly.Placed;
import dev.weir.app.internal.GraphDescriptor;
import dev.weir.app.internal.GraphDescriptor.Link;
import dev.weir.app.internal.Place;
import dev.weir.app.internal.Problems;
import dev.weir.engine.Recovery;
import dev.weir.engine.SnapshotPolicy;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.Operator;
import dev.weir.graph.Partitioning;
import dev.weir.graph.Sink;
import dev.weir.graph.Source;
import dev.weir.models.ModelOptions;
import dev.weir.streams.Streams;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Builds a graph program in Java, to be run by {@link Weir#run(Program, boolean,
 * dev.weir.engine.RunControl, dev.weir.engine.RunListener)}: the same that a graph's file
 * describes.
 *
 * <pre>{@code
 * var program =
 *     GraphBuilder.named("totals")
 *         .source("orders", "kafka://localhost:9092/orders")
 *         .operator("total", Total::new)
 *         .sink("out", "totals.jsonl")
 *         .connect("orders -> total -> out")
 *         .build();
 * }</pre>
 *
 * <p>Not thread-safe. Methods return this builder; what does not fit is said by {@link #build}.
 */
public final class GraphBuilder {

  private final String job;
  private final Place place;
  private final Map<String, Placed> parts = new LinkedHashMap<>();
  private final List<Link> links = new ArrayList<>();
  private final Problems problems = new Problems();
  private Duration epoch = Program.EPOCH;
  private SnapshotPolicy snapshots = SnapshotPolicy.NONE;
  private Recovery recovery = Recovery.DEFAULT;

  private GraphBuilder(String job) {
    this.job = job;
    this.place = Place.of("graph " + job);
  }

  /**
   * Begins a graph.
   *
   * @param job the name of its job
   */
  public static GraphBuilder named(String job) {
    RunOptions.checkName(job);
    return new GraphBuilder(job);
  }

  /** A source that reads a stream, see {@link Streams}. */
  public GraphBuilder source(String name, String stream) {
    return add(name, StreamPart.source(Streams.parse(stream)));
  }

  /**
   * A source that a program supplies.
   *
   * @param identity one text for one stream: a job goes on only where this is the same
   * @param replayable see {@link Source#replayable}
   */
  public GraphBuilder source(
      String name, String identity, Supplier<? extends Source> source, boolean replayable) {
    return add(name, new CodePart(new Node.SourceNode(identity, source, replayable)));
  }

  /** A sink that writes a stream, see {@link Streams}. */
  public GraphBuilder sink(String name, String stream) {
    return add(name, StreamPart.sink(Streams.parse(stream)));
  }

  /**
   * A sink that a program supplies.
   *
   * @param identity one text for one stream: a job goes on only where this is the same
   * @param kind see {@link Sink#kind}
   */
  public GraphBuilder sink(
      String name, String identity, Supplier<? extends Sink> sink, Sink.Kind kind) {
    return add(name, new CodePart(new Node.SinkNode(identity, sink, kind)));
  }

  /**
   * An operator. One is made here and asked for its ports; each run makes its own.
   *
   * @see Operator#ports
   */
  public GraphBuilder operator(String name, Supplier<? extends Operator> operator) {
    return operator(name, operator, 1, Partitioning.ROUND_ROBIN);
  }

  /** An operator in several instances that share its records. */
  public GraphBuilder operator(
      String name, Supplier<? extends Operator> operator, int replicas, Partitioning partitioning) {
    var settings = new OperatorPart.Settings(Optional.empty(), replicas, partitioning);
    return add(name, OperatorPart.of(name + " in Java", operator, settings, ""));
  }

  /** A model in a file, with one runner. */
  public GraphBuilder model(String name, Path file) {
    return model(name, file, ModelOptions.DEFAULT);
  }

  /** A model in a file. */
  public GraphBuilder model(String name, Path file, ModelOptions options) {
    return add(
        name, ModelPart.of(file, options, options.goOn() ? "skip" : "fail", Optional.empty()));
  }

  private GraphBuilder add(String name, Part part) {
    if (parts.putIfAbsent(name, new Placed(place, part)) != null) {
      problems.add(place, "two nodes are named '" + name + "'; give one another name");
    }
    return this;
  }

  /** Connections as a graph's file has them: {@code a -> b}, {@code a.port -> b.port}. */
  public GraphBuilder connect(String... connections) {
    for (var connection : connections) {
      links.addAll(GraphDescriptor.links(place, connection, problems));
    }
    return this;
  }

  /** The time between two commits; otherwise 1 second. */
  public GraphBuilder epoch(Duration time) {
    epoch = time;
    return this;
  }

  /** When snapshots are taken; otherwise only when asked for. */
  public GraphBuilder snapshots(SnapshotPolicy policy) {
    snapshots = policy;
    return this;
  }

  /** What happens when a run fails; otherwise as {@link Recovery#DEFAULT}. */
  public GraphBuilder recovery(Recovery policy) {
    recovery = policy;
    return this;
  }

  /**
   * Checks and builds.
   *
   * @throws BadProgramException when parts and connections do not fit; says all that is wrong
   */
  public Program build() {
    problems.refuse();
    var assembly = new GraphAssembly(place, parts, links);
    var text = new ArrayList<>(parts.keySet());
    links.forEach(link -> text.add(link.show()));
    return new GraphProgram(
        new GraphProgram.Frame(
            job,
            place.file(),
            String.join("\n", text),
            Map.of(),
            epoch,
            snapshots,
            recovery,
            Map.of("directory", Path.of("").toAbsolutePath().toString())),
        assembly);
  }
}
