package dev.weir.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.graph.Batch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class PythonRunnerTest {

  @TempDir Path folder;

  private Conversation with(String program) {
    return Conversation.with(folder, program);
  }

  private FromRunner.Failed loadFails(String program) {
    try (var talk = new Conversation(Conversation.write(folder, program))) {
      var failed = talk.next(FromRunner.Failed.class);
      assertThat(failed.where()).isEqualTo("load");
      return failed;
    }
  }

  @Test
  void saysWhichPythonItIs() {
    try (var talk = new Conversation(Conversation.write(folder, "def action(x): yield x"))) {
      var ready = talk.next(FromRunner.Ready.class);
      assertThat(ready.pid()).isEqualTo(talk.runner.pid());
      assertThat(ready.language()).matches("CPython 3\\.\\d+\\.\\d+.*");
      assertThat(talk.runner.memory()).isBetween(1L << 20, 1L << 30);
    }
  }

  @Test
  void generatorsAndFunctions() {
    try (var talk =
        with(
            """
            def action(x):
              if x == 0: return None
              if x == 1: return iter([1, 'one'])
              if x == 2: return (y for y in [2, {'two': [2.5, None, True]}])
              if x == 3: return [3]
              return (1, x)
            """)) {
      assertThat(talk.run(0L, 1L, 2L, 3L, 4L))
          .isEqualTo(
              List.of(
                  1L, "one", 2L, Map.of("two", Arrays.asList(2.5, null, true)), List.of(3L), 4L));
    }
  }

  @Test
  void beginAndEndMayYield() {
    try (var talk =
        with(
            """
            seen = []
            def begin():
              yield 'first'
            def action(x):
              seen.append(x)
            def end():
              yield sum(seen)
              yield (3, seen)
            """)) {
      assertThat(talk.begin().outputs().values()).containsExactly("first");
      assertThat(talk.run(1L, 2L)).isEmpty();
      talk.runner.send(new ToRunner.End());
      var outputs = talk.next(FromRunner.Ended.class).outputs();
      assertThat(outputs.values()).containsExactly(3L, List.of(1L, 2L));
      assertThat(outputs.slot(0)).isEqualTo(1);
      assertThat(outputs.slot(1)).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "def action(a): yield [a]                                    | a",
        "def action(a, b): yield [a, b]                              | a 0",
        "def action(a, b, c): yield [a, b, c]                        | a 0 7,b 0 9",
        "def action(a, k=5): yield [a]                               | a",
        "def action(a, slot=5, seqno=6): yield [a, slot, seqno]      | a 0 7,b 0 9",
        "def action(*a): yield list(a)                               | a",
        "class A:%  def __call__(self, a, b): yield [a, b]%action = A() | a 0",
        "class A:%  def f(self, a, b): return [a, b]%action = A().f     | a 0",
        "action = lambda a: [a]                                      | a",
      })
  void parametersAreCounted(String program, String expected) {
    try (var talk = with(program.replace('%', '\n'))) {
      talk.runner.send(
          new ToRunner.Work(1, 0, false, Batch.of(new Object[] {"a", "b"}, new long[] {7, 9})));
      var outputs = talk.next(FromRunner.Done.class).outputs().values();
      var texts = new ArrayList<String>();
      outputs.forEach(
          o -> texts.add(String.join(" ", ((List<?>) o).stream().map(String::valueOf).toList())));
      var wanted = expected.split(",", -1);
      assertThat(texts).hasSize(2).startsWith(wanted);
    }
  }

  @Test
  void consecutiveSequenceNumbers() {
    try (var talk = with("def action(a, slot, seqno): yield seqno")) {
      talk.runner.send(new ToRunner.Work(1, 0, false, Batch.of(41, 0L, 0L)));
      assertThat(talk.next(FromRunner.Done.class).outputs().values()).containsExactly(41L, 42L);
    }
  }

  @Test
  void outputsAreMadeJsonValues() {
    try (var talk =
        with(
            """
            import collections, enum
            class Colour(enum.IntEnum):
              RED = 1
            class Number:
              ndim = 0
              def item(self): return 2.5
            class Text(str): pass
            Pair = collections.namedtuple('Pair', 'a b')
            def action(x):
              yield {'t': (1, (2,)), Text('k'): Text('v')}
              yield Number()
              yield [Colour.RED, collections.OrderedDict(a=1), Pair(1, 2)]
              yield (1, 2, 3)
              yield (3, (1, 2))
            """)) {
      talk.work(0L);
      var outputs = talk.next(FromRunner.Done.class).outputs();
      assertThat(outputs.values())
          .containsExactly(
              Map.of("t", List.of(1L, List.of(2L)), "k", "v"),
              2.5,
              List.of(1L, Map.of("a", 1L), List.of(1L, 2L)),
              List.of(1L, 2L, 3L),
              List.of(1L, 2L));
      assertThat(outputs.slot(4)).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{1}                | TypeError: the output is of type set, which is not a JSON value: use sorted(...) or list(...)",
        "float('nan')       | ValueError: the output is nan, which JSON does not have: use None or a number",
        "[1e400]            | ValueError: the output at [0] is inf, which JSON does not have: use None or a number",
        "{'a': {2: 3}}      | TypeError: the output at ['a'] has the key 2 of type int; the keys of a JSON object are str: use str(key)",
        "(2, 5)             | ValueError: a pair names the slot of an output, and 2 is none: output slots are odd; to output a pair, yield a list",
        "bytearray(b'x')    | TypeError: the output is of type bytearray, which is not a JSON value: use .decode(), or base64 for binary data",
        "memoryview(b'x')   | TypeError: the output is of type memoryview, which is not a JSON value: use .tolist()",
        "1j                 | TypeError: the output is of type complex, which is not a JSON value: use None, bool, int, float, str, list or dict",
      })
  void badOutputsAreBlamedOnTheirRecord(String output, String summary) {
    try (var talk =
        with("def action(x):\n  if x == 1: yield 1; yield 2\n  if x == 2: yield " + output)) {
      long id = talk.work(0L, 1L, 0L, 2L, 1L);
      var failed = talk.next(FromRunner.Failed.class);
      assertThat(failed.summary()).isEqualTo(summary);
      assertThat(failed.index()).isEqualTo(3);
      assertThat(failed.id()).isEqualTo(id);
    }
  }

  @Test
  void whatContainsItselfIsRefused() {
    try (var talk = with("def action(x):\n  a = [1]\n  a.append(a)\n  yield a")) {
      talk.work(0L);
      assertThat(talk.next(FromRunner.Failed.class).summary()).contains("contains itself");
    }
  }

  @Test
  void anExceptionNamesItsRecordAndOnlyTheUsersFrames() {
    try (var talk =
        with(
            """
            import weir
            def helper(x):
              return 10 // x
            def action(x):
              try:
                weir.cells('c').update(lambda y: helper(x))
              except ZeroDivisionError as e:
                raise ValueError('bad ' + str(x)) from e
            """)) {
      long id = talk.work(1L, 2L, 0L, 4L);
      var failed = talk.answer(FromRunner.Failed.class);
      assertThat(failed.where()).isEqualTo("action");
      assertThat(failed.id()).isEqualTo(id);
      assertThat(failed.index()).isEqualTo(2);
      assertThat(failed.summary()).isEqualTo("ValueError: bad 0");
      assertThat(failed.trace())
          .contains(
              "ZeroDivisionError", "The above exception was the direct cause", "return 10 // x")
          .contains("model.py\", line 3, in helper")
          .doesNotContain("<weir>", "<string>");
    }
  }

  @ParameterizedTest
  @CsvSource({"SystemExit(3),SystemExit: 3", "KeyboardInterrupt(),KeyboardInterrupt"})
  void attemptsToLeaveAreFailures(String exception, String summary) {
    try (var talk = with("def action(x):\n  raise " + exception + "\n  yield")) {
      talk.work(1L);
      assertThat(talk.next(FromRunner.Failed.class).summary()).isEqualTo(summary);
    }
  }

  @Test
  void nothingIsExecutedAfterAFailure() {
    try (var talk = with("def action(x):\n  print('called', x)\n  raise ValueError(x)")) {
      talk.work(1L);
      talk.work(2L);
      talk.runner.send(new ToRunner.End());
      talk.next(FromRunner.Failed.class);
      talk.runner.send(new ToRunner.Recall(Item.cell("c")));
      talk.next(FromRunner.Back.class);
      talk.runner.close();
      talk.next(FromRunner.Exited.class); // by then all that it printed has come
      assertThat(talk.printed).containsExactly("called 1");
    }
  }

  @Test
  void failuresOfBeginAndEnd() {
    try (var talk = with("def begin(): 1/0\ndef action(x): yield x")) {
      talk.runner.send(new ToRunner.Begin(false));
      var failed = talk.next(FromRunner.Failed.class);
      assertThat(failed.where()).isEqualTo("begin");
      assertThat(failed.summary()).isEqualTo("ZeroDivisionError: division by zero");
    }
    try (var talk = with("def end():\n  yield 1\n  raise ValueError\ndef action(x): yield x")) {
      talk.runner.send(new ToRunner.End());
      assertThat(talk.next(FromRunner.Failed.class).summary()).isEqualTo("ValueError");
    }
  }

  @Test
  void failuresToLoadNameTheLine() {
    assertThat(loadFails("x = 1\nfoo(x)\n").summary())
        .startsWith("NameError: name 'foo' is not defined (")
        .endsWith("model.py, line 2)");
    var syntax = loadFails("def action(x):\n  yield x +\n");
    assertThat(syntax.summary()).startsWith("SyntaxError: invalid syntax (model.py, line 2)");
    assertThat(syntax.trace()).contains("yield x +", "model.py\", line 2");
    assertThat(loadFails("import sys\nsys.exit('no')").summary()).startsWith("SystemExit: no (");
    assertThat(loadFails("def score(x): yield x").summary())
        .contains("defines no function action(data)");
    assertThat(loadFails("action = 5").summary()).contains("not a function but of type int");
    assertThat(loadFails("def action(): yield 1").summary()).contains("takes no parameters");
    assertThat(loadFails("def action(a, b, c, d): yield 1").summary())
        .contains("takes 4 parameters");
    assertThat(loadFails("async def action(a): yield 1").summary()).contains("is async");
    assertThat(loadFails("def begin(x): pass\ndef action(a): yield 1").summary())
        .contains("begin takes parameters");
    assertThat(loadFails("def action(a, *, k): yield 1").summary())
        .contains("only be given by name");
  }

  @Test
  void cellsAreNotForTheTimeOfLoading() {
    assertThat(loadFails("import weir\nweir.cells('c').set(1)\ndef action(x): yield x").summary())
        .contains("cell 'c'", "initialise them in begin", "line 2)");
  }

  @Test
  void aProgramThatClosesOurPipesEnds() {
    try (var talk = with("import os\ndef action(x):\n  os.closerange(3, 100)\n  yield x")) {
      talk.work(1L);
      assertThat(talk.next()).isInstanceOf(FromRunner.Exited.class);
    }
  }

  @Test
  void whatIsNoInterpreterIsSeen() {
    var file = Conversation.write(folder, "def action(x): yield x");
    var spec = new PythonSpec(new Python(Path.of("/bin/cat")), file);
    assertThatThrownBy(() -> PythonRunner.inspect(spec)).isInstanceOf(RunnerException.class);
  }

  @Test
  void aFileThatIsNotThere() {
    try (var talk = new Conversation(folder.resolve("missing.py"))) {
      assertThat(talk.next(FromRunner.Failed.class).summary()).startsWith("FileNotFoundError");
    }
  }

  @Test
  void theProgramFindsItsNeighboursAndOurModulesAreOurs() throws Exception {
    Files.writeString(folder.resolve("helper.py"), "value = 41\n");
    Files.writeString(folder.resolve("fastscore.py"), "raise ImportError('a stub')\n");
    Files.writeString(folder.resolve("marshal.py"), "raise ImportError('not mine')\n");
    try (var talk =
        with(
            """
            import sys, os, helper
            from fastscore import *
            import fastscore, weir
            assert fastscore.cells is weir.cells is cells and fastscore.pools is pools
            assert fastscore.DeadlockError is DeadlockError
            def action(x):
              yield [__name__, os.path.basename(__file__), os.path.basename(sys.argv[0]), helper.value + x]
            if __name__ == '__main__': raise SystemExit
            """)) {
      assertThat(talk.run(1L)).containsExactly(List.of("model", "model.py", "model.py", 42L));
    }
  }

  @Test
  void whatIsPrintedIsHeardAndDoesNotDisturb() {
    try (var talk =
        with(
            """
            import os, sys, weir
            print('loading')
            def action(x):
              print('out', x)
              sys.stderr.write('err\\n')
              os.write(1, b'raw one\\n')
              os.write(2, b'raw two \\xff\\r\\n')
              weir.log('log \\u00e9 \\ud800')
              print('x' * 100000)
              sys.stdout.write('no end')
              yield sys.stdin.read()
            """)) {
      assertThat(talk.run(1L)).containsExactly("");
      for (var line :
          List.of("loading", "out 1", "err", "raw one", "raw two \ufffd", "log \u00e9 \\ud800")) {
        assertThat(talk.line()).isEqualTo(line);
      }
      assertThat(talk.line().length() + talk.line().length()).isEqualTo(100_000);
      talk.runner.close();
      assertThat(talk.line()).isEqualTo("no end");
    }
  }

  @Test
  void aFloodOfPrintsHoldsNothingUp() {
    var file =
        Conversation.write(
            folder, "def action(x):\n  for i in range(100000): print('line', i)\n  yield x");
    try (var talk = new Conversation(file)) {
      assertThat(talk.next()).isInstanceOf(FromRunner.Ready.class);
      assertThat(talk.run(1L)).containsExactly(1L);
      talk.runner.close();
      talk.next(FromRunner.Exited.class);
      assertThat(talk.printed).hasSize(100_000);
    }
  }

  @Test
  void deathIsHeardLastAndOnce() {
    try (var talk = with("import os\ndef action(x):\n  os.write(2, b'bye\\n')\n  os._exit(3)")) {
      talk.work(1L);
      assertThat(talk.next()).isEqualTo(new FromRunner.Exited(3, "exit status 3"));
      assertThat(talk.printed).containsExactly("bye");
      talk.work(2L);
      talk.runner.close();
      talk.runner.kill();
      assertThat(talk.heard).isEmpty();
    }
    try (var talk = with("import os\ndef action(x):\n  os.kill(os.getpid(), 9)")) {
      talk.work(1L);
      assertThat(talk.next()).isEqualTo(new FromRunner.Exited(137, "killed by signal 9"));
    }
  }

  /** Ctrl-C and a service manager's SIGTERM reach the whole process group. */
  @Test
  void signalsThatAskToEndAreWeirsBusiness() {
    try (var talk =
        with(
            """
            import multiprocessing, os, time
            def work(there):
              there.set()
              time.sleep(1e6)
            def action(x):
              for number in (2, 15):
                os.kill(os.getpid(), number)
              fork = multiprocessing.get_context('fork')
              there = fork.Event()
              forked = fork.Process(target=work, args=(there,))
              forked.start()
              there.wait()
              forked.terminate()
              forked.join()
              print(forked.exitcode)
            """)) {
      talk.work(1L);
      assertThat(talk.line()).isEqualTo("-15");
    }
  }

  @Test
  void aHangIsLocatedAndCanBeKilled() {
    try (var talk =
        with(
            """
            import time
            def inner():
              print('in')
              while True: pass
            def action(x):
              inner()
            """)) {
      talk.runner.send(new ToRunner.Where());
      assertThat(talk.next(FromRunner.Stack.class).trace()).isEqualTo("waiting for records");
      talk.work(1L);
      assertThat(talk.line()).isEqualTo("in");
      String trace;
      do { // what was printed is heard before print() has returned
        talk.runner.send(new ToRunner.Where());
        trace = talk.next(FromRunner.Stack.class).trace();
      } while (trace.contains("print('in')"));
      assertThat(trace)
          .contains("line 6, in action", "line 4, in inner", "while True: pass")
          .doesNotContain("weir", "<string>");
      talk.runner.kill();
      assertThat(talk.next()).isEqualTo(new FromRunner.Exited(137, "killed by signal 9"));
    }
  }

  @Test
  void aWaitForALeaseIsLocated() {
    try (var talk = with("import weir\ndef action(x):\n  weir.cells('c').set(1)\n")) {
      talk.work(1L);
      talk.next(FromRunner.Need.class);
      talk.runner.send(new ToRunner.Where());
      assertThat(talk.next(FromRunner.Stack.class).trace())
          .contains("line 3, in action")
          .endsWith("waiting for cell 'c'");
    }
  }

  @Test
  void closingIsPoliteToTheIdleAndFirmToTheBusy() {
    try (var talk =
        with(
            """
            import atexit, time
            atexit.register(print, 'left')
            def action(x):
              print('in')
              while True: time.sleep(100)
            """)) {
      talk.runner.close();
      assertThat(talk.next()).isEqualTo(new FromRunner.Exited(0, "exit status 0"));
      assertThat(talk.printed).containsExactly("left");
    }
    try (var talk = with("import time\ndef action(x):\n  print('in')\n  time.sleep(1000)")) {
      talk.work(1L);
      talk.line();
      talk.runner.close();
      assertThat(talk.next()).isInstanceOf(FromRunner.Exited.class);
    }
  }

  @Test
  void childrenOfTheProgramDoNotKeepItAlive() throws Exception {
    try (var talk =
        with(
            """
            import subprocess
            child = subprocess.Popen(['sleep', '1000'])
            def action(x): yield child.pid
            """)) {
      long pid = (Long) talk.run(1L).get(0);
      var child = ProcessHandle.of(pid).orElseThrow();
      talk.runner.kill();
      talk.next(FromRunner.Exited.class);
      child.onExit().get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void forkedChildrenCannotSpeakForTheRunner() {
    try (var talk =
        with(
            """
            import os, weir
            def action(x):
              pid = os.fork()
              if pid == 0:
                try: weir.cells('c').set(1)
                except RuntimeError: os._exit(7)
                os._exit(1)
              yield os.waitpid(pid, 0)[1] >> 8
            """)) {
      assertThat(talk.run(1L)).containsExactly(7L);
    }
  }

  @Test
  void otherThreadsCannotUseCells() {
    try (var talk =
        with(
            """
            import threading, weir
            said = []
            def work():
              try: weir.cells('c').set(1)
              except RuntimeError as e: said.append(str(e))
            def action(x):
              thread = threading.Thread(target=work)
              thread.start()
              thread.join()
              yield said[0]
            """)) {
      assertThat((String) talk.run(1L).get(0)).contains("only from the thread that calls");
    }
  }

  @Test
  void aRunnerEndsWithItsParentEvenWhenItHangs() throws Exception {
    var file = Conversation.write(folder, "def action(x):\n  print('in')\n  while True: pass");
    var command =
        List.of(
            ProcessHandle.current().info().command().orElseThrow(),
            "-cp",
            System.getProperty("java.class.path"),
            Orphan.class.getName(),
            file.toString());
    var parent = new ProcessBuilder(command).redirectErrorStream(true).start();
    long pid = Long.parseLong(parent.inputReader().readLine());
    var runner = ProcessHandle.of(pid).orElseThrow();
    parent.destroyForcibly().waitFor();
    runner.onExit().get(10, TimeUnit.SECONDS);
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void outlines() {
    var spec =
        new PythonSpec(
            Conversation.PYTHON,
            Conversation.write(
                folder,
                """
                import fastscore
                from math import pi
                count = 0
                raise SystemExit('must not run')
                def begin():
                  global count
                  count = 1
                def action(x, slot, k=1): yield x
                """));
    assertThat(PythonRunner.inspect(spec))
        .isEqualTo(
            new Outline(
                Set.of("begin", "action"),
                2,
                Set.of("fastscore"),
                List.of(new Outline.Variable("count", 6)),
                java.util.Optional.empty()));
    Conversation.write(folder, "x = 1\ndef action(x)\n  yield x\n");
    var problem = PythonRunner.inspect(spec).problem().orElseThrow();
    assertThat(problem.line()).isEqualTo(2);
    assertThat(problem.text()).isEqualTo("def action(x)");
    assertThat(problem.message()).isNotBlank();
  }

  @Test
  void whatIsNotPythonIsAnError() {
    var file = Conversation.write(folder, "def action(x): yield x");
    var missing = new PythonSpec(new Python(folder.resolve("nothing")), file);
    assertThatThrownBy(() -> PythonRunner.start(missing, null))
        .isInstanceOf(RunnerException.class)
        .hasMessageContaining("WEIR_PYTHON");
    var spec = new PythonSpec(new Python(Path.of("/bin/false")), file);
    assertThatThrownBy(() -> PythonRunner.inspect(spec))
        .isInstanceOf(RunnerException.class)
        .hasMessageContaining("/bin/false");
  }
}
