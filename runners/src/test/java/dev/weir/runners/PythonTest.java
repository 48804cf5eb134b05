package dev.weir.runners;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PythonTest {

  @TempDir Path folder;

  @Test
  void theOneThatIsNamedWins() throws IOException {
    var named = program("mine", "\u007fELF");
    var virtual = program("venv/bin/python", "\u007fELF");
    var onPath = program("bin/python3", "\u007fELF");
    var path = folder.resolve("empty") + ":" + folder.resolve("bin");
    assertThat(
            Python.find(
                Map.of(
                    "WEIR_PYTHON", named.toString(),
                    "VIRTUAL_ENV", folder.resolve("venv").toString(),
                    "PATH", path)))
        .isEqualTo(new Python(named));
    assertThat(Python.find(Map.of("VIRTUAL_ENV", folder.resolve("venv").toString(), "PATH", path)))
        .isEqualTo(new Python(virtual));
    assertThat(Python.find(Map.of("VIRTUAL_ENV", folder.resolve("gone").toString(), "PATH", path)))
        .isEqualTo(new Python(onPath));
    assertThat(Python.find(Map.of("WEIR_PYTHON", "python3", "PATH", path)))
        .isEqualTo(new Python(onPath));
  }

  @Test
  void aScriptIsAskedWhatItStandsFor() throws IOException {
    var real = program("real", "\u007fELF");
    var shim = program("python3", "#!/bin/sh\nprintf %s '" + real + "'\n");
    assertThat(Python.find(Map.of("PATH", folder.toString()))).isEqualTo(new Python(real));
    Files.writeString(shim, "#!/bin/sh\nexit 1\n");
    assertThatThrownBy(() -> Python.find(Map.of("PATH", folder.toString())))
        .isInstanceOf(RunnerException.class)
        .hasMessageContaining(shim.toString());
  }

  @Test
  void noneIsAnErrorWithTheWayOut() {
    assertThatThrownBy(() -> Python.find(Map.of("PATH", folder.toString())))
        .isInstanceOf(RunnerException.class)
        .hasMessageContaining("apt-get install python3")
        .hasMessageContaining("WEIR_PYTHON");
    assertThatThrownBy(() -> Python.find(Map.of("WEIR_PYTHON", "/no/such")))
        .isInstanceOf(RunnerException.class)
        .hasMessageContaining("WEIR_PYTHON is /no/such");
  }

  /** The Python side has tests in Python; they run with the interpreter that models run with. */
  @Test
  void testsInPython() throws Exception {
    var process =
        new ProcessBuilder(
                Conversation.PYTHON.executable().toString(),
                "-B",
                "-m",
                "unittest",
                "discover",
                "-s",
                "src/test/python")
            .redirectErrorStream(true)
            .start();
    var said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
    assertThat(said).containsPattern("Ran [1-9]\\d* tests");
  }

  private Path program(String name, String text) throws IOException {
    var file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }
}
