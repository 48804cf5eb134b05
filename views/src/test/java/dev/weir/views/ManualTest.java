package dev.weir.views;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.state.Stores;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples of docs/views.md compile as they stand there, and do what it says. */
class ManualTest {

  private static final Pattern EXAMPLE = Pattern.compile("(?s)```java\\n(.*?)```");

  @TempDir Path folder;

  @Test
  void theExamplesRun() throws Exception {
    var store = "sqlite:" + folder.resolve("shop.db");
    var manual = Files.readString(Path.of("..", "docs", "views.md"));
    var examples = new ArrayList<String>();
    EXAMPLE.matcher(manual).results().forEach(found -> examples.add(found.group(1)));
    assertThat(examples).hasSizeGreaterThanOrEqualTo(2);
    var source =
        new StringBuilder(
            """
            import dev.weir.state.*;
            import dev.weir.views.*;
            import java.time.*;
            import java.util.*;

            public class Examples {
              public static void run(List<Object> found) {
            """);
    for (var example : examples) {
      source.append("{\n").append(example.replace("sqlite:shop.db", store)).append("}\n");
    }
    var file = Files.writeString(folder.resolve("Examples.java"), source + "}}\n");
    var messages = new StringWriter();
    var compiler = ToolProvider.getSystemJavaCompiler();
    try (var files = compiler.getStandardFileManager(null, null, null)) {
      var options = List.of("-cp", System.getProperty("java.class.path"), "-d", folder.toString());
      boolean compiled =
          compiler
              .getTask(messages, files, null, options, null, files.getJavaFileObjects(file))
              .call();
      assertThat(compiled).as(messages.toString()).isTrue();
    }
    var found = new ArrayList<Object>();
    try (var loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      loader.loadClass("Examples").getMethod("run", List.class).invoke(null, found);
    }
    assertThat(found).hasToString("[Person[name=Alan, city=London, age=41]]");
    try (var shop = Stores.open(store, Clock.systemUTC());
        var cut = shop.read()) {
      var receipt =
          shop.tables().stream().filter(table -> table.name().equals("receipt")).findFirst();
      assertThat(cut.scan(receipt.orElseThrow()).next().real(3)).isEqualTo(24.0);
    }
  }
}
