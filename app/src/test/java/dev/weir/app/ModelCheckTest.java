package dev.weir.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ModelCheckTest {

  private static final String CELL =
      """
      import weir.*;

      class Counter extends Model {
        final Cell<Long> counter = cell("counter", Long.class);
        void begin() { counter.set(0L); }
        long action(long x) { return counter.update(y -> x + y); }
      }
      """;

  private static final String VARIABLE =
      """
      import weir.*;

      class Counter extends Model {
        long counter;
        final Pool<Long> seen = pool("seen", Long.class, 0L);
        long action(long x) {
          counter += x;
          seen.set("sum", counter);
          return counter;
        }
      }
      """;

  @TempDir Path folder;

  private ModelCheck model(String name, String source) throws IOException {
    return ModelCheck.of(Files.writeString(folder.resolve(name), source));
  }

  @Test
  void stateInACellIsFoundAgain() throws Exception {
    var report = model("cell.java", CELL).records(1, 2, 3).run();
    assertThat(report.differences()).isEmpty();
    assertThat(report.outputs(1)).containsExactly(1L, 3L, 6L);
    assertThat(report.restored().orElseThrow().outputs(1)).containsExactly(1L, 3L, 6L);
    assertThat(report.restored().orElseThrow().cells()).isEqualTo(Map.of("counter", 6L));
    assertThat(report)
        .hasToString(
            "3 records, 3 outputs\n"
                + "the same with a snapshot taken and restored after every record");
  }

  @Test
  void stateInAVariableIsNot() throws Exception {
    var report = model("variable.java", VARIABLE).records(1, 2, 3).run();
    assertThat(report.differences())
        .containsExactly(
            "output 2 of slot 1 is 3 undisturbed, and 2 when restored after every record",
            "pool seen, key sum ends as 6 undisturbed, and as 3 when restored after every record");
  }

  @Test
  void aPythonModelIsCheckedTheSameWay() throws Exception {
    var good =
        model(
            "good.py",
            """
            import weir

            def begin():
                weir.cells('n').set(0)

            def action(x):
                yield weir.cells('n').update(lambda n: n + x)

            def end():
                yield 'end'
            """);
    assertThat(good.records(1, 2).run().differences()).isEmpty();
    assertThat(good.records(1, 2).run().outputs(1)).isEqualTo(List.of(1L, 3L, "end"));
    var bad = model("bad.py", "n = 0\ndef action(x):\n    global n\n    n += x\n    yield n\n");
    assertThat(bad.records(1, 2).run().differences())
        .containsExactly(
            "output 2 of slot 1 is 3 undisturbed, and 2 when restored after every record");
  }

  @Test
  void noRecordsAreARunToo() throws Exception {
    var report = model("cell.java", CELL).run();
    assertThat(report.differences()).isEmpty();
    assertThat(report.restored().orElseThrow().cells()).isEqualTo(Map.of("counter", 0L));
  }

  @Test
  void whatIsExpectedIsCompared() throws Exception {
    var check = model("cell.java", CELL).stream("inline:1,2,3").withoutRestore();
    assertThat(check.expecting(List.of(1, 3.0, 6)).run().differences()).isEmpty();
    var report = check.expecting(List.of(1, 3)).run();
    assertThat(report.differences()).containsExactly("output 3 is 6, expected is missing");
    assertThat(report.toJson()).containsEntry("records", 3L).containsEntry("restored", null);
  }

  @Test
  void aModelThatFailsIsSaidSo() throws Exception {
    assertThatThrownBy(() -> model("cell.java", CELL).records("a").run())
        .hasMessageContaining("the record is \"a\", where a long is wanted");
  }
}
