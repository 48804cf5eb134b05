package dev.weir.house;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.cli.Main;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** FastScore's cases, see {@code fastscore/cases.txt}, through the command. */
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
  void isAsItMustBe(Form each) throws IOException {
    // A process for each case would cost more than the case; those with pandas need a Python of
    // their own.
    Function<List<String>, Cli.Result> weir =
        each.has("pandas") || each.has("process") ? apart() : this::within;
    var cli = new Cli(folder);
    cli.write(each.model(), lines(each.part(each.model())));
    var command = new ArrayList<>(List.of("run", each.model()));
    for (var arguments : each.part("args")) {
      command.addAll(
          arguments.matches("-[io] .*")
              ? List.of(arguments.substring(0, 2), arguments.substring(3))
              : List.of(arguments.split(" ")));
    }
    parts(each, "write ").forEach((name, content) -> cli.write(name, lines(content)));
    parts(each, "in ")
        .forEach(
            (slot, records) -> {
              cli.write("in" + slot, lines(records));
              command.addAll(List.of("-i", slot + "=in" + slot));
            });
    parts(each, "out ")
        .keySet()
        .forEach(slot -> command.addAll(List.of("-o", slot + "=out" + slot)));
    var result = weir.apply(command);
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
        .forEach(
            (after, texts) ->
                assertThat(weir.apply(List.of(after.split(" "))).ok().out()).contains(texts));
  }

  /** {@code ./weir} in the folder, with a Python that has pandas. */
  private Function<List<String>, Cli.Result> apart() {
    var cli = new Cli(folder, Map.of("WEIR_PYTHON", "/usr/bin/python3"));
    return command -> cli.weir(command.toArray(String[]::new));
  }

  /** The same command in this process, whose folder is another: paths are made whole. */
  private Cli.Result within(List<String> command) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var whole = new ArrayList<String>();
    for (int i = 0; i < command.size(); i++) {
      whole.add(i == 0 ? command.get(0) : whole(command.get(i - 1), command.get(i)));
    }
    if (List.of("run", "snapshot").contains(command.get(0))) {
      whole.addAll(List.of("--store", "sqlite:" + folder.resolve(".weir/state.db")));
    }
    try (var toOut = new PrintStream(out, false, StandardCharsets.UTF_8);
        var toErr = new PrintStream(err, false, StandardCharsets.UTF_8)) {
      int status = Main.run(toOut, toErr, whole.toArray(String[]::new));
      toOut.flush();
      toErr.flush();
      return new Cli.Result(
          status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
  }

  private String whole(String before, String argument) {
    if (before.equals("run")
        || argument.matches("[0-9]+=(in|out)[0-9]+")
        || (before.equals("-i") && !argument.contains(":"))) {
      int path = argument.indexOf('=') + 1;
      return argument.substring(0, path) + folder.resolve(argument.substring(path));
    }
    if (before.equals("--on-error") && argument.startsWith("dead-letter:")) {
      return argument.replaceFirst(":", ":" + folder + "/");
    }
    if (before.equals("--rejects")) {
      return folder.resolve(argument).toString();
    }
    return argument.replace("FOLDER", folder.toString());
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

  @Test
  void aStreamIsSampledAndVerified() {
    var sample = within(List.of("stream", "sample", "inline:2,3,5,7,11", "--count", "3"));
    assertThat(sample.ok().lines()).containsExactly("2", "3", "5");
    var descriptor =
        """
        {"Transport":{"Type":"inline","Data":"n,s\\n1,a\\nx,b\\n3,c"},"Encoding":"csv",
         "Envelope":{"Type":"delimited-csv","Separator":"\\n"},
         "Schema":{"type":"record","name":"r","fields":[{"name":"n","type":"int"},{"name":"s","type":"string"}]}}
        """;
    var verified = within(List.of("stream", "verify", descriptor));
    assertThat(verified.status()).isEqualTo(1);
    assertThat(verified.out())
        .contains("record 2 is rejected by encoding: column 'n': int expected, not 'x'")
        .contains("3 records, 2 right, 1 rejected by encoding");
    var typed = within(List.of("stream", "verify", "inline:1,[],3", "--schema", "int"));
    assertThat(typed.out()).contains("rejected by schema: Int expected, not []");
    var wrong = within(List.of("stream", "verify", "udp:99999"));
    assertThat(wrong.status()).isEqualTo(2);
    assertThat(wrong.err()).contains("the port 99999 is none");
  }

  @Test
  void aSchemaIsInferredFromCsvAndMatches() {
    var cli = new Cli(folder);
    var file = cli.write("p.csv", "id,price,ok,note\n1,2.5,true,\n2,3,false,x\n").toString();
    var schema = within(List.of("schema", "infer", file)).ok().out();
    assertThat(schema)
        .contains(
            "{\"name\":\"id\",\"type\":\"int\"}",
            "{\"name\":\"price\",\"type\":\"double\"}",
            "{\"name\":\"ok\",\"type\":\"boolean\"}",
            "{\"name\":\"note\",\"type\":[\"null\",\"string\"],\"default\":null}");
    assertThat(within(List.of("schema", "verify", schema, file)).ok().lines())
        .containsExactly(
            "OK   {\"id\":1,\"price\":2.5,\"ok\":true,\"note\":null}",
            "OK   {\"id\":2,\"price\":3.0,\"ok\":false,\"note\":\"x\"}");
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
