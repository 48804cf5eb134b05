package dev.weir.pond;

import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/** What a tag may be. */
final class Tags {

  private static final int LONGEST = 256;
  private static final int MOST = 100;

  private Tags() {}

  /** The tags sorted, each once; refuses what is no tag. */
  static List<String> checked(Collection<String> tags) {
    for (var tag : tags) {
      check(tag);
    }
    if (tags.size() > MOST) {
      throw new BadEventException(
          "an event has at most %d tags, and this one %d".formatted(MOST, tags.size()));
    }
    return List.copyOf(new TreeSet<>(tags));
  }

  static void check(String tag) {
    if (tag == null || tag.isBlank()) {
      throw new BadEventException("a tag is empty");
    }
    if (tag.length() > LONGEST) {
      throw new BadEventException(
          "a tag has at most %d characters, and %s… has %d"
              .formatted(LONGEST, tag.substring(0, 20), tag.length()));
    }
    for (int i = 0; i < tag.length(); i++) {
      char c = tag.charAt(i);
      boolean paired =
          Character.isHighSurrogate(c)
              ? i + 1 < tag.length() && Character.isLowSurrogate(tag.charAt(i + 1))
              : !Character.isLowSurrogate(c)
                  || (i > 0 && Character.isHighSurrogate(tag.charAt(i - 1)));
      if (Character.isISOControl(c) || !paired) {
        throw new BadEventException(
            "the tag \"%s\" has a control character or half a character in it"
                .formatted(tag.replaceAll("\\p{C}", "?")));
      }
    }
  }
}
