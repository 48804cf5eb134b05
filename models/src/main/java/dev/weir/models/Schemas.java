package dev.weir.models;

import dev.weir.graph.BadJsonException;
import dev.weir.graph.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;

/**
 * Avro schemas as people write them: a type ({@code int}, {@code {"type":"array","items":"int"}}),
 * the path of a file, or the name of one. Within a schema, {@code {"$ref":"NAME"}} stands for the
 * schema of that name, anywhere; {@code urn:fastscore:schema:NAME} is a name, too.
 *
 * <p>{@link SchemaCheck#of} makes one a check of records.
 */
public final class Schemas {

  private static final List<String> URNS = List.of("urn:fastscore:schema:", "urn:weir:schema:");
  private static final Set<String> KINDS =
      Set.of("record", "error", "enum", "fixed", "array", "map");

  private Schemas() {}

  /**
   * Finds a schema.
   *
   * @param folder where the paths and names of files begin; a file of a name may also be in {@code
   *     schemas/} below it
   * @param text as written in a smart comment
   * @throws BadModelException when it is not found or is no schema
   */
  public static Schema find(Path folder, String text) {
    return new Reading(folder, "").find(text);
  }

  /**
   * The schema that a parsed JSON value is, as a stream's descriptor may hold it.
   *
   * @param folder as in {@link #find}
   */
  public static Schema of(Path folder, Object json) {
    return new Reading(folder, "").parse("the schema ", json);
  }

  static Schema find(Path model, SmartComments.Declared declared) {
    var folder = model.toAbsolutePath().getParent();
    return new Reading(folder, model + ":" + declared.line() + ": ").find(declared.value());
  }

  /**
   * Why records of one schema are not all good for another; empty when they are. Wider numbers take
   * narrower ones, as in Avro, and {@code float} and {@code double} take each other; a union is
   * good if every branch is.
   *
   * @param from what is written
   * @param to what is read
   */
  public static Optional<String> misfit(Schema from, Schema to) {
    return Optional.ofNullable(misfit(from, to, "$", new LinkedHashSet<>()));
  }

  private record Pair(Schema from, Schema to) {}

  private static String misfit(Schema from, Schema to, String path, Set<Pair> assumed) {
    if (!assumed.add(new Pair(from, to))) {
      return null; // a type within itself
    }
    if (from.isUnion()) {
      return from.getTypes().stream()
          .map(branch -> misfit(branch, to, path, assumed))
          .filter(Objects::nonNull)
          .findFirst()
          .orElse(null);
    }
    if (to.isUnion()) {
      for (var branch : to.getTypes()) {
        if (misfit(from, branch, path, new LinkedHashSet<>(assumed)) == null) {
          return null;
        }
      }
      return differ(from, to, path);
    }
    return switch (to.getType()) {
      case INT, BOOLEAN, NULL -> from.getType() == to.getType() ? null : differ(from, to, path);
      case LONG ->
          from.getType() == Schema.Type.INT || from.getType() == Schema.Type.LONG
              ? null
              : differ(from, to, path);
      case FLOAT, DOUBLE ->
          switch (from.getType()) {
            case INT, LONG, FLOAT, DOUBLE -> null;
            default -> differ(from, to, path);
          };
      case STRING ->
          from.getType() == Schema.Type.STRING || from.getType() == Schema.Type.ENUM
              ? null
              : differ(from, to, path);
      case BYTES ->
          from.getType() == Schema.Type.BYTES || from.getType() == Schema.Type.FIXED
              ? null
              : differ(from, to, path);
      case FIXED ->
          from.getType() == Schema.Type.FIXED && from.getFixedSize() == to.getFixedSize()
              ? null
              : differ(from, to, path);
      case ENUM -> {
        if (from.getType() != Schema.Type.ENUM) {
          yield differ(from, to, path);
        }
        var unknown = new ArrayList<>(from.getEnumSymbols());
        unknown.removeAll(to.getEnumSymbols());
        yield unknown.isEmpty()
            ? null
            : "enum " + to.getName() + " has no symbol " + unknown.get(0) + at(path);
      }
      case ARRAY ->
          from.getType() == Schema.Type.ARRAY
              ? misfit(from.getElementType(), to.getElementType(), path + "[]", assumed)
              : differ(from, to, path);
      case MAP ->
          from.getType() == Schema.Type.MAP
              ? misfit(from.getValueType(), to.getValueType(), path + "[]", assumed)
              : differ(from, to, path);
      case RECORD -> record(from, to, path, assumed);
      default -> throw new IllegalArgumentException(to.toString());
    };
  }

  private static String record(Schema from, Schema to, String path, Set<Pair> assumed) {
    if (from.getType() != Schema.Type.RECORD) {
      return differ(from, to, path);
    }
    for (var field : to.getFields()) {
      var given = from.getField(field.name());
      if (given == null) {
        if (!SchemaCheck.optional(field)) {
          return "the field '" + field.name() + "' is missing" + at(path);
        }
        continue;
      }
      var trouble = misfit(given.schema(), field.schema(), path + "." + field.name(), assumed);
      if (trouble != null) {
        return trouble;
      }
    }
    return null;
  }

  private static String differ(Schema from, Schema to, String path) {
    return name(from) + " is not good for " + name(to) + at(path);
  }

  private static String name(Schema schema) {
    return switch (schema.getType()) {
      case RECORD, ENUM, FIXED -> schema.getType().getName() + " " + schema.getName();
      default -> schema.toString().replace("\"", "");
    };
  }

  private static String at(String path) {
    return path.equals("$") ? "" : " at " + path;
  }

  /** Reads one schema with all that it refers to. */
  private static final class Reading {
    private final Path folder;
    private final String at;
    private final Set<String> open = new LinkedHashSet<>();

    /** Named types met so far, by full name: a second definition becomes the name. */
    private final Map<String, Object> defined = new LinkedHashMap<>();

    private final Set<String> unknown = new LinkedHashSet<>();

    Reading(Path folder, String at) {
      this.folder = folder;
      this.at = at;
    }

    Schema find(String text) {
      if (text.startsWith("{") || text.startsWith("[") || text.startsWith("\"")) {
        return parse(at + "the schema ", json(at + "the schema ", text));
      }
      if (SchemaCheck.PRIMITIVES.contains(text)) {
        return Schema.create(Schema.Type.valueOf(text.toUpperCase(java.util.Locale.ROOT)));
      }
      var file = file(text);
      return parse(at + "the schema " + file + " ", load(file));
    }

    private Object load(Path file) {
      try {
        return json(at + "the schema " + file + " ", Files.readString(file));
      } catch (IOException e) {
        throw new BadModelException(
            at + "the schema " + file + " cannot be read: " + e.getMessage(), e);
      }
    }

    private static Object json(String what, String text) {
      try {
        return Json.parse(text);
      } catch (BadJsonException e) {
        // Avro's own words about text that is not JSON are about its parser.
        throw new BadModelException(what + "is no Avro schema: " + e.getMessage(), e);
      }
    }

    Schema parse(String what, Object json) {
      var whole = expand(json, "");
      if (!unknown.isEmpty()) {
        throw new BadModelException(
            what
                + "is no Avro schema: it names a type that is not defined, '"
                + String.join("', '", unknown)
                + "'");
      }
      try {
        return new Schema.Parser().parse(Json.toText(whole));
      } catch (AvroRuntimeException | NullPointerException e) {
        throw new BadModelException(what + "is no Avro schema: " + e.getMessage(), e);
      }
    }

    /** A type with every reference replaced by what it means. */
    private Object expand(Object type, String namespace) {
      if (type instanceof String name) {
        if (!SchemaCheck.PRIMITIVES.contains(name)
            && !defined.containsKey(full(name, namespace))
            && !defined.containsKey(name)) {
          unknown.add(name);
        }
        return name;
      }
      if (type instanceof List<?> union) {
        return union.stream().map(branch -> expand(branch, namespace)).toList();
      }
      if (!(type instanceof Map<?, ?> map)) {
        return type;
      }
      if (map.get("$ref") instanceof String ref && map.size() == 1) {
        return refer(ref);
      }
      var copy = new LinkedHashMap<Object, Object>(map);
      var within = namespace;
      if (map.get("name") instanceof String name && map.get("type") instanceof String kind) {
        if (KINDS.contains(kind)) {
          var space = map.get("namespace") instanceof String given ? given : namespace;
          var full = full(name, space);
          if (map.equals(defined.get(full))) {
            return full;
          }
          defined.putIfAbsent(full, map);
          within = full.contains(".") ? full.substring(0, full.lastIndexOf('.')) : "";
        }
      }
      if (!(map.get("type") instanceof String kind && KINDS.contains(kind))
          && map.get("type") != null) {
        copy.put("type", expand(map.get("type"), within));
      }
      for (var part : List.of("items", "values")) {
        if (map.get(part) != null) {
          copy.put(part, expand(map.get(part), within));
        }
      }
      if (map.get("fields") instanceof List<?> fields) {
        var inside = within;
        copy.put("fields", fields.stream().map(field -> field(field, inside)).toList());
      }
      return copy;
    }

    private Object field(Object field, String namespace) {
      if (!(field instanceof Map<?, ?> map) || map.get("type") == null) {
        return field;
      }
      var copy = new LinkedHashMap<Object, Object>(map);
      copy.put("type", expand(map.get("type"), namespace));
      return copy;
    }

    /** A schema of another file. One that leads back to itself must be by the name of its type. */
    private Object refer(String ref) {
      if (SchemaCheck.PRIMITIVES.contains(ref)) {
        return ref;
      }
      var file = file(ref);
      var json = load(file);
      if (!open.add(file.toString())) {
        if (json instanceof Map<?, ?> map
            && map.get("name") instanceof String name
            && defined.containsValue(map)) {
          return full(name, map.get("namespace") instanceof String given ? given : "");
        }
        throw new BadModelException(at + "the schema " + file + " refers to itself without end");
      }
      var whole = expand(json, "");
      open.remove(file.toString());
      return whole;
    }

    private static String full(String name, String namespace) {
      return name.contains(".") || namespace.isEmpty() ? name : namespace + "." + name;
    }

    private Path file(String name) {
      var places = places(withoutUrn(name));
      for (var place : places) {
        if (Files.isRegularFile(place)) {
          return place;
        }
      }
      var looked = new StringBuilder();
      places.forEach(p -> looked.append("\n  ").append(p));
      throw new BadModelException(
          at
              + "schema '"
              + name
              + "' is not found. Write an Avro type (int, long, double, string, {\"type\":...}) or"
              + " put the schema in one of:"
              + looked);
    }

    private static String withoutUrn(String name) {
      return URNS.stream()
          .filter(name::startsWith)
          .findFirst()
          .map(urn -> name.substring(urn.length()))
          .orElse(name);
    }

    private List<Path> places(String name) {
      var places = new ArrayList<Path>();
      try {
        if (name.endsWith(".avsc") || name.endsWith(".json")) {
          places.add(folder.resolve(name));
          places.add(folder.resolve("schemas").resolve(name));
        } else {
          for (var within : List.of(folder, folder.resolve("schemas"))) {
            places.add(within.resolve(name + ".avsc"));
            places.add(within.resolve(name + ".json"));
          }
        }
      } catch (InvalidPathException e) {
        throw new BadModelException(
            at + "'" + name + "' is neither an Avro type nor a file name", e);
      }
      return places;
    }
  }
}
