package dev.weir.pond;

import dev.weir.pond.internal.WhereParser;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/**
 * Which events a fish or a query takes, by their tags: some alternatives, each of which asks for
 * all of its tags. Immutable. Two that ask for the same are equal and have the same {@link
 * #toString}, which {@link #parse} reads.
 *
 * @param alternatives sorted; none of them is implied by another
 */
public record Where(List<All> alternatives) {

  /**
   * Asks for events that carry all of these tags.
   *
   * @param tags sorted; none: any event
   * @param local whether only events of this node
   */
  public record All(List<String> tags, boolean local) {

    public All {
      tags = List.copyOf(new TreeSet<>(tags));
    }

    /** Whether an event with these tags is asked for. */
    public boolean matches(Collection<String> eventTags, boolean isLocal) {
      return (isLocal || !local) && eventTags.containsAll(tags);
    }

    private boolean covers(All other) {
      return (!local || other.local) && other.tags.containsAll(tags);
    }

    @Override
    public String toString() {
      var parts = new ArrayList<String>();
      tags.forEach(tag -> parts.add("'" + tag.replace("'", "''") + "'"));
      if (local) {
        parts.add("isLocal");
      }
      return parts.isEmpty() ? "allEvents" : String.join(" & ", parts);
    }
  }

  private static final Comparator<All> ORDER = Comparator.comparing(All::toString);

  public Where {
    var kept = new ArrayList<All>();
    for (var each : alternatives.stream().distinct().sorted(ORDER).toList()) {
      boolean implied =
          alternatives.stream().anyMatch(other -> !other.equals(each) && other.covers(each));
      if (!implied) {
        kept.add(each);
      }
    }
    alternatives = List.copyOf(kept);
    if (alternatives.isEmpty()) {
      throw new BadQueryException("a query asks for nothing");
    }
  }

  /** Every event. */
  public static Where allEvents() {
    return tags();
  }

  /** Events that carry all of these tags; none: every event. */
  public static Where tags(String... tags) {
    for (var tag : tags) {
      Tags.check(tag);
    }
    return new Where(List.of(new All(List.of(tags), false)));
  }

  /** Events about the thing of this kind with this id: those tagged {@code tag:id}. */
  public static Where id(String tag, String id) {
    return tags(tag + ":" + id);
  }

  /** Events that both ask for. */
  public Where and(Where other) {
    var both = new ArrayList<All>();
    for (var a : alternatives) {
      for (var b : other.alternatives) {
        var tags = new TreeSet<>(a.tags());
        tags.addAll(b.tags());
        both.add(new All(List.copyOf(tags), a.local() || b.local()));
      }
    }
    return new Where(both);
  }

  /** Events that either asks for. */
  public Where or(Where other) {
    var either = new ArrayList<>(alternatives);
    either.addAll(other.alternatives);
    return new Where(either);
  }

  /** Of these events those that this node appended. */
  public Where local() {
    return new Where(alternatives.stream().map(a -> new All(a.tags(), true)).toList());
  }

  public boolean matches(Event event) {
    return matches(event.tags(), event.local());
  }

  public boolean matches(Collection<String> tags, boolean isLocal) {
    for (var each : alternatives) {
      if (each.matches(tags, isLocal)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Reads a query: tags in single quotes (or bare, where they are words), {@code isLocal}, {@code
   * allEvents}, with {@code &} before {@code |} and parentheses. A quote within quotes is doubled.
   *
   * @throws BadQueryException says where the text cannot be read
   */
  public static Where parse(String text) {
    return WhereParser.parse(text);
  }

  @Override
  public String toString() {
    return String.join(" | ", alternatives.stream().map(All::toString).toList());
  }
}
