package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** FastScore's cases, see {@code fastscore/cases.txt}, through {@code ./weir}. */
class ConformanceTest {

  @TempDir Path folder;

  /** A case: its parts by heading, the first one being the model. */
  record Case(String title, Map<String, List<String>> parts) {

    List<String> part(String heading) {
      return parts.getOrDefault(heading, List.of());
    }

    String model() {
      return String.join("\n", part("model")) + "\n";
    }

    @Override
    public String toString() {
      return title;
    }
  }

  static Stream<Case> cases() {
    var cases = new ArrayList<Case>();
    List<String> part = new ArrayList<>();
    for (var line : text().split("\n", -1)) {
      if (line.startsWith("== ")) {
        part = new ArrayList<>();
        cases.add(new Case(line.substring(3), new LinkedHashMap<>(Map.of("model", part))));
      } else if (line.startsWith("-- ")) {
        part = new ArrayList<>();
        cases.get(cases.size() - 1).parts().put(line.substring(3), part);
      } else if (!line.isEmpty()) {
        part.add(line);
      }
    }
    return cases.stream();
  }

  private static String text() {
    try (var in = ConformanceTest.class.getResourceAsStream("/fastscore/cases.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void isAsItMustBe(Case each) {
    var cli = new Cli(folder);
    cli.write("model.py", each.model());
    var command = new StringBuilder("weir run model.py");
    for (var arguments : each.part("args")) {
      command.append(' ').append(arguments.replaceFirst("^-i (.*)$", "-i '$1'"));
    }
    if (each.parts().containsKey("pandas")) {
      command.insert(0, "WEIR_PYTHON=/usr/bin/python3 ");
    }
    each.parts()
        .forEach(
            (heading, lines) -> {
              if (heading.startsWith("in ")) {
                var slot = heading.substring(3);
                cli.write("in" + slot, lines.isEmpty() ? "" : String.join("\n", lines) + "\n");
                command.append(" -i ").append(slot).append("=in").append(slot);
              } else if (heading.startsWith("out ")) {
                var slot = heading.substring(4);
                command.append(" -o ").append(slot).append("=out").append(slot);
              }
            });
    var result = cli.sh(command.toString());
    var status = each.parts().containsKey("status") ? each.part("status").get(0) : "0";
    assertThat(result.status()).as(result.err()).isEqualTo(Integer.parseInt(status));
    each.part("err").forEach(text -> assertThat(result.err()).contains(text));
    each.parts()
        .forEach(
            (heading, lines) -> {
              if (heading.startsWith("out ")) {
                var got = cli.read("out" + heading.substring(4)).lines();
                assertThat(each.parts().containsKey("any order") ? got.sorted() : got)
                    .containsExactlyElementsOf(lines);
              } else if (heading.startsWith("file ")) {
                var got = cli.read(heading.substring(5)).lines().sorted().toList();
                assertThat(got).hasSameSizeAs(lines);
                for (int i = 0; i < got.size(); i++) {
                  assertThat(got.get(i)).startsWith(lines.get(i));
                }
              }
            });
  }
}
