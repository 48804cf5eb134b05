package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JavaLeasesTest extends LeasesContract {

  JavaLeasesTest() {
    super("model.java");
  }

  @Override
  String source(Program program) {
    return Conversation.javaModel(
        """
        final Cell<Object> any = cell("c", Object.class);
        final Cell<Long> c = cell("c", Long.class);
        final Cell<Long> d = cell("d", Long.class);
        final Cell<Long> e = cell("e", Long.class);
        final Pool<Object> p = pool("p", Object.class);
        final Pool<Long> counts = pool("p", Long.class, 0L);
        static long sum(Long y, long x) { return y == null ? x : y + x; }
        void failing(Runnable code) {
          try { code.run(); } catch (RuntimeException e) { emit(e.getMessage()); }
        }
        """
            + body(program));
  }

  private static String body(Program program) {
    return switch (program) {
      case SET_AND_GET -> "void action(long x) { if (x > 0) c.set(x); emit(c.get()); }";
      case ADD -> "long action(long x) { return c.update(y -> sum(y, x)); }";
      case ADD_SLOWLY ->
          "void action(long x) throws Exception { c.update(y -> sum(y, x)); Thread.sleep(1); }";
      case UPDATE_FROM_D -> "void action(long x) { e.set(1L); c.update(y -> d.get()); }";
      case DEADLOCK ->
          """
          void action(long x) {
            try { c.update(y -> d.update(z -> 1L)); }
            catch (DeadlockException e) { emit(e.getMessage()); }
            emit(c.get());
          }
          """;
      case NESTED ->
          """
          Object action(long x) {
            failing(() -> c.update(y -> c.update(z -> z)));
            failing(() -> c.update(y -> { c.set(1L); return y; }));
            failing(() -> p.update("k", y -> { p.set("k", 1L); return y; }));
            failing(() -> p.update("k", y -> { p.delete("k"); return y; }));
            return p.update("k", y -> p.update("l", z -> 7L));
          }
          """;
      case FAILED_UPDATES ->
          """
          final Cell<Map> lists = cell("c", Map.class);
          @SuppressWarnings("unchecked")
          void action(long x) {
            lists.set(Map.of("a", List.of(1L)));
            try {
              lists.update(y -> { ((List<Long>) y.get("a")).add(2L); throw new IllegalStateException(); });
            } catch (IllegalStateException e) {}
            try { any.update(y -> new Object()); } catch (IllegalArgumentException e) {}
            emit(lists.get());
          }
          """;
      case FAILED_UPDATES_LOCK_NOTHING ->
          """
          static <T> T bad(T x) { throw new IllegalStateException(); }
          void action(long x) {
            try { c.update(M::bad); } catch (IllegalStateException e) {}
            c.set(1L);
            c.update(y -> {
              try { p.update("k", M::bad); } catch (IllegalStateException e) {}
              p.set("k", 2L);
              failing(() -> c.set(3L));
              return d.get();
            });
          }
          """;
      case POOL_BY_KEY ->
          """
          void action(long x) {
            emit(p.get("k")); emit(p.contains("k"));
            p.set("k", null);
            emit(p.contains("k"));
            emit(p.update("k", v -> Collections.singletonMap("n", v))); emit(p.get("k"));
            emit(p.delete("k")); emit(p.delete("k")); emit(p.get("k"));
            emit(p.update("", v -> 3.5));
          }
          """;
      case WHOLE_POOL ->
          """
          void action(long x) {
            counts.update("k", v -> v + x);
            p.set("m", List.of(1));
            p.delete("old");
            emit(p.keys().stream().sorted().toList());
            emit(p.items()); emit(p.size()); emit(p.get("missing"));
          }
          """;
      case OLD_AND_NEW ->
          "Object action(long x) { p.set(\"a\", 1); p.delete(\"b\"); return p.items(); }";
      case OVERLAY ->
          """
          void tell() { log(c.get() + " " + p.get("k") + " " + String.join(" ", p.keys())); }
          void begin() {
            tell();
            c.set(0L); p.set("k", "mine"); p.delete("l");
            tell();
            emit("dropped");
          }
          void action(long x) { emit(c.get()); emit(p.get("k")); }
          """;
      case NOT_VALUES ->
          """
          void action(long x) {
            for (var bad : new Object[] {
                Set.of(1), Double.NaN, List.of(Map.of("a", Double.POSITIVE_INFINITY)),
                Map.of(1, 2), new Object(), java.time.LocalDate.of(2020, 1, 1)}) {
              failing(() -> any.set(bad));
            }
            failing(() -> p.get(null));
            emit(any.get());
          }
          """;
    };
  }

  @Override
  List<String> refusals() {
    return List.of(
        "cell 'c' is of type java.util.ImmutableCollections$Set12, which is not a JSON value: use List.copyOf(...)",
        "cell 'c' is NaN, which JSON does not have: use null or a number",
        "cell 'c' at [0].a is Infinity, which JSON does not have: use null or a number",
        "cell 'c' has the key 1; the keys of a JSON object are Strings: use String.valueOf(key)",
        "cell 'c' is of type java.lang.Object, which is not a JSON value: use null, a boolean, a number, a String, a List, a Map<String, ...> or a record",
        "cell 'c' is of type java.time.LocalDate, which is not a JSON value: use toString()",
        "pool 'p': a key is a String, not null");
  }

  private Conversation of(String body) {
    return with(Conversation.javaModel(body));
  }

  @Test
  void theFirstValueMayBeSaidAndUpdatesMaySeeTheWholePool() {
    try (var talk =
        of(
            """
            final Cell<Long> c = cell("c", Long.class, 5L);
            final Pool<Long> counts = pool("p", Long.class, 0L);
            void action(long x) {
              emit(c.get());
              emit(counts.get("k"));
              counts.set("k", 1L);
              emit(counts.update("sizes", s -> (long) counts.size()));
              emit(counts.get("sizes"));
            }
            """)) {
      assertThat(talk.run(1L)).containsExactly(5L, 0L, 1L, 1L);
    }
  }

  @Test
  void valuesAreCopies() {
    try (var talk =
        of(
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
  void recordsAreValues() {
    try (var talk =
        of(
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
  void otherThreadsMayNotUseThem() {
    try (var talk =
        of(
            """
            final Cell<Long> c = cell("c", Long.class);
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
  }
}
