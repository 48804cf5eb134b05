package dev.weir.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.Control;
import dev.weir.graph.Json;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext.Start;
import dev.weir.graph.Rejection;
import dev.weir.runners.Python;
import dev.weir.runners.PythonRunner;
import dev.weir.runners.PythonSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Slots, record sets, control records and failures of Python models; needs a Python with pandas.
 */
@Timeout(120)
class PythonSlotsTest {

  private static final Control PIG = new Control(Control.Kind.PIG, 7L, null, null);

  @TempDir Path folder;
  private final List<Operator> opened = new ArrayList<>();
  private final Python python = Python.find(Map.of("WEIR_PYTHON", "/usr/bin/python3"));

  @AfterEach
  void close() throws Exception {
    for (var operator : opened) {
      operator.close();
    }
  }

  private Operator operator(String source, ModelOptions options) throws IOException {
    var model = Model.load(Files.writeString(folder.resolve("model.py"), source));
    var spec = new PythonSpec(python, model.program(model.file(), options.goOn()));
    var operator =
        model.operator(options, (number, listener) -> PythonRunner.start(spec, listener)).get();
    opened.add(operator);
    return operator;
  }

  private FakeEngine run(String source) throws Exception {
    return run(source, ModelOptions.DEFAULT);
  }

  private FakeEngine run(String source, ModelOptions options) throws Exception {
    return FakeEngine.fresh(operator(source, options)).begin();
  }

  private static Object[] json(String records) {
    return ((List<?>) Json.parse("[" + records + "]")).toArray();
  }

  /** What came out, a SET as {@code set}. */
  private static String shown(List<Object> outputs) {
    return outputs.stream()
        .map(o -> o instanceof Control control ? control.kind().word() : Json.toText(o))
        .collect(Collectors.joining(" "));
  }

  @Test
  void slotsHaveActionsOutputsAndNumbersOfTheirOwn() throws Exception {
    var engine =
        run(
            """
            # fastscore.action.0: score
            # fastscore.action.2: report
            # fastscore.slot.3: in-use
            import weir
            def begin():
                yield (3, 'begun')
            def score(x, slot, number):
                yield (3, [x, slot, number])
                weir.emit(x)
                weir.emitTo(3, 'emitted')
            def report(x, slot):
                return [x, slot]
            def end():
                weir.emitTo(3, 'ended')
            """);
    engine.send(10L, 20L);
    engine.sendTo(1, "a");
    engine.send(30L);
    engine.end();
    assertThat(shown(engine.outputs)).isEqualTo("10 20 [\"a\",2] 30");
    assertThat(shown(engine.others.get(1)))
        .isEqualTo(
            "\"begun\" [10,0,1] \"emitted\" [20,0,2] \"emitted\" [30,0,3] \"emitted\" \"ended\"");
  }

  @Test
  void anOutputForASlotThatIsNotDeclaredIsAnError() throws Exception {
    var engine = run("def action(x):\n    yield (3, x)\n");
    // Whichever of the two hears of it first.
    assertThatThrownBy(
            () -> {
              engine.send(1L);
              engine.barrier();
            })
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "model model.py has put out 1 for slot 3, which it does not declare; it has the output"
                + " slots [1]. Add a comment to the model: weir.slot.3: in-use");
  }

  /** An identity model of sets: what goes in, and what comes out, as FastScore's manual has it. */
  @Test
  void setsGoInAndOut() throws Exception {
    var engine = run("# fastscore.recordsets: both\ndef action(rs):\n    yield rs\n");
    var cases =
        List.of(
            "{'id':1,'color':'red'},{'id':2,'color':null} | {'id':1,'color':'red'}"
                + " {'id':2,'color':null} set",
            " | set",
            "2,3,5 | 2 3 5 set",
            "[2],[3],[5] | [2] [3] [5] set",
            "[1,2.5],[3,4.0] | [1.0,2.5] [3.0,4.0] set",
            "137 | 137 set",
            "[137] | [137] set",
            "{'a':2},{'a':3} | {'a':2} {'a':3} set",
            "{'lone':'wolf'} | {'lone':'wolf'} set",
            "'a','b' | 'a' 'b' set",
            "true,false | true false set",
            "{'a':1},{'b':[1,{'c':2}]} | {'a':1.0,'b':null} {'a':null,'b':[1,{'c':2}]} set");
    for (var each : cases) {
      var parts = each.replace('\'', '"').split(" \\| ", 2);
      engine.outputs.clear();
      engine.send(json(parts[0]));
      engine.control(0, Control.SET);
      engine.barrier();
      assertThat(shown(engine.outputs)).isEqualTo(parts[1]);
    }
  }

  @Test
  void aSetIsADataFrameAMatrixOrASeries() throws Exception {
    var engine =
        run(
            """
            # fastscore.recordsets.0: yes
            def action(rs, slot, number):
                yield [type(rs).__module__.split('.')[0], type(rs).__name__, list(rs.shape), number]
            """);
    engine.send(json("{\"a\":1},{\"a\":2}"));
    engine.control(0, Control.SET);
    engine.send(json("[1,2],[3,4],[5,6]"));
    engine.control(0, Control.SET);
    engine.send(1L);
    engine.end();
    assertThat(shown(engine.outputs))
        .isEqualTo(
            "[\"pandas\",\"DataFrame\",[2,1],2] [\"numpy\",\"matrix\",[3,2],5]"
                + " [\"pandas\",\"Series\",[1],6]");
  }

  @Test
  void slotsWithoutSetsGetTheirRecordsOneByOneAndNoMarks() throws Exception {
    var engine = run("def action(x):\n    yield x + 1\n");
    engine.send(1L, 2L);
    engine.control(0, Control.SET);
    engine.send(3L);
    engine.end();
    assertThat(shown(engine.outputs)).isEqualTo("2 3 4");
  }

  @Test
  void aSetThatIsCutByABarrierSurvivesACrash() throws Exception {
    var source = "# fastscore.recordsets.$in: yes\ndef action(s):\n    yield int(s.sum())\n";
    var first = run(source);
    first.send(1L, 2L);
    first.barrier();
    first.send(3L);
    first.barrier();
    assertThat(first.tables.get("pending").rows).hasSize(3);
    var second =
        new FakeEngine(operator(source, ModelOptions.DEFAULT), Start.RESUMED, first.tables).begin();
    second.send(4L);
    second.control(0, Control.SET);
    second.send(50L);
    second.barrier();
    assertThat(shown(second.outputs)).isEqualTo("10");
    assertThat(second.tables.get("pending").rows).hasSize(1);
    second.control(0, Control.SET);
    second.barrier();
    assertThat(shown(second.outputs)).isEqualTo("10 50");
    assertThat(second.tables.get("pending").rows).isEmpty();
    var third =
        new FakeEngine(operator(source, ModelOptions.DEFAULT), Start.RESTORED, first.tables)
            .begin();
    third.send(7L);
    third.end();
    assertThat(shown(third.outputs)).isEqualTo("7");
  }

  @Test
  void whatIsNoSetIsAnErrorThatNamesTheColumn() throws Exception {
    var cases =
        Map.of(
            "pd.DataFrame({'when': pd.to_datetime(['2020-01-01'])})",
            "column 'when' of the output is of type datetime64[ns], which is not a JSON value: use"
                + " .astype(str)",
            "pd.DataFrame({'z': [1j]})",
            "column 'z' of the output is of type complex128",
            "pd.DataFrame({'o': [object()]})",
            "column 'o' of the output is of type object",
            "pd.DataFrame([[1, 2]], columns=['a', 'a'])",
            "the output has two columns called 'a'",
            "pd.DataFrame({'x': [float('inf')]})",
            "column 'x' of the output holds inf",
            "7",
            "takes a pandas DataFrame or Series, a numpy matrix, or a list of records");
    var engine =
        run(
            """
            # fastscore.recordsets.$out: yes
            import pandas as pd
            def action(x):
                yield eval(x)
            """,
            ModelOptions.DEFAULT.withGoOn(true));
    engine.send(cases.keySet().toArray());
    engine.end();
    assertThat(engine.rejections).hasSize(cases.size());
    assertThat(engine.rejections)
        .allSatisfy(
            rejection ->
                assertThat(rejection.message()).contains(cases.get((String) rejection.value())));
  }

  @Test
  void aPythonWithoutPandasSaysTheWayOut() throws Exception {
    Files.createDirectories(folder.resolve("pandas"));
    Files.writeString(folder.resolve("pandas/__init__.py"), "raise ImportError('none')");
    assertThatThrownBy(() -> run("# fastscore.recordsets: both\ndef action(x): yield x\n"))
        .hasMessageContaining(
            "record sets are pandas data frames, and /usr/bin/python3 has no pandas")
        .hasMessageContaining("apt-get install python3-pandas");
  }

  @Test
  void nothingReadAfterAPigAffectsWhatComesOutBeforeIt() throws Exception {
    var engine =
        run(
            """
            # fastscore.slot.3: in-use
            import weir, time
            def action(x):
                n = weir.cells('n').update(lambda v: (v or 0) + x)
                if x % 7 == 0: time.sleep(0.001)
                yield n
            """,
            ModelOptions.DEFAULT.withRunners(4));
    long sum = 0;
    for (int round = 0; round < 5; round++) {
      for (int i = 0; i < 10; i++) {
        var records = LongStream.range(i, i + 20).boxed().toArray();
        sum += Arrays.stream(records).mapToLong(r -> (Long) r).sum();
        engine.send(records);
      }
      engine.control(0, PIG);
      assertThat(engine.outputs.get(engine.outputs.size() - 1)).isEqualTo(PIG);
      var before = engine.outputs.subList(0, engine.outputs.size() - 1);
      assertThat(before.stream().filter(Long.class::isInstance).mapToLong(o -> (Long) o).max())
          .hasValue(sum);
      assertThat(before.stream().filter(Long.class::isInstance)).hasSize((round + 1) * 200);
      assertThat(engine.others.get(1)).hasSize(round + 1);
    }
  }

  @Test
  void aPigEndsTheSetOfItsSlot() throws Exception {
    var engine = run("# fastscore.recordsets: both\ndef action(s):\n    yield s * 2\n");
    engine.send(1L, 2L);
    engine.control(0, PIG);
    engine.send(3L);
    engine.end();
    assertThat(shown(engine.outputs)).isEqualTo("2 4 set pig 6 set");
  }

  @Test
  void aModelMayGoOnAfterARecordAtWhichItRaises() throws Exception {
    var engine =
        run(
            """
            # fastscore.slot.2: in-use
            import weir
            def action(x, slot):
                weir.cells('n').update(lambda v: (v or 0) + 1)
                yield x
                weir.emit('emitted')
                if x == 2: raise ValueError('two')
                if x == 4: yield object()
            """,
            ModelOptions.DEFAULT.withGoOn(true));
    engine.send(1L, 2L, 3L, 4L, 5L);
    engine.sendTo(1, 2L);
    engine.end();
    assertThat(engine.outputs.stream().filter(Long.class::isInstance)).containsExactly(1L, 3L, 5L);
    assertThat(engine.outputs).hasSize(6);
    assertThat(engine.cells()).isEqualTo(Map.of("n", 6L));
    assertThat(engine.rejections)
        .extracting(Rejection::slot, Rejection::sequence, Rejection::value, Rejection::reason)
        .containsExactly(
            org.assertj.core.api.Assertions.tuple(0, 2L, 2L, Rejection.Reason.RAISED),
            org.assertj.core.api.Assertions.tuple(0, 4L, 4L, Rejection.Reason.RAISED),
            org.assertj.core.api.Assertions.tuple(2, 1L, 2L, Rejection.Reason.RAISED));
    assertThat(engine.rejections.get(0).message()).isEqualTo("ValueError: two");
    assertThat(engine.rejections.get(0).trace()).contains("model.py\", line 7");
    assertThat(engine.rejections.get(1).message()).contains("is of type object");
  }

  @Test
  void aSetAtWhichAModelRaisesIsRejectedAsAWhole() throws Exception {
    var engine =
        run(
            "# fastscore.recordsets: input\ndef action(s):\n    yield 10 // int(s.sum())\n",
            ModelOptions.DEFAULT.withGoOn(true));
    engine.send(1L, -1L);
    engine.control(0, Control.SET);
    engine.send(2L, 3L);
    engine.end();
    assertThat(engine.outputs).containsExactly(2L);
    assertThat(engine.rejections)
        .extracting(Rejection::sequence, Rejection::value)
        .containsExactly(org.assertj.core.api.Assertions.tuple(2L, List.of(1L, -1L)));
  }

  private static final String READER =
      """
      # fastscore.action: unused
      # fastscore.slot.2: in-use
      from weir.io import Slot
      import weir

      total = weir.cells('total')
      if total.value is None:
          total.set(0)
          Slot(1).write('begun')
      rest, out = Slot(2), Slot(1)
      for batch in Slot(0):
          total.update(lambda n: n + int(batch.sum()))
          out.write(total.value)
      while True:
          batch, number = rest.read(format='list', with_seqno=True)
          if batch is None: break
          out.write([batch, number])
      out.write('end')
      """;

  @Test
  void aProgramReadsItsSlotsItself() throws Exception {
    var engine = run(READER);
    engine.send(1L, 2L);
    engine.sendTo(1, "a", "b");
    engine.barrier();
    assertThat(shown(engine.outputs)).isEqualTo("\"begun\" 3");
    assertThat(engine.cells()).isEqualTo(Map.of("total", 3L));
    assertThat(engine.tables.get("pending").rows).hasSize(2);
    engine.send(4L);
    engine.barrier();
    var resumed =
        new FakeEngine(operator(READER, ModelOptions.DEFAULT), Start.RESUMED, engine.tables)
            .begin();
    resumed.send(10L);
    resumed.end();
    assertThat(shown(resumed.outputs)).isEqualTo("17 [[\"a\",\"b\"],2] \"end\"");
    assertThat(resumed.tables.get("pending").rows).isEmpty();
  }

  @Test
  void aProgramMayEndBeforeItsInput() throws Exception {
    var engine =
        run(
            """
            # fastscore.action: unused
            from fastscore.io import Slot
            Slot(1).write(int(Slot(0).read().sum()))
            """);
    engine.send(1L);
    engine.barrier();
    for (int i = 0; i < 100; i++) {
      engine.send(LongStream.range(0, 100).boxed().toArray());
    }
    engine.barrier();
    engine.end();
    assertThat(engine.outputs).containsExactly(1L);
  }

  @Test
  void aProgramHearsThatASlotHasEndedWhileAnotherGoesOn() throws Exception {
    var engine = run(READER);
    engine.send(1L, 2L);
    engine.sendTo(1, "a");
    engine.endPort(0);
    engine.barrier();
    assertThat(shown(engine.outputs)).isEqualTo("\"begun\" 3 [[\"a\"],1]");
    engine.sendTo(1, "b");
    engine.barrier();
    engine.endPort(1);
    engine.awaitEnough();
    assertThat(shown(engine.outputs)).endsWith("[[\"b\"],2] \"end\"");
  }

  @Test
  void aSetIsWholeWhenItsSlotEnds() throws Exception {
    var engine =
        run(
            """
            # weir.slot.2: in-use
            # weir.recordsets.0: yes
            def action(x, slot):
                yield float(x.sum()) if slot == 0 else x
            """);
    engine.send(1L, 2L);
    engine.endPort(0);
    engine.sendTo(1, "b");
    engine.barrier();
    assertThat(engine.outputs).containsExactly(3.0, "b");
  }

  @Test
  void aProgramThatHasCommittedItsEndIsNotRunAgain() throws Exception {
    var source =
        """
        # weir.action: unused
        from weir.io import Slot
        Slot(1).write(int(Slot(0).read().sum()))
        """;
    var engine = run(source);
    engine.send(1L, 2L);
    engine.awaitEnough();
    engine.barrier();
    assertThat(engine.outputs).containsExactly(3L);
    var resumed =
        new FakeEngine(operator(source, ModelOptions.DEFAULT), Start.RESUMED, engine.tables)
            .begin();
    resumed.awaitEnough();
    resumed.send(4L);
    resumed.end();
    assertThat(resumed.outputs).isEmpty();
  }

  @Test
  void aSlotThatIsReadMustBeDeclared() throws Exception {
    assertThatThrownBy(
            () ->
                run("# weir.action: none\nfrom weir.io import Slot\nfor x in Slot(4):\n    pass\n")
                    .end())
        .hasMessageContaining("reads slot 4, which it does not declare");
  }

  @Test
  void aProgramThatRaisesIsToldWithItsTraceback() throws Exception {
    var engine =
        run("# weir.action: none\nfrom weir.io import Slot\nfor x in Slot(0):\n    1 / 0\n");
    assertThatThrownBy(() -> engine.sendAndCommit(1L, 2L))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(
            "model model.py failed at records 1 to 2 of slot 0: ZeroDivisionError: division by zero")
        .hasMessageContaining("model.py\", line 4");
  }

  @Test
  void anActionThatIsMissingIsSaid() throws Exception {
    assertThatThrownBy(() -> run("# fastscore.action.0: score\ndef action(x): yield x\n"))
        .hasMessageContaining("defines no function score(data), which is what a model needs");
  }
}
