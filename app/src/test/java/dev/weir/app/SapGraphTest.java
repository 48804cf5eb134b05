package dev.weir.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.app.internal.GraphDescriptor;
import dev.weir.app.internal.Written;
import dev.weir.engine.JobStatus;
import dev.weir.engine.RunControl;
import dev.weir.engine.RunListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Graphs of SAP Data Intelligence: what is carried over, and what is said of the rest. */
class SapGraphTest {

  private static final String GRAPH =
      """
      {
        "description": "Counts.",
        "metadata": {"generation": 2},
        "processes": {
          "read": {
            "component": "com.sap.kafka.consumer2.v2",
            "metadata": {"outports": [{"name": "message", "type": "scalar", "vtype-ID": "*"}]},
            "weir": {"type": "source", "stream": "range:1..9"}
          },
          "python3operator1": {
            "component": "com.sap.system.python3Operator.v2",
            "metadata": {
              "label": "Python",
              "x": 12,
              "config": {
                "script": "api.set_port_callback('input', print)",
                "errorHandling": "{\\"type\\":\\"log and ignore\\"}",
                "limit": "${limit}",
                "where": "x"
              },
              "additionalinports": [{"name": "input", "type": "scalar", "vtype-ID": "*"}],
              "additionaloutports": [
                {"name": "output", "type": "scalar", "vtype-ID": "com.sap.core.string"}
              ]
            }
          },
          "tap": {"component": "com.sap.util.wiretap.v2", "metadata": {}},
          "end": {"component": "com.sap.util.graphTerminator.v2", "metadata": {}},
          "term": {"component": "com.sap.util.terminal.v2", "metadata": {}}
        },
        "connections": [
          {"src": {"process": "read", "port": "message"}, "tgt": {"process": "python3operator1", "port": "input"}},
          {"src": {"process": "python3operator1", "port": "output"}, "tgt": {"process": "tap", "port": "in"}},
          {"src": {"process": "tap", "port": "out"}, "tgt": {"process": "end", "port": "in"}},
          {"src": {"process": "tap", "port": "out"}, "tgt": {"process": "term", "port": "in1"}}
        ],
        "groups": [
          {
            "name": "g",
            "nodes": ["python3operator1"],
            "multiplicity": 3,
            "tags": {"python": "3.9"},
            "resources": {"requests": {"memory": "1Gi"}}
          }
        ],
        "groupResources": {"requests": {"cpu": "0.5", "memory": "256Mi"}, "limits": {"cpu": "1"}},
        "parameters": {"limit": {"type": "number", "default": 100}},
        "parameterMapping": {"processes.python3operator1.configuration.where": "c < ${limit}"}
      }
      """;

  @TempDir Path folder;

  private GraphDescriptor read(String text, Map<String, String> given) throws IOException {
    return GraphDescriptor.read(Files.writeString(folder.resolve("graph.json"), text), given);
  }

  private GraphDescriptor read(String text) throws IOException {
    return read(text, Map.of());
  }

  @Test
  void processesConnectionsGroupsAndParametersAreCarriedOver() throws IOException {
    var graph = read(GRAPH, Map.of("limit", "7"));
    assertThat(graph.nodes()).containsOnlyKeys("read", "python3operator1", "end", "term");
    var python = graph.nodes().get("python3operator1");
    assertThat(python.text("type")).contains("python");
    assertThat(python.text("script")).contains("api.set_port_callback('input', print)");
    assertThat(python.text("on-error")).contains("skip");
    assertThat(python.whole("replicas")).contains(3);
    assertThat(python.member("config").map(Written::json))
        .contains(Map.of("limit", 7L, "where", "c < 7"));
    assertThat(python.member("inputs").map(w -> w.items().get(0).text("name")).orElseThrow())
        .contains("input");
    assertThat(graph.connections())
        .extracting(GraphDescriptor.Link::show)
        .containsExactly(
            "read.out -> python3operator1.input",
            "python3operator1.output -> end.in",
            "python3operator1.output -> term.in");
  }

  @Test
  @DisplayName("case 77: a group's resources replace the graph's key by key, and are not enforced")
  void aGroupsResourcesReplaceTheGraphsKeyByKey() throws IOException {
    assertThat(read(GRAPH).notes())
        .contains(
            "group 'g': resources {\"limits.cpu\":\"1\",\"requests.cpu\":\"0.5\","
                + "\"requests.memory\":\"1Gi\"} are not enforced")
        .anyMatch(note -> note.startsWith("group 'g': tags {\"python\":\"3.9\"} choose no image"))
        .anyMatch(note -> note.startsWith("process 'tap': what it would show is not shown"));
  }

  private void bad(String good, String wrong, String... told) {
    assertThat(GRAPH).contains(good);
    assertThatThrownBy(() -> read(GRAPH.replace(good, wrong)))
        .isInstanceOf(BadProgramException.class)
        .hasMessageContainingAll(told);
  }

  @Test
  void whatDoesNotMapIsSaidComponentByComponent() {
    bad(
        "\"weir\": {\"type\": \"source\", \"stream\": \"range:1..9\"}",
        "\"x\": 1",
        "graph.json:5:5: process 'read': the component com.sap.kafka.consumer2.v2 does not run",
        "\"weir\": {\"type\": \"source\", \"stream\": \"kafka://HOST:PORT/TOPIC\"}");
    bad(
        "com.sap.util.terminal.v2",
        "com.acme.printer",
        "process 'term': the component com.acme.printer does not run here");
    bad("\"tgt\": {\"process\": \"end\"", "\"tgt\": {\"process\": \"nd\"", "did you mean 'end'?");
    bad("\"nodes\": [\"python3", "\"nodes\": [\"pyton3", "did you mean 'python3operator1'?");
    bad(
        "\"groups\": [",
        "\"groups\": [{\"name\": \"g\", \"nodes\": [\"python3operator1\"]},",
        "two groups are named 'g'",
        "is in group 'g' and in group 'g'");
    bad("log and ignore", "log and ignre", "did you mean 'log and ignore'?");
    bad("log and ignore", "propagate to error port", "its port error, which is not connected");
    bad("\"generation\": 2", "\"generation\": 1", "Generation 1");
    bad("processes.python3operator1.conf", "processes.python3operator1.cnf", "cannot be mapped");
  }

  @Test
  void portsThatDoNotFitAreRefused() {
    bad(
        "\"outports\": [{\"name\": \"message\", \"type\": \"scalar\"",
        "\"outports\": [{\"name\": \"message\", \"type\": \"table\"",
        "what comes out of read.message (table *) does not fit python3operator1.input (scalar *)");
    assertThatThrownBy(
            () ->
                read(
                    GRAPH.replace(
                        "{\"name\": \"input\", \"type\": \"scalar\", \"vtype-ID\": \"*\"}",
                        "{\"name\": \"input\", \"type\": \"scalar\", \"vtype-ID\":"
                            + " \"com.sap.core.int64\"}")))
        .hasMessageContaining("(scalar *) does not fit python3operator1.input");
  }

  @Test
  void parametersAndSubstitutionsDoNotMix() throws IOException {
    bad("\"limit\": \"${limit}\"", "\"limit\": \"${other}\"", "'other' is none; declare it");
    assertThatThrownBy(() -> read(GRAPH, Map.of("limit", "many")))
        .hasMessageContaining("parameter 'limit' is a number, not 'many'");
    var plain =
        GRAPH
            .replace("\"parameters\": {\"limit\": {\"type\": \"number\", \"default\": 100}},", "")
            .replace("\"multiplicity\": 3", "\"multiplicity\": \"${times}\"");
    assertThatThrownBy(() -> read(plain, Map.of("times", "2")))
        .hasMessageContaining("--set limit=VALUE (string)");
    var python = read(plain, Map.of("times", "2", "limit", "7")).nodes().get("python3operator1");
    assertThat(python.whole("replicas")).contains(2);
    assertThat(python.member("config").flatMap(c -> c.text("limit"))).contains("7");
  }

  @Test
  @DisplayName(
      "case 74: a terminator ends the job once each input has had a record; all lead to it")
  void aTerminatorEndsAJobThatWouldNotEnd() throws Exception {
    var graph =
        """
        {
          "processes": {
            "clock": {"component": "x", "weir": {"type": "source", "stream": "time:10ms"}},
            "file": {"component": "x", "weir": {"type": "source", "stream": "range:1..3"}},
            "end": {
              "component": "com.sap.util.graphTerminator.v2",
              "metadata": {"inports": [{"name": "in1"}, {"name": "in2"}]}
            }
          },
          "connections": [
            {"src": {"process": "clock", "port": "out"}, "tgt": {"process": "end", "port": "in1"}},
            {"src": {"process": "file", "port": "out"}, "tgt": {"process": "end", "port": "in2"}}
          ]
        }
        """;
    var program = Weir.load(RunOptions.of(Files.writeString(folder.resolve("end.json"), graph)));
    try (var weir = Weir.open("memory:", Clock.systemUTC())) {
      assertThat(weir.run(program, false, new RunControl(), new RunListener() {}))
          .isIn(JobStatus.FINISHED, JobStatus.STOPPED);
    }
    assertThatThrownBy(
            () ->
                Weir.load(
                    RunOptions.of(
                        Files.writeString(
                            folder.resolve("end.json"),
                            graph.replace(
                                "{\"name\": \"in2\"}",
                                "{\"name\": \"in2\"}, {\"name\": \"in3\"}")))))
        .hasMessageContaining("nothing is connected to the input 'in3' of 'end'");
  }

  @ParameterizedTest(name = "case 74: onLastBatch {0}, {1}: {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "true  | [0, false] [1, false]           | false",
        "true  | [0, false] [1, false] [2, true] | true",
        "true  | none                            | true",
        "false | [0, false]                      | true",
      })
  void aTerminatorMayWaitForTheLastOfABatch(boolean waits, String batches, boolean reached)
      throws Exception {
    var records =
        Arrays.stream(batches.split("(?<=\\]) ", -1))
            .map(
                batch ->
                    batch.equals("none")
                        ? "7"
                        : "{\\\"$message\\\": {\\\"type\\\": \\\"none\\\", \\\"header\\\":"
                            + " {\\\"com.sap.headers.batch\\\": "
                            + batch
                            + "}}}")
            .collect(Collectors.joining(","));
    var graph =
        """
        {
          "processes": {
            "read": {"component": "x", "weir": {"type": "source", "stream": "inline:%s"}},
            "end": {
              "component": "com.sap.util.graphTerminator.v2",
              "metadata": {"inports": [{"name": "in"}], "config": {"onLastBatch": %s}}
            }
          },
          "connections": [
            {"src": {"process": "read", "port": "out"}, "tgt": {"process": "end", "port": "in"}}
          ]
        }
        """
            .formatted(records, waits);
    var program = Weir.load(RunOptions.of(Files.writeString(folder.resolve("end.json"), graph)));
    try (var weir = Weir.open("memory:", Clock.systemUTC())) {
      weir.run(program, false, new RunControl(), new RunListener() {});
      assertThat(weir.inspect("end").get("operators").toString())
          .contains("rows={terminator=" + (reached ? 1 : 0) + "}");
    }
  }

  @Test
  @DisplayName("the graph's own types are known to its scripts, which get values of them")
  void types() throws Exception {
    Files.writeString(
        folder.resolve("script.py"),
        """
        def on_input(msg_id, header, body):
            vtype = api.type_context.get_vtype(body.get().type_ref)
            for row, came in zip(body.get(), body.get_raw()):
                api.outputs.output.publish(
                    [vtype.scope, vtype.keys, list(vtype.columns), type(row[1]).__name__, str(row[1] * 2), came[1]])

        api.set_port_callback("input", on_input)
        """);
    var out = folder.resolve("out.jsonl");
    var graph =
        """
        {
          "processes": {
            "read": {"component": "x", "weir": {"type": "source", "stream": "inline:[[1, \\"7.50\\"]]"}},
            "twice": {
              "component": "com.sap.system.python3Operator.v2",
              "metadata": {
                "config": {"script": "file://script.py"},
                "inports": [{"name": "input", "type": "table", "vtype-ID": "$GRAPH.offers"}],
                "outports": [{"name": "output", "type": "scalar", "vtype-ID": "*"}]
              }
            },
            "write": {"component": "x", "weir": {"type": "sink", "stream": "%s"}}
          },
          "connections": [
            {"src": {"process": "read", "port": "out"}, "tgt": {"process": "twice", "port": "input"}},
            {"src": {"process": "twice", "port": "output"}, "tgt": {"process": "write", "port": "in"}}
          ],
          "vTypes": {
            "scalar": {"money": {"template": "decimal", "value.precision": 10, "value.scale": 2}},
            "table": {
              "offers": {
                "vflow.type": "table",
                "keys": ["id"],
                "rows": {
                  "components": [
                    {"id": {"vflow.type": "scalar", "vtype-ID": "com.sap.core.int64"}},
                    {"price": {"vflow.type": "scalar", "vtype-ID": "$GRAPH.money"}}
                  ]
                }
              }
            }
          }
        }
        """
            .formatted(out);
    var file = Files.writeString(folder.resolve("types.json"), graph);
    try (var weir = Weir.open("memory:", Clock.systemUTC())) {
      weir.run(Weir.load(RunOptions.of(file)), false, new RunControl(), new RunListener() {});
    }
    assertThat(Files.readString(out))
        .isEqualTo("[\"local\",[\"id\"],[\"id\",\"price\"],\"Decimal\",\"15.00\",\"7.50\"]\n");
    assertThatThrownBy(
            () -> read(graph.replace("\"components\": [", "\"components\": 3, \"x\": [")))
        .hasMessageContaining("components is a list, not 3");
  }
}
