package dev.weir.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.Batch;
import dev.weir.graph.Emitter;
import dev.weir.graph.Operator;
import dev.weir.graph.OperatorContext;
import dev.weir.graph.Ports;
import dev.weir.graph.StateTable;
import dev.weir.state.Column;
import dev.weir.state.ColumnType;
import dev.weir.state.Row;
import dev.weir.state.WeirException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class OperatorCheckTest {

  /** A sum, in a table. */
  private static class Sum implements Operator {
    StateTable sums;

    @Override
    public void open(OperatorContext context) throws Exception {
      sums =
          context.table(
              new StateTable.Schema(
                  "sum",
                  List.of(Column.of("name", ColumnType.TEXT), Column.of("sum", ColumnType.INTEGER)),
                  1,
                  List.of()));
    }

    @Override
    public void process(int port, Batch batch, Emitter out) throws Exception {
      for (int i = 0; i < batch.size(); i++) {
        out.emit(0, Batch.of(batch.sequence(i), add((Long) batch.get(i))));
      }
    }

    long sum() {
      var row = sums.get(Row.of("all"));
      return row == null ? 0 : row.integer(1);
    }

    long add(long number) {
      sums.put(Row.of("all", sum() + number));
      return sum();
    }

    @Override
    public void close() {}
  }

  private static List<String> breaches(OperatorCheck check) throws InterruptedException {
    return check.run().breaches();
  }

  @Test
  void anOperatorThatKeepsItsContract() throws Exception {
    var report = OperatorCheck.of(Sum::new).records(1, 2, 3, 4).run();
    assertThat(report.breaches()).isEmpty();
    assertThat(report.outputs("out")).containsExactly(1L, 3L, 6L, 10L);
    assertThat(report).hasToString("4 records, 4 outputs\nthe same under all conditions");
  }

  @Test
  void stateInAFieldIsNotRestored() throws Exception {
    class InField extends Sum {
      private long sum;

      @Override
      long add(long number) {
        sum += number;
        sums.put(Row.of("all", sum));
        return sum;
      }
    }
    assertThat(breaches(OperatorCheck.of(InField::new).records(1, 2, 3)))
        .contains(
            "restored after every record: output 2 of 'out' is 2, and undisturbed 3 (what it goes"
                + " by is not all in its tables, or is not read from them in open())")
        .anyMatch(line -> line.startsWith("with an output that fails every other time: output "));
  }

  @Test
  void whatIsDroppedAtABarrierIsFound() throws Exception {
    class Forgets extends Sum {
      @Override
      public void barrier(long epoch, Emitter out) {
        sums.put(Row.of("all", 0L));
      }
    }
    assertThat(breaches(OperatorCheck.of(Forgets::new).records(1, 2, 3)))
        .contains(
            "with an epoch behind every record: output 2 of 'out' is 2, and undisturbed 3 (what it"
                + " does at a barrier changes what it does later)");
  }

  @Test
  void whoGoesByBatchesIsFound() throws Exception {
    class LastOnly extends Sum {
      @Override
      public void process(int port, Batch batch, Emitter out) throws Exception {
        super.process(port, batch.slice(batch.size() - 1, batch.size()), out);
      }
    }
    assertThat(breaches(OperatorCheck.of(LastOnly::new).records(1, 2, 3)))
        .containsExactly(
            "with all records at once: output 1 of 'out' is 3, and undisturbed 1 (it goes by where"
                + " a batch ends)");
  }

  @Test
  void outputsThatWaitInAFieldAreLost() throws Exception {
    class Late extends Sum {
      private Batch late;

      @Override
      public void process(int port, Batch batch, Emitter out) throws Exception {
        if (late != null) {
          super.process(port, late, out);
        }
        late = batch;
      }

      @Override
      public void end(Emitter out) throws Exception {
        if (late != null) {
          super.process(0, late, out);
        }
      }
    }
    assertThat(breaches(OperatorCheck.of(Late::new).records(1, 2, 3)))
        .anyMatch(line -> line.startsWith("restored after every record: output 1 of 'out' is 3, "));
  }

  @Test
  void whoCannotBeOpenedAgainIsFound() throws Exception {
    class OnlyOnce extends Sum {
      @Override
      public void open(OperatorContext context) throws Exception {
        super.open(context);
        if (sum() == 1) {
          throw new WeirException("the sum is there already");
        }
      }
    }
    assertThat(breaches(OperatorCheck.of(OnlyOnce::new).records(1, 2)))
        .anyMatch(
            line ->
                line.startsWith("restored after every record: it fails: ")
                    && line.contains("the sum is there already"));
  }

  @Test
  void repetitionAndOrderAreTriedWhereItIsToBearThem() throws Exception {
    class TwoPorts extends Sum {
      @Override
      public Ports ports() {
        return Ports.in("plus", "times").out("out");
      }

      @Override
      public void process(int port, Batch batch, Emitter out) throws Exception {
        for (int i = 0; i < batch.size(); i++) {
          long number = (Long) batch.get(i);
          sums.put(Row.of("all", port == 0 ? sum() + number : sum() * number));
        }
      }

      @Override
      public void end(Emitter out) throws Exception {
        out.emit(0, Batch.of(1, sum()));
      }
    }
    var check = OperatorCheck.of(TwoPorts::new).input("plus", 1, 2).input("times", 10);
    assertThat(breaches(check)).isEmpty();
    assertThat(breaches(check.bearingRepetition()))
        .containsExactly(
            "with every record twice: it keeps sum [all, 600], and undisturbed sum [all, 30] (a"
                + " record that comes again is not recognised)");
    assertThat(breaches(check.bearingAnyOrder()))
        .containsExactly(
            "with its inputs in another order: output 1 of 'out' is \"3\", and undisturbed \"30\""
                + " (it goes by their order)");
  }

  @Test
  void aScriptOfAGraphIsTestedAsItIsConnected(@TempDir Path folder) throws Exception {
    var graph =
        Files.writeString(
            folder.resolve("graph.yaml"),
            """
            nodes:
              letters: {type: source, stream: "inline:"}
              good: {type: python, file: good.py, inputs: [input], outputs: [output]}
              bad: {type: python, file: bad.py, inputs: [input], outputs: [output]}
              out: {type: sink, stream: "discard:"}
              also: {type: sink, stream: "discard:"}
            connections: [letters -> good -> out, letters -> bad -> also]
            """);
    var script =
        """
        count = 0
        def on_input(msg_id, header, body):
            global count
            count += 1
            api.outputs.output.publish(count)
        api.set_port_callback("input", on_input)
        api.set_initial_snapshot_info(api.InitialProcessInfo(is_stateful=True))
        def serialize(epoch):
            return pickle.dumps(%s)
        def restore(epoch, state):
            global count
            count = pickle.loads(state)
        api.set_serialize_callback(serialize)
        api.set_restore_callback(restore)
        api.set_epoch_complete_callback(lambda epoch: None)
        """;
    Files.writeString(folder.resolve("good.py"), script.formatted("count"));
    Files.writeString(folder.resolve("bad.py"), script.formatted("0"));
    var good = OperatorCheck.of(graph, "good").records("a", "b", "c").run();
    assertThat(good.breaches()).isEmpty();
    assertThat(good.outputs("output")).containsExactly(1L, 2L, 3L);
    assertThat(OperatorCheck.of(graph, "bad").records("a", "b").run().breaches())
        .anyMatch(
            line -> line.startsWith("restored after every record: output 2 of 'output' is 1, "));
    assertThatThrownBy(() -> OperatorCheck.of(graph, "godo"))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("has no operator 'godo'")
        .hasMessageContaining("good");
  }

  @Test
  void whatCannotBeTestedIsSaid() {
    assertThatThrownBy(() -> OperatorCheck.of(Sum::new).input("on", 1))
        .hasMessageContaining("it has no connected input 'on', but [in]");
  }
}
