package dev.weir.app.internal;

import dev.weir.graph.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes a schema of files as they are written of one of files whose parameters are replaced: every
 * field that is not free text anyway may also be <code>${NAME}</code>. Stateless.
 */
final class PublishedSchema {

  private static final String USE = "parameter-use";

  private static final String ANY_USE =
      """
      {
        "type": "string",
        "pattern": "[$][{][A-Za-z_][A-Za-z0-9_.-]*[}]",
        "description": "The value of a parameter."
      }
      """;

  private PublishedSchema() {}

  static String of(String rules) {
    var root = object(Json.parse(rules));
    var defs = object(root.get("$defs"));
    var open = open(root, defs);
    var opened = new LinkedHashMap<String, Object>();
    defs.forEach(
        (name, def) -> opened.put(name, name.equals("parameter") ? def : open(object(def), defs)));
    opened.put(USE, Json.parse(ANY_USE));
    open.put("$defs", opened);
    return Json.toText(open);
  }

  /** A schema of an object, its fields open to parameters. */
  private static Map<String, Object> open(Map<String, Object> schema, Map<String, Object> defs) {
    var open = new LinkedHashMap<>(schema);
    if (schema.get("properties") instanceof Map<?, ?> properties) {
      var fields = new LinkedHashMap<String, Object>();
      object(properties)
          .forEach((name, field) -> fields.put(name, field(name, object(field), defs)));
      open.put("properties", fields);
    }
    if (schema.get("oneOf") instanceof List<?> branches) {
      open.put("oneOf", branches.stream().map(branch -> open(object(branch), defs)).toList());
    }
    return open;
  }

  private static Object field(String name, Map<String, Object> field, Map<String, Object> defs) {
    var resolved =
        field.get("$ref") instanceof String ref
            ? object(defs.get(ref.substring(ref.lastIndexOf('/') + 1)))
            : field;
    boolean scalar =
        resolved.containsKey("enum")
            || resolved.containsKey("pattern")
            || (resolved.get("type") instanceof String type
                && List.of("integer", "number", "boolean").contains(type));
    if (name.equals("type") || !scalar) {
      return field;
    }
    var either = new LinkedHashMap<String, Object>();
    either.put("anyOf", List.of(field, Map.of("$ref", "#/$defs/" + USE)));
    if (field.containsKey("description")) {
      either.put("description", field.get("description"));
    }
    return either;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Object json) {
    return json instanceof Map<?, ?> ? (Map<String, Object>) json : Map.of();
  }
}
