package dev.weir.app;

import dev.weir.app.Part.Wire;
import dev.weir.app.Part.Wires;
import dev.weir.app.internal.GraphDescriptor.Link;
import dev.weir.app.internal.Place;
import dev.weir.app.internal.Problems;
import dev.weir.graph.BadGraphException;
import dev.weir.graph.Graph;
import dev.weir.graph.Names;
import dev.weir.models.Schemas;
import dev.weir.streams.StreamSpec;
import dev.weir.streams.Streams;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Puts parts together to a graph, and says of every connection that cannot be why.
 *
 * <p>Immutable once made.
 */
final class GraphAssembly {

  /** A part, and where it is written. */
  record Placed(Place place, Part part) {}

  private final Map<String, Placed> parts;
  private final List<Wire> wires = new ArrayList<>();
  private final Graph graph;

  /**
   * Puts parts together.
   *
   * @param place of the whole
   * @throws BadProgramException when they do not fit; names every place
   */
  GraphAssembly(Place place, Map<String, Placed> parts, List<Link> links) {
    this.parts = sharing(parts);
    var problems = new Problems();
    links.forEach(link -> connect(link, problems));
    this.parts.forEach((name, placed) -> check(name, placed, problems));
    problems.refuse();
    this.graph = build(place);
  }

  /** Streams that listen at one address share it; none is written twice. */
  private static Map<String, Placed> sharing(Map<String, Placed> parts) {
    var names = new ArrayList<String>();
    var specs = new ArrayList<StreamSpec>();
    var read = new HashSet<String>();
    parts.forEach(
        (name, placed) -> {
          if (placed.part() instanceof StreamPart stream) {
            names.add(name);
            specs.add(stream.stream());
            if (stream.source()) {
              read.add(name);
            }
          }
        });
    SharedStreams.refuse(names, specs, read);
    var together = Streams.together(specs).iterator();
    var result = new LinkedHashMap<>(parts);
    result.replaceAll(
        (name, placed) ->
            placed.part() instanceof StreamPart stream
                ? new Placed(placed.place(), stream.with(together.next()))
                : placed);
    return result;
  }

  Map<String, Placed> parts() {
    return parts;
  }

  Graph graph() {
    return graph;
  }

  List<Wire> wires() {
    return wires;
  }

  /** The connections of a node. */
  Wires of(String node) {
    return new Wires(
        wires.stream().filter(wire -> wire.toNode().equals(node)).toList(),
        wires.stream().filter(wire -> wire.fromNode().equals(node)).toList());
  }

  private void connect(Link link, Problems problems) {
    var from = end(link, link.from(), link.fromPort(), false, problems);
    var to = end(link, link.to(), link.toPort(), true, problems);
    if (from.isEmpty() || to.isEmpty()) {
      return;
    }
    var wire = new Wire(link.from(), from.get(), link.to(), to.get());
    if (wires.contains(wire)) {
      problems.add(link.place(), "the connection " + link.show() + " is there twice");
      return;
    }
    wires.add(wire);
    misfit(from.get(), to.get())
        .ifPresent(
            why ->
                problems.add(
                    link.place(),
                    "what comes out of "
                        + link.from()
                        + "."
                        + from.get().name()
                        + " does not fit "
                        + link.to()
                        + "."
                        + to.get().name()
                        + ": "
                        + why));
  }

  private static Optional<String> misfit(Port from, Port to) {
    if (from.aside()) {
      return Optional.empty();
    }
    if (from.declared().isPresent() && to.declared().isPresent()) {
      return from.declared().get().misfit(to.declared().get());
    }
    return from.type().isPresent() && to.type().isPresent()
        ? Schemas.misfit(from.type().get(), to.type().get())
        : Optional.empty();
  }

  private Optional<Port> end(
      Link link, String node, Optional<String> named, boolean input, Problems problems) {
    var placed = parts.get(node);
    if (placed == null) {
      problems.add(
          link.place(),
          "there is no node '" + node + "'" + Names.hint(node, "there are", parts.keySet()));
      return Optional.empty();
    }
    var part = placed.part();
    var ports = input ? part.inputs() : part.outputs();
    var word = input ? "input" : "output";
    if (ports.isEmpty()) {
      problems.add(
          link.place(), "'" + node + "' is a " + part.type() + " and has no " + word + "s");
      return Optional.empty();
    }
    var found =
        named.isPresent()
            ? ports.stream().filter(port -> port.isCalled(named.get())).findFirst()
            : Port.usual(ports);
    if (found.isEmpty()) {
      problems.add(
          link.place(),
          named
              .map(
                  text ->
                      "'" + node + "' has no " + word + " '" + text + "'" + Port.hint(text, ports))
              .orElse(
                  "'"
                      + node
                      + "' has several "
                      + word
                      + "s; say which: "
                      + String.join(
                          ", ", ports.stream().map(port -> node + "." + port.name()).toList())));
    }
    return found;
  }

  private void check(String name, Placed placed, Problems problems) {
    var own = of(name);
    for (var port : placed.part().inputs()) {
      if (port.required() && own.in().stream().noneMatch(w -> w.to().number() == port.number())) {
        problems.add(
            placed.place(),
            "nothing is connected to the input '" + port.name() + "' of '" + name + "'");
      }
    }
    placed
        .part()
        .misconnections(own)
        .forEach(problem -> problems.add(placed.place(), "'" + name + "': " + problem));
  }

  private Graph build(Place place) {
    var builder = Graph.builder();
    parts.forEach((name, placed) -> builder.node(name, placed.part().node(of(name))));
    wires.forEach(
        w -> builder.connect(w.fromNode(), w.from().number(), w.toNode(), w.to().number()));
    try {
      return builder.build();
    } catch (BadGraphException e) {
      throw new BadProgramException(place.file() + ": " + e.getMessage());
    }
  }

  /** What the user should know, a line each. */
  List<String> warnings() {
    var warnings = new ArrayList<String>();
    parts.forEach(
        (name, placed) -> {
          placed.part().warnings().forEach(warning -> warnings.add(name + ": " + warning));
          placed
              .part()
              .doubts(of(name))
              .forEach(doubt -> warnings.add(placed.place() + ": '" + name + "': " + doubt));
          var leaving = placed.part().outputs().stream().filter(port -> !port.aside()).toList();
          for (var port : leaving) {
            if (!of(name).leaves(port)) {
              warnings.add(
                  placed.place()
                      + ": what comes out of "
                      + name
                      + "."
                      + port.name()
                      + " goes nowhere; nothing is connected to it");
            }
          }
        });
    return warnings;
  }
}
