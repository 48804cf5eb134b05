package dev.weir.graph;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Names that people write, and may have misspelt. Stateless. */
public final class Names {

  private Names() {}

  /** {@code nagle-time}, {@code nagle_time} and {@code NagleTime} are one name. */
  public static String normal(String name) {
    return name.replace("-", "").replace("_", "").toLowerCase(Locale.ROOT);
  }

  /** The name that was probably meant. */
  public static Optional<String> nearest(String name, Collection<String> names) {
    var normal = normal(name);
    return names.stream()
        .filter(n -> distance(normal(n), normal) <= Math.max(2, normal.length() / 4))
        .min(java.util.Comparator.comparingInt(n -> distance(normal(n), normal)));
  }

  /**
   * What to add to a message that says that there is no such name: the one that was probably meant,
   * else all that there are.
   *
   * @param owner what has the names, such as {@code it has}
   */
  public static String hint(String name, String owner, Collection<String> names) {
    return nearest(name, names)
        .map(near -> "; did you mean '" + near + "'?")
        .orElse(names.isEmpty() ? "" : "; " + owner + " " + String.join(", ", names));
  }

  /** How many letters must be put in, left out or changed to come from one to the other. */
  static int distance(String a, String b) {
    var row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
