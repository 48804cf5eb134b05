package dev.weir.models;

import dev.weir.graph.Json;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.avro.Schema;

/**
 * Whether a JSON value (see {@link dev.weir.graph.Batch}) is of an Avro type. A schema is compiled
 * once into a tree of these. Immutable, thread-safe.
 *
 * <p>An {@code int} has 32 bits and a {@code long} 64; both are numbers without fraction or
 * exponent, which are good for {@code float} and {@code double} too. {@code bytes} and {@code
 * fixed} are text of characters up to U+00FF, as in Avro's JSON encoding. A field that is missing
 * from a record is good if it has a default or may be null; a field that the schema does not name
 * is let through. A union's value may be plain or tagged as in Avro's JSON encoding ({@code
 * {"int":1}}); {@link #plain} removes the tags. Logical types are not looked at.
 */
public abstract class SchemaCheck {

  /** The Avro types that are written by their name alone. */
  static final Set<String> PRIMITIVES =
      Set.of("int", "long", "float", "double", "boolean", "string", "bytes", "null");

  private static final int SHOWN = 100;

  SchemaCheck() {}

  /** Whether a value is of the type. */
  public abstract boolean accepts(Object value);

  /** What is wrong with a value that is not accepted, and where in it. */
  public final String explain(Object value) {
    return explain(value, "$");
  }

  /** An accepted value, without the tags of unions; itself if there are none. */
  Object plain(Object value) {
    return value;
  }

  /** How a type is called in messages: {@code Int}. */
  abstract String title();

  String explain(Object value, String path) {
    return title() + " expected, not " + shown(value) + at(path);
  }

  static SchemaCheck primitive(String type) {
    return switch (type) {
      case "int" ->
          new Scalar("Int") {
            @Override
            public boolean accepts(Object value) {
              return value instanceof Long number && number.intValue() == number;
            }

            @Override
            String explain(Object value, String path) {
              return super.explain(value, path)
                  + (value instanceof Long ? "; an Avro int has 32 bits, use long" : "");
            }
          };
      case "long" ->
          new Scalar("Long") {
            @Override
            public boolean accepts(Object value) {
              return value instanceof Long;
            }

            @Override
            String explain(Object value, String path) {
              return super.explain(value, path)
                  + (value instanceof BigInteger ? "; an Avro long has 64 bits" : "");
            }
          };
      case "float", "double" ->
          new Scalar(capital(type)) {
            @Override
            public boolean accepts(Object value) {
              return value instanceof Double
                  || value instanceof Long
                  || value instanceof BigInteger;
            }
          };
      case "boolean" ->
          new Scalar("Boolean") {
            @Override
            public boolean accepts(Object value) {
              return value instanceof Boolean;
            }
          };
      case "string" ->
          new Scalar("String") {
            @Override
            public boolean accepts(Object value) {
              return value instanceof String;
            }
          };
      case "null" ->
          new Scalar("Null") {
            @Override
            public boolean accepts(Object value) {
              return value == null;
            }
          };
      case "bytes" -> new Bytes("Bytes", -1);
      default -> throw new IllegalArgumentException(type);
    };
  }

  /** The check of a schema, see {@link Schemas}. */
  public static SchemaCheck of(Schema schema) {
    return compile(schema, false, new HashMap<>());
  }

  /**
   * The check of what a language without whole numbers puts out: 2.0 is good for an int, and {@link
   * #plain} makes it 2.
   */
  static SchemaCheck ofDoubles(Schema schema) {
    return compile(schema, true, new HashMap<>());
  }

  private static SchemaCheck compile(
      Schema schema, boolean doubles, Map<String, SchemaCheck> named) {
    return switch (schema.getType()) {
      case ARRAY -> new Array(compile(schema.getElementType(), doubles, named));
      case MAP -> new MapOf(compile(schema.getValueType(), doubles, named));
      case UNION -> {
        var branches = new LinkedHashMap<String, SchemaCheck>();
        for (var branch : schema.getTypes()) {
          branches.put(branch.getFullName(), compile(branch, doubles, named));
        }
        yield new Union(branches);
      }
      case ENUM -> new Symbols(schema.getName(), Set.copyOf(schema.getEnumSymbols()));
      case FIXED -> new Bytes("Fixed " + schema.getName(), schema.getFixedSize());
      case RECORD -> {
        var known = named.get(schema.getFullName());
        yield known != null ? known : record(schema, doubles, named);
      }
      case INT, LONG -> {
        var whole = primitive(schema.getName());
        yield doubles ? new Whole(whole) : whole;
      }
      default -> primitive(schema.getType().name().toLowerCase(Locale.ROOT));
    };
  }

  private static SchemaCheck record(
      Schema schema, boolean doubles, Map<String, SchemaCheck> named) {
    var record = new RecordOf(schema.getName());
    named.put(schema.getFullName(), record);
    for (var field : schema.getFields()) {
      var check = compile(field.schema(), doubles, named);
      record.fields.add(new Field(field.name(), check, optional(field)));
    }
    return record;
  }

  /** Whether a field may be missing. */
  static boolean optional(Schema.Field field) {
    return field.hasDefaultValue()
        || field.schema().getType() == Schema.Type.NULL
        || (field.schema().getType() == Schema.Type.UNION && field.schema().isNullable());
  }

  private static String at(String path) {
    return path.equals("$") ? "" : " at " + path;
  }

  private static String capital(String type) {
    return type.substring(0, 1).toUpperCase(Locale.ROOT) + type.substring(1);
  }

  /** A value's text, shortened. */
  static String shown(Object value) {
    var text = Json.toText(value);
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
  }

  private abstract static class Scalar extends SchemaCheck {
    private final String title;

    Scalar(String title) {
      this.title = title;
    }

    @Override
    String title() {
      return title;
    }
  }

  /** A whole number that may come as a double. */
  private static final class Whole extends SchemaCheck {
    private final SchemaCheck exact;

    Whole(SchemaCheck exact) {
      this.exact = exact;
    }

    @Override
    public boolean accepts(Object value) {
      return exact.accepts(whole(value));
    }

    @Override
    Object plain(Object value) {
      return whole(value);
    }

    private static Object whole(Object value) {
      return value instanceof Double d && d == Math.rint(d) && Math.abs(d) < 0x1p63
          ? (Object) d.longValue()
          : value;
    }

    @Override
    String title() {
      return exact.title();
    }
  }

  private static final class Bytes extends SchemaCheck {
    private final String title;
    private final int size;

    Bytes(String title, int size) {
      this.title = title;
      this.size = size;
    }

    @Override
    public boolean accepts(Object value) {
      return value instanceof String text
          && (size < 0 || text.length() == size)
          && text.chars().allMatch(c -> c <= 0xff);
    }

    @Override
    String title() {
      return title;
    }

    @Override
    String explain(Object value, String path) {
      return super.explain(value, path)
          + (value instanceof String
              ? (size < 0 ? "; text of" : "; text of exactly " + size)
                  + " characters up to U+00FF is"
              : "");
    }
  }

  private static final class Symbols extends SchemaCheck {
    private final String name;
    private final Set<String> symbols;

    Symbols(String name, Set<String> symbols) {
      this.name = name;
      this.symbols = symbols;
    }

    @Override
    public boolean accepts(Object value) {
      return value instanceof String text && symbols.contains(text);
    }

    @Override
    String title() {
      return "Enum " + name;
    }

    @Override
    String explain(Object value, String path) {
      return super.explain(value, path)
          + "; there are "
          + symbols.stream().sorted().limit(20).collect(Collectors.joining(", "));
    }
  }

  private static final class Array extends SchemaCheck {
    private final SchemaCheck element;

    Array(SchemaCheck element) {
      this.element = element;
    }

    @Override
    public boolean accepts(Object value) {
      if (!(value instanceof List<?> list)) {
        return false;
      }
      for (var e : list) {
        if (!element.accepts(e)) {
          return false;
        }
      }
      return true;
    }

    @Override
    Object plain(Object value) {
      var list = (List<?>) value;
      List<Object> copy = null;
      for (int i = 0; i < list.size(); i++) {
        var plain = element.plain(list.get(i));
        if (plain != list.get(i)) {
          copy = copy == null ? new ArrayList<>(list) : copy;
          copy.set(i, plain);
        }
      }
      return copy == null ? value : copy;
    }

    @Override
    String title() {
      return "Array";
    }

    @Override
    String explain(Object value, String path) {
      if (value instanceof List<?> list) {
        for (int i = 0; i < list.size(); i++) {
          if (!element.accepts(list.get(i))) {
            return element.explain(list.get(i), path + "[" + i + "]");
          }
        }
      }
      return super.explain(value, path);
    }
  }

  private static final class MapOf extends SchemaCheck {
    private final SchemaCheck element;

    MapOf(SchemaCheck element) {
      this.element = element;
    }

    @Override
    public boolean accepts(Object value) {
      if (!(value instanceof Map<?, ?> map)) {
        return false;
      }
      for (var e : map.values()) {
        if (!element.accepts(e)) {
          return false;
        }
      }
      return true;
    }

    @Override
    Object plain(Object value) {
      Map<Object, Object> copy = null;
      for (var e : ((Map<?, ?>) value).entrySet()) {
        var plain = element.plain(e.getValue());
        if (plain != e.getValue()) {
          copy = copy == null ? new LinkedHashMap<>((Map<?, ?>) value) : copy;
          copy.put(e.getKey(), plain);
        }
      }
      return copy == null ? value : copy;
    }

    @Override
    String title() {
      return "Map";
    }

    @Override
    String explain(Object value, String path) {
      if (value instanceof Map<?, ?> map) {
        for (var e : map.entrySet()) {
          if (!element.accepts(e.getValue())) {
            return element.explain(e.getValue(), path + "[" + shown(e.getKey()) + "]");
          }
        }
      }
      return super.explain(value, path);
    }
  }

  private static final class Union extends SchemaCheck {
    private final Map<String, SchemaCheck> branches;

    Union(Map<String, SchemaCheck> branches) {
      this.branches = branches;
    }

    @Override
    public boolean accepts(Object value) {
      for (var branch : branches.values()) {
        if (branch.accepts(value)) {
          return true;
        }
      }
      return tagged(value) != null;
    }

    /** The branch that the value is tagged with, and is of. */
    private SchemaCheck tagged(Object value) {
      if (value instanceof Map<?, ?> map && map.size() == 1) {
        var only = map.entrySet().iterator().next();
        var branch = branches.get(only.getKey());
        if (branch != null && branch.accepts(only.getValue())) {
          return branch;
        }
      }
      return null;
    }

    /** A tag goes before a branch that would take the tagged value as it is, as Avro has it. */
    @Override
    Object plain(Object value) {
      var tagged = tagged(value);
      if (tagged != null) {
        return tagged.plain(((Map<?, ?>) value).values().iterator().next());
      }
      for (var branch : branches.values()) {
        if (branch.accepts(value)) {
          return branch.plain(value);
        }
      }
      throw new IllegalArgumentException("not accepted");
    }

    @Override
    String title() {
      return branches.values().stream().map(SchemaCheck::title).collect(Collectors.joining(" or "));
    }
  }

  private record Field(String name, SchemaCheck check, boolean optional) {}

  private static final class RecordOf extends SchemaCheck {
    private final String name;
    private final List<Field> fields = new ArrayList<>();

    RecordOf(String name) {
      this.name = name;
    }

    @Override
    public boolean accepts(Object value) {
      if (!(value instanceof Map<?, ?> map)) {
        return false;
      }
      for (var field : fields) {
        if (!accepts(map, field)) {
          return false;
        }
      }
      return true;
    }

    private static boolean accepts(Map<?, ?> map, Field field) {
      var value = map.get(field.name());
      return (value == null && !map.containsKey(field.name()))
          ? field.optional()
          : field.check().accepts(value);
    }

    @Override
    Object plain(Object value) {
      var map = (Map<?, ?>) value;
      Map<Object, Object> copy = null;
      for (var field : fields) {
        var given = map.get(field.name());
        if (given != null) {
          var plain = field.check().plain(given);
          if (plain != given) {
            copy = copy == null ? new LinkedHashMap<>(map) : copy;
            copy.put(field.name(), plain);
          }
        }
      }
      return copy == null ? value : copy;
    }

    @Override
    String title() {
      return "Record " + name;
    }

    @Override
    String explain(Object value, String path) {
      if (value instanceof Map<?, ?> map) {
        for (var field : fields) {
          if (!accepts(map, field)) {
            return map.containsKey(field.name())
                ? field.check().explain(map.get(field.name()), path + "." + field.name())
                : "Record " + name + " needs the field '" + field.name() + "'" + at(path);
          }
        }
      }
      return super.explain(value, path);
    }
  }
}
