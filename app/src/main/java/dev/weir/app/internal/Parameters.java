package dev.weir.app.internal;

import dev.weir.app.CommandException;
import dev.weir.app.internal.Written.Member;
import dev.weir.graph.Names;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The parameters of a graph and their values. A text that is <code>${NAME}</code> and nothing else
 * becomes the value itself; within a longer text it becomes the value's text. <code>$${</code>
 * stands for <code>${</code>. Immutable.
 */
public final class Parameters {

  private static final Pattern USE =
      Pattern.compile("\\$?\\$\\{([A-Za-z_][A-Za-z0-9_.-]*)\\}|\\$\\$\\{");

  private static final Set<String> TYPES = Set.of("string", "integer", "number", "boolean");

  private final Map<String, Object> values;

  private Parameters(Map<String, Object> values) {
    this.values = values;
  }

  /**
   * Gives parameters their values.
   *
   * @param declared the parameters by name: a default, or {@code type} and {@code default}
   * @param given values as text
   * @throws CommandException when a value is given of no parameter, or of another type, or is
   *     missing
   */
  public static Parameters of(Written declared, Map<String, String> given) {
    for (var name : given.keySet()) {
      if (!declared.members().containsKey(name)) {
        var names = declared.members().keySet();
        throw new CommandException(
            "--set "
                + name
                + ": the program has no parameter '"
                + name
                + "'"
                + (names.isEmpty() ? "" : Names.hint(name, "it has", names)));
      }
    }
    var values = new LinkedHashMap<String, Object>();
    declared
        .members()
        .forEach(
            (name, member) -> {
              var type = type(member.value());
              var usual = usual(member.value());
              if (usual != null && !fits(type, usual)) {
                throw new CommandException(
                    member.place()
                        + ": the default of parameter '"
                        + name
                        + "' is "
                        + usual
                        + ", and its type is "
                        + type);
              }
              var value = given.containsKey(name) ? parse(name, type, given.get(name)) : usual;
              if (value == null) {
                throw new CommandException(
                    "parameter '"
                        + name
                        + "' has no value: add --set "
                        + name
                        + "=VALUE ("
                        + member.value().text("description").map(d -> d + "; ").orElse("")
                        + type
                        + ")");
              }
              values.put(name, value);
            });
    return new Parameters(values);
  }

  /** The values by name. */
  public Map<String, Object> values() {
    return values;
  }

  private static String type(Written declared) {
    var named = declared.text("type").filter(TYPES::contains);
    if (declared.isObject() && named.isPresent()) {
      return named.get();
    }
    var usual = usual(declared);
    return usual instanceof Boolean
        ? "boolean"
        : usual instanceof Double ? "number" : usual instanceof Number ? "integer" : "string";
  }

  private static Object usual(Written declared) {
    return declared.isObject()
        ? declared.member("default").map(Written::json).orElse(null)
        : declared.json();
  }

  private static boolean fits(String type, Object value) {
    return switch (type) {
      case "string" -> value instanceof String;
      case "integer" -> value instanceof Long;
      case "number" -> value instanceof Number;
      default -> value instanceof Boolean;
    };
  }

  private static Object parse(String name, String type, String text) {
    try {
      switch (type) {
        case "integer":
          return Long.valueOf(text);
        case "number":
          return text.matches("-?[0-9]{1,18}") ? (Object) Long.valueOf(text) : Double.valueOf(text);
        case "boolean":
          if (text.equals("true") || text.equals("false")) {
            return Boolean.valueOf(text);
          }
          break;
        default:
          return text;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw new CommandException(
        "--set "
            + name
            + "="
            + text
            + ": parameter '"
            + name
            + "' is "
            + switch (type) {
              case "integer" -> "a whole number";
              case "number" -> "a number";
              default -> "true or false";
            }
            + ", not '"
            + text
            + "'");
  }

  /**
   * A value with its parameters replaced.
   *
   * @param verbatim names of members whose text stays as it is, such as a program's
   */
  public Written in(Written value, Set<String> verbatim, Problems problems) {
    if (value.isObject()) {
      var members = new LinkedHashMap<String, Member>();
      value
          .members()
          .forEach(
              (name, member) ->
                  members.put(
                      name,
                      verbatim.contains(name)
                          ? member
                          : new Member(member.place(), in(member.value(), verbatim, problems))));
      return new Written(members, value.place());
    }
    if (value.isList()) {
      var items = new ArrayList<Written>();
      value.items().forEach(item -> items.add(in(item, verbatim, problems)));
      return new Written(items, value.place());
    }
    return value.value() instanceof String text && text.contains("${")
        ? replaced(value, text, problems)
        : value;
  }

  private Written replaced(Written value, String text, Problems problems) {
    var match = USE.matcher(text);
    var origins = new ArrayList<String>();
    var result = new StringBuilder();
    while (match.find()) {
      var whole = match.group();
      if (whole.startsWith("$$")) {
        match.appendReplacement(result, Matcher.quoteReplacement(whole.substring(1)));
        continue;
      }
      var name = match.group(1);
      if (!values.containsKey(name)) {
        problems.add(
            value.place(),
            "${"
                + name
                + "}: there is no parameter '"
                + name
                + "'"
                + Names.hint(name, "there are", values.keySet()));
        continue;
      }
      origins.add("parameter '" + name + "'");
      if (whole.equals(text)) {
        return new Written(values.get(name), value.place(), origins.get(0));
      }
      match.appendReplacement(result, Matcher.quoteReplacement(values.get(name).toString()));
    }
    match.appendTail(result);
    return new Written(
        result.toString(), value.place(), origins.isEmpty() ? null : String.join(", ", origins));
  }
}
