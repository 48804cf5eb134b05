package dev.weir.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a graph's file may say, and what is said of one that says something else. */
class GraphProgramTest {

  private static final String GOOD =
      """
      nodes:
        in: {type: source, stream: "range:1..9"}
        double: {type: model, file: Double.java}
        out: {type: sink, stream: "discard:"}
      connections:
        - in -> double -> out
      """;

  @TempDir Path folder;

  @BeforeEach
  void models() throws IOException {
    Files.writeString(
        folder.resolve("Double.java"),
        """
        // weir.input: int
        // weir.output: int
        public class Double {
          int action(int x) { return 2 * x; }
        }
        """);
    Files.writeString(
        folder.resolve("Text.java"),
        """
        // weir.input: string
        // weir.output: string
        // weir.schema.2: string
        // weir.name.3: lengths
        // weir.schema.lengths: int
        public class Text {
          String action(String x) { return x; }
        }
        """);
  }

  private Program load(String file, String text, Map<String, String> parameters)
      throws IOException {
    var path = Files.writeString(folder.resolve(file), text);
    var usual = RunOptions.of(path);
    return Weir.load(
        new RunOptions(
            path,
            Map.of(),
            parameters,
            usual.name(),
            1,
            false,
            false,
            usual.snapshots(),
            usual.keep(),
            usual.epoch(),
            usual.timeLimit(),
            usual.retries(),
            usual.retryDelay(),
            usual.errors(),
            false));
  }

  private Program load(String text) throws IOException {
    return load("g.yaml", text, Map.of());
  }

  @Test
  void aGraphIsWhatItsFileSays() throws IOException {
    var program =
        load(
            GOOD
                + """
                epoch: 250ms
                snapshots: {every: 10m, at-end: true, keep: 3}
                recovery: {retries: 7, delay: 2s, reset-after: 1m}
                """);
    assertThat(program.job()).isEqualTo("g");
    assertThat(program.graph().nodes()).containsOnlyKeys("in", "double", "out");
    assertThat(program.epoch()).isEqualTo(Duration.ofMillis(250));
    assertThat(program.snapshots().keep()).isEqualTo(3);
    assertThat(program.snapshots().every()).contains(Duration.ofMinutes(10));
    assertThat(program.recovery().retries()).isEqualTo(7);
    assertThat(program.recovery().resetAfter()).isEqualTo(Duration.ofMinutes(1));
    assertThat(program.warnings()).isEmpty();
  }

  @Test
  void jsonSaysTheSame() throws IOException {
    var json =
        """
        {
        \t"nodes": {
        \t\t"in": {"type": "source", "stream": "range:1..9"},
        \t\t"double": {"type": "model", "file": "Double.java"},
        \t\t"out": {"type": "sink", "stream": "discard:"}
        \t},
        \t"connections": ["in -> double -> out"]
        }
        """;
    var program = load("g.json", json, Map.of());
    assertThat(program.graph().connections()).isEqualTo(load(GOOD).graph().connections());
    assertThatThrownBy(() -> load("g.json", json.replace("\"file\"", "\"fil\""), Map.of()))
        .hasMessageContaining("g.json:4:")
        .hasMessageContaining("did you mean 'file'?");
  }

  @Test
  void aPortHasTheNameAndTheNumberOfItsSlot() throws IOException {
    var text =
        """
        nodes:
          a: {type: source, stream: "inline:"}
          b: {type: source, stream: "inline:"}
          t: {type: java, file: Text.java}
          x: {type: sink, stream: "discard:"}
          y: {type: sink, stream: "discard:"}
        connections: [a -> t, b -> t.2, t.1 -> x, t.lengths -> y]
        """;
    assertThat(load(text).graph().connections())
        .extracting(c -> c.from() + c.outPort() + c.to() + c.inPort())
        .containsExactly("a0t0", "b0t1", "t0x0", "t1y0");
  }

  @Test
  void parametersAreSetAndHaveTypes() throws IOException {
    var text =
        """
        parameters:
          top: {type: integer, description: the last number}
          name: double
          runners: 2
        nodes:
          in: {type: source, stream: "range:1..${top}"}
          double: {type: model, file: Double.java, runners: "${runners}"}
          out: {type: sink, stream: "file:/tmp/$${x}/${name}.jsonl"}
        connections: [in -> double -> out]
        """;
    var program = load("g.yaml", text, Map.of("top", "20", "runners", "3"));
    assertThat(program.graph().nodes().get("in").describe()).isEqualTo("range:1..20");
    assertThat(program.graph().nodes().get("out").describe())
        .isEqualTo("file:/tmp/${x}/double.jsonl");
    assertThat(program.report().get("nodes").toString()).contains("3 runners");
    assertThatThrownBy(() -> load(text)).hasMessageContaining("--set top=VALUE (the last number");
    assertThatThrownBy(() -> load("g.yaml", text, Map.of("top", "x")))
        .hasMessageContaining("parameter 'top' is a whole number, not 'x'");
    assertThatThrownBy(() -> load("g.yaml", text, Map.of("top", "1", "runers", "1")))
        .hasMessageContaining("no parameter 'runers'; did you mean 'runners'?");
    assertThatThrownBy(
            () ->
                load(
                    "g.yaml",
                    text.replace("runners: 2", "runners: two"),
                    Map.of("top", "1", "runners", "many")))
        .hasMessageContaining(
            "'runners' of node 'double' is a whole number, not \"many\" (of parameter 'runners')");
    assertThatThrownBy(() -> load("g.yaml", text.replace("${top}", "${tip}"), Map.of("top", "1")))
        .hasMessageContaining("${tip}: there is no parameter 'tip'; did you mean 'top'?");
  }

  static List<Arguments> bad() {
    return List.of(
        bad("type: model", "type: modell", "g.yaml:3:18", "did you mean 'model'?"),
        bad("file:", "fiel:", "g.yaml:3:25", "has no field 'fiel'; did you mean 'file'?"),
        bad(", file: Double.java", "", "g.yaml:3:11", "needs the field 'file'"),
        bad("file: Double.java", "file: Duble.java", "g.yaml:3:31", "there is no file"),
        bad("file: Double.java", "file: 3", "'file' of node 'double' is text, not 3"),
        bad("in -> double", "inn -> double", "there is no node 'inn'; did you mean 'in'?"),
        bad("double -> out", "double.ot -> out", "is in the middle"),
        bad("- in -> double -> out", "- in -> double.im", "no input 'im'; did you mean 'in'?"),
        bad("- in -> double -> out", "- in -> double\n  - double.x -> out", "no output 'x'"),
        bad("- in -> double -> out", "- in -> out", "nothing is connected to the input 'in' of"),
        bad("- in -> double -> out", "- in double", "a connection is written 'a -> b'"),
        bad("- in -> double -> out", "- out -> double", "'out' is a sink and has no outputs"),
        bad("- in ->", "- in -> double\n  - in ->", "is there twice"),
        bad("out: {", "in: {", "g.yaml:4:3", "two of the name 'in', here and in line 2"),
        bad("range:1..9", "rage:1..9", "g.yaml:2:", "node 'in'", "Did you mean range"),
        bad("Double.java}", "Double.java, runners: 0}", "is 1 or more, not 0"),
        bad("Double.java}", "Double.java, time-limit: 0s}", "node 'double'", "longer than 0"),
        bad("Double.java}", "Double.java, on-error: skipp}", "did you mean 'skip'?"),
        bad("Double.java}", "Double.java, on-error: dead-letter}", "connected to its port dead-"),
        bad("nodes:", "epoch: soon\nnodes:", "'epoch' of the graph cannot be \"soon\" ("),
        bad("nodes:", "snapshots: sometimes\nnodes:", "snapshots cannot be \"sometimes\""),
        bad("nodes:", "recovery: {retrys: 1}\nnodes:", "has no field 'retrys'; did you mean"),
        bad("nodes:", "noodles: 1\nnodes:", "the graph has no field 'noodles'"),
        bad("nodes:", "nodes: [", "this is no YAML"));
  }

  private static Arguments bad(String good, String wrong, String... told) {
    return Arguments.of(good, wrong, List.of(told));
  }

  @ParameterizedTest
  @MethodSource
  void bad(String good, String wrong, List<String> told) {
    assertThat(GOOD).contains(good);
    assertThatThrownBy(() -> load(GOOD.replaceFirst(java.util.regex.Pattern.quote(good), wrong)))
        .isInstanceOf(BadProgramException.class)
        .hasMessageContainingAll(told.toArray(CharSequence[]::new));
  }

  @Test
  void allThatIsWrongIsSaidAtOnce() {
    assertThatThrownBy(
            () -> load(GOOD.replace("file:", "fiel:").replace("type: sink", "type: sikn")))
        .hasMessageContainingAll("did you mean 'file'?", "did you mean 'sink'?");
  }

  @Test
  void typesOfConnectedPortsMustFit() {
    var text =
        """
        nodes:
          in: {type: source, stream: "range:1..9"}
          double: {type: model, file: Double.java}
          text: {type: java, file: Text.java}
          out: {type: sink, stream: "discard:"}
        connections:
          - in -> double -> text -> out
          - in -> text.2
        """;
    assertThatThrownBy(() -> load(text))
        .isInstanceOf(BadProgramException.class)
        .hasMessageContaining("g.yaml:7:5: what comes out of double.out does not fit text.in");
  }

  @Test
  void aCycleIsRefused() {
    var text =
        """
        nodes:
          in: {type: source, stream: "range:1..9"}
          a: {type: model, file: Double.java}
          b: {type: model, file: Double.java}
          out: {type: sink, stream: "discard:"}
        connections: [in -> a -> b -> out, b -> a]
        """;
    assertThatThrownBy(() -> load(text))
        .isInstanceOf(BadProgramException.class)
        .hasMessageContaining("g.yaml: the connections form a cycle: a -> b -> a");
  }

  @Test
  void whatGoesNowhereIsToldAndFilesAreNotShared() throws IOException {
    assertThat(
            load(GOOD.replace("- in -> double -> out", "- in -> double\n  - in -> out")).warnings())
        .singleElement()
        .asString()
        .contains("what comes out of double.out goes nowhere");
    var file = folder.resolve("same.jsonl");
    var text = GOOD.replace("discard:", file.toString()).replace("range:1..9", file.toString());
    assertThatThrownBy(() -> load(text)).hasMessageContaining("in and out are the same file");
  }

  @Test
  void thePublishedSchemaTakesParametersWhereNumbersAre() {
    assertThat(Weir.graphSchema())
        .contains(
            "\"runners\":{\"anyOf\":[{\"$ref\":\"#/$defs/runners\"},{\"$ref\":\"#/$defs/parameter-use\"}]}")
        .contains("\"stream\":{\"$ref\":\"#/$defs/stream\"}");
  }

  @Test
  void aStreamDescriptorIsNoProgram() {
    assertThatThrownBy(() -> load("transport: {type: file, path: x}"))
        .isInstanceOf(BadProgramException.class)
        .hasMessageContaining("describes a stream, not a program");
  }

  @Test
  void parametersAreNoPartOfTheVersion() throws IOException {
    var text =
        """
        parameters:
          step: {type: integer, default: 1}
        nodes:
          in: {type: source, stream: "range:1..9"}
          add: {type: python, script: "x = 1", inputs: [in], outputs: [out], config: {step: "${step}"}}
          out: {type: sink, stream: "discard:"}
        connections:
          - in -> add -> out
        """;
    var one = load("g.yaml", text, Map.of()).version();
    assertThat(load("g.yaml", text, Map.of("step", "2")).version()).isEqualTo(one);
    assertThat(load("g.yaml", text.replace("x = 1", "x = 2"), Map.of()).version())
        .isNotEqualTo(one);
  }

  @Test
  void aScriptThatSendsItsErrorsToAPortHasThePort() throws IOException {
    var text =
        """
        nodes:
          in: {type: source, stream: "range:1..9"}
          pass: {type: python, script: "x = 1", on-error: error-port, inputs: [in], outputs: [out]}
          out: {type: sink, stream: "discard:"}
          failed: {type: sink, stream: "discard:"}
        connections:
          - in -> pass
          - pass.out -> out
          - pass.error -> failed
        """;
    load(text);
    var without = text.replace("  - pass.error -> failed\n", "").replaceAll("  failed:.*\n", "");
    assertThatThrownBy(() -> load(without))
        .hasMessageContaining(
            "'pass': its errors go out of its port 'error', which is not connected");
  }

  private static final String SCRIPT =
      """
      nodes:
        in: {type: source, stream: "range:1..9"}
        dice:
          type: python
          inputs: [in]
          outputs: [out]
          script: |
            # no import random here
            import random
        out: {type: sink, stream: "discard:"}
      connections: [in -> dice -> out]
      """;

  @Test
  void whatMayVaryIsTold() throws IOException {
    assertThat(load(SCRIPT).warnings())
        .singleElement()
        .asString()
        .contains(
            "g.yaml:4:5: 'dice': it uses random (script of dice, line 2), so another run may give"
                + " other values",
            "say at the node which it is: deterministic: false, or true");
    for (var said : List.of("true", "false")) {
      var text = SCRIPT.replace("type: python", "type: python\n    deterministic: " + said);
      assertThat(load(text).warnings()).isEmpty();
    }
    assertThat(load(SCRIPT.replace("import random", "import math")).warnings()).isEmpty();
    assertThat(load(SCRIPT.replace("import random", "import random, threading.Thread")).warnings())
        .as("it is known to vary")
        .isEmpty();
  }

  @Test
  void aStatefulScriptHasNoReplicas() throws IOException {
    var text =
        SCRIPT
            .replace("import random", "api.InitialProcessInfo(is_stateful=True)")
            .replace("type: python", "type: python\n    replicas: 3");
    assertThatThrownBy(() -> load(text))
        .hasMessageContaining(
            "g.yaml:4:5: 'dice': it is stateful and has 3 replicas, but what it serializes is one"
                + " value")
        .hasMessageContaining("run one replica; or several nodes")
        .hasMessageContaining("a Java operator's keyed table");
    load(text.replace("is_stateful=True", "is_stateful=False"));
    load(text + "epoch: none\n");
  }
}
