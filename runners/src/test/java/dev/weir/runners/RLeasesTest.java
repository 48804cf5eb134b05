package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.graph.Batch;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Cells and pools in R: the same leases as in Python, see {@link LeasesTest}. */
@Timeout(60)
class RLeasesTest {

  private static final Item C = Item.cell("c");
  private static final Item K = Item.key("p", "k");
  private static final Item P = Item.pool("p");

  @TempDir Path folder;

  private Conversation with(String program) {
    return Conversation.inR(folder, "library(weir)\nc1 <- Cell('c')\np <- Pool('p')\n" + program);
  }

  @Test
  void readingNeedsASharedLeaseOnceAndWritingAnExclusiveOne() {
    try (var talk = with("action <- function(x) { if (x) Set(c1, x); emit(Get(c1)) }")) {
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
    try (var talk = with("action <- function(x) emit(Update(c1, function(y) sum(y, x)))")) {
      talk.run(4L);
      talk.runner.send(new ToRunner.Recall(C));
      assertThat(talk.next(FromRunner.Back.class))
          .isEqualTo(new FromRunner.Back(List.of(C), List.of(new Change(C, true, 4L))));
      for (var item : List.of(C, K, P)) {
        talk.runner.send(new ToRunner.Recall(item));
        assertThat(talk.next(FromRunner.Back.class))
            .isEqualTo(new FromRunner.Back(List.of(item), List.of()));
      }
      talk.state.put(C, 10L);
      assertThat(talk.run(1L)).containsExactly(11L);
    }
  }

  @Test
  void aBusyRunnerGivesBackBetweenTwoCalls() {
    // The batch ends only when another value is granted, which needs the lease to be given back.
    try (var talk =
        with(
            """
            action <- function(x) {
              Update(c1, function(y) sum(y, 1))
              Sys.sleep(0.001)
              if (Get(c1) >= 1e6) emit(TRUE)
            }
            """)) {
      talk.work(Collections.nCopies(10_000, 1L).toArray());
      talk.grant(talk.next(FromRunner.Need.class));
      talk.runner.send(new ToRunner.Recall(C));
      var change = talk.next(FromRunner.Back.class).changes().get(0);
      assertThat((Long) change.value()).isBetween(1L, 9_999L);
      var need = talk.next(FromRunner.Need.class);
      talk.runner.send(new ToRunner.Grant(need.request(), C, need.exclusive(), true, 1_000_000L));
      talk.runner.kill();
    }
  }

  @Test
  void aWaitingRunnerGivesBackAtOnceButNotWhatItIsUpdating() {
    try (var talk =
        with(
            """
            action <- function(x) {
              Set(Cell('e'), 1)
              Update(c1, function(y) Get(Cell('d')))
            }
            """)) {
      var e = Item.cell("e");
      talk.work(1L);
      talk.grant(talk.next(FromRunner.Need.class));
      talk.grant(talk.next(FromRunner.Need.class));
      var d = talk.next(FromRunner.Need.class);
      assertThat(d.exclusive()).isFalse();
      assertThat(d.locked()).containsExactly(C);
      talk.runner.send(new ToRunner.Recall(C));
      talk.runner.send(new ToRunner.Recall(e));
      assertThat(talk.next(FromRunner.Back.class))
          .isEqualTo(new FromRunner.Back(List.of(e), List.of(new Change(e, true, 1L))));
      talk.runner.send(new ToRunner.Grant(d.request(), d.item(), false, true, 42L));
      assertThat(talk.next(FromRunner.Back.class))
          .isEqualTo(new FromRunner.Back(List.of(C), List.of(new Change(C, true, 42L))));
      talk.next(FromRunner.Done.class);
    }
  }

  @Test
  void aGrantIsUsedBeforeARecallThatFollowsIt() {
    try (var talk = with("action <- function(x) Update(c1, function(y) sum(y, x))")) {
      for (long i = 1; i <= 100; i++) {
        talk.work(1L);
        talk.grant(talk.next(FromRunner.Need.class));
        talk.runner.send(new ToRunner.Recall(C));
        var said = List.of(talk.next(), talk.next());
        assertThat(said).anyMatch(message -> message instanceof FromRunner.Done);
        assertThat(said).contains(new FromRunner.Back(List.of(C), List.of(new Change(C, true, i))));
        talk.state.put(C, i);
      }
    }
  }

  @Test
  void workThatArrivesDuringAWaitIsDoneAfterwards() {
    try (var talk = with("action <- function(x) emit(Update(c1, function(y) sum(y, x)))")) {
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
    try (var talk =
        with(
            """
            action <- function(x) {
              tryCatch(Update(c1, function(y) Update(Cell('d'), function(z) 1)),
                       DeadlockError = function(e) emit(conditionMessage(e)))
              emit(Get(c1))
            }
            """)) {
      talk.work(1L);
      talk.grant(talk.next(FromRunner.Need.class));
      var need = talk.next(FromRunner.Need.class);
      talk.runner.send(new ToRunner.Refuse(need.request(), "runner 1 waits"));
      assertThat(talk.next(FromRunner.Done.class).outputs().values())
          .containsExactly("runner 1 waits", null);
    }
  }

  @Test
  void aNestedUpdateOfTheSameItemIsAnError() {
    try (var talk =
        with(
            """
            failing <- function(code) emit(tryCatch({ code; 'none' }, error = conditionMessage))
            action <- function(x) {
              failing(Update(c1, function(y) Update(c1, identity)))
              failing(Update(c1, function(y) Set(c1, 1)))
              failing(Update(p, 'k', function(y) Set(p, 'k', 1)))
              emit(Update(p, 'k', function(y) Update(p, 'l', function(z) 7)))
            }
            """)) {
      var outputs = talk.run(1L);
      assertThat(outputs.subList(0, 3))
          .allSatisfy(text -> assertThat((String) text).contains("is being updated"));
      assertThat(outputs.get(3)).isEqualTo(7L);
    }
  }

  @Test
  void anUpdateThatFailedLocksNothing() {
    try (var talk =
        with(
            """
            action <- function(x) {
              try(Update(c1, function(y) stop('no')), silent = TRUE)
              Set(c1, 1)
              Update(c1, function(y) {
                try(Update(p, 'k', function(z) stop('no')), silent = TRUE)
                Set(p, 'k', 2)
                emit(tryCatch(Set(c1, 3), error = conditionMessage))
                Get(Cell('d'))
              })
            }
            """)) {
      talk.work(1L);
      talk.grant(talk.next(FromRunner.Need.class));
      var k = talk.next(FromRunner.Need.class);
      assertThat(k.locked()).containsExactly(C);
      talk.grant(k);
      var d = talk.next(FromRunner.Need.class);
      assertThat(d.locked()).containsExactly(C);
      talk.runner.send(new ToRunner.Grant(d.request(), d.item(), false, true, 4L));
      assertThat(talk.next(FromRunner.Done.class).outputs().values())
          .singleElement()
          .asString()
          .contains("is being updated");
      assertThat(talk.sync(1).changes())
          .containsExactlyInAnyOrder(new Change(C, true, 4L), new Change(K, true, 2L));
    }
  }

  @Test
  void anErrorInAnUpdateLeavesTheValue() {
    try (var talk =
        with(
            """
            action <- function(x) {
              Set(c1, list(a = 1:2))
              try(Update(c1, function(y) { y$a <- 5; stop('no') }), silent = TRUE)
              try(Update(c1, function(y) Sys.Date()), silent = TRUE)
              emit(Get(c1))
            }
            """)) {
      assertThat(talk.run(1L)).containsExactly(Map.of("a", List.of(1L, 2L)));
    }
  }

  /** What is read is the same with and without a hand-over in between. */
  @Test
  void valuesAreKeptInTheFormInWhichTheyArrive() {
    try (var talk =
        with(
            """
            action <- function(x) {
              if (x == 1) Set(c1, list(n = 1:2, f = factor('u'), e = c(), na = NA, d = c(a = 3L), l = I(5)))
              emit(deparse(Get(c1), 500))
            }
            """)) {
      var first = talk.run(1L);
      talk.runner.send(new ToRunner.Recall(C));
      talk.apply(talk.next(FromRunner.Back.class).changes());
      assertThat(talk.run(0L)).isEqualTo(first);
      assertThat(first)
          .containsExactly(
              "list(n = list(1, 2), f = \"u\", e = NULL, na = NULL, d = 3, l = list(5))");
    }
  }

  @Test
  void poolsByKey() {
    try (var talk =
        with(
            """
            action <- function(x) {
              emit(Get(p, 'k')); emit(Contains(p, 'k'))
              Set(p, 'k', NULL)
              emit(Contains(p, 'k'))
              emit(Update(p, 'k', function(v) list(n = v)))
              emit(Delete(p, 'k')); emit(Delete(p, 'k')); emit(Get(p, 'k'))
              emit(Update(p, '', function(v) 3.5)); emit(Get(p, ''))
            }
            """)) {
      var empty = Item.key("p", "");
      var nothing = new LinkedHashMap<String, Object>();
      nothing.put("n", null);
      assertThat(talk.run(1L))
          .isEqualTo(Arrays.asList(null, false, true, nothing, true, false, null, 3.5, 3.5));
      assertThat(talk.needs).extracting(FromRunner.Need::item).containsOnly(K, empty);
      assertThat(talk.sync(1).changes())
          .containsExactlyInAnyOrder(new Change(K, false, null), new Change(empty, true, 3.5));
      talk.runner.send(new ToRunner.Recall(K));
      assertThat(talk.next(FromRunner.Back.class))
          .isEqualTo(new FromRunner.Back(List.of(K), List.of()));
    }
  }

  @Test
  void keysHeldAndChangedAreNewerThanTheWholePoolGrantedLater() {
    try (var talk =
        with(
            """
            action <- function(x) {
              Set(p, 'a', 1)
              Delete(p, 'b')
              emit(Items(p)); emit(Keys(p)); emit(Size(p)); emit(Get(p, 'missing'))
            }
            """)) {
      talk.state.put(Item.key("p", "a"), 0L);
      talk.state.put(Item.key("p", "b"), 0L);
      talk.state.put(Item.key("p", "z"), null);
      var items = new LinkedHashMap<String, Object>(Map.of("a", 1L));
      items.put("z", null);
      assertThat(talk.run(1L)).isEqualTo(Arrays.asList(items, List.of("a", "z"), 2L, null));
      talk.runner.send(new ToRunner.Recall(K));
      var back = talk.next(FromRunner.Back.class);
      assertThat(back.released()).containsExactly(P);
      assertThat(back.changes())
          .containsExactlyInAnyOrder(
              new Change(Item.key("p", "a"), true, 1L),
              new Change(Item.key("p", "b"), false, null));
    }
  }

  @Test
  void anOverlayIsThrownAway() {
    try (var talk =
        with(
            """
            begin <- function() {
              cat(Get(c1), Get(p, 'k'), Keys(p), '\\n')
              Set(c1, 0); Set(p, 'k', 'mine'); Delete(p, 'l')
              cat(Get(c1), Get(p, 'k'), Keys(p), '\\n')
              emit('dropped')
            }
            action <- function(x) { emit(Get(c1)); emit(Get(p, 'k')) }
            """)) {
      talk.state.put(C, 5L);
      talk.state.put(K, "theirs");
      talk.state.put(Item.key("p", "l"), 1L);
      talk.runner.send(new ToRunner.Begin(true));
      assertThat(talk.answer(FromRunner.Begun.class).outputs().size()).isZero();
      assertThat(talk.needs).isNotEmpty().allMatch(FromRunner.Need::peek);
      assertThat(talk.line()).isEqualTo("5 theirs k l ");
      assertThat(talk.line()).isEqualTo("0 mine k ");
      assertThat(talk.sync(1).changes()).isEmpty();
      talk.needs.clear();
      assertThat(talk.run(1L)).containsExactly(5L, "theirs");
      assertThat(talk.needs).hasSize(2).noneMatch(FromRunner.Need::peek);
    }
  }

  @Test
  void whatIsNotAJsonValueIsRefusedWithTheWayOut() {
    try (var talk =
        with(
            """
            failing <- function(code) emit(tryCatch({ code; 'none' }, error = conditionMessage))
            action <- function(x) {
              failing(Set(c1, NaN))
              failing(Set(c1, list(a = list(1, Inf))))
              failing(Set(c1, Sys.Date()))
              failing(Set(c1, function() 1))
              failing(Set(p, 5, 1))
              failing(Cell(5))
              failing(Get('c'))
              failing(Keys(c1))
              emit(Get(c1))
            }
            """)) {
      assertThat(talk.run(1L))
          .containsExactly(
              "cell 'c' is NaN, which JSON does not have: use NULL or a number",
              "cell 'c' at $a[[2]] is Inf, which JSON does not have: use NULL or a number",
              "cell 'c' is of type Date, which is not a JSON value: use format(...)",
              "cell 'c' is of type closure, which is not a JSON value: use NULL, TRUE or FALSE, a number, text, or a list of them",
              "pool 'p': a key is text, not double: use as.character(...)",
              "the name of a cell is text that is not empty",
              "this takes a cell or a pool, as Cell('name') or Pool('name') gives",
              "this takes a pool, as Pool('name') gives",
              null);
    }
  }

  @Test
  void fourRunnersLoseNoUpdateOfOneCell() throws Exception {
    var file = Conversation.write(folder, "model.R", RSeedsTest.CELL_MODEL);
    var batch = Batch.of(1, Collections.nCopies(500, 1L).toArray());
    try (var cell = new OneCell(ProgramSpec.of(file), 4, 10, n -> batch)) {
      cell.awaitReady();
      assertThat(cell.run()).isEqualTo(20_000L);
    }
  }
}
