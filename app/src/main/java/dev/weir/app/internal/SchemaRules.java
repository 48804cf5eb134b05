package dev.weir.app.internal;

import dev.weir.graph.Json;
import dev.weir.graph.Names;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The rules of a JSON Schema, told in the words of the file that they are applied to. Immutable.
 *
 * <p>Knows the keywords that Weir's own schemas use: {@code type}, {@code properties}, {@code
 * required}, {@code additionalProperties}, {@code propertyNames}, {@code minProperties}, {@code
 * items}, {@code enum}, {@code const}, {@code pattern}, {@code minLength}, {@code minimum}, {@code
 * oneOf} whose branches differ by type or by a constant field, {@code $ref} into {@code $defs}.
 */
final class SchemaRules {

  private static final Set<String> KNOWN =
      Set.of(
          "$schema",
          "$id",
          "$ref",
          "$defs",
          "title",
          "description",
          "type",
          "properties",
          "required",
          "additionalProperties",
          "propertyNames",
          "minProperties",
          "items",
          "enum",
          "const",
          "pattern",
          "minLength",
          "minimum",
          "oneOf");

  private final Map<String, Object> root;

  /**
   * @param text the schema
   */
  SchemaRules(String text) {
    root = object(Json.parse(text));
    checkKeywords(root);
    object(root.get("$defs")).values().forEach(def -> checkKeywords(object(def)));
  }

  private static void checkKeywords(Map<String, Object> schema) {
    schema
        .keySet()
        .forEach(
            keyword -> {
              if (!KNOWN.contains(keyword)) {
                throw new IllegalArgumentException("the schema says '" + keyword + "'");
              }
            });
    object(schema.get("properties")).values().forEach(each -> checkKeywords(object(each)));
    list(schema.get("oneOf")).forEach(each -> checkKeywords(object(each)));
  }

  /** Says what is wrong with a value. */
  void check(Written value, Problems problems) {
    check(root, value, title(root, "it"), problems);
  }

  private void check(Map<String, Object> given, Written value, String what, Problems problems) {
    var schema = resolved(given);
    if (schema.containsKey("oneOf")) {
      check(branch(schema, value, what, problems), value, what, problems);
      if (!schema.containsKey("type")) {
        return;
      }
    }
    var types = types(schema);
    if (!types.isEmpty() && types.stream().noneMatch(type -> is(type, value.value()))) {
      var words =
          types.stream().map(SchemaRules::words).distinct().collect(Collectors.joining(" or "));
      problems.add(value.place(), what + " is " + words + ", not " + shown(value));
      return;
    }
    scalar(schema, value, what, problems);
    if (value.isObject()) {
      object(schema, value, what, problems);
    }
    var items = object(schema.get("items"));
    if (!items.isEmpty()) {
      value
          .items()
          .forEach(item -> check(items, item, title(resolved(items), "an item"), problems));
    }
  }

  private static void scalar(
      Map<String, Object> schema, Written value, String what, Problems problems) {
    var allowed =
        schema.containsKey("const") ? List.of(schema.get("const")) : list(schema.get("enum"));
    if (!allowed.isEmpty() && !allowed.contains(value.value())) {
      var names = allowed.stream().map(Object::toString).toList();
      problems.add(
          value.place(),
          what
              + " cannot be "
              + shown(value)
              + Names.hint(String.valueOf(value.value()), "it is one of", names));
    }
    if (schema.get("pattern") instanceof String pattern
        && !value.isObject()
        && !String.valueOf(value.value()).matches(pattern)) {
      problems.add(value.place(), what + " cannot be " + shown(value) + explained(schema));
    }
    if (schema.get("minLength") instanceof Long least
        && value.value() instanceof String text
        && text.length() < least) {
      problems.add(value.place(), what + " is empty" + explained(schema));
    }
    if (schema.get("minimum") instanceof Number least
        && value.value() instanceof Number number
        && number.doubleValue() < least.doubleValue()) {
      problems.add(value.place(), what + " is " + least + " or more, not " + number);
    }
  }

  private void object(Map<String, Object> schema, Written value, String what, Problems problems) {
    var properties = object(schema.get("properties"));
    var required = list(schema.get("required"));
    for (var name : required) {
      if (!value.members().containsKey(name.toString())) {
        problems.add(
            value.place(),
            what
                + " needs the field '"
                + name
                + "'"
                + explained(resolved(object(properties.get(name.toString())))));
      }
    }
    if (schema.get("minProperties") instanceof Long least && value.members().size() < least) {
      problems.add(value.place(), what + " has nothing in it" + explained(schema));
    }
    var names = object(schema.get("propertyNames"));
    value
        .members()
        .forEach(
            (name, member) -> {
              if (names.get("pattern") instanceof String pattern && !name.matches(pattern)) {
                problems.add(
                    member.place(),
                    "'"
                        + name
                        + "' cannot be a name: use letters, digits, _ and -, and begin with a"
                        + " letter");
              }
              if (properties.containsKey(name)) {
                var of = object(properties.get(name));
                var fallback = "'" + name + "' of " + what;
                check(of, member.value(), title(resolved(of), fallback), problems);
              } else if (schema.get("additionalProperties") instanceof Map<?, ?> others) {
                var of = object(others);
                check(of, member.value(), title(resolved(of), what) + " '" + name + "'", problems);
              } else if (Boolean.FALSE.equals(schema.get("additionalProperties"))) {
                problems.add(
                    member.place(),
                    what
                        + " has no field '"
                        + name
                        + "'"
                        + Names.hint(name, "it has", properties.keySet()));
              }
            });
  }

  /** The branch that a value is meant to be of: by its constant fields, else by its type. */
  private Map<String, Object> branch(
      Map<String, Object> schema, Written value, String what, Problems problems) {
    var constants = new LinkedHashSet<String>();
    for (var each : list(schema.get("oneOf"))) {
      var branch = resolved(object(each));
      var mark = marked(branch);
      if (mark == null) {
        if (types(branch).stream().anyMatch(type -> is(type, value.value()))) {
          return branch;
        }
        continue;
      }
      constants.add(mark.getValue());
      if (value.text(mark.getKey()).filter(mark.getValue()::equals).isPresent()) {
        return branch;
      }
    }
    if (constants.isEmpty()) {
      var words =
          list(schema.get("oneOf")).stream()
              .flatMap(each -> types(resolved(object(each))).stream())
              .map(SchemaRules::words)
              .distinct()
              .collect(Collectors.joining(" or "));
      problems.add(value.place(), what + " is " + words + ", not " + shown(value));
    } else if (value.isObject() && value.members().containsKey("type")) {
      var type = value.members().get("type").value();
      problems.add(
          type.place(),
          what
              + " cannot be of type "
              + shown(type)
              + Names.hint(String.valueOf(type.value()), "the types are", constants));
    }
    return Map.of();
  }

  /** The constant field of a branch, if it has one. */
  private static Map.Entry<String, String> marked(Map<String, Object> branch) {
    for (var property : object(branch.get("properties")).entrySet()) {
      if (object(property.getValue()).get("const") instanceof String constant) {
        return Map.entry(property.getKey(), constant);
      }
    }
    return null;
  }

  /** A schema with what it refers to; what it says itself comes first. */
  private Map<String, Object> resolved(Map<String, Object> schema) {
    if (!(schema.get("$ref") instanceof String ref)) {
      return schema;
    }
    var target = object(object(root.get("$defs")).get(ref.substring("#/$defs/".length())));
    var both = new java.util.LinkedHashMap<>(resolved(target));
    both.putAll(schema);
    both.remove("$ref");
    return both;
  }

  private static String title(Map<String, Object> schema, String fallback) {
    return schema.get("title") instanceof String title ? title : fallback;
  }

  private static String explained(Map<String, Object> schema) {
    return schema.get("description") instanceof String text ? " (" + text + ")" : "";
  }

  private static List<String> types(Map<String, Object> schema) {
    var type = schema.get("type");
    var types = new ArrayList<String>();
    if (type instanceof String one) {
      types.add(one);
    }
    list(type).forEach(each -> types.add(each.toString()));
    return types;
  }

  private static boolean is(String type, Object value) {
    return switch (type) {
      case "object" -> value instanceof Map<?, ?>;
      case "array" -> value instanceof List<?>;
      case "string" -> value instanceof String;
      case "integer" -> value instanceof Long || value instanceof BigInteger;
      case "number" -> value instanceof Number;
      case "boolean" -> value instanceof Boolean;
      default -> value == null;
    };
  }

  private static String words(String type) {
    return switch (type) {
      case "object" -> "an object";
      case "array" -> "a list";
      case "string" -> "text";
      case "integer" -> "a whole number";
      case "number" -> "a number";
      case "boolean" -> "true or false";
      default -> "null";
    };
  }

  private static String shown(Written value) {
    var text =
        value.isObject() ? "an object" : value.isList() ? "a list" : Json.toText(value.value());
    return value.origin() == null ? text : text + " (of " + value.origin() + ")";
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Object json) {
    return json instanceof Map<?, ?> ? (Map<String, Object>) json : Map.of();
  }

  @SuppressWarnings("unchecked")
  private static List<Object> list(Object json) {
    return json instanceof List<?> ? (List<Object>) json : List.of();
  }
}
