package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.graph.Batch;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The life of a runner in every language. One subclass for each, which gives the programs. */
abstract class RunnerContract extends InLanguage {

  enum Program {
    /** Puts out what it takes. */
    ECHO,
    /**
     * Puts out "first" at the beginning, x and on slot 3 -x for each record, and at the end how
     * often it was called and on slot 3 with what: "begin" and the records.
     */
    ALL_FUNCTIONS,
    /** Puts out a list of the record, its slot and its number. */
    SLOT_AND_NUMBER,
    /** A function {@code even} puts out x + 1, and {@code other} x on slot 3. */
    TWO_ACTIONS,
    /**
     * Prints "called x", adds x to cell c, puts out x; fails at 2 with "two is bad", puts out what
     * is no JSON value at 4; puts out -x on slot 3.
     */
    FAILING,
    /** Fails in begin with "no begin", and in end with "no end", after having put out 1. */
    BAD_BEGIN_AND_END,
    /** Is wrong in line 2. */
    SYNTAX_ERROR,
    /** Fails while it is loaded with "no load". */
    BAD_LOAD,
    /** Has a function {@code score} only. */
    NO_ACTION,
    /** Has an {@code action} without parameters. */
    NO_PARAMETERS,
    /** Has an {@code action} with four. */
    FOUR_PARAMETERS,
    /** Has a {@code begin} with one. */
    BEGIN_WITH_PARAMETER,
    /** Sets cell c while it is loaded. */
    CELL_WHILE_LOADING,
    /**
     * Prints "loading" while loading; for each record "out x" to standard output, "err" to standard
     * error, "é", and "no end" without an end of line.
     */
    PRINTS,
    /** Sets cell c. */
    SETS_A_CELL,
    /** Prints "in" and does not return: as busily as it can be ended. */
    HANGS,
    /** FastScore's model of a running sum in cell counter. */
    SEED_CELL,
    /** FastScore's model that counts in key x of pool counter. */
    SEED_POOL,
    /** FastScore's model that goes on from what it finds in cell sum. */
    SEED_SNAPSHOT
  }

  static final Item C = Item.cell("c");

  RunnerContract(String fileName) {
    super(fileName);
  }

  abstract String source(Program program);

  /** A regular expression for what the runner says it is. */
  abstract String language();

  /** How much memory the runner has at least. */
  abstract long leastMemory();

  Conversation with(Program program) {
    return with(source(program));
  }

  @Test
  void saysWhoItIsAndEndsWhenAsked() {
    try (var talk = new Conversation(ProgramSpec.of(write(source(Program.ECHO))))) {
      var ready = talk.next(FromRunner.Ready.class);
      assertThat(ready.pid()).isEqualTo(talk.runner.pid());
      assertThat(ready.language()).matches(language());
      assertThat(talk.runner.memory()).isBetween(leastMemory(), 1L << 30);
      talk.runner.close();
      assertThat(talk.next(FromRunner.Exited.class).status()).isZero();
      talk.work(1L);
      talk.runner.close();
      talk.runner.kill();
      assertThat(talk.heard).isEmpty();
    }
  }

  @Test
  void beginActionAndEndPutOutInOrderAndToSlots() {
    try (var talk = with(Program.ALL_FUNCTIONS)) {
      assertThat(talk.begin().outputs().values()).containsExactly("first");
      talk.work(1L, 2L);
      var outputs = talk.next(FromRunner.Done.class).outputs();
      assertThat(outputs.values()).containsExactly(1L, -1L, 2L, -2L);
      assertThat(slots(outputs)).containsExactly(1, 3, 1, 3);
      talk.runner.send(new ToRunner.End());
      var last = talk.next(FromRunner.Ended.class).outputs();
      assertThat(last.values()).containsExactly(3L, List.of("begin", 1L, 2L));
      assertThat(slots(last)).containsExactly(1, 3);
    }
  }

  @Test
  void beginAndEndNeedNotBe() {
    try (var talk = with(Program.ECHO)) {
      assertThat(talk.begin().outputs().size()).isZero();
      assertThat(talk.run()).isEmpty();
      assertThat(talk.run(1L, "a")).containsExactly(1L, "a");
      talk.runner.send(new ToRunner.End());
      assertThat(talk.next(FromRunner.Ended.class).outputs().size()).isZero();
    }
  }

  @Test
  void aRecordComesWithItsSlotAndNumber() {
    try (var talk = with(Program.SLOT_AND_NUMBER)) {
      talk.runner.send(new ToRunner.Work(1, 2, false, Batch.of(41, "a", "b")));
      talk.runner.send(
          new ToRunner.Work(2, 0, false, Batch.of(new Object[] {"c", "d"}, new long[] {7, 9})));
      assertThat(talk.next(FromRunner.Done.class).outputs().values())
          .containsExactly(List.of("a", 2L, 41L), List.of("b", 2L, 42L));
      assertThat(talk.next(FromRunner.Done.class).outputs().values())
          .containsExactly(List.of("c", 0L, 7L), List.of("d", 0L, 9L));
    }
  }

  @Test
  void everySlotMayHaveItsAction() {
    var actions = Map.of(0, "even", 2, "other");
    try (var talk = with(actions, Set.of(), false, source(Program.TWO_ACTIONS))) {
      assertThat(talk.run(1L)).containsExactly(2L);
      talk.runner.send(new ToRunner.Work(2, 2, false, Batch.of(1, "a")));
      var outputs = talk.next(FromRunner.Done.class).outputs();
      assertThat(outputs.values()).containsExactly("a");
      assertThat(slots(outputs)).containsExactly(3);
    }
  }

  @Test
  void aFailureNamesItsRecordAndNothingIsExecutedAfterIt() {
    try (var talk = with(Program.FAILING)) {
      talk.work(1L, 3L);
      long id = talk.work(5L, 2L, 7L);
      talk.work(9L);
      talk.runner.send(new ToRunner.End());
      talk.answer(FromRunner.Done.class);
      var failed = talk.next(FromRunner.Failed.class);
      assertThat(failed.where()).isEqualTo("action");
      assertThat(failed.id()).isEqualTo(id);
      assertThat(failed.index()).isEqualTo(1);
      assertThat(failed.summary()).contains("two is bad");
      assertThat(failed.trace()).contains("action", folder.resolve("model").toString());
      talk.runner.send(new ToRunner.Recall(C));
      talk.next(FromRunner.Back.class);
      talk.runner.close();
      talk.next(FromRunner.Exited.class); // by then all that it printed has come
      assertThat(talk.printed).containsExactly("called 1", "called 3", "called 5", "called 2");
    }
  }

  @Test
  void anOutputThatIsNoValueFailsItsRecord() {
    try (var talk = with(Program.FAILING)) {
      talk.work(1L, 3L, 4L);
      var failed = talk.answer(FromRunner.Failed.class);
      assertThat(failed.summary()).contains("output is of type", "not a JSON value");
      assertThat(failed.index()).isEqualTo(2);
    }
  }

  @Test
  void recordsThatFailAreSurvivedWhereThatIsAsked() {
    try (var talk = with(Map.of(), Set.of(), true, source(Program.FAILING))) {
      talk.work(1L, 2L, 3L, 4L, 5L);
      var done = talk.answer(FromRunner.Done.class);
      assertThat(done.outputs().values()).containsExactly(1L, -1L, 3L, -3L, 5L, -5L);
      assertThat(slots(done.outputs())).containsExactly(1, 3, 1, 3, 1, 3);
      assertThat(done.failures()).extracting(FromRunner.Failure::index).containsExactly(1, 3);
      assertThat(done.failures().get(0).summary()).contains("two is bad");
      assertThat(done.failures().get(0).trace())
          .contains("action", folder.resolve("model").toString());
      assertThat(done.failures().get(1).summary()).contains("not a JSON value");
      assertThat(talk.sync(1).changes()).containsExactly(new Change(C, true, 15L));
    }
  }

  @Test
  void failuresOfBeginAndEnd() {
    try (var talk = with(Program.BAD_BEGIN_AND_END)) {
      talk.runner.send(new ToRunner.Begin(false));
      var failed = talk.next(FromRunner.Failed.class);
      assertThat(failed.where()).isEqualTo("begin");
      assertThat(failed.summary()).endsWith(": no begin");
    }
    try (var talk = with(Program.BAD_BEGIN_AND_END)) {
      talk.runner.send(new ToRunner.End());
      var failed = talk.next(FromRunner.Failed.class);
      assertThat(failed.where()).isEqualTo("end");
      assertThat(failed.summary()).endsWith(": no end");
    }
  }

  @Test
  void whatCannotBeLoadedIsToldWithTheWayOut() {
    var syntax = loadFails(source(Program.SYNTAX_ERROR));
    assertThat(syntax.summary()).containsPattern("model\\.\\w+(, line |:)2");
    assertThat(loadFails(source(Program.BAD_LOAD)).summary()).contains("no load");
    assertThat(loadFails(source(Program.NO_ACTION)).summary()).contains(" action");
    assertThat(loadFails(source(Program.NO_PARAMETERS)).summary()).contains("takes no parameters");
    assertThat(loadFails(source(Program.FOUR_PARAMETERS)).summary()).contains("takes 4 parameters");
    assertThat(loadFails(source(Program.BEGIN_WITH_PARAMETER)).summary())
        .contains("begin takes parameters");
    assertThat(loadFails(source(Program.CELL_WHILE_LOADING)).summary())
        .contains("cell 'c'", "initialise them in begin");
    var missing = folder.resolve("missing" + write("").getFileName());
    assertThat(loadFails(missing).summary()).contains(missing.toString());
  }

  @Test
  void whatIsPrintedIsHeardByTheLine() {
    try (var talk = with(Program.PRINTS)) {
      assertThat(talk.run(1L, 2L)).isEmpty();
      for (var line : List.of("loading", "out 1", "err", "é", "no endout 2", "err", "é")) {
        assertThat(talk.line()).isEqualTo(line);
      }
    }
  }

  @Test
  void aWaitIsLocated() {
    try (var talk = with(Program.SETS_A_CELL)) {
      talk.runner.send(new ToRunner.Where());
      assertThat(talk.next(FromRunner.Stack.class).trace()).isEqualTo("waiting for records");
      talk.work(1L);
      talk.next(FromRunner.Need.class);
      talk.runner.send(new ToRunner.Where());
      assertThat(talk.next(FromRunner.Stack.class).trace())
          .contains("action", folder.resolve("model").toString())
          .endsWith("waiting for cell 'c'");
    }
  }

  @Test
  void whoIsBusyIsEnded() {
    try (var talk = with(Program.HANGS)) {
      talk.work(1L);
      assertThat(talk.line()).isEqualTo("in");
      talk.runner.close();
      var last = talk.next();
      assertThat(last instanceof FromRunner.Failed ? talk.next() : last)
          .isInstanceOf(FromRunner.Exited.class);
    }
  }

  @Test
  void theSeedsAddUpAndCount() {
    try (var talk = with(Program.SEED_CELL)) {
      assertThat(talk.begin().outputs().size()).isZero();
      assertThat(talk.run(1L, 2L, 3L)).containsExactly(1L, 3L, 6L);
      assertThat(talk.sync(1).changes())
          .containsExactly(new Change(Item.cell("counter"), true, 6L));
    }
    try (var talk = with(Program.SEED_POOL)) {
      talk.begin();
      assertThat(talk.run(5L, 5L, 5L)).containsExactly(1L, 2L, 3L);
      assertThat(talk.sync(1).changes())
          .containsExactly(new Change(Item.key("counter", "x"), true, 3L));
    }
  }

  @Test
  void theSeedGoesOnFromWhatItFinds() {
    try (var talk = with(Program.SEED_SNAPSHOT)) {
      talk.state.put(Item.cell("sum"), 6L);
      talk.begin();
      assertThat(talk.run(4L, 5L)).containsExactly(10L, 15L);
    }
    try (var talk = with(Program.SEED_SNAPSHOT)) {
      talk.begin();
      assertThat(talk.run(4L, 5L)).containsExactly(4L, 9L);
    }
  }

  @Test
  void fourRunnersLoseNoUpdateOfOneCell() throws Exception {
    var batch = Batch.of(1, Collections.nCopies(500, 1L).toArray());
    var program = ProgramSpec.of(write(source(Program.SEED_CELL)));
    try (var cell = new OneCell(program, 4, 10, n -> batch)) {
      cell.awaitReady();
      assertThat(cell.run()).isEqualTo(20_000L);
    }
  }

  static int[] slots(Outputs outputs) {
    return IntStream.range(0, outputs.size()).map(outputs::slot).toArray();
  }
}
