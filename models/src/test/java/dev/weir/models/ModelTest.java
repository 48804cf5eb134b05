package dev.weir.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.weir.graph.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelTest {

  @TempDir Path folder;

  private Path write(String name, String text) throws IOException {
    var file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  @Test
  void saysWhatTheFileDeclares() throws IOException {
    var file =
        write(
            "sum.v2.py",
            "# fastscore.input: int\n# fastscore.output: reading\n# fastscore.snapshots: eof\n");
    write("schemas/reading.avsc", "{\"type\":\"array\",\"items\":\"int\"}");
    var model = Model.load(file);
    assertThat(model.name()).isEqualTo("sum.v2");
    assertThat(model.version()).matches("[0-9a-f]{12}");
    assertThat(model.snapshots()).isEqualTo(SnapshotPolicy.EOF);
    assertThat(model.slots())
        .extracting(Model.Slot::number, Model.Slot::schema)
        .containsExactly(tuple(0, Optional.of("int")), tuple(1, Optional.of("reading")));
    Files.writeString(file, "# another\n");
    assertThat(Model.load(file).version()).isNotEqualTo(model.version());
    assertThat(Model.load(file).slots())
        .extracting(Model.Slot::number, Model.Slot::schema)
        .containsExactly(tuple(0, Optional.empty()), tuple(1, Optional.empty()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"int", "\"int\"", "{\"type\":\"int\"}", "x", "x.json", "schemas/y.avsc"})
  void findsSchemas(String value) throws IOException {
    write("x.json", "\"int\"");
    write("schemas/y.avsc", "\"int\"");
    Model.load(write("m.py", "# weir.input: " + value + "\n"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "foobar | is not found",
        "{\"type\":\"foobar\"} | is no Avro schema: it names a type that is not defined, 'foobar'",
        "{\"type\": | is no Avro schema: not JSON: Unexpected end-of-input",
        "bad.avsc | is no Avro schema"
      })
  void saysWhereASchemaIsWrong(String value, String message) throws IOException {
    write("bad.avsc", "{");
    var file = write("m.py", "\n# weir.input: " + value + "\n");
    assertThatThrownBy(() -> Model.load(file))
        .isInstanceOf(BadModelException.class)
        .hasMessageStartingWith(file + ":2: ")
        .hasMessageContaining(message);
  }

  @Test
  void refusesWhatIsNoModel() throws IOException {
    assertRefused(folder.resolve("none.py"), "there is no file ");
    assertRefused(folder, "is a directory");
    assertRefused(write("m.txt", "x"), "there are Python (.py), R (.R), Java (.java)");
    assertRefused(write("m", "x"), "there are Python (.py), R (.R), Java (.java)");
    Files.write(folder.resolve("latin.py"), new byte[] {'#', (byte) 0xe9});
    assertRefused(folder.resolve("latin.py"), "is not UTF-8 text");
  }

  private static void assertRefused(Path file, String message) {
    assertThatThrownBy(() -> Model.load(file))
        .isInstanceOf(BadModelException.class)
        .hasMessageContaining(message)
        .hasMessageContaining(file.toString());
  }

  @Test
  void aSchemaRefersToOthersByName() throws IOException {
    write(
        "schemas/point.avsc",
        "{\"type\":\"record\",\"name\":\"Point\",\"fields\":["
            + "{\"name\":\"x\",\"type\":\"double\"},{\"name\":\"id\",\"type\":{\"$ref\":\"id\"}}]}");
    write("id.json", "\"int\"");
    write(
        "tree.avsc",
        "{\"type\":\"record\",\"name\":\"Tree\",\"fields\":["
            + "{\"name\":\"more\",\"type\":{\"type\":\"array\",\"items\":{\"$ref\":\"tree\"}}}]}");
    write("loop.avsc", "{\"type\":\"array\",\"items\":{\"$ref\":\"loop\"}}");
    var two =
        Schemas.find(
            folder,
            "{\"type\":\"record\",\"name\":\"Line\",\"fields\":["
                + "{\"name\":\"from\",\"type\":{\"$ref\":\"point\"}},"
                + "{\"name\":\"to\",\"type\":{\"$ref\":\"urn:fastscore:schema:point\"}}]}");
    var point = "{\"x\":1,\"id\":2}";
    var check = SchemaCheck.of(two);
    assertThat(check.accepts(Json.parse("{\"from\":" + point + ",\"to\":" + point + "}"))).isTrue();
    assertThat(check.accepts(Json.parse("{\"from\":" + point + ",\"to\":{\"x\":1}}"))).isFalse();
    var tree = SchemaCheck.of(Schemas.find(folder, "tree"));
    assertThat(tree.accepts(Json.parse("{\"more\":[{\"more\":[]}]}"))).isTrue();
    assertThat(tree.accepts(Json.parse("{\"more\":[{}]}"))).isFalse();
    assertThatThrownBy(() -> Schemas.find(folder, "loop"))
        .hasMessageContaining("refers to itself without end");
    assertThatThrownBy(() -> Schemas.find(folder, "{\"$ref\":\"nowhere\"}"))
        .hasMessageContaining("schema 'nowhere' is not found");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'int' | 'long' | -",
        "'double' | 'float' | -",
        "'long' | 'double' | -",
        "'long' | 'int' | long is not good for int",
        "'string' | 'int' | string is not good for int",
        "['null','int'] | ['int','string','null'] | -",
        "['null','int'] | 'int' | null is not good for int",
        "{'type':'array','items':'string'} | {'type':'array','items':'int'} | string is not good for"
            + " int at $[]",
        "{'type':'record','name':'A','fields':[{'name':'x','type':'int'}]} |"
            + " {'type':'record','name':'B','fields':[{'name':'x','type':'double'},"
            + "{'name':'y','type':['null','int']}]} | -",
        "{'type':'record','name':'A','fields':[{'name':'x','type':'int'}]} |"
            + " {'type':'record','name':'A','fields':[{'name':'y','type':'int'}]} | the field 'y' is"
            + " missing",
        "{'type':'enum','name':'E','symbols':['A','B']} | {'type':'enum','name':'E','symbols':['A']}"
            + " | enum E has no symbol B",
        "{'type':'record','name':'T','fields':[{'name':'t','type':['null','T']}]} |"
            + " {'type':'record','name':'T','fields':[{'name':'t','type':['null','T']}]} | -",
      })
  void schemasFitOrSayWhyNot(String from, String to, String misfit) {
    var why =
        Schemas.misfit(
            Schemas.find(folder, from.replace('\'', '"')),
            Schemas.find(folder, to.replace('\'', '"')));
    assertThat(why.orElse("-")).isEqualTo(misfit);
  }
}
