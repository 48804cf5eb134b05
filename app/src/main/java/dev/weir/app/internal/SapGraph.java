package dev.weir.app.internal;

import dev.weir.app.BadProgramException;
import dev.weir.app.internal.Written.Member;
import dev.weir.graph.BadJsonException;
import dev.weir.graph.Json;
import dev.weir.graph.Names;
import dev.weir.operators.Script;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A {@code graph.json} of SAP Data Intelligence, Generation 2, as a descriptor of Weir's own.
 *
 * <ul>
 *   <li>Python3 operators become nodes of type {@code python}, with their script, configuration,
 *       error handling and ports.
 *   <li>A wiretap or multiplexer is replaced by connections past it; a terminal, and a wiretap that
 *       nothing follows, becomes standard output; a graph terminator stays one.
 *   <li>The multiplicity of a group is the number of replicas of its operators.
 *   <li>Any other component must say what it is here: the process then has a field {@code weir}, a
 *       node as in a descriptor of Weir's own.
 * </ul>
 *
 * <p>What cannot be carried over is a problem if the graph would be another without it, and a note
 * if not. Used once.
 */
final class SapGraph {

  private static final Set<String> FIELDS =
      Set.of(
          "description",
          "icon",
          "iconsrc",
          "properties",
          "metadata",
          "processes",
          "connections",
          "groups",
          "groupResources",
          "inports",
          "outports",
          "vTypes",
          "parameters",
          "parameterMapping",
          "$schema",
          "name");

  private static final Pattern PYTHON =
      Pattern.compile("com\\.sap\\.system\\.python3Operator(\\.v2)?");
  private static final Pattern USE = Pattern.compile("(?<!\\$)\\$\\{([A-Za-z_][A-Za-z0-9_.-]*)\\}");

  /** Fields of a Python operator's configuration that are not for its script to see. */
  private static final Set<String> OWN = Set.of("script", "codelanguage", "errorHandling", "$type");

  private static final Map<String, String> POLICIES =
      Map.of(
          "terminate on error", "fail",
          "log and ignore", "skip",
          "propagate to error port", "error-port",
          "retry", "retry");

  /** What to write in the place of components that are known, by what their names contain. */
  private static final List<Map.Entry<Pattern, String>> ADVICE =
      List.of(
          advice("kafka.*consumer", "source", "kafka://HOST:PORT/TOPIC"),
          advice("kafka.*producer", "sink", "kafka://HOST:PORT/TOPIC"),
          advice(
              "(hana|sql|table|abap).*(read|consumer|reader)",
              "source",
              "postgres://HOST/DATABASE?table=T"),
          advice(
              "(hana|sql|table).*(write|producer|init)",
              "sink",
              "postgres://HOST/DATABASE?table=T"),
          advice("file.*(read|consumer|list)", "source", "in.jsonl"),
          advice("file.*(write|producer)", "sink", "out.jsonl"),
          advice("(rest|http)", "source", "http://HOST/PATH"),
          advice("(generator|constant)", "source", "inline:1,2,3"));

  private final Written sap;
  private final Problems problems;
  private final List<String> notes = new ArrayList<>();

  /** The names of nodes by the ids of processes. */
  private final Map<String, String> names = new LinkedHashMap<>();

  private final Map<String, Member> nodes = new LinkedHashMap<>();
  private final Set<String> past = new LinkedHashSet<>();
  private final Map<String, Written> inputs = new HashMap<>();
  private final Map<String, Written> outputs = new HashMap<>();
  private final List<Arrow> arrows = new ArrayList<>();
  private final Map<String, String> uses = new TreeMap<>();

  /** A connection between processes. */
  private record Arrow(Place place, String from, String fromPort, String to, String toPort) {}

  private SapGraph(Written sap, Problems problems) {
    this.sap = sap;
    this.problems = problems;
  }

  private static Map.Entry<Pattern, String> advice(String part, String type, String stream) {
    return Map.entry(
        Pattern.compile(part, Pattern.CASE_INSENSITIVE),
        "\"weir\": {\"type\": \"" + type + "\", \"stream\": \"" + stream + "\"}");
  }

  /** Whether a file is one of SAP's. */
  static boolean is(Written written) {
    return written.member("processes").filter(Written::isObject).isPresent();
  }

  /**
   * A descriptor, and what it leaves out that makes no difference to what the graph does.
   *
   * @param notes a line each
   */
  record Translated(Written descriptor, List<String> notes) {}

  /** Translates. */
  static Translated translate(Written sap, Problems problems) {
    var graph = new SapGraph(sap, problems);
    var descriptor = graph.descriptor();
    return new Translated(descriptor, graph.notes);
  }

  private Written descriptor() {
    if (sap.member("metadata").flatMap(m -> m.whole("generation")).orElse(2) < 2) {
      problems.add(
          sap.place(), "this is a graph of Generation 1, whose operators have another interface");
    }
    sap.members()
        .forEach(
            (name, member) -> {
              if (!FIELDS.contains(name)) {
                problems.add(
                    member.place(), "the graph has no field '" + name + "'" + hint(name, FIELDS));
              }
            });
    var mapped = mappings();
    var replicas = groups(mapped);
    sap.member("processes")
        .orElseThrow()
        .members()
        .forEach((id, process) -> process(id, process, mapped, replicas));
    connections();
    leaveOut();
    errorPorts();
    for (var side : List.of("inports", "outports")) {
      if (sap.member(side).filter(ports -> !ports.members().isEmpty()).isPresent()) {
        notes.add(side + ": the graph's own ports are not used; a graph cannot be part of another");
      }
    }
    var descriptor = new LinkedHashMap<String, Member>();
    sap.text("description")
        .filter(text -> !text.isBlank())
        .ifPresent(text -> put(descriptor, "description", text));
    descriptor.put("parameters", member(parameters()));
    descriptor.put("nodes", member(new Written(nodes, sap.place())));
    var connections = new ArrayList<Written>();
    for (var arrow : arrows) {
      connections.add(
          new Written(
              names.get(arrow.from())
                  + "."
                  + arrow.fromPort()
                  + " -> "
                  + names.get(arrow.to())
                  + "."
                  + arrow.toPort(),
              arrow.place()));
    }
    descriptor.put("connections", member(new Written(connections, sap.place())));
    var types = types();
    if (!types.isEmpty()) {
      descriptor.put("types", member(new Written(types, sap.place())));
    }
    return new Written(descriptor, sap.place());
  }

  /** The graph's own types, by the ids by which ports name them. */
  private Map<String, Member> types() {
    var types = new LinkedHashMap<String, Member>();
    for (var kind : sap.member("vTypes").map(Written::members).orElse(Map.of()).entrySet()) {
      kind.getValue()
          .value()
          .members()
          .forEach(
              (name, type) -> {
                var schema = new LinkedHashMap<>(type.value().members());
                if (!schema.containsKey("vflow.type")) {
                  put(schema, "vflow.type", kind.getKey());
                }
                types.put(
                    name.startsWith("$") ? name : "$GRAPH." + name,
                    new Member(type.place(), new Written(schema, type.place())));
              });
    }
    return types;
  }

  // Parameters

  /** The parameters that are declared; or else all that are used, to be set as texts. */
  private Written parameters() {
    var declared = sap.member("parameters").orElse(new Written(Map.of(), sap.place()));
    var parameters = new LinkedHashMap<String, Member>();
    declared
        .members()
        .forEach(
            (name, parameter) -> {
              var fields = new LinkedHashMap<String, Member>();
              parameter
                  .value()
                  .members()
                  .forEach(
                      (field, value) -> {
                        if (Set.of("type", "default", "description").contains(field)) {
                          fields.put(field, value);
                        }
                      });
              parameters.put(
                  name, new Member(parameter.place(), new Written(fields, parameter.place())));
            });
    uses.forEach(
        (name, type) -> {
          if (declared.members().isEmpty()) {
            var fields = new LinkedHashMap<String, Member>();
            put(fields, "type", type);
            parameters.put(name, member(new Written(fields, sap.place())));
          } else if (!parameters.containsKey(name)) {
            problems.add(
                sap.place(),
                "${"
                    + name
                    + "} is to be replaced, but the graph has parameters, and '"
                    + name
                    + "' is none; declare it"
                    + hint(name, parameters.keySet()));
          }
        });
    return new Written(parameters, declared.place());
  }

  /** What parameterMapping puts in the place of configuration, by its path. */
  private Map<String, Written> mappings() {
    var mapped = new LinkedHashMap<String, Written>();
    sap.member("parameterMapping")
        .ifPresent(
            all ->
                all.members()
                    .forEach(
                        (path, text) -> {
                          if (path.matches("processes\\.[^.]+\\.configuration\\.[^.]+")
                              || path.matches("groups\\.[0-9]+\\.multiplicity")) {
                            mapped.put(path, text.value());
                          } else {
                            problems.add(
                                text.place(),
                                "'"
                                    + path
                                    + "' cannot be mapped; only"
                                    + " processes.ID.configuration.FIELD and"
                                    + " groups.NUMBER.multiplicity can");
                          }
                        }));
    return mapped;
  }

  private void look(Written value, String whole) {
    value.members().values().forEach(member -> look(member.value(), "string"));
    value.items().forEach(item -> look(item, "string"));
    if (value.value() instanceof String text) {
      var use = USE.matcher(text);
      while (use.find()) {
        uses.put(use.group(1), use.group().equals(text) ? whole : "string");
      }
    }
  }

  // Groups

  /** The multiplicity of each process's group. */
  private Map<String, Written> groups(Map<String, Written> mapped) {
    var replicas = new HashMap<String, Written>();
    var seen = new HashMap<String, String>();
    var groups = sap.member("groups").map(Written::items).orElse(List.of());
    for (int i = 0; i < groups.size(); i++) {
      var group = groups.get(i);
      var name = group.text("name").filter(text -> !text.isBlank());
      if (name.isEmpty()) {
        problems.add(group.place(), "a group has no name");
        continue;
      }
      var what = "group '" + name.get() + "'";
      if (seen.containsValue("\n" + name.get())) {
        problems.add(group.place(), "two groups are named '" + name.get() + "'");
      }
      seen.put("\n" + name.get(), "\n" + name.get());
      var multiplicity =
          Optional.ofNullable(mapped.get("groups." + i + ".multiplicity"))
              .or(() -> group.member("multiplicity"));
      multiplicity.ifPresent(m -> look(m, "integer"));
      for (var node : group.member("nodes").map(Written::items).orElse(List.of())) {
        var id = String.valueOf(node.value());
        if (!sap.member("processes").orElseThrow().members().containsKey(id)) {
          problems.add(
              node.place(),
              what
                  + " has the process '"
                  + id
                  + "', which is none"
                  + hint(id, sap.member("processes").orElseThrow().members().keySet()));
        } else if (seen.putIfAbsent(id, name.get()) != null) {
          problems.add(
              node.place(), "'" + id + "' is in " + what + " and in group '" + seen.get(id) + "'");
        }
        multiplicity.ifPresent(m -> replicas.put(id, m));
      }
      group
          .text("restartPolicy")
          .filter("restart"::equals)
          .ifPresent(
              policy ->
                  notes.add(what + ": a failure restarts the whole graph, from its last commit"));
      group
          .member("tags")
          .filter(tags -> !tags.members().isEmpty())
          .ifPresent(
              tags ->
                  notes.add(
                      what
                          + ": tags "
                          + Json.toText(tags.json())
                          + " choose no image; what programs need must be installed here"));
      resources(group)
          .ifPresent(text -> notes.add(what + ": resources " + text + " are not enforced"));
    }
    return replicas;
  }

  /** What a group may use: the graph's values, key by key replaced by the group's. */
  private Optional<String> resources(Written group) {
    var all = new TreeMap<String, Object>();
    for (var given : List.of(sap.member("groupResources"), group.member("resources"))) {
      given.ifPresent(
          kinds ->
              kinds
                  .members()
                  .forEach(
                      (kind, values) ->
                          values
                              .value()
                              .members()
                              .forEach((key, v) -> all.put(kind + "." + key, v.value().json()))));
    }
    return all.isEmpty() ? Optional.empty() : Optional.of(Json.toText(all));
  }

  // Processes

  private void process(
      String id, Member process, Map<String, Written> mapped, Map<String, Written> replicas) {
    names.put(id, name(id));
    var place = process.place();
    var written = process.value();
    var component = written.text("component").orElse("");
    var metadata = written.member("metadata").orElse(new Written(Map.of(), place));
    inputs.put(id, ports(metadata, "inports", "additionalinports"));
    outputs.put(id, ports(metadata, "outports", "additionaloutports"));
    var node = new LinkedHashMap<String, Member>();
    var own = written.member("weir");
    if (own.isPresent()) {
      node.putAll(own.get().members());
    } else if (PYTHON.matcher(component).matches()) {
      python(id, place, metadata, mapped, node);
    } else if (component.toLowerCase(Locale.ROOT).contains("graphterminator")) {
      put(node, "type", "terminator");
      if (!inputs.get(id).items().isEmpty()) {
        node.put("inputs", member(inputs.get(id)));
      }
      if (Boolean.TRUE.equals(json(metadata, "onLastBatch"))) {
        put(node, "on-last-batch", true);
      }
    } else if (component.toLowerCase(Locale.ROOT).matches(".*(wiretap|multiplexer).*")) {
      past.add(id);
      return;
    } else if (component.toLowerCase(Locale.ROOT).contains("terminal")) {
      output(node);
    } else {
      unknown(id, place, component);
      return;
    }
    var times = replicas.get(id);
    if (times != null && !Long.valueOf(1).equals(times.value())) {
      node.put("replicas", member(times));
    }
    nodes.put(names.get(id), new Member(place, new Written(node, place)));
  }

  private static void output(Map<String, Member> node) {
    put(node, "type", "sink");
    put(node, "stream", "-");
  }

  private void python(
      String id,
      Place place,
      Written metadata,
      Map<String, Written> mapped,
      Map<String, Member> node) {
    put(node, "type", "python");
    var config = new LinkedHashMap<String, Member>();
    metadata.member("config").ifPresent(all -> config.putAll(all.members()));
    mapped.forEach(
        (path, text) -> {
          var prefix = "processes." + id + ".configuration.";
          if (path.startsWith(prefix)) {
            config.put(path.substring(prefix.length()), member(text));
          }
        });
    var script = Optional.ofNullable(config.get("script")).map(Member::value);
    if (script.isEmpty() || !(script.get().value() instanceof String text)) {
      problems.add(place, "process '" + id + "' has no script");
    } else if (text.startsWith("file://")) {
      node.put(
          "file", member(new Written(text.substring("file://".length()), script.get().place())));
    } else {
      node.put("script", member(script.get()));
    }
    Optional.ofNullable(config.get("errorHandling"))
        .map(Member::value)
        .ifPresent(value -> policy(value).ifPresent(policy -> put(node, "on-error", policy)));
    var seen = new LinkedHashMap<>(config);
    OWN.forEach(seen::remove);
    look(new Written(seen, place), "string");
    if (!seen.isEmpty()) {
      node.put("config", member(new Written(seen, place)));
    }
    if (!inputs.get(id).items().isEmpty()) {
      node.put("inputs", member(inputs.get(id)));
    }
    if (!outputs.get(id).items().isEmpty()) {
      node.put("outputs", member(outputs.get(id)));
    }
  }

  /** A policy is text, an object with a type, or the text of such an object. */
  private Optional<String> policy(Written value) {
    var json = value.json();
    if (json instanceof String text && text.strip().startsWith("{")) {
      try {
        json = Json.parse(text);
      } catch (BadJsonException e) {
        problems.add(value.place(), "errorHandling is no JSON: " + e.getMessage());
        return Optional.empty();
      }
    }
    var type =
        json instanceof Map<?, ?> map ? String.valueOf(map.get("type")) : String.valueOf(json);
    if (!POLICIES.containsKey(type)) {
      problems.add(
          value.place(), "errorHandling cannot be '" + type + "'" + hint(type, POLICIES.keySet()));
    }
    return Optional.ofNullable(POLICIES.get(type));
  }

  private void unknown(String id, Place place, String component) {
    var advice =
        ADVICE.stream()
            .filter(entry -> entry.getKey().matcher(component).find())
            .map(Map.Entry::getValue)
            .findFirst()
            .orElse("\"weir\": {\"type\": …}");
    problems.add(
        place,
        "process '"
            + id
            + "': the component "
            + (component.isEmpty() ? "is missing" : component + " does not run here")
            + "; say what is to stand in its place: beside its component, write "
            + advice);
  }

  /** The ports of a process, as a descriptor has them. */
  private static Written ports(Written metadata, String... fields) {
    var ports = new ArrayList<Written>();
    for (var field : fields) {
      for (var port : metadata.member(field).map(Written::items).orElse(List.of())) {
        var json = new LinkedHashMap<String, Member>();
        for (var name : List.of("name", "type", "vtype-ID")) {
          Optional.ofNullable(port.members().get(name)).ifPresent(value -> json.put(name, value));
        }
        boolean there =
            ports.stream().anyMatch(other -> other.text("name").equals(port.text("name")));
        if (!there) {
          ports.add(new Written(json, port.place()));
        }
      }
    }
    return new Written(ports, metadata.place());
  }

  private static Object json(Written metadata, String field) {
    return metadata
        .member("config")
        .flatMap(config -> config.member(field))
        .map(Written::json)
        .orElse(null);
  }

  // Connections

  private void connections() {
    for (var connection : sap.member("connections").map(Written::items).orElse(List.of())) {
      var from = connection.member("src");
      var to = connection.member("tgt");
      if (from.isEmpty() || to.isEmpty()) {
        problems.add(connection.place(), "a connection has a src and a tgt");
        continue;
      }
      var arrow =
          new Arrow(
              connection.place(),
              from.get().text("process").orElse(""),
              from.get().text("port").orElse(""),
              to.get().text("process").orElse(""),
              to.get().text("port").orElse(""));
      boolean known = true;
      for (var id : List.of(arrow.from(), arrow.to())) {
        if (!names.containsKey(id)) {
          problems.add(
              connection.place(), "there is no process '" + id + "'" + hint(id, names.keySet()));
          known = false;
        }
      }
      if (known) {
        fit(arrow);
        arrows.add(arrow);
      }
    }
  }

  private void fit(Arrow arrow) {
    var from = port(outputs.get(arrow.from()), arrow.fromPort());
    var to = port(inputs.get(arrow.to()), arrow.toPort());
    if (from.isEmpty() || to.isEmpty()) {
      return;
    }
    if (!from.get().fits(to.get())) {
      problems.add(
          arrow.place(),
          "what comes out of "
              + arrow.from()
              + "."
              + arrow.fromPort()
              + " ("
              + from.get().type()
              + " "
              + from.get().id()
              + ") does not fit "
              + arrow.to()
              + "."
              + arrow.toPort()
              + " ("
              + to.get().type()
              + " "
              + to.get().id()
              + ")");
    }
  }

  private static Optional<Script.Port> port(Written ports, String name) {
    return ports.items().stream()
        .filter(port -> port.text("name").filter(name::equals).isPresent())
        .findFirst()
        .map(port -> Script.Port.declaring(name, port.text("type"), port.text("vtype-ID")));
  }

  /** Connects past wiretaps and multiplexers. */
  private void leaveOut() {
    for (var id : past) {
      var in = arrows.stream().filter(arrow -> arrow.to().equals(id)).toList();
      var out = arrows.stream().filter(arrow -> arrow.from().equals(id)).toList();
      if (out.isEmpty()) {
        var node = new LinkedHashMap<String, Member>();
        output(node);
        nodes.put(names.get(id), member(new Written(node, sap.place())));
        in.forEach(
            arrow ->
                arrows.set(
                    arrows.indexOf(arrow),
                    new Arrow(arrow.place(), arrow.from(), arrow.fromPort(), id, "in")));
        continue;
      }
      arrows.removeAll(in);
      arrows.removeAll(out);
      for (var before : in) {
        for (var behind : out) {
          arrows.add(
              new Arrow(
                  behind.place(), before.from(), before.fromPort(), behind.to(), behind.toPort()));
        }
      }
      notes.add("process '" + id + "': what it would show is not shown; records go past it");
    }
    // Nodes whose only port is a stream's have Weir's name for it.
    arrows.replaceAll(
        arrow ->
            new Arrow(
                arrow.place(),
                arrow.from(),
                isStream(arrow.from()) ? "out" : arrow.fromPort(),
                arrow.to(),
                isStream(arrow.to()) ? "in" : arrow.toPort()));
  }

  private boolean isStream(String id) {
    return Optional.ofNullable(nodes.get(names.get(id)))
        .flatMap(node -> node.value().text("type"))
        .filter(type -> type.equals("source") || type.equals("sink"))
        .isPresent();
  }

  private void errorPorts() {
    names.forEach(
        (id, name) -> {
          var node = Optional.ofNullable(nodes.get(name));
          boolean wanted =
              node.flatMap(n -> n.value().text("on-error"))
                  .filter("error-port"::equals)
                  .isPresent();
          boolean there =
              arrows.stream().anyMatch(a -> a.from().equals(id) && a.fromPort().equals("error"));
          if (wanted && !there) {
            problems.add(
                node.get().place(),
                "process '" + id + "' propagates errors to its port error, which is not connected");
          }
        });
  }

  private String name(String id) {
    var name = id.replaceAll("[^A-Za-z0-9_-]", "_");
    var legal = name.matches("[A-Za-z_].*") ? name : "_" + name;
    if (names.containsValue(legal)) {
      throw new BadProgramException(
          sap.place() + ": two processes are both named '" + legal + "' here; rename '" + id + "'");
    }
    return legal;
  }

  private static String hint(String name, Set<String> names) {
    return Names.hint(name, "there are", names);
  }

  private static Member member(Written value) {
    return new Member(value.place(), value);
  }

  private static void put(Map<String, Member> object, String name, Object value) {
    var place = new Place("", 0, 0);
    object.put(name, new Member(place, new Written(value, place)));
  }
}
