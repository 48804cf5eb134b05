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
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** FastScore's cases, see {@code fastscore/cases.txt}, through {@code ./weir}. */
@Execution(ExecutionMode.CONCURRENT)
class ConformanceTest {

  @TempDir Path folder;

  private static final String PIG = "{\"$fastscore\":\"pig\"}";
  private static final String MODEL = "model.";

  /** A case: its parts by heading. */
  record Case(String title, Map<String, List<String>> parts) {}

  /** A case in one language: the file of its model. */
  record Form(Case of, String model) {

    boolean has(String heading) {
      return of.parts().containsKey(heading);
    }

    List<String> part(String heading) {
      return of.parts().getOrDefault(heading, List.of());
    }

    List<String> outputs(String slot) {
      var lines = part("out " + slot).stream();
      return model.endsWith("R")
          ? lines.map(line -> line.replaceAll("(\\d)\\.0\\b", "$1")).toList()
          : lines.toList();
    }

    @Override
    public String toString() {
      return of.title() + " (" + model + ")";
    }
  }

  static Stream<Form> forms() {
    return cases().stream()
        .flatMap(
            each ->
                each.parts().entrySet().stream()
                    .filter(part -> part.getKey().startsWith(MODEL) && !part.getValue().isEmpty())
                    .map(part -> new Form(each, part.getKey())));
  }

  private static List<Case> cases() {
    var cases = new ArrayList<Case>();
    List<String> part = new ArrayList<>();
    for (var line : text().split("\n", -1)) {
      if (line.startsWith("== ")) {
        part = new ArrayList<>();
        cases.add(new Case(line.substring(3), new LinkedHashMap<>(Map.of(MODEL + "py", part))));
      } else if (line.startsWith("-- ")) {
        part = new ArrayList<>();
        cases.get(cases.size() - 1).parts().put(line.substring(3), part);
      } else if (!line.isEmpty()) {
        part.add(line);
      }
    }
    return cases;
  }

  private static String text() {
    try (var in = ConformanceTest.class.getResourceAsStream("/fastscore/cases.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("forms")
  void isAsItMustBe(Form each) {
    var cli = new Cli(folder);
    cli.write(each.model(), lines(each.part(each.model())));
    var command = new StringBuilder("weir run ").append(each.model());
    for (var arguments : each.part("args")) {
      command.append(' ').append(arguments.replaceFirst("^-i (.*)$", "-i '$1'"));
    }
    if (each.has("pandas")) {
      command.insert(0, "WEIR_PYTHON=/usr/bin/python3 ");
    }
    parts(each, "write ").forEach((name, content) -> cli.write(name, lines(content)));
    parts(each, "in ")
        .forEach(
            (slot, records) -> {
              cli.write("in" + slot, lines(records));
              command.append(" -i ").append(slot).append("=in").append(slot);
            });
    parts(each, "out ")
        .keySet()
        .forEach(slot -> command.append(" -o ").append(slot).append("=out").append(slot));
    var result = cli.sh(command.toString());
    int status = each.has("status") ? Integer.parseInt(each.part("status").get(0)) : 0;
    assertThat(result.status()).as(result.err()).isEqualTo(status);
    each.part("err").forEach(text -> assertThat(result.err()).contains(text));
    for (var slot : parts(each, "out ").keySet()) {
      var got = cli.read("out" + slot).lines();
      assertThat(each.has("any order") ? got.sorted() : got)
          .as(result.err())
          .containsExactlyElementsOf(each.outputs(slot));
    }
    parts(each, "file ")
        .forEach(
            (name, lines) -> {
              var got = cli.read(name).lines().sorted().toList();
              assertThat(got).hasSameSizeAs(lines);
              for (int i = 0; i < got.size(); i++) {
                assertThat(got.get(i)).startsWith(lines.get(i));
              }
            });
    parts(each, "after ")
        .forEach((after, texts) -> assertThat(cli.sh(after).ok().out()).contains(texts));
  }

  /** The parts whose heading begins so, by the rest of it. */
  private static Map<String, List<String>> parts(Form each, String heading) {
    var parts = new LinkedHashMap<String, List<String>>();
    each.of()
        .parts()
        .forEach(
            (name, lines) -> {
              if (name.startsWith(heading)) {
                parts.put(name.substring(heading.length()), lines);
              }
            });
    return parts;
  }

  private static String lines(List<String> lines) {
    return lines.stream().map(line -> line + "\n").collect(Collectors.joining());
  }

  /** What comes behind a pig has no effect on what comes out before it. */
  @ParameterizedTest
  @ValueSource(strings = {"py", "R"})
  void aPigKeepsRunnersApart(String language) {
    int half = 10_000;
    var cli = new Cli(folder);
    cli.write(
        "count." + language,
        language.equals("R")
            ? "action <- function(x) emit(Update(Cell('n'), function(n) sum(n, 1)))\n"
            : """
              import fastscore

              def action(x):
                  yield fastscore.cells('n').update(lambda n: (n or 0) + 1)
              """);
    cli.write("in", "7\n".repeat(half) + PIG + "\n" + "7\n".repeat(half));
    var lines = cli.weir("run", "count." + language, "-i", "in", "--runners", "4").ok().lines();
    assertThat(lines).hasSize(2 * half + 1);
    assertThat(lines.get(half)).isEqualTo(PIG);
    assertThat(lines.subList(0, half).stream().map(Integer::valueOf).sorted())
        .containsExactlyElementsOf(IntStream.rangeClosed(1, half).boxed().toList());
    assertThat(lines.subList(half + 1, 2 * half + 1).stream().map(Integer::valueOf).sorted())
        .containsExactlyElementsOf(IntStream.rangeClosed(half + 1, 2 * half).boxed().toList());
  }
}
