package dev.weir.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.graph.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;

class SchemaInferenceTest {

  private static String infer(String... records) {
    var inference = new SchemaInference();
    for (var record : records) {
      inference.add(Json.parse(record));
    }
    return Json.toText(inference.schema("flight")).replace("\"", "'");
  }

  private static String[] repeat(int times, String... records) {
    var all = new ArrayList<String>();
    for (int i = 0; i < times; i++) {
      all.addAll(List.of(records));
    }
    return all.toArray(String[]::new);
  }

  @Test
  void numbers() {
    assertThat(infer("1", "-2147483648")).isEqualTo("'int'");
    assertThat(infer("1", "2147483648")).isEqualTo("'long'");
    assertThat(infer("1", "2.5")).isEqualTo("'double'");
    assertThat(infer("99999999999999999999")).isEqualTo("'double'");
    assertThat(infer("true")).isEqualTo("'boolean'");
  }

  @Test
  void texts() {
    assertThat(infer("'a'".replace('\'', '"'))).isEqualTo("'string'");
    assertThat(infer(repeat(10, "\"on\"", "\"off\"")))
        .isEqualTo("{'type':'enum','name':'Flight','symbols':['off','on']}");
    assertThat(infer(repeat(9, "\"on\"", "\"off\""))).as("one in nine").isEqualTo("'string'");
    assertThat(infer(repeat(10, "\"is on\""))).as("no symbol").isEqualTo("'string'");
    var codes = new String[10];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = "\"code-00000" + i + "\"";
    }
    assertThat(infer(codes)).isEqualTo("{'type':'fixed','name':'Flight','size':11}");
    codes[9] = "\"code-0\"";
    assertThat(infer(codes)).isEqualTo("'string'");
  }

  @Test
  void recordsWithOptionalFields() {
    assertThat(
            infer(
                "{\"a\":1,\"b\":{\"c\":[1,2.5]}}", "{\"a\":2}", "{\"a\":3,\"b\":null,\"d\":null}"))
        .isEqualTo(
            "{'type':'record','name':'Flight','fields':[{'name':'a','type':'int'},"
                + "{'name':'b','type':['null',{'type':'record','name':'B','fields':["
                + "{'name':'c','type':{'type':'array','items':'double'}}]}],'default':null},"
                + "{'name':'d','type':'null','default':null}]}");
    assertThat(infer("{\"x\":{\"y\":1},\"z\":{\"x\":{\"w\":1}}}"))
        .as("names of types differ")
        .contains("'name':'X'", "'name':'X2'");
  }

  @Test
  void maps() {
    assertThat(infer("{\"not a name\":1,\"b\":2.5}")).isEqualTo("{'type':'map','values':'double'}");
    assertThat(infer("{\"c0ffee00-1234-1234-1234-1234567890ab\":1}"))
        .isEqualTo("{'type':'map','values':'int'}");
    var many = new String[101];
    for (int i = 0; i < many.length; i++) {
      many[i] = "{\"k" + i + "\":" + i + "}";
    }
    assertThat(infer(many)).isEqualTo("{'type':'map','values':'int'}");
  }

  @Test
  void severalKindsAreAUnion() {
    assertThat(infer("1", "\"a\"", "[]", "null", "true"))
        .isEqualTo("['null','boolean','int','string',{'type':'array','items':'null'}]");
  }

  /** Whatever the records are: the schema is one, and they match it. */
  @Test
  void allRecordsMatchTheirSchema() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    var random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      var inference = new SchemaInference();
      var records = new ArrayList<Object>();
      for (int i = random.nextInt(1, 60); i > 0; i--) {
        records.add(Json.parse(value(random, 3)));
      }
      records.forEach(inference::add);
      var schema = Json.toText(inference.schema("r"));
      var check = SchemaCheck.of(new Schema.Parser().parse(schema));
      for (var record : records) {
        assertThat(check.accepts(record))
            .as("seed %d, round %d: %s of %s", seed, round, Json.toText(record), schema)
            .isTrue();
      }
    }
  }

  private static String value(Random random, int depth) {
    return switch (random.nextInt(depth == 0 ? 6 : 8)) {
      case 0 -> "null";
      case 1 -> "" + random.nextBoolean();
      case 2 -> "" + random.nextInt(100);
      case 3 -> "" + random.nextLong();
      case 4 -> "" + random.nextDouble();
      case 5 -> "\"" + (random.nextBoolean() ? "on" : "code-" + random.nextInt(100_000)) + "\"";
      case 6 -> {
        var items = new ArrayList<String>();
        for (int i = random.nextInt(4); i > 0; i--) {
          items.add(value(random, depth - 1));
        }
        yield "[" + String.join(",", items) + "]";
      }
      default -> {
        var fields = new ArrayList<String>();
        for (var key : List.of("a", "b", "c d", "e")) {
          if (random.nextInt(key.length() > 1 ? 20 : 2) == 0) {
            fields.add("\"" + key + "\":" + value(random, depth - 1));
          }
        }
        yield "{" + String.join(",", fields) + "}";
      }
    };
  }
}
