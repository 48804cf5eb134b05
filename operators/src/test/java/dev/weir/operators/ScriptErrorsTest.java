package dev.weir.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.Batch;
import dev.weir.graph.Receipt;
import dev.weir.operators.Script.Port;
import dev.weir.runners.RunnerHungException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Errors, responses, and threads of scripts. */
class ScriptErrorsTest {

  private static final String PICKY =
      """
      def on_input(msg_id, header, body):
          if body.get() == "bad":
              raise ValueError("no good")
          api.outputs.output.publish(body.get())
      api.set_port_callback("input", on_input)
      """;

  @Test
  @DisplayName("case 29: terminate: the run fails with the text and the message")
  void terminate() throws Exception {
    try (var stage = Stage.of(PICKY)) {
      assertThatThrownBy(() -> stage.send("a", "bad", "b"))
          .isInstanceOf(ScriptException.class)
          .hasMessageContaining(
              "node: the port callback raised at message 2, \"bad\": ValueError: no good"
                  + " (script.py, line 3)")
          .hasMessageContaining("raise ValueError(\"no good\")");
      assertThat(stage.output()).containsExactly("a");
    }
    assertThatThrownBy(() -> Stage.of("api.set_prestart(lambda: 1 / 0)"))
        .hasMessageContaining("node: prestart raised: ZeroDivisionError");
    try (var stage = Stage.of("api.add_timer(lambda: 1 / 0)")) {
      assertThatThrownBy(stage::drain).hasMessageContaining("timer callback raised");
    }
  }

  @Test
  void whatAScriptForgetsIsSaid() throws Exception {
    try (var stage = Stage.of("x = 1")) {
      stage.send("a", "b").send("c").end();
      assertThat(stage.log)
          .containsExactly(
              "node: warning: what comes in at 'input' is dropped: api.set_port_callback('input', ...) has"
                  + " not been called");
    }
    var stateless =
        PICKY
            + """
            api.set_serialize_callback(lambda epoch: b"")
            api.set_restore_callback(lambda epoch, state: None)
            """;
    try (var stage = Stage.of(stateless)) {
      assertThat(stage.log).hasSize(1).allMatch(line -> line.contains("is_stateful=True"));
    }
    assertThatThrownBy(() -> Stage.of("api.set_port_calback('input', print)"))
        .hasMessageContaining("api has no 'set_port_calback'; did you mean 'set_port_callback'?");
  }

  @Test
  @DisplayName("case 30: log and ignore: the others come out, and the error is counted")
  void logAndIgnore() throws Exception {
    try (var stage = Stage.of(Stage.script(PICKY).with(ErrorHandling.LOG))) {
      stage.send("a", "bad", "b");
      assertThat(stage.output()).containsExactly("a", "b");
      assertThat(stage.rejections).hasSize(1);
      assertThat(stage.rejections.get(0).sequence()).isEqualTo(2);
      assertThat(stage.rejections.get(0).message()).contains("ValueError: no good");
    }
  }

  @Test
  @DisplayName("case 31: the error port gives code, text and details; the operator goes on")
  void errorPort() throws Exception {
    var text =
        PICKY.replace(
            "raise ValueError(\"no good\")",
            "raise api.OperatorException(7, 't', api.Table([['k', 'v']])) if msg_id[-1] == 2"
                + " else ValueError('no good')");
    try (var stage = Stage.of(withErrorPort(text, true))) {
      stage.send("a", "bad", "b", "bad");
      assertThat(stage.output()).containsExactly("a", "b");
      assertThat(stage.out.get("error"))
          .containsExactly(
              Map.of(
                  "code", 7L,
                  "operatorID", "node",
                  "processID", "node",
                  "text", "t",
                  "details", List.of(Map.of("key", "k", "value", "v"))),
              Map.of(
                  "code", 0L,
                  "operatorID", "node",
                  "processID", "node",
                  "text", "no good",
                  "details", List.of()));
    }
  }

  @Test
  @DisplayName("case 32: the error port must be connected")
  void errorPortIsConnected() {
    assertThatThrownBy(() -> Stage.of(withErrorPort(PICKY, false)))
        .isInstanceOf(BadScriptException.class)
        .hasMessageContaining("nothing is connected to such a port");
  }

  private static Script withErrorPort(String text, boolean connected) {
    return Script.of(
            Path.of("script.py"),
            text,
            List.of(Port.of("input")),
            List.of(Port.of("output"), new Port("error", "structure", "com.sap.error", connected)))
        .with(ErrorHandling.ERROR_PORT);
  }

  @Test
  @DisplayName("case 14: the response callback gets the id that publish returned")
  void responses() throws Exception {
    var text =
        """
        ids = []
        def answered(msg_id, ex):
            api.logger.info("%s %s %d", msg_id in ids, ex, len(msg_id))
        def on_input(msg_id, header, body):
            ids.append(api.outputs.output.publish(1, response_callback=answered))
            ids.append(api.outputs.output.publish(2))
        api.set_port_callback("input", on_input)
        """;
    try (var stage = Stage.of(text)) {
      stage.send("a").until(() -> !stage.log.isEmpty());
      assertThat(stage.log).containsExactly("node: info: True None 12");
      assertThat(stage.send("b").end().log).hasSize(2);
    }
  }

  @Test
  @DisplayName("cases 15, 33: who refuses is heard by the sender: its callback, or its own policy")
  void refusals() throws Exception {
    var text =
        """
        def answered(msg_id, ex):
            if ex is not None:
                api.logger.info("heard: %s", ex)
                api.outputs.output.publish("again")
        def on_input(msg_id, header, body):
            api.outputs.output.publish(body.get(), response_callback=CALLBACK)
        api.set_port_callback("input", on_input)
        """;
    try (var stage = Stage.of(text.replace("CALLBACK", "answered"))) {
      stage.receiver = refusing("a");
      stage.send("a").end();
      assertThat(stage.log).containsExactly("node: info: heard: busy");
      assertThat(stage.output()).containsExactly("a", "again");
    }
    try (var stage = Stage.of(text.replace("CALLBACK", "None"))) {
      stage.receiver = refusing("a");
      stage.send("a");
      assertThatThrownBy(stage::drain)
          .hasMessageContaining("node: response callback raised: RuntimeError: busy");
    }
  }

  private static java.util.function.Consumer<Stage.Receipts> refusing(Object record) {
    return sent -> {
      for (int i = 0; i < sent.batch().size(); i++) {
        if (sent.batch().get(i).equals(record)) {
          sent.receipt().refused(sent.batch().sequence(i), "busy");
        }
      }
    };
  }

  @Test
  @DisplayName("case 33: under retry the sender is told; without one the run fails")
  void retry() throws Exception {
    try (var stage = Stage.of(Stage.script(PICKY).with(ErrorHandling.RETRY))) {
      var refused = new ArrayList<String>();
      var receipt =
          new Receipt() {
            @Override
            public void processed(Batch batch) {}

            @Override
            public void refused(long sequence, String why) {
              refused.add(sequence + ": " + why);
            }
          };
      stage.sendWith(receipt, "a", "bad", "b");
      assertThat(stage.output()).containsExactly("a", "b");
      assertThat(refused).containsExactly("2: ValueError: no good");
      assertThatThrownBy(() -> stage.send("bad")).hasMessageContaining("no operator to tell");
    }
  }

  @Test
  @DisplayName("case 13: threads publish; their errors are told only by propagate_exception")
  void threads() throws Exception {
    var text =
        """
        import sys, threading
        def quietly():
            sys.exit(1)
        def loudly():
            raise ValueError("only in the log")
        def told():
            try:
                raise ValueError("told")
            except Exception as e:
                api.propagate_exception(e)
        def run(function):
            thread = threading.Thread(target=function)
            thread.start()
            thread.join()
        def on_input(msg_id, header, body):
            run({"exit": quietly, "raise": loudly, "tell": told}[body.get()])
            api.outputs.output.publish(1)
        api.set_port_callback("input", on_input)
        def start():
            threading.Thread(target=lambda: api.outputs.output.publish("thread")).start()
        api.set_prestart(start)
        """;
    try (var stage = Stage.of(text)) {
      stage.until(() -> stage.output().size() == 1);
      stage.send("exit", "raise");
      assertThat(stage.output()).containsExactly("thread", 1L, 1L);
      assertThatThrownBy(() -> stage.send("tell"))
          .hasMessageContaining("node: a thread of it raised: ValueError: told");
    }
  }

  @Test
  @DisplayName("case 40: nothing of a thread happens between pause and resume")
  void pause() throws Exception {
    var text =
        """
        import threading
        lock, state = threading.Lock(), [0]
        def work():
            while True:
                with lock:
                    state[0] += 1
                    api.outputs.output.publish(state[0])
        api.set_prestart(lambda: threading.Thread(target=work, daemon=True).start())
        api.set_pause_callback(lock.acquire)
        api.set_resume_callback(lock.release)
        api.set_initial_snapshot_info(api.InitialProcessInfo(is_stateful=True))
        def serialize(epoch):
            return pickle.dumps(state)
        def restore(epoch, data):
            state[:] = pickle.loads(data)
        api.set_serialize_callback(serialize)
        api.set_restore_callback(restore)
        """;
    try (var stage = Stage.of(ScriptOperatorTest.generator(text))) {
      stage.until(() -> stage.output().size() >= 10).barrier();
      long cut = (Long) stage.output().get(stage.output().size() - 1);
      try (var again = stage.resumed()) {
        again.until(() -> !again.output().isEmpty());
        assertThat(again.output().get(0)).isEqualTo(cut + 1);
      }
    }
  }

  @Test
  @DisplayName("case 42: a callback that waits for one of another port is told of, and where")
  void aCallbackThatWaitsForAnother() throws Exception {
    var ports = List.of(Script.Port.of("first"), Script.Port.of("second"));
    var script =
        Script.of(
                Path.of("script.py"),
                """
                import threading
                come = threading.Event()
                def wait():
                    come.wait()
                api.set_port_callback("first", lambda i, h, b: wait())
                api.set_port_callback("second", lambda i, h, b: come.set())
                """,
                ports,
                List.of(Script.Port.of("output")))
            .with(Duration.ofMillis(300));
    try (var stage = Stage.of(script)) {
      assertThatThrownBy(() -> stage.send("a", "b"))
          .isInstanceOf(RunnerHungException.class)
          .hasMessageContaining("the port callback has said nothing for 0.3 s")
          .hasMessageContaining("one of the messages 1 to 2")
          .hasMessageContaining("File \"script.py\", line 4, in wait")
          .hasMessageContaining("larger time-limit");
    }
  }

  @Test
  void aScriptThatDoesNotEndItsBody() {
    var script = Stage.script("import time\ntime.sleep(1e6)\n").with(Duration.ofMillis(300));
    assertThatThrownBy(() -> Stage.of(script))
        .isInstanceOf(RunnerHungException.class)
        .hasMessageContaining("the script has said nothing for 0.3 s")
        .hasMessageContaining("line 2");
  }
}
