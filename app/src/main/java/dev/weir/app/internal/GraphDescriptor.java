package dev.weir.app.internal;

import dev.weir.app.BadProgramException;
import dev.weir.app.CommandException;
import dev.weir.app.Durations;
import dev.weir.graph.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A graph as a file describes it, with its parameters replaced and its fields known to be right;
 * what its names refer to is not looked up yet.
 *
 * @param text the whole file, for its version
 * @param nodes the nodes by name, each an object that says its type
 * @param types of the ports of its Python operators, by id: JSON values, as SAP's vtype files have
 *     them
 * @param snapshots as written
 * @param epoch the time between two commits, if it is written and a time
 * @param withoutEpochs whether it is written that there are no epochs to go on from
 * @param notes what a graph of another system has that makes no difference here, a line each
 */
public record GraphDescriptor(
    Path file,
    String text,
    Optional<String> description,
    Map<String, Object> parameters,
    Map<String, Written> nodes,
    List<Link> connections,
    Map<String, Object> types,
    Optional<Written> snapshots,
    Optional<Duration> epoch,
    boolean withoutEpochs,
    Optional<Written> recovery,
    List<String> notes) {

  private static final Pattern END = Pattern.compile("([A-Za-z_][A-Za-z0-9_-]*)(?:\\.([^.\\s]+))?");

  private static final String NONE = "none";

  /** Fields whose text is a program, in which <code>${</code> may mean something else. */
  private static final Set<String> VERBATIM = Set.of("script", "parameters", "type");

  /**
   * A connection.
   *
   * @param fromPort the port as written, if it is
   */
  public record Link(
      Place place, String from, Optional<String> fromPort, String to, Optional<String> toPort) {

    /** As it is written. */
    public String show() {
      return from
          + fromPort.map(p -> "." + p).orElse("")
          + " -> "
          + to
          + toPort.map(p -> "." + p).orElse("");
    }
  }

  /** Whether a file is one that holds a graph, by the ending of its name. */
  public static boolean holds(Path file) {
    var name = file.getFileName() == null ? "" : file.getFileName().toString();
    return name.matches(".*\\.(yaml|yml|json)");
  }

  /**
   * The JSON Schema of these files, for editors: as {@link #rules}, but what is no text may also be
   * a parameter's use.
   */
  public static String schema() {
    return PublishedSchema.of(rules());
  }

  /** The JSON Schema of a file whose parameters are replaced. */
  private static String rules() {
    try (var in = BadProgramException.class.getResourceAsStream("graph.schema.json")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a file.
   *
   * @param given values of its parameters, as text
   * @throws BadProgramException when it breaks a rule; names every place
   * @throws CommandException when it is not there, or the parameters are not what they must be
   */
  public static GraphDescriptor read(Path file, Map<String, String> given) {
    var text = text(file);
    return of(file, text, WrittenReader.read(file.toString(), text), given);
  }

  private static String text(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new CommandException("there is no file " + file);
    }
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new CommandException(file + " cannot be read: " + e.getMessage());
    }
  }

  private static GraphDescriptor of(
      Path file, String text, Written read, Map<String, String> given) {
    var problems = new Problems();
    boolean sap = SapGraph.is(read);
    var translated =
        sap ? SapGraph.translate(read, problems) : new SapGraph.Translated(read, List.of());
    problems.refuse();
    var written = translated.descriptor();
    if (written.isObject()
        && written.members().containsKey("transport")
        && !written.members().containsKey("nodes")) {
      throw new BadProgramException(
          file + " describes a stream, not a program; it is used as one by --input or --output");
    }
    var declared = written.member("parameters").orElse(new Written(Map.of(), written.place()));
    var parameters = Parameters.of(declared, given);
    var graph = parameters.in(written, VERBATIM, problems);
    new SchemaRules(rules()).check(graph, problems);
    problems.refuse();
    var nodes = new LinkedHashMap<String, Written>();
    graph
        .member("nodes")
        .ifPresent(all -> all.members().forEach((name, node) -> nodes.put(name, node.value())));
    var links = new ArrayList<Link>();
    graph
        .member("connections")
        .ifPresent(
            all ->
                all.items()
                    .forEach(
                        item ->
                            links.addAll(links(item.place(), (String) item.value(), problems))));
    problems.refuse();
    var epoch = graph.member("epoch");
    var types = new LinkedHashMap<String, Object>();
    graph
        .member("types")
        .ifPresent(all -> all.members().forEach((id, type) -> types.put(id, type.value().json())));
    return new GraphDescriptor(
        file,
        text,
        graph.text("description"),
        parameters.values(),
        nodes,
        links,
        types,
        graph.member("snapshots"),
        epoch.filter(time -> !NONE.equals(time.value())).map(GraphDescriptor::time),
        epoch.filter(time -> NONE.equals(time.value())).isPresent(),
        graph.member("recovery"),
        translated.notes());
  }

  /** A time, which the schema has found to be one. */
  public static Duration time(Written written) {
    return Durations.parse(String.valueOf(written.value())).orElseThrow();
  }

  /** Reads {@code a -> b -> c}. */
  public static List<Link> links(Place place, String text, Problems problems) {
    var parts = text.split("->", -1);
    var links = new ArrayList<Link>();
    if (parts.length < 2) {
      problems.add(
          place, "a connection is written 'a -> b' or 'a.port -> b.port', not " + shown(text));
      return links;
    }
    for (int i = 1; i < parts.length; i++) {
      var from = END.matcher(parts[i - 1].strip());
      var to = END.matcher(parts[i].strip());
      if (!from.matches() || !to.matches()) {
        problems.add(
            place,
            shown((from.matches() ? parts[i] : parts[i - 1]).strip())
                + " in the connection "
                + shown(text)
                + " is no NODE or NODE.PORT");
        return links;
      }
      if (i > 1 && from.group(2) != null) {
        problems.add(
            place,
            shown(parts[i - 1].strip())
                + " is in the middle of the connection "
                + shown(text)
                + ": to name its ports, write two connections");
      }
      links.add(
          new Link(
              place,
              from.group(1),
              Optional.ofNullable(from.group(2)),
              to.group(1),
              Optional.ofNullable(to.group(2))));
    }
    return links;
  }

  private static String shown(String text) {
    return Json.toText(text);
  }
}
