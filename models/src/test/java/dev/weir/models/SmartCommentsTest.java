package dev.weir.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SmartCommentsTest {

  private static SmartComments parse(String text) {
    return SmartComments.parse("m.py", Language.PYTHON, text.lines().toList());
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
    assertThat(schemas(comments))
        .isEqualTo(Map.of(0, "int", 1, "{\"type\": \"array\", \"items\": \"int\"}"));
    assertThat(comments.modules()).containsExactly("foo");
    assertThat(comments.snapshots()).isEqualTo(SnapshotPolicy.EOF);
    assertThat(comments.callbacks()).isTrue();
    assertThat(comments.warnings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"$all,2", "$in,1", "$out,1", "0,1", "1,1"})
  void aSlotMayBeASetOfSlots(String slot, int number) {
    assertThat(schemas(parse("# fastscore.schema." + slot + ": int"))).hasSize(number);
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
    assertThat(schemas(comments)).isEmpty();
    assertThat(comments.warnings())
        .containsExactly(
            "m.py:2: '# fastscore.input gbm_input' has no colon after its tag and declares nothing",
            "m.py:3: '# fastscore.schema.1 int' has no colon after its tag and declares nothing");
  }

  @Test
  void theOutputMayBeUnused() {
    var comments = parse("# fastscore.output: int\n# fastscore.slot.1: unused");
    assertThat(comments.slots()).containsOnlyKeys(0);
    assertThat(schemas(comments)).isEmpty();
  }

  /** Each case: comments, then every slot in use with its schema, s for sets, and its action. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "x: 1 | 0 1",
        "schema.2: int; schema.3: long | 0 1 2:int 3:long",
        "schema: int; schema.$out: long; schema.3: string | 0:int 1:long 3:string",
        "slot.3: in-use; schema.$out: double | 0 1:double 3:double",
        "schema.2: int; slot.2: unused | 0 1",
        "schema.2: int; slot.$in: unused; schema.4: int | 1 4:int",
        "slot: unused; slot.6: in-use | 6",
        "slot.1: unused; schema.1: int | 0 1:int",
        "recordsets: both | 0:s 1:s",
        "recordsets: input | 0:s 1",
        "recordsets: none | 0 1",
        "slot.1: unused; recordsets: none | 0",
        "recordsets: yes; recordsets.1: no; slot.3: in-use | 0:s 1 3:s",
        "recordsets.$in: true; slot.2: in-use | 0:s 1 2:s",
        "action.0: score; action.2: report | 0:score 1 2:report",
        "action: score; slot.2: in-use | 0:score 1 2:score",
        "name.3: err; schema.err: int | 0 1 3:int",
      })
  void slotsAreWhatTheCommentsSay(String text, String expected) {
    var comments = parse("# fastscore." + text.replace("; ", "\n#weir."));
    var shown =
        comments.slots().values().stream()
            .map(
                slot ->
                    slot.number()
                        + slot.schema().map(d -> ":" + d.value()).orElse("")
                        + (slot.set() ? ":s" : "")
                        + slot.action().map(a -> ":" + a).orElse(""))
            .collect(java.util.stream.Collectors.joining(" "));
    assertThat(shown).isEqualTo(expected);
  }

  @Test
  void anActionUnusedMeansThatTheProgramReadsItsSlots() {
    assertThat(parse("# fastscore.action: unused").callbacks()).isFalse();
    assertThat(parse("# fastscore.action: none").callbacks()).isFalse();
    assertThat(parse("# fastscore.action.0: unused").callbacks()).isFalse();
    assertThatThrownBy(() -> parse("# fastscore.action.0: unused\n# fastscore.slot.2: in-use"))
        .hasMessageContaining("slot 0 has no action and others have one");
  }

  @Test
  void javaHasItsOwnCommentLeader() {
    var comments =
        SmartComments.parse(
            "M.java",
            Language.JAVA,
            List.of("// fastscore.input: int", "///weir.output: int", "# weir.slot.5: in-use"));
    assertThat(schemas(comments)).isEqualTo(Map.of(0, "int", 1, "int"));
    assertThat(comments.slots()).containsOnlyKeys(0, 1);
  }

  private static Map<Integer, String> schemas(SmartComments comments) {
    var schemas = new TreeMap<Integer, String>();
    comments
        .slots()
        .forEach((number, slot) -> slot.schema().ifPresent(d -> schemas.put(number, d.value())));
    return schemas;
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
        "action.1: score | 'action.1': an output slot has no action; input slots are even",
        "action: a b | 'a b' is no name of a function",
        "slot.1000: in-use | 'slot.1000': the numbers of slots go to 999",
        "name.x: err | 'name.x' must give the number of a slot, such as 'name.3: err'",
        "slot.0: perhaps | 'perhaps' is no value of 'slot.0'; there are in-use, unused",
        "slot.$in: in-use | 'slot.$in: in-use' must name one slot, such as 'slot.0: in-use'",
        "schema.err: int | 'schema.err' names slot 'err', which is none: give its number, or name"
            + " it with a comment such as 'weir.name.3: err'",
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
