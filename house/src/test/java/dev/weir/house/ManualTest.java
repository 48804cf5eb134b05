package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.cli.Main;
import dev.weir.streams.Streams;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the manual shows is what Weir takes. */
class ManualTest {

  private static final Pattern YAML = Pattern.compile("(?s)```yaml\n(.*?)```");
  private static final Pattern COMMENT = Pattern.compile("(?m)^\\| `(# weir\\.[^`]+)` \\|");

  @TempDir Path folder;

  private static String manual() throws IOException {
    return Files.readString(Cli.HOME.resolve("docs/manual.md"));
  }

  @Test
  void itsDescriptorsAreStreams() throws IOException {
    Files.writeString(
        folder.resolve("flight.avsc"),
        "{\"type\":\"record\",\"name\":\"flight\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"}]}");
    var shown =
        YAML.matcher(manual())
            .results()
            .map(block -> block.group(1))
            .filter(text -> text.startsWith("transport:"))
            .toList();
    assertThat(shown).isNotEmpty();
    for (var text : shown) {
      var file = Files.writeString(folder.resolve("stream.yaml"), text);
      assertThat(Streams.parse(file.toString()).resolved()).containsKeys("encoding", "batching");
    }
  }

  @Test
  void itsSmartCommentsAreUnderstood() throws IOException {
    var shown = COMMENT.matcher(manual()).results().map(row -> row.group(1)).toList();
    assertThat(shown).hasSizeGreaterThan(5);
    for (var comment : shown) {
      var line = comment.replace("SLOT", "0").replace("SCHEMA", "int").replace("NAME", "numpy");
      var model =
          Files.writeString(
              folder.resolve("model.py"),
              line + "\ndef action(x):\n    yield x\ndef score(x):\n    yield x\n");
      var out = new ByteArrayOutputStream();
      try (var print = new PrintStream(out, true, StandardCharsets.UTF_8)) {
        int status = Main.run(print, print, "check", model.toString());
        var said = out.toString(StandardCharsets.UTF_8);
        assertThat(status).as(line + "\n" + said).isZero();
        assertThat(List.of(said.split("\n")))
            .as(line)
            .noneMatch(text -> text.startsWith("weir: ") && text.contains("unknown"));
      }
    }
  }
}
