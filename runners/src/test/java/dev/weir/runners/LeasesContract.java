package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Cells and pools in every language: what the program sees, what is asked for and given back. One
 * subclass for each, which gives the programs; in these, c, d and e are cells, p is a pool.
 */
abstract class LeasesContract extends InLanguage {

  enum Program {
    /** Sets c to x, unless that is 0; puts out c. */
    SET_AND_GET,
    /** Adds x to c, of which nothing counts as 0, by an update; puts out what that returned. */
    ADD,
    /** As ADD, without output, and takes a millisecond. */
    ADD_SLOWLY,
    /** Sets e to 1, then updates c to the value of d. */
    UPDATE_FROM_D,
    /**
     * Updates d within an update of c; puts out the message of the deadlock error, then c, of which
     * nothing counts as nothing.
     */
    DEADLOCK,
    /**
     * Within an update of c tries to update c, then to set c; within an update of k of p to set k,
     * then to delete k; puts out each error's message. Then puts out what an update of k returned
     * that returned what an update of l to 7 within it did.
     */
    NESTED,
    /**
     * Sets c to {"a": [1]}; updates it by a function that adds to the list and fails, then by one
     * that returns what is no value; puts out c.
     */
    FAILED_UPDATES,
    /**
     * Fails in an update of c, and then sets it to 1; updates c by a function that fails in an
     * update of k of p and then sets it to 2, puts out the error of setting c, and returns d.
     */
    FAILED_UPDATES_LOCK_NOTHING,
    /**
     * Puts out k of p and whether it is there; sets it to nothing, puts out whether it is there;
     * updates it to {"n": its value}, puts out what that returned and k; deletes k twice, puts out
     * both answers and k; updates key "" to 3.5, puts out what that returned.
     */
    POOL_BY_KEY,
    /**
     * Adds x to k of p, sets m to [1], deletes "old"; puts out the sorted keys, all items, the size
     * and the missing key "missing".
     */
    WHOLE_POOL,
    /** Sets key a of p to 1, deletes b, puts out all items. */
    OLD_AND_NEW,
    /**
     * In begin prints c, k of p and all keys of p; sets c to 0 and k to "mine", deletes l; prints
     * the same again, and puts out "dropped". For each record puts out c and k.
     */
    OVERLAY,
    /** Puts out the message of each of {@link #refusals}, then c. */
    NOT_VALUES
  }

  static final Item C = Item.cell("c");
  static final Item D = Item.cell("d");
  static final Item E = Item.cell("e");
  static final Item K = Item.key("p", "k");
  static final Item P = Item.pool("p");

  LeasesContract(String fileName) {
    super(fileName);
  }

  abstract String source(Program program);

  /** What is said to a program that puts in what is no JSON value, or a bad name. */
  abstract List<String> refusals();

  private Conversation with(Program program) {
    return with(source(program));
  }

  @Test
  void readingNeedsASharedLeaseOnceAndWritingAnExclusiveOne() {
    try (var talk = with(Program.SET_AND_GET)) {
      assertThat(talk.run(0L, 0L)).containsExactly(null, null);
      assertThat(talk.run(5L, 0L, 6L)).containsExactly(5L, 5L, 6L);
      assertThat(talk.needs).extracting(FromRunner.Need::item).containsExactly(C, C);
      assertThat(talk.needs).extracting(FromRunner.Need::exclusive).containsExactly(false, true);
      assertThat(talk.sync(1).changes()).containsExactly(new Change(C, true, 6L));
      assertThat(talk.sync(2).changes()).isEmpty();
      assertThat(talk.run(7L)).containsExactly(7L);
      assertThat(talk.needs).hasSize(2);
      assertThat(talk.sync(3).changes()).containsExactly(new Change(C, true, 7L));
    }
  }

  @Test
  void aRecallIsAnsweredAtOnceWhenIdleAndEvenWhenNothingIsHeld() {
    try (var talk = with(Program.ADD)) {
      talk.run(4L);
      talk.runner.send(new ToRunner.Recall(C));
      assertThat(talk.next(FromRunner.Back.class))
          .isEqualTo(new FromRunner.Back(List.of(C), List.of(new Change(C, true, 4L))));
      for (var item : List.of(C, K, P)) {
        talk.runner.send(new ToRunner.Recall(item));
        assertThat(talk.next(FromRunner.Back.class))
            .isEqualTo(new FromRunner.Back(List.of(item), List.of()));
      }
      assertThat(talk.sync(1).changes()).isEmpty();
      talk.state.put(C, 10L);
      assertThat(talk.run(1L)).containsExactly(11L);
    }
  }

  @Test
  void aBusyRunnerGivesBackBetweenTwoCalls() {
    int calls = 10_000;
    try (var talk = with(Program.ADD_SLOWLY)) {
      talk.work(Collections.nCopies(calls, 1L).toArray());
      talk.grant(talk.next(FromRunner.Need.class));
      talk.runner.send(new ToRunner.Recall(C));
      var back = talk.next(FromRunner.Back.class);
      assertThat((Long) back.changes().get(0).value()).isBetween(1L, calls - 1L);
      var need = talk.next(FromRunner.Need.class);
      assertThat(need.exclusive()).isTrue();
      talk.runner.send(new ToRunner.Grant(need.request(), C, true, true, 1_000_000L));
      talk.runner.send(new ToRunner.Recall(C));
      assertThat((Long) talk.next(FromRunner.Back.class).changes().get(0).value())
          .isBetween(1_000_001L, 1_000_000L + calls - 1);
      talk.runner.kill();
    }
  }

  @Test
  void aWaitingRunnerGivesBackAtOnceButNotWhatItIsUpdating() {
    try (var talk = with(Program.UPDATE_FROM_D)) {
      talk.work(1L);
      var e = talk.next(FromRunner.Need.class);
      assertThat(e.item()).isEqualTo(E);
      assertThat(e.locked()).isEmpty();
      talk.grant(e);
      talk.grant(talk.next(FromRunner.Need.class));
      var d = talk.next(FromRunner.Need.class);
      assertThat(d.item()).isEqualTo(D);
      assertThat(d.exclusive()).isFalse();
      assertThat(d.locked()).containsExactly(C);
      talk.runner.send(new ToRunner.Recall(C));
      talk.runner.send(new ToRunner.Recall(E));
      assertThat(talk.next(FromRunner.Back.class))
          .isEqualTo(new FromRunner.Back(List.of(E), List.of(new Change(E, true, 1L))));
      talk.runner.send(new ToRunner.Grant(d.request(), D, false, true, 42L));
      assertThat(talk.next(FromRunner.Back.class))
          .isEqualTo(new FromRunner.Back(List.of(C), List.of(new Change(C, true, 42L))));
      talk.next(FromRunner.Done.class);
    }
  }

  @Test
  void aGrantIsUsedBeforeARecallThatFollowsIt() {
    try (var talk = with(Program.ADD)) {
      for (long i = 1; i <= 100; i++) {
        talk.work(1L);
        talk.grant(talk.next(FromRunner.Need.class));
        talk.runner.send(new ToRunner.Recall(C));
        // The recall may arrive during the call or after it.
        var said = List.of(talk.next(), talk.next());
        assertThat(said).anyMatch(message -> message instanceof FromRunner.Done);
        assertThat(said).contains(new FromRunner.Back(List.of(C), List.of(new Change(C, true, i))));
        talk.state.put(C, i);
      }
    }
  }

  @Test
  void workThatArrivesDuringAWaitIsDoneAfterwards() {
    try (var talk = with(Program.ADD)) {
      talk.work(1L);
      var need = talk.next(FromRunner.Need.class);
      talk.work(2L);
      talk.runner.send(new ToRunner.Sync(1));
      talk.runner.send(new ToRunner.End());
      talk.grant(need);
      assertThat(talk.next(FromRunner.Done.class).outputs().values()).containsExactly(1L);
      assertThat(talk.next(FromRunner.Done.class).outputs().values()).containsExactly(3L);
      assertThat(talk.next(FromRunner.Synced.class).changes())
          .containsExactly(new Change(C, true, 3L));
      talk.next(FromRunner.Ended.class);
    }
  }

  @Test
  void aRefusalRaisesADeadlockErrorThatCanBeCaught() {
    try (var talk = with(Program.DEADLOCK)) {
      talk.work(1L);
      talk.grant(talk.next(FromRunner.Need.class));
      var need = talk.next(FromRunner.Need.class);
      talk.runner.send(new ToRunner.Refuse(need.request(), "runner 1 waits"));
      assertThat(talk.next(FromRunner.Done.class).outputs().values())
          .containsExactly("runner 1 waits", null);
    }
  }

  @Test
  void aNestedWriteOfTheSameItemIsAnError() {
    try (var talk = with(Program.NESTED)) {
      var outputs = talk.run(1L);
      assertThat(outputs.subList(0, 4))
          .allSatisfy(text -> assertThat((String) text).contains("is being updated"));
      assertThat(outputs.subList(4, outputs.size())).containsExactly(7L);
    }
  }

  @Test
  void anExceptionInAnUpdateLeavesTheValueEvenWhenItWasMutated() {
    try (var talk = with(Program.FAILED_UPDATES)) {
      assertThat(talk.run(1L)).containsExactly(Map.of("a", List.of(1L)));
      assertThat(talk.sync(1).changes())
          .containsExactly(new Change(C, true, Map.of("a", List.of(1L))));
    }
  }

  @Test
  void anUpdateThatFailedLocksNothing() {
    try (var talk = with(Program.FAILED_UPDATES_LOCK_NOTHING)) {
      talk.work(1L);
      talk.grant(talk.next(FromRunner.Need.class));
      var k = talk.next(FromRunner.Need.class);
      assertThat(k.locked()).containsExactly(C);
      talk.grant(k);
      var d = talk.next(FromRunner.Need.class);
      assertThat(d.locked()).containsExactly(C);
      talk.runner.send(new ToRunner.Grant(d.request(), D, false, true, 4L));
      assertThat(talk.next(FromRunner.Done.class).outputs().values())
          .singleElement()
          .asString()
          .contains("is being updated");
      assertThat(talk.sync(1).changes())
          .containsExactlyInAnyOrder(new Change(C, true, 4L), new Change(K, true, 2L));
    }
  }

  @Test
  void poolsByKey() {
    var empty = Item.key("p", "");
    var nothing = new HashMap<String, Object>();
    nothing.put("n", null);
    try (var talk = with(Program.POOL_BY_KEY)) {
      assertThat(talk.run(1L))
          .isEqualTo(Arrays.asList(null, false, true, nothing, nothing, true, false, null, 3.5));
      assertThat(talk.needs).extracting(FromRunner.Need::item).containsOnly(K, empty);
      assertThat(talk.sync(1).changes())
          .containsExactlyInAnyOrder(new Change(K, false, null), new Change(empty, true, 3.5));
      talk.runner.send(new ToRunner.Recall(K));
      assertThat(talk.next(FromRunner.Back.class))
          .isEqualTo(new FromRunner.Back(List.of(K), List.of()));
    }
  }

  @Test
  void theWholePoolMayBeGrantedForAKeyAndIsGivenBackForAKey() {
    try (var talk = with(Program.WHOLE_POOL)) {
      talk.work(1L);
      var need = talk.next(FromRunner.Need.class);
      assertThat(need.item()).isEqualTo(K);
      talk.runner.send(
          new ToRunner.Grant(need.request(), P, true, true, Map.of("k", 4L, "old", List.of("x"))));
      assertThat(talk.next(FromRunner.Done.class).outputs().values())
          .containsExactly(List.of("k", "m"), Map.of("k", 5L, "m", List.of(1L)), 2L, null);
      talk.runner.send(new ToRunner.Recall(K));
      var back = talk.next(FromRunner.Back.class);
      assertThat(back.released()).containsExactly(P);
      assertThat(back.changes())
          .containsExactlyInAnyOrder(
              new Change(K, true, 5L),
              new Change(Item.key("p", "m"), true, List.of(1L)),
              new Change(Item.key("p", "old"), false, null));
    }
  }

  @Test
  void keysHeldAndChangedAreNewerThanTheWholePoolGrantedLater() {
    var a = Item.key("p", "a");
    var b = Item.key("p", "b");
    var z = Item.key("p", "z");
    var items = new HashMap<String, Object>(Map.of("a", 1L));
    items.put("z", null);
    try (var talk = with(Program.OLD_AND_NEW)) {
      talk.state.put(a, 0L);
      talk.state.put(b, 0L);
      talk.state.put(z, null);
      assertThat(talk.run(1L)).containsExactly(items);
      talk.runner.send(new ToRunner.Recall(K));
      var back = talk.next(FromRunner.Back.class);
      assertThat(back.released()).containsExactly(P);
      assertThat(back.changes())
          .containsExactlyInAnyOrder(new Change(a, true, 1L), new Change(b, false, null));
    }
  }

  @Test
  void anOverlayIsThrownAway() {
    try (var talk = with(Program.OVERLAY)) {
      talk.state.put(C, 5L);
      talk.state.put(K, "theirs");
      talk.state.put(Item.key("p", "l"), 1L);
      talk.runner.send(new ToRunner.Begin(true));
      assertThat(talk.answer(FromRunner.Begun.class).outputs().size()).isZero();
      assertThat(talk.needs).isNotEmpty().allMatch(FromRunner.Need::peek);
      assertThat(talk.line()).isEqualTo("5 theirs k l");
      assertThat(talk.line()).isEqualTo("0 mine k");
      assertThat(talk.sync(1).changes()).isEmpty();
      talk.needs.clear();
      assertThat(talk.run(1L)).containsExactly(5L, "theirs");
      assertThat(talk.needs).hasSize(2).noneMatch(FromRunner.Need::peek);
    }
  }

  @Test
  void whatIsNotAJsonValueIsRefusedWithTheWayOut() {
    try (var talk = with(Program.NOT_VALUES)) {
      var said = talk.run(1L);
      assertThat(said.subList(0, said.size() - 1)).isEqualTo(refusals());
      assertThat(said.get(said.size() - 1)).isNull();
      assertThat(refusals())
          .filteredOn(text -> text.contains("JSON"))
          .isNotEmpty()
          .allSatisfy(text -> assertThat(text).startsWith("cell 'c' ").contains(": use "));
      assertThat(talk.sync(1).changes()).isEmpty();
    }
  }
}
