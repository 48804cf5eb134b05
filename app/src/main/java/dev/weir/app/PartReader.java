package dev.weir.app;

import dev.weir.app.internal.GraphDescriptor;
import dev.weir.app.internal.Problems;
import dev.weir.app.internal.Written;
import dev.weir.engine.Recovery;
import dev.weir.engine.SnapshotPolicy;
import dev.weir.graph.Json;
import dev.weir.models.Language;
import dev.weir.models.ModelOptions;
import dev.weir.state.WeirException;
import dev.weir.streams.StreamSpec;
import dev.weir.streams.Streams;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Makes what the nodes of a descriptor describe. Programs' files are beside the descriptor; streams
 * are named as everywhere, from the current folder. Not thread-safe.
 */
final class PartReader {

  private final Path descriptor;
  private final Duration timeLimit;
  private final Problems problems = new Problems();

  PartReader(Path descriptor, Duration timeLimit) {
    this.descriptor = descriptor;
    this.timeLimit = timeLimit;
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
        case "r" -> model(node, Optional.of(Language.R));
        case "java" -> model(node, Optional.of(Language.JAVA));
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
            node.member("time-limit").map(GraphDescriptor::time).orElse(timeLimit),
            false);
    return ModelPart.of(
        file, options, node.text("on-error").orElse("fail"), node.flag("deterministic"));
  }

  private FishPart fish(Written node) {
    var tags =
        node.member("tags")
            .map(tag -> ((List<?>) tag.json()).stream().map(String.class::cast).toList())
            .orElse(List.of());
    return new FishPart(file(node.text("file").orElseThrow()), tags);
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
