package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The laws of leases, as a thread keeps them. */
@Timeout(60)
class JavaLeasesTest {

  private static final Item C = Item.cell("c");
  private static final Item D = Item.cell("d");
  private static final Item E = Item.cell("e");
  private static final Item K = Item.key("p", "k");
  private static final Item P = Item.pool("p");
  private static final String ADD = "void action(long x) { c.update(y -> y + x); }";
  private static final String ADD_AND_TELL = "long action(long x) { return c.update(y -> y + x); }";

  @TempDir Path folder;

  private JavaTalk with(String body) {
    return JavaTalk.of(
        folder,
        """
        final Cell<Long> c = cell("c", Long.class, 0L);
        final Cell<Long> d = cell("d", Long.class);
        final Cell<Long> e = cell("e", Long.class);
        final Pool<Object> p = pool("p", Object.class);
        final Pool<Long> counts = pool("p", Long.class, 0L);
        """
            + body);
  }

  @Test
  void readingNeedsASharedLeaseOnceAndWritingAnExclusiveOne() {
    try (var talk =
        with("Object action(long x) { if (x > 0) d.set(x); emit(d.get()); return null; }")) {
      assertThat(talk.run(0L, 0L)).containsExactly(null, null);
      assertThat(talk.run(5L, 0L, 6L)).containsExactly(5L, 5L, 6L);
      assertThat(talk.needs).extracting(FromRunner.Need::item).containsExactly(D, D);
      assertThat(talk.needs).extracting(FromRunner.Need::exclusive).containsExactly(false, true);
      assertThat(talk.sync(1).changes()).containsExactly(new Change(D, true, 6L));
      assertThat(talk.sync(2).changes()).isEmpty();
      assertThat(talk.run(7L)).containsExactly(7L);
      assertThat(talk.needs).hasSize(2);
      assertThat(talk.sync(3).changes()).containsExactly(new Change(D, true, 7L));
    }
  }

  @Test
  void aRecallIsAnsweredAtOnceWhenIdleAndEvenWhenNothingIsHeld() {
    try (var talk = with(ADD_AND_TELL)) {
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
    // One call for as long as the lease is here: without the recall the batch would never end.
    try (var talk = with("long action(long x) { return c.update(y -> y + 1); }")) {
      var ones = new Object[1 << 22];
      Arrays.fill(ones, 1L);
      talk.work(ones);
      talk.grant(talk.next(FromRunner.Need.class));
      talk.runner.send(new ToRunner.Recall(C));
      var back = talk.next(FromRunner.Back.class);
      long before = (Long) back.changes().get(0).value();
      assertThat(before).isBetween(1L, (long) ones.length);
      if (before < ones.length) {
        var need = talk.next(FromRunner.Need.class);
        talk.runner.send(new ToRunner.Grant(need.request(), C, true, true, 1000L));
        var done = talk.next(FromRunner.Done.class).outputs();
        assertThat(done.value(done.size() - 1)).isEqualTo(1000L + ones.length - before);
      }
    }
  }

  @Test
  void aWaitingRunnerGivesBackAtOnceButNotWhatItIsUpdating() {
    try (var talk = with("void action(long x) { e.set(1L); c.update(y -> d.get()); }")) {
      talk.work(1L);
      var first = talk.next(FromRunner.Need.class);
      assertThat(first.locked()).isEmpty();
      talk.grant(first);
      talk.grant(talk.next(FromRunner.Need.class));
      var second = talk.next(FromRunner.Need.class);
      assertThat(second.item()).isEqualTo(D);
      assertThat(second.exclusive()).isFalse();
      assertThat(second.locked()).containsExactly(C);
      talk.runner.send(new ToRunner.Recall(C));
      talk.runner.send(new ToRunner.Recall(E));
      assertThat(talk.next(FromRunner.Back.class))
          .isEqualTo(new FromRunner.Back(List.of(E), List.of(new Change(E, true, 1L))));
      talk.runner.send(new ToRunner.Grant(second.request(), D, false, true, 42L));
      assertThat(talk.next(FromRunner.Back.class))
          .isEqualTo(new FromRunner.Back(List.of(C), List.of(new Change(C, true, 42L))));
      talk.next(FromRunner.Done.class);
    }
  }

  @Test
  void aGrantIsUsedBeforeARecallThatFollowsIt() {
    try (var talk = with(ADD)) {
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
    try (var talk = with(ADD_AND_TELL)) {
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
  void aRefusalIsADeadlockExceptionThatCanBeCaught() {
    try (var talk =
        with(
            """
            void action(long x) {
              try { c.update(y -> d.update(z -> 1L)); }
              catch (DeadlockException e) { emit(e.getMessage()); }
              emit(c.get());
            }
            """)) {
      talk.work(1L);
      talk.grant(talk.next(FromRunner.Need.class));
      var need = talk.next(FromRunner.Need.class);
      talk.runner.send(new ToRunner.Refuse(need.request(), "runner 1 waits"));
      assertThat(talk.next(FromRunner.Done.class).outputs().values())
          .containsExactly("runner 1 waits", 0L);
    }
  }

  @Test
  void aNestedWriteOfTheSameItemIsAnError() {
    try (var talk =
        with(
            """
            void action(long x) {
              Runnable[] all = {
                () -> c.update(y -> c.update(z -> z)),
                () -> c.update(y -> { c.set(1L); return y; }),
                () -> p.update("k", y -> { p.set("k", 1L); return y; }),
                () -> p.update("k", y -> { p.delete("k"); return y; })};
              for (var each : all) {
                try { each.run(); } catch (IllegalStateException e) { emit(e.getMessage()); }
              }
              emit(p.update("k", y -> p.update("l", z -> 7L)));
              emit(counts.update("sizes", s -> (long) p.size()));
              emit(p.get("sizes"));
            }
            """)) {
      var outputs = talk.run(1L);
      assertThat(outputs.subList(0, 4))
          .allSatisfy(text -> assertThat((String) text).contains("is being updated"));
      assertThat(outputs.subList(4, 7)).containsExactly(7L, 2L, 2L);
    }
  }

  @Test
  void valuesAreCopiesAndAnExceptionInAnUpdateLeavesThem() {
    try (var talk =
        with(
            """
            final Cell<Map<String, List<Long>>> lists = lists();
            @SuppressWarnings("unchecked")
            private Cell<Map<String, List<Long>>> lists() {
              return (Cell<Map<String, List<Long>>>) (Cell<?>) cell("lists", Map.class);
            }
            void action(long x) {
              var given = new HashMap<>(Map.of("a", new ArrayList<>(List.of(1L))));
              lists.set((Map) given);
              given.get("a").add(9L);
              try {
                lists.update(y -> { y.get("a").add(2L); throw new IllegalStateException(); });
              } catch (IllegalStateException e) {}
              lists.get().get("a").add(3L);
              emit(lists.get());
              var fresh = lists.update(y -> { y.get("a").add(4L); return y; });
              fresh.get("a").add(5L);
              emit(lists.get());
            }
            """)) {
      assertThat(talk.run(1L))
          .containsExactly(Map.of("a", List.of(1L)), Map.of("a", List.of(1L, 4L)));
    }
  }

  @Test
  void poolsByKey() {
    try (var talk =
        with(
            """
            void action(long x) {
              emit(p.get("k"));
              emit(p.contains("k"));
              p.set("k", null);
              emit(p.contains("k"));
              emit(p.update("k", v -> List.of("n")));
              emit(p.get("k"));
              emit(p.delete("k"));
              emit(p.delete("k"));
              emit(p.get("k"));
              emit(counts.get("k"));
              emit(p.update("l", v -> 3.5));
            }
            """)) {
      assertThat(talk.run(1L))
          .isEqualTo(
              Arrays.asList(
                  null, false, true, List.of("n"), List.of("n"), true, false, null, 0L, 3.5));
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
            void action(long x) {
              counts.update("k", v -> v + x);
              p.set("m", List.of(1));
              p.delete("old");
              emit(p.keys());
              emit(p.items());
              emit(p.size());
              emit(p.get("missing"));
            }
            """)) {
      talk.work(1L);
      var need = talk.next(FromRunner.Need.class);
      assertThat(need.item()).isEqualTo(K);
      talk.runner.send(
          new ToRunner.Grant(need.request(), P, true, true, Map.of("k", 4L, "old", List.of("x"))));
      var outputs = talk.next(FromRunner.Done.class).outputs().values();
      assertThat(outputs.get(0))
          .asInstanceOf(InstanceOfAssertFactories.LIST)
          .containsExactlyInAnyOrder("k", "m");
      assertThat(outputs.subList(1, 4))
          .containsExactly(Map.of("k", 5L, "m", List.of(1L)), 2L, null);
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
        with("Object action(long x) { p.set(\"a\", 1); p.delete(\"b\"); return p.items(); }")) {
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
            void begin() {
              log(c.get() + " " + p.get("k") + " " + p.keys());
              c.set(0L);
              p.set("k", "mine");
              p.delete("l");
              log(c.get() + " " + p.items());
              emit("dropped");
            }
            void action(long x) { emit(c.get()); emit(p.get("k")); }
            """)) {
      talk.state.put(C, 5L);
      talk.state.put(K, "theirs");
      talk.state.put(Item.key("p", "l"), 1L);
      talk.runner.send(new ToRunner.Begin(true));
      assertThat(talk.answer(FromRunner.Begun.class).outputs().size()).isZero();
      assertThat(talk.needs).isNotEmpty().allMatch(FromRunner.Need::peek);
      assertThat(talk.line()).isEqualTo("5 theirs [k, l]");
      assertThat(talk.line()).isEqualTo("0 {k=mine}");
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
            final Cell<Object> any = cell("c", Object.class);
            void action(long x) {
              for (var bad : new Object[] {
                  Set.of(1), Double.NaN, List.of(Map.of("a", Double.POSITIVE_INFINITY)),
                  Map.of(1, 2), new Object(), java.time.LocalDate.of(2020, 1, 1)}) {
                try { any.set(bad); } catch (IllegalArgumentException e) { emit(e.getMessage()); }
              }
              try { p.get(null); } catch (IllegalArgumentException e) { emit(e.getMessage()); }
              emit(any.get());
            }
            """)) {
      assertThat(talk.run(1L))
          .containsExactly(
              "cell 'c' is of type java.util.ImmutableCollections$Set12, which is not a JSON value:"
                  + " use List.copyOf(...)",
              "cell 'c' is NaN, which JSON does not have: use null or a number",
              "cell 'c' at [0].a is Infinity, which JSON does not have: use null or a number",
              "cell 'c' has the key 1; the keys of a JSON object are Strings: use"
                  + " String.valueOf(key)",
              "cell 'c' is of type java.lang.Object, which is not a JSON value: use null, a"
                  + " boolean, a number, a String, a List, a Map<String, ...> or a record",
              "cell 'c' is of type java.time.LocalDate, which is not a JSON value: use toString()",
              "pool 'p': a key is a String, not null",
              null);
    }
  }

  @Test
  void recordsAreValues() {
    try (var talk =
        JavaTalk.of(
            folder,
            """
            record Mean(long n, double sum) {
              double value() { return sum / n; }
            }
            final Cell<Mean> mean = cell("mean", Mean.class, new Mean(0, 0));
            final Pool<double[]> windows = pool("windows", double[].class, new double[] {});
            void action(double x) {
              emit(mean.update(m -> new Mean(m.n() + 1, m.sum() + x)).value());
              emit(windows.update("w", w -> DoubleStream.concat(DoubleStream.of(w), DoubleStream.of(x)).toArray()));
            }
            """)) {
      assertThat(talk.run(1L, 2.5)).containsExactly(1.0, List.of(1.0), 1.75, List.of(1.0, 2.5));
      assertThat(talk.sync(1).changes())
          .containsExactlyInAnyOrder(
              new Change(Item.cell("mean"), true, Map.of("n", 2L, "sum", 3.5)),
              new Change(Item.key("windows", "w"), true, List.of(1.0, 2.5)));
      talk.runner.send(new ToRunner.Recall(Item.cell("mean")));
      talk.next(FromRunner.Back.class);
      talk.state.put(Item.cell("mean"), Map.of("n", "two", "sum", 3.5));
      assertThat(talk.fails(1L).summary())
          .isEqualTo("cell 'mean' at .n is \"two\", where a long is wanted");
    }
  }

  @Test
  void otherThreadsAndConstructorsMayNotUseThem() {
    try (var talk =
        with(
            """
            void action(long x) throws Exception {
              c.set(5L);
              var thread = new Thread(() -> {
                try { c.get(); } catch (IllegalStateException e) { log(e.getMessage()); }
              });
              thread.start();
              thread.join();
            }
            """)) {
      talk.run(1L);
      assertThat(talk.line()).contains("only on the thread that calls begin, action and end");
    }
    try (var talk =
        new JavaTalk(
            ProgramSpec.of(
                JavaTalk.write(
                    folder,
                    JavaTalk.model(
                        "final Cell<Long> c = cell(\"c\", Long.class); M() { c.set(1L); } void action(long x) {}"))))) {
      assertThat(talk.next(FromRunner.Failed.class).summary())
          .contains("cell 'c'")
          .contains("initialise them in begin");
    }
  }
}
