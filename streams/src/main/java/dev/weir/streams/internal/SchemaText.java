package dev.weir.streams.internal;

import dev.weir.graph.BadJsonException;
import dev.weir.graph.Json;
import dev.weir.state.WeirException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;

/**
 * The schemas of descriptors. {@code {"$ref":"name"}} may stand for a schema, or for any part of
 * one: it is what {@code name.avsc} or {@code name.json} holds, in the descriptor's folder or in
 * {@code schemas/} there.
 */
final class SchemaText {

  private static final String URN = "urn:fastscore:schema:";
  private static final int MAX_DEPTH = 20;

  private SchemaText() {}

  static Schema parse(Object json, Path folder) {
    var text = Json.toText(resolved(json, folder, 0));
    try {
      return new Schema.Parser().parse(text);
    } catch (AvroRuntimeException | NullPointerException e) {
      // Avro's answer to the name of a type that is defined nowhere may be the latter.
      throw new WeirException(
          "the schema "
              + text
              + " is no Avro schema"
              + (e.getMessage() == null ? "" : ": " + e.getMessage()),
          e);
    }
  }

  private static Object resolved(Object json, Path folder, int depth) {
    if (depth > MAX_DEPTH) {
      throw new WeirException("the schemas refer to each other in a circle");
    }
    if (json instanceof List<?> list) {
      var all = new ArrayList<Object>();
      list.forEach(each -> all.add(resolved(each, folder, depth)));
      return all;
    }
    if (!(json instanceof Map<?, ?> map)) {
      return json;
    }
    if (map.size() == 1 && map.get("$ref") instanceof String name) {
      return resolved(load(name, folder), folder, depth + 1);
    }
    var all = new LinkedHashMap<String, Object>();
    map.forEach((key, value) -> all.put((String) key, resolved(value, folder, depth)));
    return all;
  }

  private static Object load(String reference, Path folder) {
    var name = reference.startsWith(URN) ? reference.substring(URN.length()) : reference;
    var looked = new ArrayList<Path>();
    for (var within : List.of(folder, folder.resolve("schemas"))) {
      for (var ending : List.of(".avsc", ".json")) {
        var file = within.resolve(name + ending);
        looked.add(file);
        if (Files.isRegularFile(file)) {
          try {
            return Json.parse(Files.readString(file));
          } catch (IOException | BadJsonException e) {
            throw new WeirException("the schema " + file + " cannot be used: " + e.getMessage(), e);
          }
        }
      }
    }
    throw new WeirException("schema '" + reference + "' not found; it would be one of " + looked);
  }
}
