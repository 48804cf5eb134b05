package dev.weir.models;

import dev.weir.graph.BadJsonException;
import dev.weir.graph.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;

/**
 * Finds the schema that a smart comment means: an Avro type written out ({@code int}, {@code
 * {"type":"array","items":"int"}}), the path of a file, or the name of one.
 */
final class Schemas {

  private Schemas() {}

  /**
   * @param model the model's file: paths are relative to its folder
   * @throws BadModelException when it is not found or is no schema
   */
  static SchemaCheck resolve(Path model, SmartComments.Declared declared) {
    var text = declared.value();
    var at = model + ":" + declared.line() + ": ";
    if (text.startsWith("{") || text.startsWith("[") || text.startsWith("\"")) {
      return parse(at + "the schema ", text);
    }
    if (SchemaCheck.PRIMITIVES.contains(text)) {
      return SchemaCheck.primitive(text);
    }
    var places = places(model, text, at);
    for (var place : places) {
      if (Files.isRegularFile(place)) {
        try {
          return parse(at + "the schema " + place + " ", Files.readString(place));
        } catch (IOException e) {
          throw new BadModelException(
              at + "the schema " + place + " cannot be read: " + e.getMessage(), e);
        }
      }
    }
    var looked = new StringBuilder();
    places.forEach(p -> looked.append("\n  ").append(p));
    throw new BadModelException(
        at
            + "schema '"
            + text
            + "' is not found. Write an Avro type (int, long, double, string, {\"type\":...}) or"
            + " put the schema in one of:"
            + looked);
  }

  private static List<Path> places(Path model, String name, String at) {
    var folder = model.toAbsolutePath().getParent();
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
      throw new BadModelException(at + "'" + name + "' is neither an Avro type nor a file name", e);
    }
    return places;
  }

  private static SchemaCheck parse(String what, String json) {
    try {
      // Avro's own words about text that is not JSON are about its parser.
      Json.parse(json);
    } catch (BadJsonException e) {
      throw new BadModelException(what + "is no Avro schema: " + e.getMessage(), e);
    }
    try {
      return SchemaCheck.of(new Schema.Parser().parse(json));
    } catch (AvroRuntimeException e) {
      throw new BadModelException(what + "is no Avro schema: " + e.getMessage(), e);
    } catch (NullPointerException e) {
      // Avro's answer to the name of a type that is defined nowhere.
      throw new BadModelException(
          what + "is no Avro schema: it names a type that is not defined, " + unknown(json), e);
    }
  }

  /** The names of types in a schema that neither Avro nor the schema defines. */
  private static String unknown(String json) {
    var defined = new HashSet<String>(SchemaCheck.PRIMITIVES);
    defined.addAll(Set.of("record", "error", "enum", "fixed", "array", "map"));
    var named = new TreeSet<String>();
    collect(Json.parse(json), defined, named);
    named.removeIf(name -> defined.contains(name.substring(name.lastIndexOf('.') + 1)));
    return named.stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "));
  }

  private static void collect(Object type, Set<String> defined, Set<String> named) {
    if (type instanceof String name) {
      named.add(name);
    } else if (type instanceof List<?> union) {
      union.forEach(branch -> collect(branch, defined, named));
    } else if (type instanceof Map<?, ?> map) {
      if (map.get("name") instanceof String name) {
        defined.add(name.substring(name.lastIndexOf('.') + 1));
      }
      for (var part : List.of("type", "items", "values")) {
        if (map.get(part) != null) {
          collect(map.get(part), defined, named);
        }
      }
      if (map.get("fields") instanceof List<?> fields) {
        for (var field : fields) {
          if (field instanceof Map<?, ?> f) {
            collect(f.get("type"), defined, named);
          }
        }
      }
    }
  }
}
