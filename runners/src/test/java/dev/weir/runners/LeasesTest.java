package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.graph.Batch;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LeasesTest {

  private static final Item C = Item.cell("c");
  private static final Item K = Item.key("p", "k");
  private static final Item P = Item.pool("p");

  @TempDir Path folder;

  private Conversation with(String program) {
    return Conversation.with(
        folder, "import weir\nc = weir.cells('c')\np = weir.pools('p')\n" + program);
  }

  @Test
  void readingNeedsASharedLeaseOnceAndWritingAnExclusiveOne() {
    try (var talk = with("def action(x):\n  if x: c.set(x)\n  yield c.value\n")) {
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
    try (var talk = with("def action(x):\n  c.update(lambda y: (y or 0) + x)\n  yield c.value\n")) {
      talk.run(4L);
      talk.runner.send(new ToRunner.Recall(C));
      assertThat(talk.next(FromRunner.Back.class))
          .isEqualTo(new FromRunner.Back(List.of(C), List.of(new Change(C, true, 4L))));
      talk.runner.send(new ToRunner.Recall(C));
      talk.runner.send(new ToRunner.Recall(K));
      talk.runner.send(new ToRunner.Recall(P));
      for (var item : List.of(C, K, P)) {
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
    // Without the recall the batch would never end: the second call waits for it.
    try (var talk =
        with(
            """
            import time
            def action(x):
              c.update(lambda y: (y or 0) + 1)
              while not weir._state.leases._wire.recalled and x == 1: time.sleep(0.001)
              if x == 1: time.sleep(0.02)
              if x == 2: print('second', c.value, flush=True)
            """)) {
      talk.work(1L, 2L);
      talk.grant(talk.next(FromRunner.Need.class));
      talk.runner.send(new ToRunner.Recall(C));
      assertThat(talk.next(FromRunner.Back.class).changes())
          .containsExactly(new Change(C, true, 1L));
      var need = talk.next(FromRunner.Need.class);
      assertThat(need.exclusive()).isTrue();
      talk.runner.send(new ToRunner.Grant(need.request(), C, true, true, 100L));
      talk.next(FromRunner.Done.class);
      assertThat(talk.line()).isEqualTo("second 101");
    }
  }

  @Test
  void aWaitingRunnerGivesBackAtOnceButNotWhatItIsUpdating() {
    try (var talk =
        with(
            """
            d = weir.cells('d')
            def action(x):
              weir.cells('e').set(1)
              c.update(lambda y: d.value)
            """)) {
      talk.work(1L);
      var e = talk.next(FromRunner.Need.class);
      assertThat(e.locked()).isEmpty();
      talk.grant(e);
      talk.grant(talk.next(FromRunner.Need.class));
      var d = talk.next(FromRunner.Need.class);
      assertThat(d.item()).isEqualTo(Item.cell("d"));
      assertThat(d.exclusive()).isFalse();
      assertThat(d.locked()).containsExactly(C);
      talk.runner.send(new ToRunner.Recall(C));
      talk.runner.send(new ToRunner.Recall(Item.cell("e")));
      assertThat(talk.next(FromRunner.Back.class))
          .isEqualTo(
              new FromRunner.Back(
                  List.of(Item.cell("e")), List.of(new Change(Item.cell("e"), true, 1L))));
      talk.runner.send(new ToRunner.Grant(d.request(), d.item(), false, true, 42L));
      assertThat(talk.next(FromRunner.Back.class))
          .isEqualTo(new FromRunner.Back(List.of(C), List.of(new Change(C, true, 42L))));
      talk.next(FromRunner.Done.class);
    }
  }

  @Test
  void aGrantIsUsedBeforeARecallThatFollowsIt() {
    try (var talk = with("def action(x):\n  c.update(lambda y: (y or 0) + x)\n")) {
      for (long i = 1; i <= 200; i++) {
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
    try (var talk = with("def action(x):\n  c.update(lambda y: (y or 0) + x)\n  yield c.value\n")) {
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
            def action(x):
              try:
                c.update(lambda y: weir.cells('d').update(lambda z: 1))
              except weir.DeadlockError as e:
                yield str(e)
              yield c.value
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
            def action(x):
              for nested in (lambda y: c.update(lambda z: z), lambda y: c.set(1)):
                try: c.update(nested)
                except RuntimeError as e: yield str(e)
              try: p.update('k', lambda y: p.set('k', 1))
              except RuntimeError as e: yield str(e)
              yield p.update('k', lambda y: p.update('l', lambda z: 7))
            """)) {
      var outputs = talk.run(1L);
      assertThat(outputs.subList(0, 3))
          .allSatisfy(text -> assertThat((String) text).contains("is being updated"));
      assertThat(outputs.get(3)).isEqualTo(7L);
    }
  }

  @Test
  void anExceptionInAnUpdateLeavesTheValueEvenWhenItWasMutated() {
    try (var talk =
        with(
            """
            def action(x):
              c.set({'a': [1]})
              def bad(y):
                y['a'].append(2)
                raise KeyError('no')
              try: c.update(bad)
              except KeyError: pass
              c.value['a'].append(3)
              yield c.value
              given = {'b': []}
              c.set(given)
              given['b'].append(1)
              yield c.value
            """)) {
      assertThat(talk.run(1L)).containsExactly(Map.of("a", List.of(1L)), Map.of("b", List.of()));
    }
  }

  @Test
  void poolsByKey() {
    try (var talk =
        with(
            """
            def action(x):
              yield p.get('k')
              yield p.contains('k')
              yield 'k' in p
              p.set('k', None)
              yield p.contains('k')
              yield p.update('k', lambda v: {'n': v})
              yield p.get('k')
              yield p.delete('k')
              yield p.delete('k')
              yield p.get('k')
              yield p.update('l', lambda v: 3.5)
            """)) {
      assertThat(talk.run(1L))
          .isEqualTo(
              java.util.Arrays.asList(
                  null,
                  false,
                  false,
                  true,
                  mapOf("n", null),
                  mapOf("n", null),
                  true,
                  false,
                  null,
                  3.5));
      assertThat(talk.needs).extracting(FromRunner.Need::item).containsOnly(K, Item.key("p", "l"));
      assertThat(talk.sync(1).changes())
          .containsExactlyInAnyOrder(
              new Change(K, false, null), new Change(Item.key("p", "l"), true, 3.5));
      talk.runner.send(new ToRunner.Recall(K));
      assertThat(talk.next(FromRunner.Back.class))
          .isEqualTo(new FromRunner.Back(List.of(K), List.of()));
    }
  }

  @Test
  void theWholePoolMayBeGrantedForAKeyAndIsGivenBackForAKey() {
    try (var talk =
        with(
            """
            def action(x):
              p.update('k', lambda v: (v or 0) + x)
              p.set('m', [1])
              p.delete('old')
              yield sorted(p.keys())
              yield dict(p.items())
              yield len(p)
              yield p.get('missing')
            """)) {
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
    try (var talk =
        with(
            """
            def action(x):
              p.set('a', 1)
              p.delete('b')
              yield dict(p.items())
            """)) {
      talk.state.put(Item.key("p", "a"), 0L);
      talk.state.put(Item.key("p", "b"), 0L);
      talk.state.put(Item.key("p", "z"), 9L);
      assertThat(talk.run(1L)).containsExactly(Map.of("a", 1L, "z", 9L));
      talk.runner.send(new ToRunner.Recall(P));
      var back = talk.next(FromRunner.Back.class);
      assertThat(back.released()).containsExactly(P);
      assertThat(back.changes()).hasSize(2);
    }
  }

  @Test
  void anOverlayIsThrownAway() {
    try (var talk =
        with(
            """
            def begin():
              print(c.value, p.get('k'), sorted(p.keys()))
              c.set(0)
              p.set('k', 'mine')
              p.delete('l')
              print(c.value, p.get('k'), p.items())
              yield 'dropped'
            def action(x):
              yield c.value
              yield p.get('k')
            """)) {
      talk.state.put(C, 5L);
      talk.state.put(K, "theirs");
      talk.state.put(Item.key("p", "l"), 1L);
      talk.runner.send(new ToRunner.Begin(true));
      assertThat(talk.answer(FromRunner.Begun.class).outputs().size()).isZero();
      assertThat(talk.needs).isNotEmpty().allMatch(FromRunner.Need::peek);
      assertThat(talk.line()).isEqualTo("5 theirs ['k', 'l']");
      assertThat(talk.line()).isEqualTo("0 mine [('k', 'mine')]");
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
            import datetime
            def action(x):
              for bad in ({1, 2}, (1, 2), b'x', float('nan'), {'a': [float('inf')]}, {1: 2}, object(),
                          datetime.date(2020, 1, 1), [lambda: 1]):
                try: c.set(bad)
                except (TypeError, ValueError) as e: yield str(e)
              try: p.set(5, 1)
              except TypeError as e: yield str(e)
              try: p.get(None)
              except TypeError as e: yield str(e)
              try: weir.cells(5)
              except TypeError as e: yield str(e)
              try: c.value = 5
              except AttributeError as e: yield str(e)
              try: c.valeu
              except AttributeError as e: yield str(e)
              yield c.value
            """)) {
      var said = talk.run(1L);
      assertThat(said)
          .containsExactly(
              "cell 'c' is of type set, which is not a JSON value: use sorted(...) or list(...)",
              "cell 'c' is of type tuple, which is not a JSON value: use list(...)",
              "cell 'c' is of type bytes, which is not a JSON value: use .decode(), or base64 for binary data",
              "cell 'c' is nan, which JSON does not have: use None or a number",
              "cell 'c' at ['a'][0] is inf, which JSON does not have: use None or a number",
              "cell 'c' has the key 1 of type int; the keys of a JSON object are str: use str(key)",
              "cell 'c' is of type object, which is not a JSON value: use None, bool, int, float, str, list or dict",
              "cell 'c' is of type datetime.date, which is not a JSON value: use .isoformat()",
              "cell 'c' at [0] is of type function, which is not a JSON value: use None, bool, int, float, str, list or dict",
              "pool 'p': a key is a str, not int: use str(...)",
              "pool 'p': a key is a str, not NoneType: use str(...)",
              "the name of a cell is a str, not int",
              "the value of a cell is not assigned: write cells('c').set(...), or .update(...)",
              "a cell has no attribute 'valeu': it has value, set and update",
              null);
    }
  }

  @Test
  void fourRunnersLoseNoUpdateOfOneCell() throws Exception {
    var file = Conversation.write(folder, SeedsTest.CELL_MODEL);
    var batch = Batch.of(1, java.util.Collections.nCopies(1000, 1L).toArray());
    try (var cell = new OneCell(ProgramSpec.of(file), 4, 25, n -> batch)) {
      cell.awaitReady();
      assertThat(cell.run()).isEqualTo(100_000L);
    }
  }

  private static Map<String, Object> mapOf(String key, Object value) {
    var map = new java.util.HashMap<String, Object>();
    map.put(key, value);
    return map;
  }
}
