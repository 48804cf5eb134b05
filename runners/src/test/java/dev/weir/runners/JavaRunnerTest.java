package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.Batch;
import dev.weir.graph.Control;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class JavaRunnerTest {

  @TempDir Path folder;

  private JavaTalk of(String body) {
    return JavaTalk.of(folder, body);
  }

  private FromRunner.Failed failure(String source) {
    try (var talk = new JavaTalk(ProgramSpec.of(JavaTalk.write(folder, source)))) {
      return talk.next(FromRunner.Failed.class);
    }
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
  void outputsGoToOddSlots() {
    try (var talk = of("void action(long x) { emit(x); emit(3, -x); if (x == 2) emit(2, x); }")) {
      talk.work(1L);
      var outputs = talk.answer(FromRunner.Done.class).outputs();
      assertThat(List.of(outputs.slot(0), outputs.slot(1))).containsExactly(1, 3);
      assertThat(outputs.values()).containsExactly(1L, -1L);
      assertThat(talk.fails(2L).summary()).contains("output slots are odd, and 2 is none");
    }
  }

  @Test
  void beginAndEndPutOutToo() {
    try (var talk =
        of(
            "long n; void begin() { emit(\"b\"); } void action(long x) { n++; } long end() { return n; }")) {
      talk.runner.send(new ToRunner.Begin(false));
      assertThat(talk.answer(FromRunner.Begun.class).outputs().values()).containsExactly("b");
      assertThat(talk.run(1L, 1L)).isEmpty();
      talk.runner.send(new ToRunner.End());
      assertThat(talk.answer(FromRunner.Ended.class).outputs().values()).containsExactly(2L);
    }
  }

  @Test
  void slotsMayHaveMethodsOfTheirOwn() {
    var file =
        JavaTalk.write(
            folder,
            "class M { long one(long x) { return x; } String two(String x) { return x; } }");
    var spec = new ProgramSpec(file, Map.of(0, "one", 2, "two"), Set.of(), true, false);
    try (var talk = JavaTalk.with(spec)) {
      assertThat(talk.run(1L)).containsExactly(1L);
      talk.runner.send(new ToRunner.Work(9, 2, false, Batch.of(1, "a")));
      assertThat(talk.answer(FromRunner.Done.class).outputs().values()).containsExactly("a");
      talk.runner.send(new ToRunner.Work(9, 4, false, Batch.of(1, "a")));
      assertThat(talk.answer(FromRunner.Failed.class).summary())
          .contains("has no method for the records of slot 4");
    }
  }

  @Test
  void setsComeAndGoAsLists() {
    var file =
        JavaTalk.write(
            folder,
            JavaTalk.model(
                """
                List<Long> action(List<Long> set, int slot, long n) {
                  emit(3, set.size());
                  return n == 2 ? List.of(n, set.get(0)) : List.of();
                }
                """));
    var spec = new ProgramSpec(file, Map.of(), Set.of(0, 1), true, false);
    try (var talk = JavaTalk.with(spec)) {
      talk.set(5L, 6L);
      assertThat(talk.answer(FromRunner.Done.class).outputs().values())
          .containsExactly(2L, 2L, 5L, Control.SET);
      talk.set();
      assertThat(talk.answer(FromRunner.Done.class).outputs().values())
          .containsExactly(0L, Control.SET);
    }
    JavaTalk.write(folder, JavaTalk.model("long action(List<Long> set) { return 1; }"));
    try (var talk = JavaTalk.with(spec)) {
      talk.set(5L, 6L);
      assertThat(talk.answer(FromRunner.Failed.class).summary())
          .contains("slot 1 holds sets of records, and a Long is none: put out a List");
    }
    JavaTalk.write(folder, JavaTalk.model("void action(long x) {}"));
    try (var talk = new JavaTalk(spec)) {
      assertThat(talk.next(FromRunner.Failed.class).summary()).contains("let it take a List");
    }
  }

  @Test
  void fastScoresFormTakesAndGivesText() {
    try (var talk =
        JavaTalk.with(
            folder,
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
  void aProgramThatGoesOnTellsItsFailuresAndDropsTheirOutputs() {
    var file =
        JavaTalk.write(
            folder,
            JavaTalk.model(
                """
                final Cell<Long> sum = cell("sum", Long.class, 0L);
                long deep(long x) { return deep(x + 1) + 1; }
                long action(long x) {
                  emit(x);
                  sum.update(s -> s + x);
                  return x == 2 ? 1 / (x - 2) : x == 3 ? deep(x) : -x;
                }
                """));
    try (var talk = JavaTalk.with(JavaTalk.goingOn(file, Set.of()))) {
      talk.work(1L, 2L, 3L, "four", 5L);
      var done = talk.answer(FromRunner.Done.class);
      assertThat(done.outputs().values()).containsExactly(1L, -1L, 5L, -5L);
      assertThat(done.failures()).extracting(FromRunner.Failure::index).containsExactly(1, 2, 3);
      assertThat(done.failures())
          .extracting(FromRunner.Failure::summary)
          .containsExactly(
              "ArithmeticException: / by zero",
              "StackOverflowError",
              "the record is \"four\", where a long is wanted");
      assertThat(talk.sync(1).changes()).containsExactly(new Change(Item.cell("sum"), true, 11L));
    }
  }

  @Test
  void compileErrorsNameFileLineAndText() {
    var failed =
        failure("class M {\n  long action(long x) {\n    return \"no\";\n  }\n  int y = z;\n}\n");
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
    assertThat(failure("class M { long actoin(long x) { return x; } }").summary())
        .contains("has no class with a method action, which a model needs, such as");
    assertThat(failure("class M { void action() {} }").summary())
        .contains("action takes no parameters; it is called as action(data)");
    assertThat(failure("class M { void action(int a, int b, int c, int d) {} }").summary())
        .contains("action takes 4 parameters");
    assertThat(failure("class M { void action(long x, String slot) {} }").summary())
        .contains("parameter 2 is the slot, an int, and not a String");
    assertThat(failure("class M { void action(long x) {} void action(int x) {} }").summary())
        .contains("M has 2 methods action; keep one of them");
    assertThat(failure("class M { void action(Thread x) {} }").summary())
        .contains("the type java.lang.Thread is not one that a JSON value can be read as");
    assertThat(failure("class M { M(int x) {} void action(long x) {} }").summary())
        .contains("M needs a constructor without parameters");
    assertThat(failure("class M { void begin(int x) {} void action(long x) {} }").summary())
        .contains("begin takes parameters; it is called as begin()");
    assertThat(
            failure("class M { void action(long x) {} }\nclass N { void action(long x) {} }")
                .summary())
        .contains("has several classes with a method action: M, N");
    assertThat(
            failure(
                "class M { M() { throw new IllegalStateException(\"no\"); } void action(long x) {} }"))
        .satisfies(failed -> assertThat(failed.summary()).isEqualTo("IllegalStateException: no"))
        .satisfies(failed -> assertThat(failed.trace()).contains("at M.<init>"));
    assertThat(failure("import org.nowhere.Thing;\nclass M {}").summary())
        .contains("model.java:1: package org.nowhere does not exist");
  }

  @Test
  void eachRunnerHasItsOwnStatics() {
    var program =
        JavaProgram.of(
            ProgramSpec.of(
                JavaTalk.write(
                    folder, "class M { static long n; long action(long x) { return ++n; } }")));
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
  void whatItPrintsIsTheJobsLog() {
    try (var talk =
        of(
            """
            void begin() { System.out.println("out"); System.err.printf("%s%n", "err"); }
            void action(long x) {
              log("a\\nb");
              Stream.of("x", "y").forEach(System.out::println);
              System.out.print("unfinished");
              new Inner().tell();
            }
            static class Inner { void tell() { System.out.println(" line"); } }
            """)) {
      talk.begin();
      talk.run(1L);
      for (var line : List.of("out", "err", "a", "b", "x", "y", "unfinished line")) {
        assertThat(talk.line()).isEqualTo(line);
      }
    }
  }

  @Test
  void whereItIsIsTold() {
    try (var talk =
        of(
            """
            final Cell<Long> c = cell("c", Long.class);
            void action(long x) { log("in"); if (x == 0) c.get(); else while (true) Thread.onSpinWait(); }
            """)) {
      talk.runner.send(new ToRunner.Where());
      assertThat(talk.next(FromRunner.Stack.class).trace()).isEqualTo("waiting for records");
      talk.work(0L);
      var need = talk.next(FromRunner.Need.class);
      talk.runner.send(new ToRunner.Where());
      assertThat(talk.next(FromRunner.Stack.class).trace())
          .contains("at M.action")
          .contains("model.java:6)")
          .endsWith("waiting for cell 'c'");
      talk.grant(need);
      talk.next(FromRunner.Done.class);
      talk.line();
      talk.work(1L);
      talk.line();
      talk.runner.send(new ToRunner.Where());
      assertThat(talk.next(FromRunner.Stack.class).trace()).contains("at M.action");
      talk.runner.kill();
      assertThat(talk.line()).contains("its thread is left to itself");
      assertThat(talk.next(FromRunner.Exited.class).how()).contains("abandoned");
    }
  }

  @Test
  void aKilledRunnerEndsAtItsNextRecordOrWait() {
    try (var talk =
        of("void action(long x) throws Exception { log(\"in\"); Thread.sleep(1L << 40); }")) {
      talk.work(1L);
      talk.line();
      talk.runner.kill();
      FromRunner last = talk.next();
      while (last instanceof FromRunner.Failed) {
        last = talk.next();
      }
      assertThat(last).isInstanceOf(FromRunner.Exited.class);
    }
  }

  @Test
  void theOutlineNamesFunctionsAndWhatIsLost() {
    var file =
        JavaTalk.write(
            folder,
            JavaTalk.model(
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
