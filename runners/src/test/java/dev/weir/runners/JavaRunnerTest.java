package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.Batch;
import dev.weir.graph.Control;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class JavaRunnerTest extends RunnerContract {

  JavaRunnerTest() {
    super("model.java");
  }

  @Override
  String language() {
    return "Java \\d+.*";
  }

  @Override
  long leastMemory() {
    return -1; // a thread has no memory of its own
  }

  @Override
  String source(Program program) {
    return switch (program) {
      case ECHO -> "class M { Object action(Object x) { return x; } }";
      case ALL_FUNCTIONS ->
          model(
              """
              final List<Object> seen = new ArrayList<>();
              String begin() { seen.add("begin"); return "first"; }
              void action(long x) { seen.add(x); emit(x); emit(3, -x); }
              void end() { emit(seen.size()); emit(3, seen); }
              """);
      case SLOT_AND_NUMBER ->
          model("void action(String x, int slot, long n) { emit(List.of(x, slot, n)); }");
      case TWO_ACTIONS ->
          model("long even(long x) { return x + 1; } void other(String x) { emit(3, x); }");
      case FAILING ->
          model(
              """
              final Cell<Long> c = cell("c", Long.class, 0L);
              void action(long x) {
                System.out.println("called " + x);
                c.update(y -> y + x);
                emit(x);
                if (x == 2) throw new IllegalStateException("two is bad");
                if (x == 4) emit(new Object());
                emit(3, -x);
              }
              """);
      case BAD_BEGIN_AND_END ->
          model(
              """
              void begin() { throw new IllegalStateException("no begin"); }
              void action(long x) {}
              void end() { emit(1); throw new IllegalStateException("no end"); }
              """);
      case SYNTAX_ERROR -> "class M {\n  long action(long x) { return x +; }\n}\n";
      case BAD_LOAD ->
          "class M { M() { throw new IllegalStateException(\"no load\"); } void action(long x) {} }";
      case NO_ACTION -> "class M { long score(long x) { return x; } }";
      case NO_PARAMETERS -> "class M { void action() {} }";
      case FOUR_PARAMETERS -> "class M { void action(int a, int b, int c, int d) {} }";
      case BEGIN_WITH_PARAMETER -> "class M { void begin(int x) {} void action(long x) {} }";
      case CELL_WHILE_LOADING ->
          model(
              "final Cell<Long> c = cell(\"c\", Long.class); M() { c.set(1L); } void action(long x) {}");
      case PRINTS ->
          model(
              """
              M() { System.out.println("loading"); }
              void action(long x) {
                System.out.println("out " + x);
                System.err.printf("%s%n", "err");
                System.out.println("\\u00e9");
                System.out.print("no end");
              }
              """);
      case SETS_A_CELL -> model("void action(long x) {\n  cell(\"c\", Long.class).set(1L);\n}");
      case HANGS ->
          model("void action(long x) throws Exception { log(\"in\"); Thread.sleep(1L << 40); }");
      case SEED_CELL ->
          model(
              """
              final Cell<Long> counter = cell("counter", Long.class);
              void begin() { counter.set(0L); }
              long action(long x) { counter.update(y -> x + y); return counter.get(); }
              """);
      case SEED_POOL ->
          model(
              """
              final Pool<Long> counter = pool("counter", Long.class);
              void begin() { counter.set("x", 0L); }
              long action(long v) { counter.update("x", x -> x + 1); return counter.get("x"); }
              """);
      case SEED_SNAPSHOT ->
          model(
              """
              final Cell<Long> sum = cell("sum", Long.class);
              void begin() { if (sum.get() == null) sum.set(0L); }
              long action(long x) { sum.update(y -> x + y); return sum.get(); }
              """);
    };
  }

  private static String model(String body) {
    return Conversation.javaModel(body);
  }

  private Conversation of(String body) {
    return with(model(body));
  }

  @Test
  void parametersAreTheRecordItsSlotAndItsNumber() {
    for (var parameters : List.of("long x", "long x, int s", "long x, Long s, int n")) {
      var rest = parameters.split(",").length;
      var names = List.of("x", "s", "n").subList(0, rest);
      try (var talk =
          of(
              "String action("
                  + parameters
                  + ") { return \"\" + "
                  + String.join(" + \",\" + ", names)
                  + "; }")) {
        talk.runner.send(new ToRunner.Work(1, 2, false, Batch.of(7, 5L, 6L)));
        assertThat(talk.answer(FromRunner.Done.class).outputs().values())
            .isEqualTo(
                List.of(
                    List.of("5", "5,2", "5,2,7").get(rest - 1),
                    List.of("6", "6,2", "6,2,8").get(rest - 1)));
      }
    }
  }

  @Test
  void numbersAreReadAsTheTypesThatHoldThem() {
    var big = BigInteger.ONE.shiftLeft(70);
    accepts("long", 5L, 5L);
    accepts("long", 5.0, 5L);
    accepts("int", -5L, -5L);
    accepts("double", 5L, 5.0);
    accepts("float", 0.5, 0.5);
    accepts("Double", null, List.of());
    accepts("boolean", true, true);
    accepts("String", "a", "a");
    accepts("Number", 5L, 5L);
    accepts("java.math.BigInteger", big, big);
    accepts("java.math.BigInteger", 5L, 5L);
    accepts("Object", Map.of("a", List.of(1L)), Map.of("a", List.of(1L)));
    accepts("List<Integer>", List.of(1L, 2L), List.of(1L, 2L));
    accepts("int[][]", List.of(List.of(1L), List.of()), List.of(List.of(1L), List.of()));
    accepts("Map<String, Double>", Map.of("a", 1L), Map.of("a", 1.0));
    accepts("Optional<String>", null, List.of());
    accepts("Thread.State", "NEW", "NEW");
    refuses("long", 5.5, "the record is 5.5, where a long is wanted");
    refuses("long", big, "the record is " + big + ", where a long is wanted");
    refuses("long", null, "the record is null, where a long is wanted");
    refuses("int", 1L << 40, "the record is 1099511627776, where an int is wanted");
    refuses("String", 5L, "the record is 5, where a string is wanted");
    refuses("List<Long>", List.of(1L, "b"), "the record at [1] is \"b\", where a Long is wanted");
    refuses("Map<String, Long>", 5L, "the record is 5, where an object is wanted");
  }

  private void accepts(String type, Object record, Object output) {
    try (var talk = of(type + " action(" + type + " x) { return x; }")) {
      assertThat(talk.run(record)).isEqualTo(record == null ? output : List.of(output));
    }
  }

  private void refuses(String type, Object record, String summary) {
    try (var talk = of("void action(" + type + " x) {}")) {
      var failed = talk.fails(record);
      assertThat(failed.summary()).isEqualTo(summary);
      assertThat(failed.trace()).isEmpty();
    }
  }

  @Test
  void objectsAreRecordsBothWays() {
    var body =
        """
        record Leg(String to, Optional<Double> delay) {}
        record Flight(int number, List<Leg> legs) {}
        record Out(int number, double delay, Leg last) {}
        Out action(Flight f) {
          double sum = f.legs().stream().mapToDouble(leg -> leg.delay().orElse(0.0)).sum();
          return new Out(f.number(), sum, f.legs().isEmpty() ? null : f.legs().get(0));
        }
        """;
    try (var talk = of(body)) {
      var none = new HashMap<String, Object>();
      none.put("number", 2L);
      none.put("delay", 0.0);
      none.put("last", null);
      assertThat(
              talk.run(
                  Map.of("number", 1L, "legs", List.of(Map.of("to", "x", "delay", 2L)), "more", 1L),
                  Map.of("number", 2L, "legs", List.of())))
          .containsExactly(
              Map.of("number", 1L, "delay", 2.0, "last", Map.of("to", "x", "delay", 2.0)), none);
      assertThat(talk.fails(Map.of("number", 1L, "legs", List.of(Map.of("tu", "x")))).summary())
          .isEqualTo("the record at .legs[0] has no 'to', which Leg wants; it has tu");
    }
  }

  @Test
  void outputsAreWhatIsReturnedAndWhatIsEmitted() {
    outputs("Stream<Long> action(long x) { return Stream.of(x, x + 1); }", 1L, 2L);
    outputs("LongStream action(long x) { return LongStream.range(0, x + 1); }", 0L, 1L);
    outputs("Iterable<Object> action(long x) { return Arrays.asList(x, null); }", 1L, null);
    outputs("Iterator<Long> action(long x) { return List.of(x, x).iterator(); }", 1L, 1L);
    outputs("List<Long> action(long x) { return List.of(x, x); }", List.of(1L, 1L));
    outputs("Object action(long x) { return List.of(x, x); }", List.of(1L, 1L));
    outputs("void action(long x) { emit(x); emit(x + 1); }", 1L, 2L);
    outputs("long action(long x) { emit('a'); return x; }", "a", 1L);
    outputs("static double action(double x) { return x; }", 1.0);
    outputs("Long action(long x) { return null; }");
  }

  private void outputs(String body, Object... outputs) {
    try (var talk = of(body)) {
      assertThat(talk.run(1L)).isEqualTo(Arrays.asList(outputs));
    }
  }

  @Test
  void setsComeAndGoAsLists() {
    var slots = Set.of(0, 1);
    var program =
        model(
            """
            List<Long> action(List<Long> set, int slot, long n) {
              emit(3, set.size());
              return n == 2 ? List.of(n, set.get(0)) : List.of();
            }
            """);
    try (var talk = with(Map.of(), slots, false, program)) {
      talk.set(5L, 6L);
      assertThat(talk.answer(FromRunner.Done.class).outputs().values())
          .containsExactly(2L, 2L, 5L, Control.SET);
      talk.set();
      assertThat(talk.answer(FromRunner.Done.class).outputs().values())
          .containsExactly(0L, Control.SET);
    }
    program = model("long action(List<Long> set) { return 1; }");
    try (var talk = with(Map.of(), slots, false, program)) {
      talk.set(5L, 6L);
      assertThat(talk.answer(FromRunner.Failed.class).summary())
          .contains("slot 1 holds sets of records, and a Long is none: put out a List");
    }
    var file = write(model("void action(long x) {}"));
    try (var talk = new Conversation(new ProgramSpec(file, Map.of(), slots, true, false))) {
      assertThat(talk.next(FromRunner.Failed.class).summary()).contains("let it take a List");
    }
  }

  @Test
  void fastScoresFormTakesAndGivesText() {
    try (var talk =
        with(
            """
            public class Echo implements fastscore.IJavaModel {
              public void begin() {}
              public String action(String datum) {
                return datum.equals("0") ? null : datum.equals("1") ? "not JSON" : datum;
              }
              public void end() {}
            }
            """)) {
      assertThat(talk.run("hello", Map.of("a", List.of(1.5)), 0L, 1L))
          .containsExactly("hello", Map.of("a", List.of(1.5)), "not JSON");
    }
  }

  @Test
  void anExceptionIsToldWithTheModelsOwnFrames() {
    try (var talk =
        of(
            """
            long action(String x) {
              try { return Long.parseLong(x); }
              catch (NumberFormatException e) { throw new IllegalStateException("no number", e); }
            }
            """)) {
      var failed = talk.fails("1", "x");
      assertThat(failed.where()).isEqualTo("action");
      assertThat(failed.index()).isEqualTo(1);
      assertThat(failed.summary()).isEqualTo("IllegalStateException: no number");
      assertThat(failed.trace())
          .isEqualTo(
              """
              at M.action (FILE:7): catch (NumberFormatException e) { throw new IllegalStateException("no number", e); }
              caused by NumberFormatException: For input string: "x"
              at M.action (FILE:6): try { return Long.parseLong(x); }
              """
                  .replace("FILE", folder.resolve("model.java").toString()));
    }
  }

  @Test
  void whateverIsThrownAndRecordsThatDoNotFitAreSurvived() {
    var program =
        model(
            """
            long deep(long x) { return deep(x + 1) + 1; }
            long action(long x) { emit(x); return x == 3 ? deep(x) : -x; }
            """);
    try (var talk = with(Map.of(), Set.of(), true, program)) {
      talk.work(1L, 3L, "four", 5L);
      var done = talk.answer(FromRunner.Done.class);
      assertThat(done.outputs().values()).containsExactly(1L, -1L, 5L, -5L);
      assertThat(done.failures())
          .extracting(FromRunner.Failure::summary)
          .containsExactly("StackOverflowError", "the record is \"four\", where a long is wanted");
    }
  }

  @Test
  void compileErrorsNameFileLineAndText() {
    var failed =
        loadFails("class M {\n  long action(long x) {\n    return \"no\";\n  }\n  int y = z;\n}\n");
    assertThat(failed.where()).isEqualTo("load");
    assertThat(failed.summary())
        .isEqualTo(
            folder.resolve("model.java")
                + ":3: incompatible types: java.lang.String cannot be converted to long");
    assertThat(failed.trace())
        .contains("      return \"no\";\n             ^\n")
        .contains("model.java:5: cannot find symbol");
    assertThatThrownBy(() -> JavaProgram.of(ProgramSpec.of(folder.resolve("model.java"))).inspect())
        .isInstanceOf(RunnerException.class)
        .hasMessageContaining("model.java:3: incompatible types");
  }

  @Test
  void whatIsNoModelIsRefusedWithTheWayOut() {
    assertThat(loadFails("class M { long actoin(long x) { return x; } }").summary())
        .contains("has no class with a method action, which a model needs, such as");
    assertThat(loadFails("class M { void action(long x, String slot) {} }").summary())
        .contains("parameter 2 is the slot, an int, and not a String");
    assertThat(loadFails("class M { void action(long x) {} void action(int x) {} }").summary())
        .contains("M has 2 methods action; keep one of them");
    assertThat(loadFails("class M { void action(Thread x) {} }").summary())
        .contains("the type java.lang.Thread is not one that a JSON value can be read as");
    assertThat(loadFails("class M { M(int x) {} void action(long x) {} }").summary())
        .contains("M needs a constructor without parameters");
    assertThat(
            loadFails("class M { void action(long x) {} }\nclass N { void action(long x) {} }")
                .summary())
        .contains("has several classes with a method action: M, N");
    assertThat(
            loadFails(
                "class M { M() { throw new IllegalStateException(\"no\"); } void action(long x) {} }"))
        .satisfies(failed -> assertThat(failed.summary()).isEqualTo("IllegalStateException: no"))
        .satisfies(failed -> assertThat(failed.trace()).contains("at M.<init>"));
    assertThat(loadFails("import org.nowhere.Thing;\nclass M {}").summary())
        .contains("model.java:1: package org.nowhere does not exist");
  }

  @Test
  void eachRunnerHasItsOwnStatics() {
    var program =
        JavaProgram.of(
            ProgramSpec.of(
                write("class M { static long n; long action(long x) { return ++n; } }")));
    for (int i = 0; i < 2; i++) {
      var heard = new java.util.concurrent.LinkedBlockingQueue<FromRunner>();
      try (var runner =
          JavaRunner.start(
              program,
              new Runner.Listener() {
                @Override
                public void heard(FromRunner message) {
                  heard.add(message);
                }

                @Override
                public void printed(String line) {}
              })) {
        runner.send(new ToRunner.Work(1, 0, false, Batch.of(1, 0L)));
        assertThat(take(heard)).isInstanceOf(FromRunner.Ready.class);
        assertThat(((FromRunner.Done) take(heard)).outputs().values()).containsExactly(1L);
      }
      assertThat(take(heard)).isInstanceOf(FromRunner.Exited.class);
      assertThat(heard).isEmpty();
    }
  }

  private static FromRunner take(java.util.concurrent.BlockingQueue<FromRunner> queue) {
    try {
      return queue.take();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void whateverWritesIsTheJobsLog() {
    try (var talk =
        of(
            """
            void action(long x) {
              log("a\\nb");
              Stream.of("x", "y").forEach(System.out::println);
              System.out.print("unfinished");
              new Inner().tell();
            }
            static class Inner { void tell() { System.out.println(" line"); } }
            """)) {
      talk.run(1L);
      for (var line : List.of("a", "b", "x", "y", "unfinished line")) {
        assertThat(talk.line()).isEqualTo(line);
      }
    }
  }

  @Test
  void aHangIsLocatedAndCanBeAbandoned() {
    try (var talk = of("void action(long x) { log(\"in\"); while (true) Thread.onSpinWait(); }")) {
      talk.work(1L);
      talk.line();
      talk.runner.send(new ToRunner.Where());
      assertThat(talk.next(FromRunner.Stack.class).trace())
          .contains("at M.action")
          .contains("model.java:5)");
      talk.runner.kill();
      assertThat(talk.line()).contains("its thread is left to itself");
      assertThat(talk.next(FromRunner.Exited.class).how()).contains("abandoned");
    }
  }

  @Test
  void theOutlineNamesFunctionsAndWhatIsLost() {
    var file =
        write(
            model(
                """
                long n;
                static int shared;
                final List<Long> window = new ArrayList<>();
                static final List<Long> CONSTANTS = List.of(1L);
                final String name = "x";
                final Cell<Long> c = cell("c", Long.class);
                Pool<Long> p = pool("p", Long.class);
                void begin() {}
                void action(long x, int slot) {}
                """));
    assertThat(JavaProgram.of(ProgramSpec.of(file)).inspect())
        .isEqualTo(new JavaOutline(Set.of("begin", "action"), 2, List.of("n", "shared", "window")));
  }
}
