package dev.weir.app.internal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A JSON value with the place where it is written. Immutable.
 *
 * @param value {@code Map<String, Member>}, {@code List<Written>}, or a JSON value that is neither
 * @param origin where it comes from if it is not what is written there, such as {@code parameter
 *     'limit'}; or null
 */
public record Written(Object value, Place place, String origin) {

  /** A member of an object, with the place of its name. */
  public record Member(Place place, Written value) {}

  public Written(Object value, Place place) {
    this(value, place, null);
  }

  public boolean isObject() {
    return value instanceof Map<?, ?>;
  }

  public boolean isList() {
    return value instanceof List<?>;
  }

  /** The members of an object; none of anything else. */
  @SuppressWarnings("unchecked")
  public Map<String, Member> members() {
    return isObject() ? (Map<String, Member>) value : Map.of();
  }

  /** The items of a list; none of anything else. */
  @SuppressWarnings("unchecked")
  public List<Written> items() {
    return isList() ? (List<Written>) value : List.of();
  }

  /** A member that is there and is not null. */
  public Optional<Written> member(String name) {
    return Optional.ofNullable(members().get(name))
        .map(Member::value)
        .filter(member -> member.value() != null);
  }

  /** A member that is text. */
  public Optional<String> text(String name) {
    return member(name)
        .map(Written::value)
        .filter(String.class::isInstance)
        .map(String.class::cast);
  }

  /** A member that is a whole number. */
  public Optional<Integer> whole(String name) {
    return member(name)
        .map(Written::value)
        .filter(Long.class::isInstance)
        .map(n -> Math.toIntExact((Long) n));
  }

  /** A member that is true or false. */
  public Optional<Boolean> flag(String name) {
    return member(name)
        .map(Written::value)
        .filter(Boolean.class::isInstance)
        .map(Boolean.class::cast);
  }

  /** The JSON value alone. */
  public Object json() {
    if (isObject()) {
      var json = new LinkedHashMap<String, Object>();
      members().forEach((name, member) -> json.put(name, member.value().json()));
      return json;
    }
    if (isList()) {
      var json = new ArrayList<Object>();
      items().forEach(item -> json.add(item.json()));
      return json;
    }
    return value;
  }
}
