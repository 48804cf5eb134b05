package dev.weir.pond.internal;

import dev.weir.graph.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
      var read = new ArrayList<String>();
      for (var tag : (List<?>) Json.parse(text)) {
        read.add((String) tag);
      }
      list = List.copyOf(read);
      if (known.size() == MOST) {
        known.clear();
      }
      known.put(text, list);
    }
    return list;
  }
}
