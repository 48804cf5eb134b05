package dev.weir.models;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Finds an Avro schema that all given records match, and that says as much of them as seems meant.
 * The same records give the same schema.
 *
 * <ul>
 *   <li>Whole numbers are {@code int} or, if one needs it, {@code long}; with one that is not whole
 *       (or is larger) among them, {@code double}.
 *   <li>Texts of which few are different (at most 10, and at most one in ten) are an {@code enum};
 *       ten and more that all have one length of at least 10 are {@code fixed}.
 *   <li>An object is a record, named after the field that holds it. With more than 100 different
 *       keys, or keys like UUIDs, or such as cannot name a field, it is a map.
 *   <li>A field that is missing or null in some records may be null, and is by default.
 *   <li>Values of several kinds are a union.
 * </ul>
 *
 * <p>Needs memory for the schema, not for the records. Not thread-safe.
 */
public final class SchemaInference {

  private static final int MOST_SYMBOLS = 10;
  private static final int STRINGS_PER_SYMBOL = 10;
  private static final int LEAST_FIXED = 10;
  private static final int MOST_FIELDS = 100;
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final Pattern UUID =
      Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");

  private final Shape whole = new Shape();
  private final Set<String> names = new HashSet<>();

  /** Takes a record, see {@link dev.weir.graph.Batch}. */
  public void add(Object record) {
    whole.add(record);
  }

  /** How many records it has taken. */
  public long records() {
    return whole.count;
  }

  /**
   * The schema of the records taken so far, as a JSON value.
   *
   * @param name what a record is called
   */
  public Object schema(String name) {
    names.clear();
    return whole.schema(name);
  }

  /** What is known of the values at one place. */
  private final class Shape {
    private long count;
    private boolean nulls;
    private boolean booleans;
    private boolean ints;
    private boolean longs;
    private boolean doubles;
    private Texts texts;
    private Shape items;
    private Fields fields;

    void add(Object value) {
      count++;
      if (value == null) {
        nulls = true;
      } else if (value instanceof Boolean) {
        booleans = true;
      } else if (value instanceof Long number) {
        ints = true;
        longs |= number.intValue() != number;
      } else if (value instanceof Double || value instanceof BigInteger) {
        doubles = true;
      } else if (value instanceof String text) {
        texts = texts == null ? new Texts() : texts;
        texts.add(text);
      } else if (value instanceof List<?> list) {
        items = items == null ? new Shape() : items;
        list.forEach(items::add);
      } else if (value instanceof Map<?, ?> map) {
        fields = fields == null ? new Fields() : fields;
        fields.add(map);
      } else {
        throw new IllegalArgumentException("no JSON value: " + value.getClass());
      }
    }

    void add(Shape other) {
      count += other.count;
      nulls |= other.nulls;
      booleans |= other.booleans;
      ints |= other.ints;
      longs |= other.longs;
      doubles |= other.doubles;
      if (other.texts != null) {
        texts = texts == null ? new Texts() : texts;
        texts.add(other.texts);
      }
      if (other.items != null) {
        items = items == null ? new Shape() : items;
        items.add(other.items);
      }
      if (other.fields != null) {
        fields = fields == null ? new Fields() : fields;
        fields.add(other.fields);
      }
    }

    Object schema(String name) {
      var branches = branches(name);
      return branches.size() == 1 ? branches.get(0) : branches;
    }

    /** The kinds of values, null first: the default of a union is of its first kind. */
    List<Object> branches(String name) {
      var branches = new ArrayList<>();
      if (nulls || count == 0) {
        branches.add("null");
      }
      if (booleans) {
        branches.add("boolean");
      }
      if (ints || doubles) {
        branches.add(doubles ? "double" : longs ? "long" : "int");
      }
      if (texts != null) {
        branches.add(texts.schema(name));
      }
      if (items != null) {
        branches.add(type("array", "items", items.schema(name)));
      }
      if (fields != null) {
        branches.add(fields.schema(name));
      }
      return branches;
    }
  }

  private final class Texts {
    private final Set<String> different = new LinkedHashSet<>();
    private long count;
    private int length = -1;
    private boolean fixed = true;

    void add(String text) {
      count++;
      note(text);
      fixed &= text.length() == length && text.chars().allMatch(c -> c <= 0xff);
    }

    private void note(String text) {
      length = length < 0 ? text.length() : length;
      if (different.size() <= MOST_SYMBOLS) {
        different.add(text);
      }
    }

    void add(Texts other) {
      count += other.count;
      other.different.forEach(this::note);
      fixed &= other.fixed && other.length == length;
    }

    Object schema(String name) {
      if (different.size() <= MOST_SYMBOLS
          && (long) different.size() * STRINGS_PER_SYMBOL <= count
          && different.stream().allMatch(text -> NAME.matcher(text).matches())) {
        return type("enum", "name", unique(name), "symbols", List.copyOf(new TreeSet<>(different)));
      }
      if (fixed && count >= LEAST_FIXED && length >= LEAST_FIXED) {
        return type("fixed", "name", unique(name), "size", (long) length);
      }
      return "string";
    }
  }

  private final class Fields {
    private final Map<String, Shape> byName = new LinkedHashMap<>();
    private long count;

    /** What all keys hold, once it is clear that they are not fields. */
    private Shape values;

    void add(Map<?, ?> map) {
      count++;
      map.forEach((key, value) -> of((String) key).add(value));
    }

    void add(Fields other) {
      count += other.count;
      if (other.values != null) {
        asMap().add(other.values);
      }
      other.byName.forEach((key, shape) -> of(key).add(shape));
    }

    private Shape of(String key) {
      if (values != null) {
        return values;
      }
      if (!NAME.matcher(key).matches() || UUID.matcher(key).matches()) {
        return asMap();
      }
      var field = byName.computeIfAbsent(key, k -> new Shape());
      return byName.size() > MOST_FIELDS ? asMap() : field;
    }

    private Shape asMap() {
      if (values == null) {
        values = new Shape();
        byName.values().forEach(values::add);
        byName.clear();
      }
      return values;
    }

    Object schema(String name) {
      if (values != null) {
        return type("map", "values", values.schema(name));
      }
      var own = unique(name);
      var fields = new ArrayList<>();
      byName.forEach(
          (key, shape) -> {
            var branches = shape.branches(key);
            boolean optional = shape.count < count || branches.contains("null");
            if (optional && !branches.contains("null")) {
              branches.add(0, "null");
            }
            var field = new LinkedHashMap<String, Object>();
            field.put("name", key);
            field.put("type", branches.size() == 1 ? branches.get(0) : branches);
            if (optional) {
              field.put("default", null);
            }
            fields.add(field);
          });
      return type("record", "name", own, "fields", fields);
    }
  }

  /** A name of its own for a type: {@code flight_plan} gives {@code FlightPlan}. */
  private String unique(String name) {
    var camel = new StringBuilder();
    for (var word : name.split("[^A-Za-z0-9]+", -1)) {
      if (!word.isEmpty()) {
        camel.append(word.substring(0, 1).toUpperCase(Locale.ROOT)).append(word.substring(1));
      }
    }
    var base = NAME.matcher(camel).matches() ? camel.toString() : "Record" + camel;
    var unique = base;
    for (int i = 2; !names.add(unique); i++) {
      unique = base + i;
    }
    return unique;
  }

  private static Map<String, Object> type(String kind, Object... more) {
    var type = new LinkedHashMap<String, Object>();
    type.put("type", kind);
    for (int i = 0; i < more.length; i += 2) {
      type.put((String) more[i], more[i + 1]);
    }
    return type;
  }
}
