package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Odd but reasonable things that people do. */
class EverydayUseTest {

  @TempDir Path folder;
  private Cli cli;

  @BeforeEach
  void model() {
    cli = new Cli(folder);
    cli.write("echo.py", "def action(x):\n    yield x\n");
    cli.seed("cell.py");
  }

  @Test
  void helpIsFoundWhereItIsLookedFor() {
    for (var command : new String[] {"help", "--help", "-h"}) {
      assertThat(cli.weir(command).ok().out()).contains("Usage: weir", "run", "snapshot");
    }
    assertThat(cli.weir("help", "run").ok().out()).contains("Usage: weir run", "--input");
    assertThat(cli.weir("run", "--help").ok().out()).contains("Usage: weir run", "--input");
    assertThat(cli.weir("job", "scale", "--help").ok().out()).contains("Usage: weir job scale");
    assertThat(cli.weir("--version").ok().out()).matches("weir \\d+\\.\\d+\\.\\d+\\S*\n");
    var alone = cli.weir();
    assertThat(alone.status()).isEqualTo(2);
    assertThat(alone.err()).contains("weir --help");
  }

  @Test
  void aReaderThatHasSeenEnoughEndsTheRunQuietly() throws IOException {
    var numbers = new StringBuilder();
    for (int i = 0; i < 500_000; i++) {
      numbers.append(i).append('\n');
    }
    cli.write("in.jsonl", numbers.toString());
    var head = cli.sh("weir run echo.py -i in.jsonl | head -n 1; echo ${PIPESTATUS[0]}").ok();
    assertThat(head.lines()).containsExactly("0", "141");
    assertThat(head.err()).isEmpty();
  }

  @Test
  void inputsOfAllShapes() throws IOException {
    assertThat(cli.weirFed("", "run", "cell.py").ok().out()).isEmpty();
    assertThat(cli.weirFed("1\n2", "run", "cell.py").ok().out()).isEqualTo("1\n3\n");
    assertThat(cli.weirFed("1\r\n2\r\n", "run", "cell.py").ok().out()).isEqualTo("1\n3\n");
    var bom = cli.weirFed("\uFEFF1\n\n \n2\n", "run", "cell.py").ok();
    assertThat(bom.out()).isEqualTo("1\n3\n");
    var text = "\"" + "grüße 🐟 ".repeat(200_000) + "\"";
    cli.write("long.jsonl", text + "\n1\n");
    cli.weir("run", "echo.py", "-i", "long.jsonl", "-o", "out.jsonl").ok();
    assertThat(cli.read("out.jsonl").equals(text + "\n1\n")).isTrue();
    assertThat(cli.weir("run", "echo.py", "-i", "inline:").ok().out()).isEmpty();
    assertThat(cli.weir("run", "echo.py", "-i", "inline:{\"a\":[1,2]},\"b,c\"").ok().lines())
        .containsExactly("{\"a\":[1,2]}", "\"b,c\"");
  }

  @Test
  void namesOfAllShapes() throws IOException {
    cli.write(
        "names.py",
        """
        import weir

        def action(x):
            weir.cells('Zähler 🐟').set(x)
            weir.pools("it's; drop table").set('Schlüssel\\n🐟', x)
        """);
    cli.weir("run", "names.py", "-i", "inline:{\"ä\":\"🐟\"}", "--name", "v1.2.x").ok();
    assertThat(cli.weir("cell", "get", "v1.2.x", "Zähler 🐟").ok().out())
        .isEqualTo("{\"ä\":\"🐟\"}\n");
    assertThat(cli.weir("pool", "get", "v1.2.x", "it's; drop table", "Schlüssel\n🐟").ok().out())
        .isEqualTo("{\"ä\":\"🐟\"}\n");
    assertThat(cli.weir("pool", "list", "v1.2.x", "--json").ok().out()).contains("Schlüssel\\n🐟");
    Files.createDirectory(cli.file("my models"));
    cli.write("my models/a b.py", "def action(x):\n    yield x\n");
    var spaces = cli.weir("run", "my models/a b.py", "-i", "inline:1");
    assertThat(spaces.status()).isEqualTo(2);
    assertThat(spaces.err()).contains("--name");
    cli.weir(
            "run",
            "my models/a b.py",
            "-i",
            "inline:1",
            "-o",
            "my models/o t.jsonl",
            "--name",
            "ab")
        .ok();
    assertThat(cli.read("my models/o t.jsonl")).isEqualTo("1\n");
  }

  @Test
  void fromAnyFolderByAnyPath() throws IOException {
    Files.createDirectories(cli.file("deep/er"));
    Files.createSymbolicLink(cli.file("deep/w"), Cli.HOME.resolve("weir"));
    var run = cli.sh("cd deep/er && ../w run ../../cell.py -i inline:1,2 --store sqlite:../s.db");
    assertThat(run.ok().lines()).containsExactly("1", "3");
    Files.delete(cli.file("deep/w"));
    assertThat(cli.file("deep/s.db")).exists();
    assertThat(cli.file("deep/er/.weir")).doesNotExist();
    var path = cli.file("deep/s.db").toString();
    assertThat(cli.weir("cell", "get", "cell", "counter", "--store", "sqlite:" + path).ok().out())
        .isEqualTo("3\n");
    cli.weir("run", "cell.py", "-i", "inline:5").ok();
    assertThat(cli.weir("cell", "get", "cell", "counter").ok().out()).isEqualTo("5\n");
    assertThat(cli.weir("cell", "get", "cell", "counter", "--store", "sqlite:" + path).ok().out())
        .isEqualTo("3\n");
    assertThat(cli.weir("run", "cell.py", "-i", "inline:1,2", "--store", "memory:").ok().lines())
        .containsExactly("1", "3");
    assertThat(cli.weir("cell", "get", "cell", "counter").ok().out()).isEqualTo("5\n");
  }

  /** /proc takes no files, from anyone. */
  @Test
  void aFolderThatTakesNoFiles() {
    var refused = cli.sh("cd /proc && weir run '" + cli.file("echo.py") + "' -i inline:1");
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.err()).contains(".weir").doesNotContain("\tat ", "unexpected happened");
    assertThat(
            cli.sh("cd /proc && weir run '" + cli.file("echo.py") + "' -i inline:1 --store memory:")
                .ok()
                .out())
        .isEqualTo("1\n");
  }
}
