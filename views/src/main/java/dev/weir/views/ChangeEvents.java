package dev.weir.views;

import dev.weir.graph.Json;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Changes of an input as records:
 *
 * <ul>
 *   <li>{@code {"op": "insert" | "delete" | "upsert", "row": ROW, "weight": N}}; {@code +} and
 *       {@code -} are short for the first two, and {@code weight} is usually 1;
 *   <li>{@code {"op": "replace", "old": ROW, "row": ROW}};
 *   <li>change events as Debezium has them, {@code {"op": "c" | "r" | "u" | "d" | "t" | "m",
 *       "before": ROW, "after": ROW}}, by themselves or as the {@code payload} beside a {@code
 *       schema}, which tells what numbers mean that stand for times and decimals; null, which
 *       follows a deletion in a topic;
 *   <li>a row by itself, which is inserted.
 * </ul>
 *
 * <p>Where the input is kept by a key, change events go by it: an event that comes again changes
 * nothing, and a deletion needs no more than the key. Immutable.
 *
 * @see <a href="https://debezium.io/documentation/reference/stable/">Debezium</a>
 */
final class ChangeEvents<T> {

  private final Input<T> input;
  private final JsonRows<T> rows;

  @SuppressWarnings("unchecked") // rows of a circuit are of the types it was described with
  ChangeEvents(Input<T> input) {
    this.input = input;
    this.rows = new JsonRows<>((RowType<T>) (RowType<?>) input.node.type);
  }

  /** What a record does. */
  interface Change {
    /** Adds it to a step of a view. */
    void addTo(Step step, View view);

    /** Whether it goes by the rows that are there, so that all before it must have been made. */
    default boolean readsRows() {
      return false;
    }
  }

  private static final Change NONE = (step, view) -> {};

  /** Removes all rows. */
  private final class Clear implements Change {
    @Override
    @SuppressWarnings("unchecked") // the input's own rows
    public void addTo(Step step, View view) {
      var all = view.rows(input);
      for (int i = 0; i < all.size; i++) {
        step.removeKeyOf(input, (T) all.rows[i]);
      }
    }

    @Override
    public boolean readsRows() {
      return true;
    }
  }

  /**
   * Reads a record.
   *
   * @throws ViewException when it is no change of the input
   */
  Change read(Object record) {
    if (record == null) {
      return NONE;
    }
    if (!(record instanceof Map<?, ?> object)) {
      return insert(record, 1);
    }
    if (object.get("payload") instanceof Map<?, ?> payload && object.containsKey("schema")) {
      return event(payload, object.get("schema"));
    }
    if (object.containsKey("schema") && object.containsKey("payload")) {
      return NONE;
    }
    if (!(object.get("op") instanceof String op)) {
      return insert(record, 1);
    }
    if (object.containsKey("before")
        || object.containsKey("after")
        || object.containsKey("source")) {
      return event(object, null);
    }
    return object.containsKey("row") ? change(op, object) : insert(record, 1);
  }

  private Change insert(Object row, long weight) {
    var read = rows.read(row);
    return (step, view) -> step.add(input, read, weight);
  }

  private Change change(String op, Map<?, ?> object) {
    long weight = 1;
    if (object.get("weight") != null) {
      if (!(object.get("weight") instanceof Long given) || given < 1) {
        throw new ViewException(
            "the weight %s is no number above 0".formatted(object.get("weight")));
      }
      weight = given;
    }
    return switch (op) {
      case "insert", "+" -> insert(object.get("row"), weight);
      case "delete", "-" -> insert(object.get("row"), -weight);
      case "upsert" -> {
        checkKept("an upsert");
        var row = rows.read(object.get("row"));
        yield (step, view) -> step.upsert(input, row);
      }
      case "replace" -> {
        var old = rows.read(object.get("old"));
        var row = rows.read(object.get("row"));
        yield (step, view) -> step.replace(input, old, row);
      }
      default ->
          throw new ViewException(
              "the operation '%s' is none of insert, delete, upsert, replace".formatted(op));
    };
  }

  private void checkKept(String what) {
    if (input.key == null) {
      throw new ViewException(
          "%s needs a key, and input %s has none: declare it with keep"
              .formatted(what, input.node.name));
    }
  }

  private Change event(Map<?, ?> event, Object schema) {
    var before = meant(event.get("before"), schema, "before");
    var after = meant(event.get("after"), schema, "after");
    var op = event.get("op");
    boolean kept = input.key != null;
    switch (op instanceof String text ? text : "") {
      case "c", "r" -> {
        var row = rows.read(after);
        return kept
            ? (step, view) -> step.upsert(input, row)
            : (step, view) -> step.insert(input, row);
      }
      case "u" -> {
        var row = rows.read(after);
        if (kept) {
          var old = before == null ? row : rows.readKey(before);
          return (step, view) -> step.removeKeyOf(input, old).upsert(input, row);
        }
        checkBefore(before, "an update");
        var old = rows.read(before);
        return (step, view) -> step.replace(input, old, row);
      }
      case "d" -> {
        checkBefore(before, "a deletion");
        if (kept) {
          var old = rows.readKey(before);
          return (step, view) -> step.removeKeyOf(input, old);
        }
        var old = rows.read(before);
        return (step, view) -> step.remove(input, old);
      }
      case "t" -> {
        checkKept("a truncate");
        return new Clear();
      }
      case "m" -> {
        return NONE;
      }
      default ->
          throw new ViewException("the operation '%s' is none of c, r, u, d, t, m".formatted(op));
    }
  }

  private static void checkBefore(Object before, String what) {
    if (before == null) {
      throw new ViewException(
          "%s says nothing of what was before: let the table tell it (REPLICA IDENTITY FULL)"
              .formatted(what));
    }
  }

  /** A row in which numbers that stand for times and decimals are written as such. */
  private static Object meant(Object row, Object schema, String part) {
    var fields = fields(schema, part);
    if (!(row instanceof Map<?, ?> object) || fields.isEmpty()) {
      return row;
    }
    var meant = new LinkedHashMap<String, Object>();
    object.forEach(
        (name, value) -> {
          var field = fields.get(name);
          meant.put((String) name, value == null || field == null ? value : meant(value, field));
        });
    return meant;
  }

  /** The fields of a part of an event that have a meaning by name. */
  private static Map<Object, Map<?, ?>> fields(Object schema, String part) {
    var fields = new LinkedHashMap<Object, Map<?, ?>>();
    for (var each : members(schema)) {
      if (part.equals(each.get("field"))) {
        for (var field : members(each)) {
          if (field.get("name") != null) {
            fields.put(field.get("field"), field);
          }
        }
      }
    }
    return fields;
  }

  private static List<Map<?, ?>> members(Object schema) {
    if (schema instanceof Map<?, ?> map && map.get("fields") instanceof List<?> list) {
      return list.stream()
          .filter(Map.class::isInstance)
          .<Map<?, ?>>map(e -> (Map<?, ?>) e)
          .toList();
    }
    return List.of();
  }

  private static Object meant(Object value, Map<?, ?> field) {
    var name = String.valueOf(field.get("name"));
    if (value instanceof Long number) {
      return switch (name) {
        case "io.debezium.time.Date", "org.apache.kafka.connect.data.Date" ->
            LocalDate.ofEpochDay(number).toString();
        case "io.debezium.time.Timestamp", "org.apache.kafka.connect.data.Timestamp" ->
            Instant.ofEpochMilli(number).toString();
        case "io.debezium.time.MicroTimestamp" ->
            Instant.EPOCH.plus(number, ChronoUnit.MICROS).toString();
        case "io.debezium.time.NanoTimestamp" -> Instant.EPOCH.plusNanos(number).toString();
        case "io.debezium.time.Time", "org.apache.kafka.connect.data.Time" ->
            LocalTime.ofNanoOfDay(number * 1_000_000).toString();
        case "io.debezium.time.MicroTime" -> LocalTime.ofNanoOfDay(number * 1_000).toString();
        case "io.debezium.time.NanoTime" -> LocalTime.ofNanoOfDay(number).toString();
        default -> value;
      };
    }
    return switch (name) {
      case "org.apache.kafka.connect.data.Decimal" ->
          decimal(
              value, field.get("parameters") instanceof Map<?, ?> map ? map.get("scale") : null);
      case "io.debezium.data.VariableScaleDecimal" ->
          value instanceof Map<?, ?> parts
              ? decimal(parts.get("value"), parts.get("scale"))
              : value;
      case "io.debezium.time.ZonedTimestamp" ->
          value instanceof String text
              ? java.time.OffsetDateTime.parse(text).toInstant().toString()
              : value;
      default -> value;
    };
  }

  private static Object decimal(Object bytes, Object scale) {
    try {
      if (bytes instanceof String text && scale != null) {
        return new BigDecimal(
                new BigInteger(Base64.getDecoder().decode(text)),
                Integer.parseInt(scale.toString()))
            .toString();
      }
    } catch (IllegalArgumentException e) {
      throw new ViewException("%s is no decimal".formatted(Json.toText(bytes)), e);
    }
    return bytes;
  }
}
