package dev.weir.streams.internal;

import dev.weir.state.WeirException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** YAML as JSON values. */
final class Yaml {

  private Yaml() {}

  static Object parse(String text) {
    try {
      return json(new Load(LoadSettings.builder().build()).loadFromString(text));
    } catch (YamlEngineException e) {
      throw new WeirException("it is no YAML: " + e.getMessage(), e);
    }
  }

  private static Object json(Object value) {
    if (value instanceof Integer number) {
      return number.longValue();
    }
    if (value instanceof List<?> list) {
      var json = new ArrayList<Object>();
      list.forEach(each -> json.add(json(each)));
      return json;
    }
    if (value instanceof Map<?, ?> map) {
      var json = new LinkedHashMap<String, Object>();
      map.forEach((key, each) -> json.put(String.valueOf(key), json(each)));
      return json;
    }
    return value;
  }
}
