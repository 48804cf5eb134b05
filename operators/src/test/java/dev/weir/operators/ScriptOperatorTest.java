package dev.weir.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.operators.Script.Port;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The life of a script, its callbacks, and its state. */
class ScriptOperatorTest {

  private static final String COUNTER =
      """
      counter = 0

      def on_input(msg_id, header, body):
          global counter
          counter += 1
          api.outputs.output.publish(str(counter))

      api.set_port_callback("input", on_input)

      api.set_initial_snapshot_info(api.InitialProcessInfo(is_stateful=True))

      def serialize(epoch):
          return pickle.dumps(counter)

      api.set_serialize_callback(serialize)

      def restore(epoch, state_bytes):
          global counter
          counter = pickle.loads(state_bytes)

      api.set_restore_callback(restore)

      def complete_callback(epoch):
          api.logger.info(f"epoch {epoch} is completed!!!")

      api.set_epoch_complete_callback(complete_callback)
      """;

  @Test
  @DisplayName("cases 1, 8: the counter counts a, b, c, and goes on from its last epoch")
  void counts() throws Exception {
    try (var stage = Stage.of(COUNTER)) {
      stage.send("a", "b", "c").barrier().complete();
      assertThat(stage.output()).containsExactly("1", "2", "3");
      assertThat(stage.log).containsExactly("node: info: epoch 1 is completed!!!");
      stage.send("lost");
      try (var again = stage.resumed()) {
        again.complete().send("d");
        assertThat(again.output()).containsExactly("4");
        assertThat(again.log).containsExactly("node: info: epoch 1 is completed!!!");
      }
    }
  }

  @Test
  @DisplayName("case 2: what prestart publishes comes first, and once where the job goes on")
  void prestart() throws Exception {
    var script =
        """
        def start():
            for i in range(3):
                api.outputs.output.publish(i)
        api.set_prestart(start)
        api.set_port_callback("input", lambda m, h, b: api.outputs.output.publish(b.get()))
        """;
    try (var stage = Stage.of(script)) {
      stage.send("x").barrier();
      assertThat(stage.output()).containsExactly(0L, 1L, 2L, "x");
      try (var again = stage.resumed()) {
        assertThat(again.send("y").output()).containsExactly("y");
      }
    }
  }

  @Test
  @DisplayName("case 3: nothing is published at the top level")
  void noOutputInBody() {
    assertThatThrownBy(() -> Stage.of("api.outputs.output.publish(1)"))
        .isInstanceOf(ScriptException.class)
        .hasMessageContaining("output only after initialisation")
        .hasMessageContaining("line 1");
  }

  @Test
  @DisplayName("cases 4, 5, 6: timers are called when they are due, and never again after -1")
  void timers() throws Exception {
    var script =
        """
        n = 0
        def counting():
            global n
            n += 1
            api.outputs.output.publish(n - 1)
            return n - 1 if n < 4 else -1
        def other():
            api.outputs.output.publish("other")
            return 100
        api.add_timer(counting)
        api.add_timer(other)
        """;
    try (var stage = Stage.of(generator(script))) {
      stage.until(() -> stage.output().size() == 3); // 0, other; at once again: 1
      assertThat(stage.output()).containsExactly(0L, "other", 1L);
      stage.alarm.pass(0.9);
      assertThat(stage.drain().output()).hasSize(3);
      stage.alarm.pass(0.1);
      assertThat(stage.drain().output()).endsWith(2L);
      stage.alarm.pass(2);
      assertThat(stage.drain().output()).endsWith(3L);
      stage.alarm.pass(96);
      assertThat(stage.drain().output()).hasSize(5);
      stage.alarm.pass(1);
      assertThat(stage.drain().output()).hasSize(6).endsWith("other");
      stage.barrier();
      try (var again = stage.resumed()) {
        assertThat(again.drain().output()).containsExactly("other");
      }
      assertThat(stage.finished).isFalse();
    }
  }

  @Test
  @DisplayName("a generator whose timers have stopped is finished")
  void finishes() throws Exception {
    try (var stage =
        Stage.of(generator("api.add_timer(lambda: api.outputs.output.publish(1) and -1)"))) {
      stage.until(() -> stage.finished);
      assertThat(stage.output()).containsExactly(1L);
    }
  }

  @Test
  @DisplayName("case 7: shutdown is called once after the end, and what it raises fails the run")
  void shutdown() throws Exception {
    try (var stage = Stage.of("api.set_shutdown(lambda: api.logger.info('bye'))")) {
      stage.end().barrier();
      stage.close();
      assertThat(stage.log).containsExactly("node: info: bye");
    }
    try (var stage = Stage.of("api.set_shutdown(lambda: 1 / 0)")) {
      assertThatThrownBy(stage::end).hasMessageContaining("ZeroDivisionError");
    }
  }

  @Test
  @DisplayName("case 9: a second callback replaces the first; an unknown port is named")
  void ports() throws Exception {
    var script =
        """
        api.set_port_callback("input", lambda m, h, b: api.outputs.output.publish(1))
        api.set_port_callback("input", lambda m, h, b: api.outputs.output.publish(2))
        """;
    try (var stage = Stage.of(script)) {
      assertThat(stage.send("a").output()).containsExactly(2L);
    }
    assertThatThrownBy(() -> Stage.of("api.set_port_callback('inptu', print)"))
        .hasMessageContaining("there is no input port 'inptu'; did you mean 'input'?");
    assertThatThrownBy(() -> Stage.of("api.set_prestart(lambda: api.outputs.outptu.publish(1))"))
        .hasMessageContaining("there is no output port 'outptu'; did you mean 'output'?");
  }

  @Test
  @DisplayName("cases 10, 11, 12: what a script may know of its graph")
  void surroundings() throws Exception {
    var text =
        """
        def start():
            api.outputs.nowhere.publish(1)
            api.outputs.output.publish([
                api.config.limit, api.config.db["host"], hasattr(api.config, "script"),
                api.get_inport_names(), api.get_outport_names(),
                api.is_inport_connected["input"], api.is_outport_connected["nowhere"],
                api.multiplicity, api.multiplicity_index, api.graph_name, api.group_id])
        api.set_prestart(start)
        """;
    var script =
        Script.of(
                Path.of("script.py"),
                text,
                List.of(Port.of("input")),
                List.of(Port.of("output"), new Port("nowhere", "*", "*", false)))
            .with(Map.of("limit", 3L, "db", Map.of("host", "here")));
    try (var stage = Stage.of(script)) {
      assertThat(stage.output())
          .containsExactly(
              List.of(
                  3L,
                  "here",
                  false,
                  List.of("input"),
                  List.of("output", "nowhere"),
                  true,
                  false,
                  1L,
                  0L,
                  "job",
                  "node"));
      assertThat(stage.out.get("nowhere")).isEmpty();
    }
  }

  @Test
  @DisplayName("case 44: a stateful script needs both callbacks; those of others are not called")
  void stateful() throws Exception {
    assertThatThrownBy(
            () ->
                Stage.of(
                    """
                    api.set_initial_snapshot_info(api.InitProcessInfo(is_stateful=True))
                    api.set_serialize_callback(lambda epoch: b"")
                    """))
        .isInstanceOf(BadScriptException.class)
        .hasMessageContaining("node is stateful, but sets no restore callback");
    try (var stage = Stage.of("api.set_serialize_callback(lambda epoch: 1 / 0)")) {
      stage.barrier();
    }
  }

  @Test
  @DisplayName(
      "case 45: without epochs none of their callbacks is called, and outputs are the same")
  void withoutEpochs() throws Exception {
    try (var stage = Stage.of(Stage.script(COUNTER).withoutEpochs())) {
      stage.send("a", "b").barrier().complete();
      assertThat(stage.output()).containsExactly("1", "2");
      assertThat(stage.log).isEmpty();
    }
  }

  @Test
  @DisplayName("case 49: a serialize callback that raises fails the run")
  void serializeRaises() throws Exception {
    var script = COUNTER.replace("return pickle.dumps(counter)", "raise OSError('full')");
    try (var stage = Stage.of(script)) {
      assertThatThrownBy(stage::barrier)
          .hasMessageContaining("node: the serialize callback")
          .hasMessageContaining("OSError: full");
    }
  }

  @Test
  @DisplayName("case 51: restore comes before prestart; state that it rejects refuses the run")
  void restoreBeforePrestart() throws Exception {
    var script =
        COUNTER
            + """

            api.set_prestart(lambda: api.logger.info("prestart sees %d", counter))
            """;
    try (var stage = Stage.of(script)) {
      stage.send("a", "b").barrier();
      try (var again = stage.resumed()) {
        assertThat(again.log).containsExactly("node: info: prestart sees 2");
      }
    }
    var picky = COUNTER.replace("counter = pickle.loads(state_bytes)", "raise ValueError('old')");
    try (var stage = Stage.of(picky)) {
      stage.send("a").barrier();
      assertThatThrownBy(stage::resumed)
          .hasMessageContaining("node: the restore callback, given the state of epoch 1")
          .hasMessageContaining("ValueError: old");
    }
  }

  @Test
  @DisplayName("case 52: without a committed epoch nothing is restored")
  void nothingToRestore() throws Exception {
    try (var stage = Stage.of(COUNTER.replace("counter = pickle", "counter = 1 / 0 #"))) {
      assertThat(stage.send("a").output()).containsExactly("1");
    }
  }

  @Test
  @DisplayName("a generator with its counter saved goes on exactly")
  void generatorGoesOn() throws Exception {
    var script =
        """
        n = 0
        def tick():
            global n
            n += 1
            api.outputs.output.publish(n)
            return 0 if n < 10 else -1
        api.add_timer(tick)
        api.set_initial_snapshot_info(api.InitialProcessInfo(
            is_stateful=True, outports_info={"output": api.OutportInfo(is_generator=True)}))
        api.set_serialize_callback(lambda epoch: pickle.dumps(n))
        def restore(epoch, state):
            global n
            n = pickle.loads(state)
        api.set_restore_callback(restore)
        """;
    for (int cut = 1; cut <= 10; cut++) {
      int crash = cut;
      var all = new ArrayList<Object>();
      try (var stage = Stage.of(generator(script))) {
        stage.until(() -> stage.output().size() == crash).barrier();
        all.addAll(stage.output());
        if (crash < 10) {
          stage.drain(); // lost
        }
        try (var again = stage.resumed()) {
          again.until(() -> again.finished);
          all.addAll(again.output());
        }
      }
      assertThat(all).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
    }
  }

  @Test
  @DisplayName("case 34: a stateful script is serialised once for each epoch")
  void serializedOnceForEachEpoch() throws Exception {
    var script =
        COUNTER.replace(
            "return pickle.dumps(counter)",
            "api.logger.info('serialize %s', epoch); return pickle.dumps(counter)");
    try (var stage = Stage.of(script)) {
      stage.barrier().send("a", "b").barrier().barrier();
      assertThat(stage.log)
          .containsExactly(
              "node: info: serialize 1", "node: info: serialize 2", "node: info: serialize 3");
    }
  }

  @Test
  @DisplayName("case 67: a script that leaves out what it has seen makes repeated batches harmless")
  void repeatedBatches() throws Exception {
    var script =
        """
        last = 0
        def on(msg_id, header, body):
            global last
            if body.get() > last:
                last = body.get()
                api.outputs.output.publish(last)
        api.set_port_callback("input", on)
        api.set_initial_snapshot_info(api.InitialProcessInfo(is_stateful=True))
        api.set_serialize_callback(lambda epoch: pickle.dumps(last))
        def restore(epoch, state):
            global last
            last = pickle.loads(state)
        api.set_restore_callback(restore)
        """;
    try (var stage = Stage.of(script)) {
      stage.send(1L, 2L, 3L).barrier();
      var committed = List.copyOf(stage.output());
      stage.send(4L, 5L);
      try (var again = stage.resumed()) {
        again.send(1L, 2L, 3L).send(4L, 5L).send(4L, 5L, 6L).barrier();
        assertThat(committed).containsExactly(1L, 2L, 3L);
        assertThat(again.output()).containsExactly(4L, 5L, 6L);
      }
    }
  }

  @Test
  @DisplayName("case 75: of five partitions two were done before: done after three messages")
  void partitions() throws Exception {
    var script =
        """
        n = 0
        def on(msg_id, header, body):
            global n
            n += 1
            partition = header["com.sap.headers.partition"]
            if n + partition[2] == partition[1]:
                api.outputs.output.publish("done")
        api.set_port_callback("input", on)
        def start():
            for i in range(2, 5):
                api.outputs.sent.publish("x", header={"com.sap.headers.partition": [i, 5, 2]})
        api.set_prestart(start)
        """;
    var two =
        Script.of(
            Path.of("script.py"),
            script,
            List.of(Port.of("input")),
            List.of(Port.of("output"), Port.of("sent")));
    try (var stage = Stage.of(two)) {
      var messages = stage.out.get("sent");
      stage.send(messages.get(0), messages.get(1));
      assertThat(stage.output()).isEmpty();
      stage.send(messages.get(2));
      assertThat(stage.output()).containsExactly("done");
    }
  }

  @Test
  void aScriptThatDoesNotCompileSaysWhere() {
    assertThatThrownBy(() -> Stage.of("def f(:\n  pass"))
        .hasMessageContaining("SyntaxError")
        .hasMessageContaining("script.py");
    assertThatThrownBy(() -> Stage.of("import os\nos._exit(3)"))
        .hasMessageContaining("node: its process ended: exit status 3");
  }

  @Test
  @DisplayName("case 73: what is published is a copy")
  void copies() throws Exception {
    var script =
        """
        seen = []
        def on(m, h, b):
            seen.append(b.get())
            api.outputs.output.publish(seen)
        api.set_port_callback("input", on)
        """;
    try (var stage = Stage.of(script)) {
      stage.send("a", "b");
      assertThat(stage.output()).containsExactly(List.of("a"), List.of("a", "b"));
    }
  }

  static Script generator(String text) {
    return Script.of(Path.of("script.py"), text, List.of(), List.of(Port.of("output")));
  }
}
