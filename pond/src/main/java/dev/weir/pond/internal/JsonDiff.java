package dev.weir.pond.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.weir.pond.SavedState.Difference;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** The differences of two JSON values. */
public final class JsonDiff {

  private JsonDiff() {}

  public static List<Difference> of(String before, String after) throws JsonProcessingException {
    var found = new ArrayList<Difference>();
    compare("", JsonCodec.MAPPER.readTree(before), JsonCodec.MAPPER.readTree(after), found);
    return found;
  }

  private static void compare(String path, JsonNode a, JsonNode b, List<Difference> found) {
    if (a != null && a.equals(b)) {
      return;
    }
    if (a != null && b != null && a.isObject() && b.isObject()) {
      var names = new TreeSet<String>();
      a.fieldNames().forEachRemaining(names::add);
      b.fieldNames().forEachRemaining(names::add);
      for (var name : names) {
        var step = name.replace("~", "~0").replace("/", "~1");
        compare(path + "/" + step, a.get(name), b.get(name), found);
      }
    } else if (a != null && b != null && a.isArray() && b.isArray()) {
      for (int i = 0; i < Math.max(a.size(), b.size()); i++) {
        compare(path + "/" + i, a.get(i), b.get(i), found);
      }
    } else {
      found.add(
          new Difference(path, a == null ? null : a.toString(), b == null ? null : b.toString()));
    }
  }
}
