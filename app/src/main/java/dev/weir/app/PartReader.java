package dev.weir.app;

import dev.weir.app.internal.GraphDescriptor;
import dev.weir.app.internal.Problems;
import dev.weir.app.internal.Terminator;
import dev.weir.app.internal.Written;
import dev.weir.engine.Recovery;
import dev.weir.engine.SnapshotPolicy;
import dev.weir.graph.Json;
import dev.weir.graph.Partitioning;
import dev.weir.models.Language;
import dev.weir.models.ModelOptions;
import dev.weir.state.WeirException;
import dev.weir.streams.StreamSpec;
import dev.weir.streams.Streams;
import dev.weir.views.ViewOperator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Makes what the nodes of a descriptor describe. Programs' files are beside the descriptor; streams
 * are named as everywhere, from the current folder. Not thread-safe.
 */
final class PartReader {

  private final Path descriptor;
  private final Duration timeLimit;
  private final boolean epochs;
  private final Map<String, Object> types;
  private final Problems problems = new Problems();

  /**
   * @param epochs whether the graph keeps any, of which scripts hear
   * @param types those of the graph, which its scripts know
   */
  PartReader(Path descriptor, Duration timeLimit, boolean epochs, Map<String, Object> types) {
    this.descriptor = descriptor;
    this.timeLimit = timeLimit;
    this.epochs = epochs;
    this.types = types;
  }

  Problems problems() {
    return problems;
  }

  /** The part that a node describes; null when there is a problem with it. */
  Part part(String name, Written node) {
    try {
      return switch (node.text("type").orElseThrow()) {
        case "source" -> StreamPart.source(stream(node));
        case "sink" -> StreamPart.sink(sink(node));
        case "fish" -> fish(node);
        case "view" -> view(node);
        case "r" -> model(node, Optional.of(Language.R));
        case "java" -> java(node);
        case "python" -> python(name, node);
        case "terminator" -> terminator(node);
        default -> model(node, Optional.empty());
      };
    } catch (WeirException e) {
      var place = node.member("stream").or(() -> node.member("file")).orElse(node).place();
      problems.add(place, "node '" + name + "': " + e.getMessage());
      return null;
    }
  }

  private static StreamSpec stream(Written node) {
    var stream = node.member("stream").orElseThrow();
    return Streams.parse(stream.value() instanceof String text ? text : Json.toText(stream.json()));
  }

  private static StreamSpec sink(Written node) {
    var stream = stream(node);
    if (node.flag("append").orElse(false)) {
      stream = stream.appending();
    }
    return node.text("visible").filter("committed"::equals).isPresent()
        ? stream.visibleWhenCommitted()
        : stream;
  }

  /** An operator that is a script, in a file or right there. */
  private Part python(String name, Written node) {
    if (node.member("file").isPresent() == node.member("script").isPresent()) {
      throw new BadProgramException("a Python operator has either a file or a script");
    }
    var file = file(node.text("file").orElse(name + ".py"));
    var source = node.text("script").orElseGet(() -> read(file));
    var script =
        ScriptPart.of(name, file, source, node, settings(node), limit(node)).knowing(types);
    return epochs ? script : script.withoutEpochs();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new BadProgramException("there is no file " + file);
    } catch (IOException e) {
      throw new BadProgramException(file + " cannot be read: " + e.getMessage());
    }
  }

  private static OperatorPart.Settings settings(Written node) {
    return new OperatorPart.Settings(
        node.flag("deterministic"),
        node.whole("replicas").orElse(1),
        node.text("partition-by").map(Partitioning::byField).orElse(Partitioning.ROUND_ROBIN));
  }

  private static Part terminator(Written node) {
    var inputs = node.member("inputs").map(PartReader::names).orElse(List.of("in"));
    boolean last = node.flag("on-last-batch").orElse(false);
    return new OperatorPart(
        "ends the job when "
            + (last ? "the last record of a batch" : "a record")
            + " has come on each input",
        () -> new Terminator(inputs, last),
        new Terminator(inputs, last).ports(),
        new OperatorPart.Settings(Optional.of(true), 1, Partitioning.ROUND_ROBIN),
        "");
  }

  /** The names of ports, each of which is text or an object with a name. */
  private static List<String> names(Written ports) {
    return ports.items().stream()
        .map(port -> port.isObject() ? port.text("name").orElseThrow() : (String) port.value())
        .toList();
  }

  private Part java(Written node) {
    var file = file(node.text("file").orElseThrow());
    var operator =
        Language.of(file).equals(Optional.of(Language.JAVA)) && Files.isRegularFile(file)
            ? OperatorFile.of(file)
            : Optional.<OperatorFile>empty();
    if (operator.isEmpty()) {
      if (node.member("config").isPresent()) {
        throw new BadProgramException(
            file + " is a model, which takes no config; a class that implements Operator does");
      }
      if (node.member("replicas").isPresent() || node.member("partition-by").isPresent()) {
        throw new BadProgramException(
            file + " is a model: its records are shared by runners, not replicas");
      }
      return model(node, Optional.of(Language.JAVA));
    }
    for (var field : List.of("runners", "ordered", "time-limit", "on-error")) {
      if (node.member(field).isPresent()) {
        throw new BadProgramException(
            "the field '" + field + "' is for models, and " + file + " is an operator");
      }
    }
    var config = object(node.member("config").map(Written::json).orElse(Map.of()));
    return OperatorPart.of(
        file.toString(),
        () -> operator.get().make(config),
        settings(node),
        operator.get().version() + Json.toText(config));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Object json) {
    return (Map<String, Object>) json;
  }

  private Part model(Written node, Optional<Language> expected) {
    var file = file(node.text("file").orElseThrow());
    if (expected.isPresent() && !Language.of(file).equals(expected)) {
      throw new BadProgramException(
          file
              + " is no file of the language "
              + expected.get().title()
              + ", which the node's type says");
    }
    var options =
        new ModelOptions(
            node.whole("runners").orElse(1),
            node.flag("ordered").orElse(false),
            limit(node),
            false);
    return ModelPart.of(
        file, options, node.text("on-error").orElse("fail"), node.flag("deterministic"));
  }

  private Duration limit(Written node) {
    var limit = node.member("time-limit").map(GraphDescriptor::time).orElse(timeLimit);
    if (limit.isZero()) {
      throw new BadProgramException("the time-limit must be longer than 0, such as 60s");
    }
    return limit;
  }

  private FishPart fish(Written node) {
    var tags =
        node.member("tags")
            .map(tag -> ((List<?>) tag.json()).stream().map(String.class::cast).toList())
            .orElse(List.of());
    return new FishPart(file(node.text("file").orElseThrow()), tags);
  }

  private ViewPart view(Written node) {
    var steps = node.text("step").orElse("record").toUpperCase(Locale.ROOT);
    return ViewPart.of(
        file(node.text("file").orElseThrow()),
        ViewOperator.Steps.valueOf(steps),
        node.text("on-error").filter("skip"::equals).isPresent());
  }

  private Path file(String text) {
    try {
      return descriptor.resolveSibling(text);
    } catch (InvalidPathException e) {
      throw new BadProgramException("'" + text + "' is no path: " + e.getReason());
    }
  }

  /** What is asked for on the command line, else what the descriptor says, else what models say. */
  static SnapshotPolicy snapshots(
      RunOptions options, Optional<Written> said, Collection<Part> parts) {
    var usual =
        said.map(
                written ->
                    written.value() instanceof String text
                        ? dev.weir.models.SnapshotPolicy.parse(text).orElseThrow()
                        : new dev.weir.models.SnapshotPolicy(
                            written.flag("at-end").orElse(false),
                            written.member("every").map(GraphDescriptor::time)))
            .orElseGet(() -> ofModels(parts));
    var policy = Program.snapshots(options, usual);
    var keep = options.keep().or(() -> said.flatMap(written -> written.whole("keep"))).orElse(0);
    return new SnapshotPolicy(policy.atEnd(), policy.every(), keep);
  }

  /** What any of the models asks for. */
  private static dev.weir.models.SnapshotPolicy ofModels(Collection<Part> parts) {
    var said =
        parts.stream()
            .filter(ModelPart.class::isInstance)
            .map(part -> ((ModelPart) part).model().snapshots())
            .toList();
    return new dev.weir.models.SnapshotPolicy(
        said.stream().anyMatch(dev.weir.models.SnapshotPolicy::atEnd),
        said.stream().flatMap(policy -> policy.interval().stream()).min(Duration::compareTo));
  }

  /** What the descriptor says, else what is usual. */
  static Recovery recovery(Optional<Written> said) {
    var usual = Recovery.DEFAULT;
    return new Recovery(
        said.flatMap(w -> w.whole("retries")).orElse(usual.retries()),
        said.flatMap(w -> w.member("delay")).map(GraphDescriptor::time).orElse(usual.delay()),
        said.flatMap(w -> w.member("reset-after"))
            .map(GraphDescriptor::time)
            .orElse(usual.resetAfter()));
  }
}
