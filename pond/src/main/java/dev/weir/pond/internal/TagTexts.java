package dev.weir.pond.internal;

import dev.weir.graph.Json;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;

/** Lists of tags as they are kept, as JSON text. Remembers what it read. Not thread-safe. */
final class TagTexts {

  private static final int MOST = 10_000;

  private final Map<String, List<String>> known = new HashMap<>();

  static String text(List<String> tags) {
    return Json.toText(tags);
  }

  List<String> list(String text) {
    var list = known.get(text);
    if (list == null) {
      list = read(text);
      if (known.size() == MOST) {
        known.clear();
      }
      known.put(text, list);
    }
    return list;
  }

  private static List<String> read(String text) {
    var read = new ArrayList<String>();
    for (var tag : (List<?>) Json.parse(text)) {
      read.add((String) tag);
    }
    return List.copyOf(read);
  }

  /** The same list, which is read when somebody looks at it: most who fold events do not. */
  static List<String> unread(String text) {
    return new Unread(text);
  }

  private static final class Unread extends AbstractList<String> implements RandomAccess {
    private final String text;

    /** Null until somebody looks. Threads may read it twice, and see the same. */
    private List<String> read;

    Unread(String text) {
      this.text = text;
    }

    private List<String> tags() {
      var tags = read;
      if (tags == null) {
        tags = TagTexts.read(text);
        read = tags;
      }
      return tags;
    }

    @Override
    public String get(int i) {
      return tags().get(i);
    }

    @Override
    public int size() {
      return tags().size();
    }
  }
}
