package dev.weir.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SmartCommentsTest {

  private static SmartComments parse(String text) {
    return SmartComments.parse("m.py", text.lines().toList());
  }

  @Test
  void readsWhatTheManualShows() {
    var comments =
        parse(
            """
            # fastscore.input: int
              ##odg.schema.1 :  {"type": "array", "items": "int"}\s
            # weir.snapshots: eof
            # fastscore.module-attached: foo
            # fastscore.recordsets.$all: no
            # fastscore.recordsets: none
            # fastscore.action.0: action
            # fastscore.slot.0: in-use
            # fastscore.unheard.of: whatever
            x = 1 # fastscore.snapshots: none
            # fastscore is good: yes
            """);
    assertThat(comments.schemas())
        .isEqualTo(
            Map.of(
                0,
                new SmartComments.Declared("int", 1),
                1,
                new SmartComments.Declared("{\"type\": \"array\", \"items\": \"int\"}", 2)));
    assertThat(comments.snapshots()).isEqualTo(SnapshotPolicy.EOF);
    assertThat(comments.outputUnused()).isFalse();
    assertThat(comments.warnings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"$all,2", "$in,1", "$out,1", "0,1", "1,1"})
  void aSlotMayBeASetOfSlots(String slot, int number) {
    assertThat(parse("# fastscore.schema." + slot + ": int").schemas()).hasSize(number);
  }

  @ParameterizedTest
  @CsvSource({"10s,10000", "250ms,250", "2m,120000", "1h,3600000"})
  void snapshotsMayBeTimed(String value, long millis) {
    assertThat(parse("# weir.snapshots: " + value).snapshots())
        .isEqualTo(new SnapshotPolicy(false, Optional.of(Duration.ofMillis(millis))));
  }

  @Test
  void aCommentWithoutItsColonIsWarnedOf() {
    var comments = parse("\n# fastscore.input gbm_input\n# fastscore.schema.1 int");
    assertThat(comments.schemas()).isEmpty();
    assertThat(comments.warnings())
        .containsExactly(
            "m.py:2: '# fastscore.input gbm_input' has no colon after its tag and declares nothing",
            "m.py:3: '# fastscore.schema.1 int' has no colon after its tag and declares nothing");
  }

  @Test
  void theOutputMayBeUnused() {
    var comments = parse("# fastscore.output: int\n# fastscore.slot.1: unused");
    assertThat(comments.outputUnused()).isTrue();
    assertThat(comments.schemas()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "snapshots: always | 'always' is no value of 'snapshots'; there are none, eof, or a time"
            + " such as 10s, 5m, 1h",
        "snapshots: 0s | '0s' is no value of 'snapshots'; there are none, eof, or a time such as"
            + " 10s, 5m, 1h",
        "snapshots.0: eof | 'snapshots.0' takes no slot; write 'snapshots' alone",
        "recordsets: sometimes | 'sometimes' is no value of 'recordsets'; there are none, input,"
            + " output, both, true, false, yes, no",
        "recordsets.0: both | 'both' is no value of 'recordsets.0'; there are true, false, yes, no",
        "recordsets.$in: true | 'recordsets.$in: true': record sets are not in this version",
        "action.0: score | 'action.0: score': in this version the function is always called"
            + " 'action'",
        "action: unused | 'action: unused': a model without action() is not in this version",
        "slot.0: perhaps | 'perhaps' is no value of 'slot.0'; there are in-use, unused",
        "slot.$in: in-use | 'slot.$in: in-use' must name one slot, such as 'slot.0: in-use'",
        "slot.0: unused | 'slot.0: unused': a model without input is not in this version",
        "slot.2: in-use | 'slot.2' names slot '2'; this version has the slots 0 (input) and 1"
            + " (output) only",
        "schema.err: int | 'schema.err' names slot 'err'; this version has the slots 0 (input) and"
            + " 1 (output) only",
        "input: | 'input' has no value",
      })
  void whatCannotBeIsAnErrorWithItsLine(String comment, String message) {
    assertThatThrownBy(() -> parse("import weir\n# fastscore." + comment))
        .isInstanceOf(BadModelException.class)
        .hasMessage("m.py:2: " + message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "# fastscore.input: int\n# weir.schema.0: long",
        "# fastscore.snapshots: eof\n# weir.snapshots: none"
      })
  void contradictionsAreErrors(String text) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(BadModelException.class)
        .hasMessageStartingWith("m.py:2: ")
        .hasMessageEndingWith("in line 1");
  }
}
