package dev.weir.app;

import dev.weir.graph.Graph;
import dev.weir.graph.Graph.Node;
import dev.weir.graph.Rejection;
import dev.weir.models.Model;
import dev.weir.models.Schemas;
import dev.weir.streams.StreamSpec;
import dev.weir.streams.Streams;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The streams of a model: one for each of its slots, and those that records go to which cannot be
 * used. Opens none of them. Immutable.
 *
 * <p>The nodes are {@code input} and {@code output} for slots 0 and 1, {@code input-2}, {@code
 * output-3} for others, {@code dead-letters} and {@code rejects}; a stream that is given for both
 * of these is {@code dead-letters}.
 */
final class Attachments {

  private static final String DEAD_LETTERS = "dead-letters";
  private static final String REJECTS = "rejects";

  private final Map<Integer, StreamSpec> bySlot;
  private final Map<String, StreamSpec> aside;

  /** The node that rejects go to, or null. */
  private final String rejects;

  private Attachments(
      Map<Integer, StreamSpec> bySlot, Map<String, StreamSpec> aside, String rejects) {
    this.bySlot = bySlot;
    this.aside = aside;
    this.rejects = rejects;
  }

  /**
   * Finds the streams.
   *
   * @throws CommandException when one is missing or too many, or two are one
   */
  static Attachments of(RunOptions options, Model model) {
    var slots = model.slots();
    for (int slot : options.streams().keySet()) {
      if (slots.stream().noneMatch(s -> s.number() == slot)) {
        throw new CommandException(
            "slot "
                + slot
                + " of "
                + options.program()
                + " is not in use, so it takes no stream; it uses the slots "
                + slots.stream().map(Model.Slot::number).toList()
                + ". To use it, add a comment to the model: weir.slot."
                + slot
                + ": in-use");
      }
    }
    var bySlot = new TreeMap<Integer, StreamSpec>();
    for (var slot : slots) {
      bySlot.put(slot.number(), stream(options, slot));
    }
    var together = Streams.together(List.copyOf(bySlot.values())).iterator();
    bySlot.replaceAll((slot, spec) -> together.next());
    var aside = new TreeMap<String, StreamSpec>();
    options
        .errors()
        .deadLetters()
        .ifPresent(s -> aside.put(DEAD_LETTERS, sink(options, NamedStreams.parse(s))));
    options
        .errors()
        .rejects()
        .ifPresent(s -> aside.put(REJECTS, sink(options, NamedStreams.parse(s))));
    var rejects = aside.containsKey(REJECTS) ? REJECTS : null;
    if (aside.size() == 2 && same(aside.get(DEAD_LETTERS), aside.get(REJECTS))) {
      aside.remove(REJECTS);
      rejects = DEAD_LETTERS;
    }
    var attachments = new Attachments(bySlot, aside, rejects);
    attachments.refuseShared();
    return attachments;
  }

  private static StreamSpec stream(RunOptions options, Model.Slot slot) {
    int number = slot.number();
    var given =
        options.stream(number)
            .orElseThrow(
                () ->
                    new CommandException(
                        "slot "
                            + number
                            + " of "
                            + options.program()
                            + " is in use and has no stream: add "
                            + (slot.input() ? "--input " : "--output ")
                            + number
                            + "=STREAM, or declare it with the comment weir.slot."
                            + number
                            + ": unused"));
    var spec = fitting(slot, NamedStreams.parse(given));
    return NamedStreams.checked(
        node(number) + ": ",
        () -> {
          if (!slot.input()) {
            return sink(options, spec);
          }
          var source = slot.set() ? spec.inSets() : spec;
          source.source();
          return source;
        });
  }

  /**
   * A stream with the schema of its slot, where it has none of its own.
   *
   * @throws CommandException when it has one that does not fit
   */
  private static StreamSpec fitting(Model.Slot slot, StreamSpec spec) {
    if (slot.type().isEmpty()) {
      return spec;
    }
    var ofSlot = slot.type().get();
    spec.schema()
        .flatMap(
            ofStream ->
                slot.input() ? Schemas.misfit(ofStream, ofSlot) : Schemas.misfit(ofSlot, ofStream))
        .ifPresent(
            why -> {
              throw new CommandException(
                  "the schema of "
                      + spec.describe()
                      + " does not fit that of slot "
                      + slot.number()
                      + ": "
                      + why);
            });
    return spec.inheriting(ofSlot);
  }

  private static StreamSpec sink(RunOptions options, StreamSpec spec) {
    NamedStreams.checked("", spec::sink);
    return options.append() ? spec.appending() : spec;
  }

  private static boolean same(StreamSpec one, StreamSpec other) {
    return one.identity().equals(other.identity()) || Streams.sameFile(one, other);
  }

  private void refuseShared() {
    var names = new ArrayList<String>();
    var specs = new ArrayList<StreamSpec>();
    bySlot.forEach(
        (slot, spec) -> {
          names.add(node(slot));
          specs.add(spec);
        });
    names.addAll(aside.keySet());
    specs.addAll(aside.values());
    var read = bySlot.keySet().stream().filter(n -> n % 2 == 0).map(Attachments::node).toList();
    SharedStreams.refuse(names, specs, new HashSet<>(read));
  }

  /** The name of a slot's node. */
  static String node(int slot) {
    return (slot % 2 == 0 ? "input" : "output") + (slot < 2 ? "" : "-" + slot);
  }

  StreamSpec of(int slot) {
    return bySlot.get(slot);
  }

  /** The streams beside the slots, by the names of their nodes. */
  Map<String, StreamSpec> aside() {
    return aside;
  }

  /** All streams, by the names of their nodes. */
  Map<String, StreamSpec> byNode() {
    var nodes = new TreeMap<>(aside);
    bySlot.forEach((slot, spec) -> nodes.put(node(slot), spec));
    return nodes;
  }

  /** A model with a source and a sink for each stream. */
  Graph graph(String name, Node.OperatorNode model) {
    var graph = Graph.builder();
    var inputs = new ArrayList<String>();
    var outputs = new ArrayList<String>();
    bySlot.forEach(
        (slot, spec) -> {
          if (slot % 2 == 0) {
            inputs.add(node(slot));
            graph.node(
                node(slot), new Node.SourceNode(spec.identity(), spec.source(), spec.replayable()));
            graph.connect(node(slot), 0, name, slot / 2);
          }
        });
    graph.node(name, model);
    bySlot.forEach(
        (slot, spec) -> {
          if (slot % 2 == 1) {
            addSink(graph, node(slot), spec);
            graph.connect(name, slot / 2, node(slot), 0);
            outputs.add(node(slot));
          }
        });
    aside.forEach((node, spec) -> addSink(graph, node, spec));
    if (aside.containsKey(DEAD_LETTERS)) {
      graph.connect(name, Rejection.Reason.DEAD_LETTERS, DEAD_LETTERS, 0);
    }
    if (rejects != null) {
      inputs.forEach(input -> graph.connect(input, Rejection.Reason.REJECTS, rejects, 0));
      graph.connect(name, Rejection.Reason.REJECTS, rejects, 0);
      outputs.forEach(output -> graph.connect(output, Rejection.Reason.REJECTS, rejects, 0));
    }
    return graph.build();
  }

  private static void addSink(Graph.Builder graph, String name, StreamSpec spec) {
    graph.node(name, new Node.SinkNode(spec.identity(), spec.sink(), spec.kind()));
  }
}
