package dev.weir.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
        .containsExactly(
            new Model.Slot(0, Optional.of("int")), new Model.Slot(1, Optional.of("reading")));
    Files.writeString(file, "# another\n");
    assertThat(Model.load(file).version()).isNotEqualTo(model.version());
    assertThat(Model.load(file).slots())
        .containsExactly(new Model.Slot(0, Optional.empty()), new Model.Slot(1, Optional.empty()));
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
}
