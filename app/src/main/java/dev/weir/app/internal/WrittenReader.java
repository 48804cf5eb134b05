package dev.weir.app.internal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.weir.app.BadProgramException;
import dev.weir.app.internal.Written.Member;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Reads YAML and JSON with the place of every value. */
public final class WrittenReader {

  private static final int DEPTH = 100;
  private static final JsonFactory JSON = new JsonFactory();

  private final String file;

  private WrittenReader(String file) {
    this.file = file;
  }

  /**
   * Reads a text.
   *
   * @param file its name, for messages; one that ends in {@code .json} is read as JSON
   * @throws BadProgramException when it is neither, or has one key twice
   */
  public static Written read(String file, String text) {
    var reader = new WrittenReader(file);
    return file.endsWith(".json") ? reader.json(text) : reader.yaml(text);
  }

  // YAML

  private Written yaml(String text) {
    try {
      var settings = LoadSettings.builder().setLabel(file).setAllowDuplicateKeys(true).build();
      var root = new Compose(settings).composeString(text);
      return root.map(node -> yaml(node, new HashSet<>()))
          .orElseThrow(() -> bad(new Place(file, 1, 1), "the file is empty"));
    } catch (MarkedYamlEngineException e) {
      throw bad(place(e.getProblemMark()), "this is no YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      throw bad(new Place(file, 1, 1), "this is no YAML: " + e.getMessage());
    }
  }

  private Written yaml(Node node, Set<Node> within) {
    var place = place(node.getStartMark());
    if (!within.add(node) || within.size() > DEPTH) {
      throw bad(place, "a value is within itself, or nested too deeply");
    }
    Object value;
    if (node instanceof MappingNode mapping) {
      var members = new LinkedHashMap<String, Member>();
      for (var tuple : mapping.getValue()) {
        var key = place(tuple.getKeyNode().getStartMark());
        if (!(tuple.getKeyNode() instanceof ScalarNode name)) {
          throw bad(key, "a key is a word");
        }
        put(members, name.getValue(), new Member(key, yaml(tuple.getValueNode(), within)));
      }
      value = members;
    } else if (node instanceof SequenceNode sequence) {
      var items = new ArrayList<Written>();
      sequence.getValue().forEach(item -> items.add(yaml(item, within)));
      value = items;
    } else {
      value = scalar((ScalarNode) node);
    }
    within.remove(node);
    return new Written(value, place);
  }

  private static Object scalar(ScalarNode node) {
    var text = node.getValue();
    var tag = node.getTag();
    if (tag.equals(Tag.NULL)) {
      return null;
    }
    if (tag.equals(Tag.BOOL)) {
      return Boolean.valueOf(text);
    }
    if (tag.equals(Tag.INT)) {
      return whole(new BigInteger(text));
    }
    return tag.equals(Tag.FLOAT) && !text.startsWith(".") ? (Object) Double.valueOf(text) : text;
  }

  private static Object whole(BigInteger number) {
    return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
  }

  private Place place(Optional<Mark> mark) {
    return mark.map(m -> new Place(file, m.getLine() + 1, m.getColumn() + 1))
        .orElse(new Place(file, 1, 1));
  }

  // JSON

  private Written json(String text) {
    try (var in = JSON.createParser(text)) {
      in.nextToken();
      var root = json(in, 0);
      if (in.nextToken() != null) {
        throw bad(place(in.currentTokenLocation()), "something follows the end of the object");
      }
      return root;
    } catch (JsonProcessingException e) {
      throw bad(place(e.getLocation()), "this is no JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw bad(new Place(file, 1, 1), "this is no JSON: " + e.getMessage());
    }
  }

  private Written json(JsonParser in, int depth) throws IOException {
    var place = place(in.currentTokenLocation());
    if (depth > DEPTH) {
      throw bad(place, "it is nested too deeply");
    }
    if (in.currentToken() == null) {
      throw bad(place, "the file is empty");
    }
    return new Written(
        switch (in.currentToken()) {
          case START_OBJECT -> {
            var members = new LinkedHashMap<String, Member>();
            while (in.nextToken() != JsonToken.END_OBJECT) {
              var key = place(in.currentTokenLocation());
              var name = in.currentName();
              in.nextToken();
              put(members, name, new Member(key, json(in, depth + 1)));
            }
            yield members;
          }
          case START_ARRAY -> {
            List<Written> items = new ArrayList<>();
            while (in.nextToken() != JsonToken.END_ARRAY) {
              items.add(json(in, depth + 1));
            }
            yield items;
          }
          case VALUE_NUMBER_INT -> whole(in.getBigIntegerValue());
          case VALUE_NUMBER_FLOAT -> in.getDoubleValue();
          case VALUE_TRUE -> true;
          case VALUE_FALSE -> false;
          case VALUE_NULL -> null;
          default -> in.getText();
        },
        place);
  }

  private Place place(JsonLocation location) {
    return location == null
        ? new Place(file, 1, 1)
        : new Place(file, location.getLineNr(), location.getColumnNr());
  }

  private static void put(Map<String, Member> members, String name, Member member) {
    var before = members.putIfAbsent(name, member);
    if (before != null) {
      throw bad(
          member.place(),
          "there are two of the name '"
              + name
              + "', here and in line "
              + before.place().line()
              + "; give one another name");
    }
  }

  private static BadProgramException bad(Place place, String message) {
    return new BadProgramException(place + ": " + message);
  }
}
