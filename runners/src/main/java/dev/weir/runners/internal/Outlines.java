package dev.weir.runners.internal;

import dev.weir.runners.Outline;
import dev.weir.runners.RunnerException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads what a runner of any language says of a program that it was asked to look at. */
public final class Outlines {

  private Outlines() {}

  /**
   * The outline that a message is.
   *
   * @throws RunnerException when it is a failure
   */
  public static Outline read(List<?> parts) {
    return switch ((String) parts.get(0)) {
      case "outline" ->
          new Outline(
              names(parts.get(1)),
              number(parts.get(2)),
              names(parts.get(3)),
              ((List<?>) parts.get(4)).stream().map(Outlines::variable).toList(),
              Optional.empty());
      case "bad" ->
          new Outline(
              Set.of(),
              0,
              Set.of(),
              List.of(),
              Optional.of(
                  new Outline.Problem(
                      number(parts.get(1)), (String) parts.get(2), (String) parts.get(3))));
      case "failed" -> throw new RunnerException(parts.get(4) + ".\n" + parts.get(5));
      default ->
          throw new RunnerException("The interpreter said " + parts.get(0) + " for an outline.");
    };
  }

  private static Outline.Variable variable(Object part) {
    var pair = (List<?>) part;
    return new Outline.Variable((String) pair.get(0), number(pair.get(1)));
  }

  private static Set<String> names(Object part) {
    var names = new LinkedHashSet<String>();
    ((List<?>) part).forEach(name -> names.add((String) name));
    return names;
  }

  private static int number(Object part) {
    return Math.toIntExact((Long) part);
  }
}
